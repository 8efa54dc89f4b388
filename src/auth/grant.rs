//! Nobody grants what they do not hold: who makes or changes a key may do all that it may, all
//! where it may, and no shorter than it.

use super::caller::{Caller, unauthenticated};
use super::lookup;
use super::ownership::forbidden;
use super::permission::{ManageKeys, Needs as _, Permissions};
use super::principal::{Bounds, Principal, PrincipalKind};
use crate::app::Edit;
use crate::db::{Conn, Time};
use crate::error::Result;

/// The rights of a key, before or after a change.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Its permissions.
    pub permissions: Permissions,
    /// Where it may do that.
    pub bounds: Bounds,
    /// When it ends.
    pub ends: Option<Time>,
}

impl Caller<ManageKeys> {
    /// The stamp for a change of keys that gives somebody these rights; none of them when it only
    /// takes rights away. Whoever calls is looked up again: what they held a moment ago, and do
    /// not hold any more, must not live on in a key.
    ///
    /// # Errors
    /// 403 naming what the caller lacks, 401 when their own key or session has ended.
    pub async fn edit_granting(&self, conn: &mut Conn, grants: &[Grant]) -> Result<Edit<'_>> {
        let now = self.app().clock.now();
        let known = self.principal();
        let current = match &known.kind {
            PrincipalKind::Key => lookup::key_of(conn, &known.id).await?,
            PrincipalKind::User { session, .. } => {
                let session = lookup::session(conn, session, now).await?;
                session.map(|session| (session.principal, None))
            }
        };
        let current = current.filter(|(_, ends)| ends.is_none_or(|ends| now < ends));
        let (principal, ends) = current.ok_or_else(unauthenticated)?;
        if principal.permissions.reach(ManageKeys::ANY_OF).is_none() {
            return Err(forbidden("You no longer have permission to manage keys."));
        }
        for grant in grants {
            permit_grant(&principal, ends, grant)?;
        }
        Ok(self.stamp())
    }
}

/// Lets somebody go on who holds these rights, up to `ends`.
fn permit_grant(principal: &Principal, ends: Option<Time>, grant: &Grant) -> Result<()> {
    let lacking = principal.permissions.lacking(grant.permissions);
    if !lacking.is_empty() {
        let names: Vec<&str> = lacking.iter().map(|one| one.name()).collect();
        return Err(forbidden(format!(
            "You cannot grant or manage permissions that you lack: {}.",
            names.join(", ")
        )));
    }
    if !principal.bounds.cover(&grant.bounds) {
        let own = principal.bounds.described();
        return Err(forbidden(format!(
            "Your key is limited to {own}; the other key must not exceed these limits."
        )));
    }
    match (ends, grant.ends) {
        (Some(own), None) => Err(forbidden(format!(
            "Your key expires at {own}; the other key must not be without expiry."
        ))),
        (Some(own), Some(ends)) if own < ends => Err(forbidden(format!(
            "Your key expires at {own}; the other key must not expire later."
        ))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::permission::Permission;

    fn grant(permissions: &[Permission], sections: Option<&[&str]>, ends: Option<i64>) -> Grant {
        Grant {
            permissions: Permissions::of(permissions),
            bounds: Bounds {
                sections: sections.map(|list| list.iter().map(|&one| one.to_owned()).collect()),
                locales: None,
            },
            ends: ends.map(Time),
        }
    }

    #[test]
    fn nothing_is_granted_that_is_not_held() {
        let write = &[Permission::WriteArticles][..];
        let held = grant(write, Some(&["sport", "culture"]), Some(100));
        let holder = Principal {
            id: "me".to_owned(),
            kind: PrincipalKind::Key,
            role: None,
            permissions: held.permissions,
            bounds: held.bounds,
        };
        let permitted = |grant: &Grant| permit_grant(&holder, held.ends, grant);
        let own = &[Permission::WriteOwnDrafts];
        assert!(permitted(&grant(write, Some(&["sport"]), Some(100))).is_ok());
        assert!(permitted(&grant(own, Some(&["sport"]), Some(1))).is_ok());
        let more = &[Permission::WriteArticles, Permission::WriteTags];
        for (grant, says) in [
            (grant(more, Some(&["sport"]), Some(1)), "write_tags"),
            (grant(write, Some(&["politics"]), Some(1)), "sport, culture"),
            (grant(write, None, Some(1)), "sport, culture"),
            (grant(write, Some(&["sport"]), Some(101)), "later"),
            (grant(write, Some(&["sport"]), None), "without expiry"),
        ] {
            let refusal = permitted(&grant).expect_err(says);
            assert!(refusal.detail().contains(says), "{refusal}");
        }
    }
}
