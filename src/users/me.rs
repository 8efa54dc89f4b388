//! One's own account, or key.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::user::{MeInput, User};
use super::{api, store};
use crate::auth::permission::ValidCredentials;
use crate::auth::{Caller, Permission, Person, Role};
use crate::db::Conn;
use crate::error::Result;
use crate::http::answer::PatchOf;
use crate::http::body::{MergePatch, check};
use crate::http::params::NoParams;
use crate::http::precondition::IfMatch;
use crate::http::respond::{self, Meta};
use crate::values::string_enum;

string_enum! {
    /// The kind of a caller.
    pub enum CallerKind {
        /// A person who signed in.
        User => "user",
        /// The holder of an API key.
        Key => "key",
    }
}

/// The caller and their permissions.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// Whether the caller is a person or a key.
    kind: CallerKind,
    /// Id of the account or key.
    #[schema(value_type = uuid::Uuid)]
    id: String,
    /// The role; null for a key with its own list of permissions.
    role: Option<Role>,
    /// Role of the account.
    permissions: Vec<Permission>,
    /// Sections to which a key is limited; null for no limit.
    sections: Option<Vec<String>>,
    /// Locales to which a key is limited; null for no limit.
    locales: Option<Vec<String>>,
    /// Session of a person.
    #[schema(value_type = Option<uuid::Uuid>)]
    session: Option<String>,
    /// Account of a person.
    user: Option<User>,
}

/// A patch of one's own account.
pub type MePatch = PatchOf<MeInput>;

/// Returns the caller and their permissions.
#[utoipa::path(get, path = "/v1/me", operation_id = "getMe", tag = "Accounts",
    responses((status = 200, description = "The caller.", body = Me)),
    security(("bearer" = [])))]
pub async fn get(
    caller: Caller<ValidCredentials>,
    request: HttpRequest,
    _params: NoParams,
) -> Result<HttpResponse> {
    let principal = caller.principal();
    let (kind, user) = match principal.session() {
        None => (CallerKind::Key, None),
        Some(_) => {
            let mut conn = caller.read().await?;
            let row = store::require(&mut conn, &principal.id).await?;
            (CallerKind::User, Some(store::show(&mut conn, row).await?))
        }
    };
    let version = user.as_ref().map(|user| user.version);
    let bytes = respond::json(&Me {
        kind,
        id: principal.id.clone(),
        role: principal.role,
        permissions: principal.permissions.list(),
        sections: principal.bounds.sections.clone(),
        locales: principal.bounds.locales.clone(),
        session: principal.session().map(str::to_owned),
        user,
    })?;
    let meta = Meta::default();
    Ok(respond::editorial(
        &request,
        StatusCode::OK,
        version,
        bytes,
        &meta,
    ))
}

/// Changes one's own name or preferred language. Role, status and e-mail address can only be
/// changed with the permission to manage accounts.
#[utoipa::path(patch, path = "/v1/me", operation_id = "patchMe", tag = "Accounts",
    request_body(content = MePatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "The updated account.", body = User)),
    security(("bearer" = [])))]
pub async fn patch(
    person: Person,
    request: HttpRequest,
    _params: NoParams,
    if_match: IfMatch,
    patch: MergePatch,
) -> Result<HttpResponse> {
    let caller = person.caller();
    let now = caller.app().clock.now();
    let mut conn = caller.write().await?;
    let row = conn
        .transaction(async |conn: &mut Conn| {
            let old = store::require(conn, person.id()).await?;
            if_match.check(old.version)?;
            let whole = serde_json::json!({"name": old.name, "locale": old.locale});
            let input: MeInput = check(patch.apply(whole))?;
            let locale = input.locale.as_ref();
            store::update_self(conn, now, &old, &if_match, &input.name, locale).await
        })
        .await?;
    api::answer(&mut conn, &request, row).await
}
