//! Roles, as newsrooms have them: sets of permissions with a name.

use super::permission::{Permission, Permissions};
use crate::values::string_enum;

string_enum! {
    /// A set of permissions with a name.
    pub enum Role {
        /// Everything, accounts and keys too.
        Admin => "admin",
        /// All content, with publishing.
        Editor => "editor",
        /// Their own articles, with publishing.
        Author => "author",
        /// Their own drafts; others publish them.
        Contributor => "contributor",
        /// Reads drafts; writes nothing.
        Viewer => "viewer",
    }
}

impl Role {
    /// What the role allows.
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

    /// What the role is for, for a person to read.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Admin => "Everything, accounts and keys too.",
            Self::Editor => "All content, with publishing.",
            Self::Author => "Their own articles, with publishing.",
            Self::Contributor => "Their own drafts; others publish them.",
            Self::Viewer => "Reads drafts; writes nothing.",
        }
    }
}
