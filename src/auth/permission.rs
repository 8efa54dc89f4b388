//! Permissions: what a caller may be allowed to do, as a closed list.
//!
//! Some come in several reaches: what is allowed for any article is also there for one's own
//! only. A handler names a need, such as [`WriteArticles`], which any reach of it meets; how far
//! the caller's goes for the article at hand is decided in [`ownership`](super::ownership).

use crate::values::string_enum;

string_enum! {
    /// A permission of a caller.
    pub enum Permission {
        /// Read published content, where public reads require a key.
        ReadPublished => "read_published",
        /// Read one's own drafts, and the internal data of authors and tags.
        ReadOwnDrafts => "read_own_drafts",
        /// Read all drafts, and the internal data of authors and tags.
        ReadDrafts => "read_drafts",
        /// Create articles; change and delete one's own unpublished ones.
        WriteOwnDrafts => "write_own_drafts",
        /// Create articles; change and delete one's own.
        WriteOwnArticles => "write_own_articles",
        /// Create, change and delete all articles.
        WriteArticles => "write_articles",
        /// Submit one's own articles for review.
        SubmitOwnArticles => "submit_own_articles",
        /// Submit all articles for review.
        SubmitArticles => "submit_articles",
        /// Publish, schedule and unpublish one's own articles.
        PublishOwnArticles => "publish_own_articles",
        /// Publish, schedule, unpublish and send back all articles.
        PublishArticles => "publish_articles",
        /// Permanently delete articles.
        PurgeArticles => "purge_articles",
        /// Purge cached public responses.
        PurgeCache => "purge_cache",
        /// Create, change and delete authors.
        WriteAuthors => "write_authors",
        /// Create, change and delete tags.
        WriteTags => "write_tags",
        /// Create, change, suspend and delete accounts.
        ManageUsers => "manage_users",
        /// Create, change, rotate and revoke API keys.
        ManageKeys => "manage_keys",
    }
}

/// How far a permission goes; what goes further includes what goes less far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// The caller's own articles, as long as they are not published.
    OwnDrafts,
    /// The caller's own articles.
    Own,
    /// Everything.
    All,
}

impl Permission {
    /// How far it goes.
    #[must_use]
    pub fn reach(self) -> Reach {
        match self {
            Self::WriteOwnDrafts => Reach::OwnDrafts,
            Self::ReadOwnDrafts
            | Self::WriteOwnArticles
            | Self::SubmitOwnArticles
            | Self::PublishOwnArticles => Reach::Own,
            _ => Reach::All,
        }
    }

    /// Its meaning, for a person to read.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::ReadPublished => "Read published content, where public reads require a key.",
            Self::ReadOwnDrafts => {
                "Read one's own drafts, and the internal data of authors and tags."
            }
            Self::ReadDrafts => "Read all drafts, and the internal data of authors and tags.",
            Self::WriteOwnDrafts => {
                "Create articles; change and delete one's own unpublished ones."
            }
            Self::WriteOwnArticles => "Create articles; change and delete one's own.",
            Self::WriteArticles => "Create, change and delete all articles.",
            Self::SubmitOwnArticles => "Submit one's own articles for review.",
            Self::SubmitArticles => "Submit all articles for review.",
            Self::PublishOwnArticles => "Publish, schedule and unpublish one's own articles.",
            Self::PublishArticles => "Publish, schedule, unpublish and send back all articles.",
            Self::PurgeArticles => "Permanently delete articles.",
            Self::PurgeCache => "Purge cached public responses.",
            Self::WriteAuthors => "Create, change and delete authors.",
            Self::WriteTags => "Create, change and delete tags.",
            Self::ManageUsers => "Create, change, suspend and delete accounts.",
            Self::ManageKeys => "Create, change, rotate and revoke API keys.",
        }
    }

    fn bit(self) -> u32 {
        1 << self as u32
    }

    /// The permissions that go further and include this one.
    fn included_in(self) -> &'static [Self] {
        match self {
            Self::ReadOwnDrafts => &[Self::ReadDrafts],
            Self::WriteOwnDrafts => &[Self::WriteOwnArticles, Self::WriteArticles],
            Self::WriteOwnArticles => &[Self::WriteArticles],
            Self::SubmitOwnArticles => &[Self::SubmitArticles],
            Self::PublishOwnArticles => &[Self::PublishArticles],
            _ => &[],
        }
    }
}

/// A set of permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Permissions(u32);

impl Permissions {
    /// The set of these. Whoever may do something may also read what is published.
    #[must_use]
    pub fn of(list: &[Permission]) -> Self {
        let bits = list.iter().fold(0, |bits, one| bits | one.bit());
        Self(bits | Permission::ReadPublished.bit())
    }

    /// Whether this very permission is among them.
    #[must_use]
    pub fn has(self, permission: Permission) -> bool {
        self.0 & permission.bit() != 0
    }

    /// Whether they allow all that `other` allows.
    #[must_use]
    pub fn cover(self, other: Self) -> bool {
        self.lacking(other).is_empty()
    }

    /// Permissions of `other` that they lack.
    #[must_use]
    pub fn lacking(self, other: Self) -> Vec<Permission> {
        let covers = |one: &Permission| {
            let mut further = one.included_in().iter();
            self.has(*one) || further.any(|further| self.has(*further))
        };
        let mut lacking = other.list();
        lacking.retain(|one| !covers(one));
        lacking
    }

    /// The permissions, in the order of their declaration.
    #[must_use]
    pub fn list(self) -> Vec<Permission> {
        let all = Permission::ALL.iter().copied();
        all.filter(|one| self.has(*one)).collect()
    }

    /// How far they go for a need; `None` when they do not meet it at all.
    #[must_use]
    pub fn reach(self, any_of: &[Permission]) -> Option<Reach> {
        let held = any_of.iter().filter(|one| self.has(**one));
        held.map(|one| one.reach()).max()
    }
}

/// The permissions that a handler needs, as a type for its signature.
pub trait Needs: 'static {
    /// The permissions of which each meets the need, as far as it reaches.
    const ANY_OF: &'static [Permission];
}

macro_rules! needs {
    ($( $(#[$meta:meta])* $Name:ident: $($permission:ident)|+; )*) => {
        $(
            $(#[$meta])*
            #[derive(Debug, Clone, Copy)]
            pub struct $Name;

            impl Needs for $Name {
                const ANY_OF: &'static [Permission] = &[$(Permission::$permission),+];
            }
        )*
    };
}

needs! {
    /// To read drafts, and what only staff see of authors and tags.
    ReadDrafts: ReadDrafts | ReadOwnDrafts;
    /// To create, change and delete articles.
    WriteArticles: WriteArticles | WriteOwnArticles | WriteOwnDrafts;
    /// To submit articles for review.
    SubmitArticles: SubmitArticles | SubmitOwnArticles;
    /// To publish, schedule, unpublish and send back articles.
    PublishArticles: PublishArticles | PublishOwnArticles;
    /// To change articles in one way or another.
    ChangeArticles: WriteArticles | WriteOwnArticles | WriteOwnDrafts | PublishArticles | PublishOwnArticles;
    /// To delete articles for good.
    PurgeArticles: PurgeArticles;
    /// To purge what is kept of public answers.
    PurgeCache: PurgeCache;
    /// To create, change and delete authors.
    WriteAuthors: WriteAuthors;
    /// To create, change and delete tags.
    WriteTags: WriteTags;
    /// To manage accounts.
    ManageUsers: ManageUsers;
    /// To manage API keys.
    ManageKeys: ManageKeys;
    /// Nothing but valid credentials.
    ValidCredentials: ReadPublished;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_further_covers_what_goes_less_far() {
        let all = Permissions::of(&[Permission::WriteArticles]);
        let own = Permissions::of(&[Permission::WriteOwnDrafts]);
        assert!(all.cover(own));
        assert!(!own.cover(all));
        assert_eq!(own.lacking(all), [Permission::WriteArticles]);
        assert_eq!(all.reach(WriteArticles::ANY_OF), Some(Reach::All));
        assert_eq!(own.reach(WriteArticles::ANY_OF), Some(Reach::OwnDrafts));
        assert_eq!(own.reach(PublishArticles::ANY_OF), None);
        assert_eq!(own.reach(ValidCredentials::ANY_OF), Some(Reach::All));
        assert_eq!(
            own.list(),
            [Permission::ReadPublished, Permission::WriteOwnDrafts]
        );
    }
}
