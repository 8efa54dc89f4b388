//! The states of an article and the transitions between them, as one closed table. Pure: it knows
//! neither the database nor HTTP.

use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::ownership::{Owned, may};
use crate::auth::permission::{Needs, Permission, PublishArticles, SubmitArticles, WriteArticles};
use crate::auth::principal::Principal;
use crate::error::{Code, Error, Result};
use crate::values::string_enum;

string_enum! {
    /// Where an article is in its life.
    pub enum Status {
        /// Being written; only editors see it.
        Draft => "draft",
        /// Written; those who may publish are to look at it.
        InReview => "in_review",
        /// The public sees it from a moment to come.
        Scheduled => "scheduled",
        /// The public sees the copy that was published last.
        Published => "published",
        /// It was public once, and is not any more.
        Unpublished => "unpublished",
        /// Put away: it is not changed until it is taken up again.
        Archived => "archived",
    }
}

string_enum! {
    /// A transition from one state to another: the last segment of the path that performs it.
    pub enum Action {
        /// Hands it to those who may publish it.
        Submit => "submit",
        /// Gives it back to whoever writes it.
        SendBack => "send-back",
        /// Shows the working copy to the public now.
        Publish => "publish",
        /// Shows the working copy to the public from a moment to come.
        Schedule => "schedule",
        /// Takes back what is scheduled.
        Unschedule => "unschedule",
        /// Takes it from the public.
        Unpublish => "unpublish",
        /// Puts it away.
        Archive => "archive",
        /// Takes it up again.
        Reopen => "reopen",
    }
}

impl Action {
    /// The permissions of which each allows it, as far as it reaches.
    #[must_use]
    pub fn needs(self) -> &'static [Permission] {
        match self {
            Self::Submit => SubmitArticles::ANY_OF,
            Self::Archive | Self::Reopen => WriteArticles::ANY_OF,
            _ => PublishArticles::ANY_OF,
        }
    }

    /// The state that it leads to from another; `None` when it does not start there.
    #[must_use]
    pub fn leads(self, from: Status) -> Option<Status> {
        let mut ways = TABLE.iter();
        let way = ways.find(|(action, start, _)| (*action, *start) == (self, from));
        way.map(|(.., to)| *to)
    }

    /// The state that it leads to from the state of an article. Only a schedule can be withdrawn.
    #[must_use]
    pub fn leads_from(self, state: State) -> Option<Status> {
        if self == Self::Unschedule && !state.is_scheduled {
            return None;
        }
        self.leads(state.status)
    }

    /// The state that it leads to from the state of an article.
    ///
    /// # Errors
    /// 409 `wrong_state` with the state and the actions that it allows.
    pub fn begin(self, state: State) -> Result<Status> {
        self.leads_from(state).ok_or_else(|| {
            let detail = match self {
                Self::Unschedule => "Nothing is scheduled.".to_owned(),
                _ => format!(
                    "Cannot {} {}. Allowed actions: {}.",
                    self.name().replace('-', " "),
                    article_in(state.status),
                    state.possible().join(", ")
                ),
            };
            wrong_state(state, detail)
        })
    }
}

/// An article in this state, as a phrase.
fn article_in(status: Status) -> &'static str {
    match status {
        Status::Draft => "a draft article",
        Status::InReview => "an article in review",
        Status::Scheduled => "a scheduled article",
        Status::Published => "a published article",
        Status::Unpublished => "an unpublished article",
        Status::Archived => "an archived article",
    }
}

/// The state of an article at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// Its status.
    pub status: Status,
    /// Whether a version of it is scheduled, be the article published or not.
    pub is_scheduled: bool,
}

impl State {
    /// The actions that it allows.
    fn possible(self) -> Vec<&'static str> {
        let all = Action::ALL.iter();
        let possible = all.filter(|action| action.leads_from(self).is_some());
        possible.map(|action| action.name()).collect()
    }
}

/// 409: the state of an article does not allow a change.
#[must_use]
pub fn wrong_state(state: State, detail: impl Into<String>) -> Error {
    // Not `status`: that is the status of the answer (RFC 9457, section 3.1.2).
    Error::new(Code::WrongState, detail)
        .with("state", state.status.name())
        .with("possible", state.possible())
}

/// Every transition: an action, the state that it starts from and the state that it leads to. A
/// published article keeps its state while a new version of it is scheduled.
pub const TABLE: &[(Action, Status, Status)] = &[
    (Action::Submit, Status::Draft, Status::InReview),
    (Action::Submit, Status::Unpublished, Status::InReview),
    (Action::SendBack, Status::InReview, Status::Draft),
    (Action::Publish, Status::Draft, Status::Published),
    (Action::Publish, Status::InReview, Status::Published),
    (Action::Publish, Status::Scheduled, Status::Published),
    (Action::Publish, Status::Published, Status::Published),
    (Action::Publish, Status::Unpublished, Status::Published),
    (Action::Schedule, Status::Draft, Status::Scheduled),
    (Action::Schedule, Status::InReview, Status::Scheduled),
    (Action::Schedule, Status::Scheduled, Status::Scheduled),
    (Action::Schedule, Status::Published, Status::Published),
    (Action::Schedule, Status::Unpublished, Status::Scheduled),
    (Action::Unschedule, Status::Scheduled, Status::Draft),
    (Action::Unschedule, Status::Published, Status::Published),
    (Action::Unpublish, Status::Published, Status::Unpublished),
    (Action::Archive, Status::Draft, Status::Archived),
    (Action::Archive, Status::InReview, Status::Archived),
    (Action::Archive, Status::Unpublished, Status::Archived),
    (Action::Reopen, Status::Archived, Status::Draft),
];

/// An action allowed in the current state of an article.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Transition {
    /// Name of the action, as in the path `POST /v1/articles/{article}/{action}`.
    pub action: Action,
    /// Resulting status.
    pub to: Status,
    /// Permissions, one of which is required; those for one's own articles apply only to these.
    #[schema(value_type = Vec<String>, example = json!(["publish_articles", "publish_own_articles"]))]
    pub permission: Vec<Permission>,
}

/// The transitions that a caller may make from the state of an article.
#[must_use]
pub fn allowed(state: State, principal: &Principal, owned: &Owned<'_>) -> Vec<Transition> {
    let possible = Action::ALL.iter().filter_map(|action| {
        let to = action.leads_from(state)?;
        may(principal, action.needs(), owned).then(|| Transition {
            action: *action,
            to,
            permission: action.needs().to_vec(),
        })
    });
    possible.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_is_there_once_and_every_state_is_left() {
        for (index, (action, from, _)) in TABLE.iter().enumerate() {
            let again = TABLE.iter().skip(index + 1);
            let mut again = again.filter(|(other, begin, _)| (other, begin) == (action, from));
            assert!(again.next().is_none(), "{action:?} from {from:?}");
        }
        for status in Status::ALL {
            assert!(
                TABLE.iter().any(|(_, from, _)| from == status),
                "{status:?}"
            );
            let reached = TABLE.iter().any(|(.., to)| to == status);
            assert!(reached, "{status:?}");
        }
    }

    #[test]
    fn nothing_leads_from_the_archive_to_the_public() {
        for action in Action::ALL {
            let to = action.leads(Status::Archived);
            assert!(matches!(to, None | Some(Status::Draft)), "{action:?}");
        }
    }
}
