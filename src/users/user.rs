//! What an account is, and the rules that need no database.

use deserr::Deserr;
use serde::Serialize;
use unicode_normalization::UnicodeNormalization as _;
use utoipa::ToSchema;

use crate::auth::ownership::forbidden;
use crate::auth::password::Password;
use crate::auth::{Permissions, Principal, Role};
use crate::authors::author::AuthorSummary;
use crate::db::Time;
use crate::error::{FieldErrors, Result};
use crate::values::{Email, Line, Locale, Reference};

pub use crate::auth::lookup::UserStatus;

/// An account as it is changed, or replaced by `PUT`.
#[derive(Debug, Clone, PartialEq, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(example = json!({"email": "jane.doe@example.org", "name": "Jane Doe", "role": "editor"}))]
pub struct UserInput {
    /// The e-mail address to sign in with; unique, whatever its case.
    pub email: Email,
    /// The name.
    pub name: Line<200>,
    /// What they may do.
    pub role: Role,
    /// Whether the account may be used.
    #[deserr(default = UserStatus::Active)]
    #[schema(required = false)]
    pub status: UserStatus,
    /// The language that they prefer.
    #[deserr(default)]
    #[schema(required = false)]
    pub locale: Option<Locale>,
    /// The author who they are, by id or slug: articles that credit that author are their own.
    #[deserr(default)]
    #[schema(required = false)]
    pub author: Option<Reference>,
}

/// An account as it is created.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(example = json!({"email": "jane.doe@example.org", "name": "Jane Doe", "role": "editor"}))]
pub struct NewUserInput {
    /// The e-mail address to sign in with; unique, whatever its case.
    pub email: Email,
    /// The name.
    pub name: Line<200>,
    /// What they may do.
    pub role: Role,
    /// The language that they prefer.
    #[deserr(default)]
    #[schema(required = false)]
    pub locale: Option<Locale>,
    /// The author who they are, by id or slug: articles that credit that author are their own.
    #[deserr(default)]
    #[schema(required = false)]
    pub author: Option<Reference>,
    /// A first password. Better is none, and an invitation.
    #[deserr(default)]
    #[schema(required = false)]
    pub password: Option<Password>,
}

impl NewUserInput {
    /// The account without its password.
    #[must_use]
    pub fn user(&self) -> UserInput {
        UserInput {
            email: self.email.clone(),
            name: self.name.clone(),
            role: self.role,
            status: UserStatus::Active,
            locale: self.locale.clone(),
            author: self.author.clone(),
        }
    }
}

/// What people may change of their own account.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(example = json!({"name": "Jane Doe", "locale": "en-GB"}))]
pub struct MeInput {
    /// The name.
    pub name: Line<200>,
    /// The language that they prefer.
    #[deserr(default)]
    #[schema(required = false)]
    pub locale: Option<Locale>,
}

/// An account, as admins and its owner see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct User {
    /// Its id, a UUID of version 7.
    #[schema(value_type = uuid::Uuid)]
    pub id: String,
    /// The e-mail address, case-folded.
    pub email: String,
    /// The name.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Whether the account may be used.
    pub status: UserStatus,
    /// The language that they prefer.
    pub locale: Option<String>,
    /// The author who they are.
    pub author: Option<AuthorSummary>,
    /// Whether they have a password; without one they sign in by single sign-on, or were
    /// invited and have not come yet.
    pub has_password: bool,
    /// Counts the changes; the number in the ETag.
    pub version: i64,
    /// When it was created.
    pub created_at: Time,
    /// The id of the account or key that created it.
    pub created_by: Option<String>,
    /// When it was changed last.
    pub updated_at: Time,
    /// The id of the account or key that changed it last.
    pub updated_by: Option<String>,
    /// When they signed in last.
    pub last_login_at: Option<Time>,
}

/// An e-mail address as it is compared: two that differ in case, or in how an accent is
/// written, are one. Accents themselves count, so that no look-alike stands for another.
#[must_use]
pub fn folded(email: &str) -> String {
    email
        .nfc()
        .collect::<String>()
        .to_lowercase()
        .nfc()
        .collect()
}

/// Refuses a caller who would give somebody, or take from somebody, what they do not have
/// themselves.
///
/// # Errors
/// 403.
pub fn covers(principal: &Principal, role: Role) -> Result<()> {
    covers_permissions(principal.permissions, role)
}

fn covers_permissions(own: Permissions, role: Role) -> Result<()> {
    if own.cover(role.permissions()) {
        return Ok(());
    }
    Err(forbidden(format!(
        "The role “{}” may do what you may not; you cannot give it, nor change who has it.",
        role.name()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_one_whatever_their_case() {
        assert_eq!(folded("Jane.Doe@Example.ORG"), "jane.doe@example.org");
        assert_eq!(folded("jose\u{301}@a.example"), folded("JOSÉ@a.example"));
        assert_ne!(folded("jose@a.example"), folded("josé@a.example"));
    }

    #[test]
    fn nobody_gives_what_they_do_not_have() {
        let editor = Role::Editor.permissions();
        assert!(covers_permissions(editor, Role::Contributor).is_ok());
        assert!(covers_permissions(editor, Role::Admin).is_err());
    }
}
