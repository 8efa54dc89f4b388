//! Roles, as newsrooms have them: sets of permissions with a name.

use super::permission::{Permission, Permissions};
use crate::values::string_enum;

string_enum! {
    /// A set of permissions with a name.
    pub enum Role {
        /// Full access, including accounts and keys.
        Admin => "admin",
        /// Access to all content, including publishing.
        Editor => "editor",
        /// Access to one's own articles, including publishing.
        Author => "author",
        /// Access to one's own drafts, without publishing.
        Contributor => "contributor",
        /// Read-only access, including drafts.
        Viewer => "viewer",
    }
}

impl Role {
    /// Permissions of the role.
    #[must_use]
    pub fn permissions(self) -> Permissions {
        use Permission as P;
        match self {
            Self::Admin => Permissions::of(&[
                P::ReadDrafts,
                P::WriteArticles,
                P::SubmitArticles,
                P::PublishArticles,
                P::PurgeArticles,
                P::PurgeCache,
                P::WriteAuthors,
                P::WriteTags,
                P::ManageUsers,
                P::ManageKeys,
            ]),
            Self::Editor => Permissions::of(&[
                P::ReadDrafts,
                P::WriteArticles,
                P::SubmitArticles,
                P::PublishArticles,
                P::WriteAuthors,
                P::WriteTags,
            ]),
            Self::Author => Permissions::of(&[
                P::ReadOwnDrafts,
                P::WriteOwnArticles,
                P::SubmitOwnArticles,
                P::PublishOwnArticles,
            ]),
            Self::Contributor => {
                Permissions::of(&[P::ReadOwnDrafts, P::WriteOwnDrafts, P::SubmitOwnArticles])
            }
            Self::Viewer => Permissions::of(&[P::ReadDrafts]),
        }
    }

    /// Purpose of the role, for a person to read.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Admin => "Full access, including accounts and keys.",
            Self::Editor => "Access to all content, including publishing.",
            Self::Author => "Access to one's own articles, including publishing.",
            Self::Contributor => "Access to one's own drafts, without publishing.",
            Self::Viewer => "Read-only access, including drafts.",
        }
    }
}
