//! Which role somebody gets by what the provider says of them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::auth::Role;
use crate::config::OidcSettings;

/// The settings that give roles, as roles.
pub(super) struct RoleMapping {
    claim: String,
    roles: BTreeMap<String, Role>,
    default: Option<Role>,
}

/// The role that the claims give somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mapped {
    /// Nothing: it is set here. An account that is made now gets this one, if any.
    SetHere(Option<Role>),
    /// They have this one.
    Given(Role),
    /// They have none, and may not come in.
    Nobody,
}

impl RoleMapping {
    /// Reads the settings.
    ///
    /// # Errors
    /// When a role is none.
    pub(super) fn new(settings: &OidcSettings) -> Result<Self, String> {
        let role = |setting: &str, name: &str| {
            Role::named(name).ok_or_else(|| {
                let known = Role::NAMES.join(", ");
                format!("{setting}: “{name}” is not a role; the roles are {known}")
            })
        };
        let roles = settings.roles.iter().map(|(value, name)| {
            let setting = format!("oidc.roles, “{value}”");
            Ok((value.clone(), role(&setting, name)?))
        });
        let default = match settings.default_role.as_str() {
            "" => None,
            name => Some(role("oidc.default_role", name)?),
        };
        Ok(Self {
            claim: settings.role_claim.clone(),
            roles: roles.collect::<Result<_, String>>()?,
            default,
        })
    }

    /// The role by these claims: of several the mightiest.
    pub(super) fn role(&self, claims: &Map<String, Value>) -> Mapped {
        if self.claim.is_empty() {
            return Mapped::SetHere(self.default);
        }
        let values = match find(claims, &self.claim) {
            Some(Value::String(text)) => vec![text.as_str()],
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let given = |role: &&Role| {
            let mut mapped = values.iter().filter_map(|value| self.roles.get(*value));
            mapped.any(|mapped| mapped == *role)
        };
        // They are declared from the mightiest down.
        match Role::ALL.iter().find(given).copied().or(self.default) {
            Some(role) => Mapped::Given(role),
            None => Mapped::Nobody,
        }
    }
}

/// A claim by its name, or by a path of names joined by dots. Names may hold dots themselves, as
/// those that are addresses do.
fn find<'a>(claims: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    claims.get(path).or_else(|| {
        path.match_indices('.').find_map(|(dot, _)| {
            let (name, rest) = (path.get(..dot)?, path.get(dot + 1..)?);
            find(claims.get(name)?.as_object()?, rest)
        })
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::Settings;

    fn mapping(claim: &str, default: &str) -> RoleMapping {
        let mut settings = Settings::defaults().expect("defaults").oidc;
        claim.clone_into(&mut settings.role_claim);
        default.clone_into(&mut settings.default_role);
        for (value, role) in [
            ("cms-admins", "admin"),
            ("desk", "editor"),
            ("all", "viewer"),
        ] {
            settings.roles.insert(value.to_owned(), role.to_owned());
        }
        RoleMapping::new(&settings).expect("a mapping")
    }

    #[test]
    fn claims_give_roles() {
        let (admin, editor, viewer) = (
            Mapped::Given(Role::Admin),
            Mapped::Given(Role::Editor),
            Mapped::Given(Role::Viewer),
        );
        for (claim, claims, role) in [
            ("groups", json!({"groups": "desk"}), editor),
            ("groups", json!({"groups": ["all", "desk", "x"]}), editor),
            ("groups", json!({"groups": ["desk", "cms-admins"]}), admin),
            (
                "groups",
                json!({"groups": [1, null, ["desk"], "all"]}),
                viewer,
            ),
            ("groups", json!({"groups": "desk all"}), Mapped::Nobody),
            ("groups", json!({"groups": {"desk": true}}), Mapped::Nobody),
            ("groups", json!({"groups": ["Desk"]}), Mapped::Nobody),
            ("groups", json!({}), Mapped::Nobody),
            ("a.roles", json!({"a": {"roles": ["desk"]}}), editor),
            ("a.roles", json!({"a": {"b": 1}, "a.roles": "all"}), viewer),
            (
                "https://c.example/r",
                json!({"https://c.example/r": "desk"}),
                editor,
            ),
            ("x.y.z", json!({"x.y": {"z": "desk"}}), editor),
            ("x.y.z", json!({"x": {"y": {"z": "all"}}}), viewer),
            ("x.y", json!({"x": "desk"}), Mapped::Nobody),
        ] {
            let claims = claims.as_object().expect("claims");
            assert_eq!(mapping(claim, "").role(claims), role, "{claim} {claims:?}");
        }
        let none = Map::new();
        let default = Mapped::Given(Role::Contributor);
        assert_eq!(mapping("groups", "contributor").role(&none), default);
        let here = Mapped::SetHere(Some(Role::Viewer));
        assert_eq!(mapping("", "viewer").role(&none), here);
    }

    #[test]
    fn names_that_are_no_roles_are_refused_by_setting() {
        let mut settings = Settings::defaults().expect("defaults").oidc;
        settings.default_role = "boss".to_owned();
        let error = RoleMapping::new(&settings).err().expect("refused");
        assert!(error.starts_with("oidc.default_role: “boss”"), "{error}");
        settings.default_role = String::new();
        settings.roles.insert("x".to_owned(), "Admin".to_owned());
        let error = RoleMapping::new(&settings).err().expect("refused");
        assert!(error.contains("oidc.roles, “x”: “Admin”"), "{error}");
    }
}
