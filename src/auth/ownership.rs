//! Permissions of a caller for one article. Decided here alone, as is whether a caller who lacks
//! them learns that the article is there.

use actix_web::http::header::{self, HeaderValue};

use super::permission::{Needs, Permission, Reach, ReadDrafts};
use super::principal::Principal;
use crate::error::{Code, Error, Result};

/// Properties of an article that decide who may do what with it.
#[derive(Debug, Clone, Copy)]
pub struct Owned<'a> {
    /// Who created it.
    pub created_by: Option<&'a str>,
    /// Whether it credits the author that the caller's account is linked to.
    pub credits_caller: bool,
    /// Its section.
    pub section: Option<&'a str>,
    /// Its locale.
    pub locale: &'a str,
    /// Whether it is published, be it for a later date.
    pub live: bool,
    /// Whether the public sees it now, so that anybody may know that it is there.
    pub public: bool,
}

/// Lets a caller go on whose permissions for `P` reach this article.
///
/// # Errors
/// 404 when the caller may not know that it is there, 403 when they may.
pub fn permit<P: Needs>(principal: &Principal, owned: &Owned<'_>) -> Result<()> {
    if reaches(principal, principal.reach::<P>(), owned) {
        return Ok(());
    }
    let may_know = owned.public || reaches(principal, principal.reach::<ReadDrafts>(), owned);
    if !may_know {
        return Err(Error::not_found("article"));
    }
    if !principal.bounds.include(owned.section, owned.locale) {
        return Err(forbidden(
            "This key is limited to other sections or locales.",
        ));
    }
    Err(forbidden(match principal.reach::<P>() {
        Some(Reach::OwnDrafts) => "This is allowed only for your own unpublished articles.",
        _ => "This is allowed only for your own articles.",
    }))
}

/// Whether a caller may do with this article what any of these permissions allows.
#[must_use]
pub fn may(principal: &Principal, any_of: &[Permission], owned: &Owned<'_>) -> bool {
    reaches(principal, principal.permissions.reach(any_of), owned)
}

fn reaches(principal: &Principal, reach: Option<Reach>, owned: &Owned<'_>) -> bool {
    let own = owned.credits_caller || owned.created_by == Some(principal.id.as_str());
    principal.bounds.include(owned.section, owned.locale)
        && match reach {
            Some(Reach::All) => true,
            Some(Reach::Own) => own,
            Some(Reach::OwnDrafts) => own && !owned.live,
            None => false,
        }
}

/// Lets a caller go on who creates an article here, or moves one here.
///
/// # Errors
/// 403 when the caller's key is limited to other sections or locales.
pub fn permit_place(principal: &Principal, section: Option<&str>, locale: &str) -> Result<()> {
    if principal.bounds.include(section, locale) {
        return Ok(());
    }
    let bounds = principal.bounds.described();
    let detail = format!("This key is limited to {bounds}.");
    Err(forbidden(detail))
}

/// Lets a caller go on who changes what belongs to no section and no locale.
///
/// # Errors
/// 403 for a key that is limited to some.
pub fn permit_all(principal: &Principal) -> Result<()> {
    if principal.bounds.are_none() {
        return Ok(());
    }
    Err(forbidden(
        "This key is limited to certain sections or locales; the resource belongs to all of them.",
    ))
}

/// 403: the caller is known, and may not (RFC 6750, section 3.1).
#[must_use]
pub fn forbidden(detail: impl Into<String>) -> Error {
    let challenge =
        HeaderValue::from_static("Bearer realm=\"masthead\", error=\"insufficient_scope\"");
    Error::new(Code::Forbidden, detail).with_header(header::WWW_AUTHENTICATE, challenge)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::permission::{PublishArticles, WriteArticles};
    use crate::auth::principal::{Bounds, PrincipalKind};
    use crate::auth::role::Role;

    fn principal(role: Role) -> Principal {
        let kind = PrincipalKind::User {
            session: "s".to_owned(),
            author: None,
        };
        Principal {
            id: "me".to_owned(),
            kind,
            role: Some(role),
            permissions: role.permissions(),
            bounds: Bounds::default(),
        }
    }

    fn owned(by: &str, published: bool) -> Owned<'_> {
        Owned {
            created_by: Some(by),
            credits_caller: false,
            section: Some("sport"),
            locale: "en",
            live: published,
            public: published,
        }
    }

    fn answer<P: Needs>(principal: &Principal, owned: Owned<'_>) -> u16 {
        match permit::<P>(principal, &owned) {
            Ok(()) => 200,
            Err(error) => error.code().status().as_u16(),
        }
    }

    #[test]
    fn reaches_are_kept() {
        for (role, own_draft, own_published, others_draft, others_published) in [
            (Role::Editor, 200, 200, 200, 200),
            (Role::Author, 200, 200, 404, 403),
            (Role::Contributor, 200, 403, 404, 403),
            (Role::Viewer, 403, 403, 403, 403),
        ] {
            let who = principal(role);
            let write = |by, published| answer::<WriteArticles>(&who, owned(by, published));
            assert_eq!(write("me", false), own_draft, "{role:?}");
            assert_eq!(write("me", true), own_published, "{role:?}");
            assert_eq!(write("you", false), others_draft, "{role:?}");
            assert_eq!(write("you", true), others_published, "{role:?}");
        }
        let contributor = principal(Role::Contributor);
        let publish = answer::<PublishArticles>(&contributor, owned("me", false));
        assert_eq!(publish, 403);
    }

    #[test]
    fn bounds_hold_for_every_role() {
        let mut admin = principal(Role::Admin);
        admin.bounds.sections = Some(vec!["culture".to_owned()]);
        assert_eq!(answer::<WriteArticles>(&admin, owned("me", false)), 404);
        assert_eq!(answer::<WriteArticles>(&admin, owned("me", true)), 403);
        assert!(permit_place(&admin, Some("culture"), "en").is_ok());
        assert!(permit_place(&admin, None, "en").is_err());
        assert!(permit_all(&admin).is_err());
    }

    #[test]
    fn a_credit_makes_an_article_ones_own() {
        let author = principal(Role::Author);
        let mut theirs = owned("you", false);
        theirs.credits_caller = true;
        assert_eq!(answer::<WriteArticles>(&author, theirs), 200);
    }
}
