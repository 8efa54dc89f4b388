//! The model of a key, and the rules that need no database.

use std::collections::HashSet;
use std::hash::Hash;

use deserr::Deserr;
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::principal::Bounds;
use crate::auth::{Grant, Permission, Permissions, Role};
use crate::db::Time;
use crate::error::{FieldError, FieldErrors};
use crate::values::{Line, Locale, Slug, string_enum};

/// The most permissions that a key may be given by name: each once.
pub const MAX_PERMISSIONS: usize = Permission::ALL.len();
/// The most sections to which a key may be limited.
const MAX_SECTIONS: usize = 50;
/// The most locales to which a key may be limited.
const MAX_LOCALES: usize = 20;
/// The longest that the secrets before a rotation stay good, in seconds: 30 days.
pub const MAX_OVERLAP: u32 = 2_592_000;
/// How long they do when nothing is said of it, in seconds: a day.
pub const DEFAULT_OVERLAP: u32 = 86_400;

string_enum! {
    /// Whether a key can be used.
    pub enum KeyStatus {
        /// It can.
        Active => "active",
        /// It has ended.
        Expired => "expired",
        /// It was made void.
        Revoked => "revoked",
    }
}

/// A key as created, with either a role or a list of permissions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(example = json!({
    "name": "Sports desk", "permissions": ["read_drafts", "write_articles"],
    "sections": ["sport"], "expires_at": "2027-11-23T06:30:00Z",
}))]
pub struct KeyInput {
    /// Name of the key; unique among the keys that are not revoked.
    pub name: Line<100>,
    /// Role that defines the key's permissions.
    #[deserr(default)]
    #[schema(required = false)]
    pub role: Option<Role>,
    /// List of permissions. `read_published` is always included.
    #[deserr(default)]
    #[schema(required = false, min_items = 1)]
    pub permissions: Option<Vec<Permission>>,
    /// Sections to which the key is limited, as slugs; all by default.
    #[deserr(default)]
    #[schema(required = false, min_items = 1, max_items = 50)]
    pub sections: Option<Vec<Slug>>,
    /// Locales to which the key is limited; all by default.
    #[deserr(default)]
    #[schema(required = false, min_items = 1, max_items = 20)]
    pub locales: Option<Vec<Locale>>,
    /// Time of expiry, in the future; never by default.
    #[deserr(default)]
    #[schema(required = false)]
    pub expires_at: Option<Time>,
}

impl KeyInput {
    /// Rules between the fields, and bounds on lists. `before` is the end that the key has: one
    /// that has passed may stay as it is.
    #[must_use]
    pub fn contradictions(&self, now: Time, before: Option<Time>) -> Vec<FieldError> {
        let mut errors = Vec::new();
        match (self.role, &self.permissions) {
            (None, None) => {
                let detail = "is required unless permissions is given.";
                errors.push(FieldError::at("/role", "missing", detail));
            }
            (Some(_), Some(_)) => {
                let detail = "must not be combined with role; one of them must be null.";
                errors.push(FieldError::at("/permissions", "contradiction", detail));
            }
            _ => {}
        }
        bounded(
            "/permissions",
            self.permissions.as_deref(),
            MAX_PERMISSIONS,
            &mut errors,
        );
        let sections = self.sections.as_ref();
        let sections = sections.map(|list| list.iter().map(Slug::as_str).collect::<Vec<_>>());
        bounded("/sections", sections.as_deref(), MAX_SECTIONS, &mut errors);
        bounded(
            "/locales",
            self.locales.as_deref(),
            MAX_LOCALES,
            &mut errors,
        );
        if self.expires_at != before && self.expires_at.is_some_and(|ends| ends <= now) {
            let detail = "must be in the future.";
            errors.push(FieldError::at("/expires_at", "out_of_range", detail));
        }
        errors
    }

    /// The rights that it gives.
    #[must_use]
    pub fn grant(&self) -> Grant {
        let permissions = self.permissions.as_deref().unwrap_or_default();
        let texts = |slugs: &Vec<Slug>| slugs.iter().map(|one| one.as_str().to_owned()).collect();
        Grant {
            permissions: match self.role {
                Some(role) => role.permissions(),
                None => Permissions::of(permissions),
            },
            bounds: Bounds {
                sections: self.sections.as_ref().map(texts),
                locales: self.locales.as_ref().map(|locales| {
                    let texts = locales.iter().map(|one| one.as_str().to_owned());
                    texts.collect()
                }),
            },
            ends: self.expires_at,
        }
    }
}

/// Notes what is wrong with a list: it must have items, not too many, each once.
fn bounded<T: Hash + Eq>(
    pointer: &str,
    list: Option<&[T]>,
    most: usize,
    errors: &mut Vec<FieldError>,
) {
    let Some(list) = list else { return };
    if list.is_empty() {
        let detail = "must have at least one item; use null for no limit.";
        errors.push(FieldError::at(pointer, "too_few", detail));
    }
    if list.len() > most {
        let detail = format!("has {} items; the maximum is {most}.", list.len());
        errors.push(FieldError::at(pointer, "too_many", detail));
        return;
    }
    let mut seen = HashSet::new();
    for (index, item) in list.iter().enumerate() {
        if !seen.insert(item) {
            let place = format!("{pointer}/{index}");
            errors.push(FieldError::at(place, "duplicate", "is a duplicate."));
        }
    }
}

/// Options of a rotation.
#[derive(Debug, Clone, Copy, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(example = json!({"overlap_seconds": 3600}))]
pub struct KeyRotationInput {
    /// Seconds for which earlier secrets stay valid; 0 invalidates them immediately.
    #[deserr(default = DEFAULT_OVERLAP)]
    #[schema(required = false, minimum = 0, maximum = 2_592_000, default = 86_400)]
    pub overlap_seconds: u32,
}

impl KeyRotationInput {
    /// Bounds on the overlap.
    #[must_use]
    pub fn contradictions(self) -> Vec<FieldError> {
        if self.overlap_seconds <= MAX_OVERLAP {
            return Vec::new();
        }
        let detail = format!("must be a whole number between 0 and {MAX_OVERLAP}.");
        vec![FieldError::at("/overlap_seconds", "out_of_range", detail)]
    }
}

/// The public data of a key's secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct KeySecret {
    /// First characters of the secret, to identify the key of a leaked one.
    #[schema(example = "mhk_5f0e61c2a7d94b38")]
    pub prefix: String,
    /// Time of creation.
    pub created_at: Time,
    /// Time of expiry, if a rotation has replaced it.
    pub expires_at: Option<Time>,
}

/// A key, without its secrets.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Key {
    /// Id, a UUID of version 7.
    #[schema(value_type = uuid::Uuid)]
    pub id: String,
    /// Name of the key.
    pub name: String,
    /// Its role; null if it has its own list of permissions.
    pub role: Option<Role>,
    /// All permissions of the key.
    pub permissions: Vec<Permission>,
    /// Sections to which the key is limited; null for all.
    pub sections: Option<Vec<String>>,
    /// Locales to which the key is limited; null for all.
    pub locales: Option<Vec<String>>,
    /// Status of the key.
    pub status: KeyStatus,
    /// Its secrets, the oldest first; expired ones are listed until the next rotation.
    pub secrets: Vec<KeySecret>,
    /// Version number, incremented by each change; the number in the ETag.
    pub version: i64,
    /// Time of creation.
    pub created_at: Time,
    /// Creator of the key: the id of an account or key, or the name of a command.
    pub created_by: Option<String>,
    /// Time of the last change.
    pub updated_at: Time,
    /// Last editor of the key, as in `created_by`.
    pub updated_by: Option<String>,
    /// Time of expiry.
    pub expires_at: Option<Time>,
    /// Time of the last use, to the minute.
    pub last_used_at: Option<Time>,
    /// Time of revocation.
    pub revoked_at: Option<Time>,
}

/// A key with a new secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeyWithSecret {
    /// The key.
    #[serde(flatten)]
    pub key: Key,
    /// The secret for authentication, shown only once: only a hash of it is stored.
    #[schema(example = "mhk_5f0e61c2a7d94b38_q2b1m0l9c8v7n6x5z4a3s2d1f0g9h8j7k6l5p4o3i2u")]
    pub secret: String,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::http::body::check;

    /// The places that are wrong with an input, each with its code.
    fn wrong(input: Value) -> Vec<(String, String)> {
        let errors = match check::<KeyInput>(input) {
            Ok(input) => input.contradictions(Time(1_000), None),
            Err(error) => error.field_errors().to_vec(),
        };
        let pair = |error: &FieldError| (error.place().to_owned(), error.code().to_owned());
        errors.iter().map(pair).collect()
    }

    #[test]
    fn a_key_has_a_role_or_permissions() {
        assert!(wrong(json!({"name": "a", "role": "viewer"})).is_empty());
        assert!(wrong(json!({"name": "a", "permissions": ["write_tags"]})).is_empty());
        for (input, place, code) in [
            (json!({"name": "a"}), "/role", "missing"),
            (
                json!({"name": "a", "role": "viewer", "permissions": ["write_tags"]}),
                "/permissions",
                "contradiction",
            ),
            (
                json!({"name": "a", "permissions": []}),
                "/permissions",
                "too_few",
            ),
            (
                json!({"name": "a", "permissions": vec!["write_tags"; 21]}),
                "/permissions",
                "too_many",
            ),
            (
                json!({"name": "a", "permissions": ["write_tags", "write_tags"]}),
                "/permissions/1",
                "duplicate",
            ),
            (
                json!({"name": "a", "permissions": ["everything"]}),
                "/permissions/0",
                "not_allowed",
            ),
        ] {
            assert_eq!(wrong(input), [(place.to_owned(), code.to_owned())]);
        }
    }

    #[test]
    fn an_end_that_has_passed_may_stay() {
        let input = json!({"name": "a", "role": "viewer", "expires_at": "1970-01-01T00:00:01Z"});
        let input: KeyInput = check(input).unwrap();
        assert_eq!(input.contradictions(Time(1_000), None).len(), 1);
        assert!(input.contradictions(Time(999), None).is_empty());
        let before = Some(Time(1_000));
        assert!(input.contradictions(Time(2_000), before).is_empty());
    }
}
