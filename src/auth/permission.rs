//! Permissions, and the roles that hold them.

use crate::values::choice;

macro_rules! permissions {
    ($( $(#[$meta:meta])* $Name:ident; )*) => {
        /// What a caller may be allowed to do: a closed list.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Permission { $( $(#[$meta])* $Name, )* }

        $(
            $(#[$meta])*
            /// As a type, for a handler's signature.
            #[derive(Debug, Clone, Copy)]
            pub struct $Name;

            impl Needs for $Name {
                const PERMISSION: Permission = Permission::$Name;
            }
        )*
    };
}

/// A permission as a type.
pub trait Needs: 'static {
    /// The permission.
    const PERMISSION: Permission;
}

permissions! {
    /// Read drafts and what else only editors see.
    ReadDrafts;
    /// Create, change and delete articles.
    WriteArticles;
    /// Publish and unpublish articles.
    PublishArticles;
    /// Create, change and delete authors.
    WriteAuthors;
    /// Create, change and delete tags.
    WriteTags;
}

choice! {
    /// A set of permissions that a key has.
    pub enum Role {
        /// Everything.
        Admin => "admin",
        /// All content, with publishing.
        Editor => "editor",
        /// Reads drafts; writes nothing.
        Reader => "reader",
    }
}

impl Role {
    /// Whether the role holds a permission.
    #[must_use]
    pub fn allows(self, permission: Permission) -> bool {
        match self {
            Self::Admin | Self::Editor => true,
            Self::Reader => permission == Permission::ReadDrafts,
        }
    }
}
