//! Who calls: a person who signed in, or the holder of an API key.

use super::permission::{Needs, Permissions, Reach};
use super::role::Role;

/// An authenticated caller, with all that decides what they may do.
#[derive(Debug, Clone)]
pub struct Principal {
    /// The id of the user or of the key, which is recorded with what it writes. Both are UUIDs
    /// of one source, so that no user has a key's id.
    pub id: String,
    /// Whether it is a person or a key.
    pub kind: PrincipalKind,
    /// The role, unless a key has a list of permissions instead.
    pub role: Option<Role>,
    /// Its permissions.
    pub permissions: Permissions,
    /// Where it may do that.
    pub bounds: Bounds,
}

/// The kind of a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrincipalKind {
    /// A person who signed in.
    User {
        /// The session.
        session: String,
        /// The author that the account is linked to: articles that credit them are the
        /// person's own.
        author: Option<String>,
    },
    /// An API key.
    Key,
}

/// The parts of the content to which a key is limited; `None` is no limit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bounds {
    /// Slugs of sections.
    pub sections: Option<Vec<String>>,
    /// Locales.
    pub locales: Option<Vec<String>>,
}

impl Bounds {
    /// Whether there are none.
    #[must_use]
    pub fn are_none(&self) -> bool {
        self.sections.is_none() && self.locales.is_none()
    }

    /// Whether an article of this section and locale lies within.
    #[must_use]
    pub fn include(&self, section: Option<&str>, locale: &str) -> bool {
        let among = |list: &Option<Vec<String>>, value: Option<&str>| match list {
            None => true,
            Some(list) => value.is_some_and(|value| list.iter().any(|one| one == value)),
        };
        among(&self.sections, section) && among(&self.locales, Some(locale))
    }

    /// Their description, for a sentence.
    #[must_use]
    pub fn described(&self) -> String {
        let list = |name: &str, list: &Option<Vec<String>>| {
            list.as_ref()
                .map(|list| format!("the {name} {}", list.join(", ")))
        };
        let all = [
            list("sections", &self.sections),
            list("locales", &self.locales),
        ];
        let all: Vec<String> = all.into_iter().flatten().collect();
        all.join(" and ")
    }

    /// Whether all that lies within `other` lies within these.
    #[must_use]
    pub fn cover(&self, other: &Self) -> bool {
        let cover = |own: &Option<Vec<String>>, other: &Option<Vec<String>>| match (own, other) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(own), Some(other)) => other.iter().all(|one| own.contains(one)),
        };
        cover(&self.sections, &other.sections) && cover(&self.locales, &other.locales)
    }
}

impl Principal {
    /// How far the caller's permissions go for a need; `None` when they do not meet it.
    #[must_use]
    pub fn reach<P: Needs>(&self) -> Option<Reach> {
        self.permissions.reach(P::ANY_OF)
    }

    /// The author that the account is linked to.
    #[must_use]
    pub fn author(&self) -> Option<&str> {
        match &self.kind {
            PrincipalKind::User { author, .. } => author.as_deref(),
            PrincipalKind::Key => None,
        }
    }

    /// The session of a person.
    #[must_use]
    pub fn session(&self) -> Option<&str> {
        match &self.kind {
            PrincipalKind::User { session, .. } => Some(session),
            PrincipalKind::Key => None,
        }
    }
}
