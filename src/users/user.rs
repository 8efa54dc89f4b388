//! The model of an account, and the rules that need no database.

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

/// An account as changed or replaced by `PUT`.
#[derive(Debug, Clone, PartialEq, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(example = json!({"email": "jane.doe@example.org", "name": "Jane Doe", "role": "editor"}))]
pub struct UserInput {
    /// E-mail address for signing in; unique, ignoring case.
    pub email: Email,
    /// The name.
    pub name: Line<200>,
    /// Role of the account.
    pub role: Role,
    /// Status of the account.
    #[deserr(default = UserStatus::Active)]
    #[schema(required = false)]
    pub status: UserStatus,
    /// Preferred language.
    #[deserr(default)]
    #[schema(required = false)]
    pub locale: Option<Locale>,
    /// The linked author, by id or slug: articles that credit this author count as the account's
    /// own.
    #[deserr(default)]
    #[schema(required = false)]
    pub author: Option<Reference>,
}

/// An account as created.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(example = json!({"email": "jane.doe@example.org", "name": "Jane Doe", "role": "editor"}))]
pub struct NewUserInput {
    /// E-mail address for signing in; unique, ignoring case.
    pub email: Email,
    /// The name.
    pub name: Line<200>,
    /// Role of the account.
    pub role: Role,
    /// Preferred language.
    #[deserr(default)]
    #[schema(required = false)]
    pub locale: Option<Locale>,
    /// The linked author, by id or slug: articles that credit this author count as the account's
    /// own.
    #[deserr(default)]
    #[schema(required = false)]
    pub author: Option<Reference>,
    /// An initial password. An invitation is the better choice.
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
    /// Preferred language.
    #[deserr(default)]
    #[schema(required = false)]
    pub locale: Option<Locale>,
}

/// An account, as seen by admins and its owner.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct User {
    /// Id, a UUID of version 7.
    #[schema(value_type = uuid::Uuid)]
    pub id: String,
    /// E-mail address, case-folded.
    pub email: String,
    /// The name.
    pub name: String,
    /// Role of the account.
    pub role: Role,
    /// Status of the account.
    pub status: UserStatus,
    /// Preferred language.
    pub locale: Option<String>,
    /// The linked author.
    pub author: Option<AuthorSummary>,
    /// Whether the account has a password; if not, it uses single sign-on or has an open
    /// invitation.
    pub has_password: bool,
    /// Version number, incremented by each change; the number in the ETag.
    pub version: i64,
    /// Time of creation.
    pub created_at: Time,
    /// Id of the account or key that created it.
    pub created_by: Option<String>,
    /// Time of the last change.
    pub updated_at: Time,
    /// Id of the account or key that last changed it.
    pub updated_by: Option<String>,
    /// Time of the last login.
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
        "The role “{}” has permissions that you lack; you cannot grant it or change accounts that \
         have it.",
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
