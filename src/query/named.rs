//! Closed lists of names: how a subject says what may be filtered, sorted and included.

use std::fmt::Debug;

/// A closed list of things that a query parameter may name.
///
/// Names differ from each other and hold neither blanks nor commas; those of fields are made of
/// ASCII letters, digits, `_` and `.`, and are not the words `AND`, `OR` and `NOT`.
/// The `field_names!` macro writes both the enum and this implementation from one table.
pub trait Named: Copy + Eq + Debug + 'static {
    /// Every member, in the order in which messages list them.
    const ALL: &'static [Self];

    /// The name as the caller writes it.
    fn name(self) -> &'static str;

    /// The member of this name, compared to the letter.
    fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|member| member.name() == name)
    }
}

/// The names of `members`, as a message lists them: `a, b, c`.
pub(super) fn listed<T: Named>(members: &[T]) -> String {
    members
        .iter()
        .map(|member| member.name())
        .collect::<Vec<_>>()
        .join(", ")
}

/// Writes an enum together with its [`Named`](crate::query::Named) implementation.
///
/// ```text
/// named! {
///     /// What a list of tags may be sorted by.
///     pub enum TagSort {
///         /// The tag's name.
///         Name => "name",
///     }
/// }
/// ```
macro_rules! field_names {
    (
        $(#[$meta:meta])*
        $vis:vis enum $Enum:ident {
            $($(#[$member_meta:meta])* $Member:ident => $name:literal),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        $vis enum $Enum {
            $($(#[$member_meta])* $Member,)+
        }

        impl $crate::query::Named for $Enum {
            const ALL: &'static [Self] = &[$(Self::$Member),+];

            fn name(self) -> &'static str {
                match self {
                    $(Self::$Member => $name,)+
                }
            }
        }
    };
}

pub(crate) use field_names;
