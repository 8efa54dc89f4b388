//! Single authors over HTTP.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use utoipa::IntoParams;

use super::author::{Author, AuthorInput, EDITORIAL_FIELDS, EditorialAuthor, FIELDS, TRANSLATED};
use super::store::AuthorRow;
use super::{live, merge, store};
use crate::auth::permission::WriteAuthors;
use crate::auth::{Caller, Reader};
use crate::db::Conn;
use crate::error::{Code, Error, Result};
use crate::http::answer::{Answer, PatchOf};
use crate::http::body::{Body, MergePatch, check};
use crate::http::localise::Chain;
use crate::http::lookup::Lookup;
use crate::http::object::Object;
use crate::http::params::{NoParams, Params, PathReference};
use crate::http::precondition::IfMatch;
use crate::http::respond::{self, Meta};
use crate::query::fields::FieldSet;
use crate::resources::reassign::Target;
use crate::values::{Reference, Slug};

/// The parameters of a single author.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "it describes the parameters; they are read by name"
)]
pub struct AuthorParams {
    /// The languages to name them in, the best first; a language matches what is above it too
    /// (`zh-Hant` has `zh`). Texts that none of them has are as they are.
    #[param(required = false, example = "zh-Hant,zh,fr")]
    locale: String,
    /// The members to send, such as `name,slug,social.url`.
    #[param(required = false, example = "slug,name")]
    fields: String,
}

/// The parameters of the deletion of an author.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "it describes the parameters; they are read by name"
)]
pub struct AuthorDeletion {
    /// The id or slug of the author who takes their place: they become part of that one first, as
    /// by `merge`.
    #[param(required = false, value_type = Reference, example = "jane-doe")]
    reassign_to: String,
}

/// An author as they are read.
pub type AuthorAnswer = Answer<Author, EditorialAuthor>;

/// A patch of an author.
pub type AuthorPatch = PatchOf<AuthorInput>;

/// The members that an editor may name in `fields`.
pub(super) fn editorial_fields() -> Vec<&'static str> {
    FIELDS.iter().chain(EDITORIAL_FIELDS).copied().collect()
}

/// Reads one author by their id or slug. An old slug answers 308.
#[utoipa::path(get, path = "/v1/authors/{author}", operation_id = "getAuthor", tag = "Authors",
    params(("author" = Reference, Path, description = "The id or slug of the author."), AuthorParams),
    responses((status = 200, description = "The author.", body = AuthorAnswer)),
    security((), ("bearer" = [])))]
pub async fn get(
    reader: Reader,
    request: HttpRequest,
    author: PathReference,
    mut params: Params,
) -> Result<HttpResponse> {
    let chain = Chain::read(&mut params);
    let (app, moved) = match &reader {
        Reader::Public(public) => {
            let fields = params.query("fields", |text| FieldSet::parse(text, FIELDS));
            params.finish()?;
            let mut conn = public.read().await?;
            match live::find(&mut conn, &author.or_not_found("author")?).await? {
                Lookup::Redirect(slug) => (public.app(), slug),
                Lookup::Found(row) => {
                    let modified = Some(row.updated_at);
                    let mut dependencies = public.app().dependencies();
                    dependencies.on(super::INFO.one(&row.id));
                    let mut object = Object::prepared(row.card);
                    let language = chain.apply(&mut object, TRANSLATED)?;
                    object.select(fields.as_ref())?;
                    let meta = Meta {
                        modified,
                        language,
                        dependencies,
                        ..Meta::default()
                    };
                    let bytes = object.into_bytes();
                    return Ok(respond::public(&request, public.app(), bytes, &meta));
                }
            }
        }
        Reader::Editorial(caller) => {
            let fields = params.query("fields", |text| FieldSet::parse(text, &editorial_fields()));
            params.finish()?;
            let mut conn = caller.read().await?;
            match store::find(&mut conn, &author.or_not_found("author")?).await? {
                Lookup::Redirect(slug) => (caller.app(), slug),
                Lookup::Found(row) => {
                    let mut object = Object::of(&row.editorial())?;
                    let language = chain.apply(&mut object, TRANSLATED)?;
                    object.select(fields.as_ref())?;
                    let meta = Meta {
                        language,
                        ..Meta::default()
                    };
                    return Ok(respond::editorial(
                        &request,
                        StatusCode::OK,
                        Some(row.version),
                        object.into_bytes(),
                        &meta,
                    ));
                }
            }
        }
    };
    let path = format!("/v1/authors/{moved}");
    Ok(respond::moved(&request, app, &path))
}

/// Creates an author.
#[utoipa::path(post, path = "/v1/authors", operation_id = "createAuthor", tag = "Authors",
    request_body = AuthorInput,
    responses((status = 201, description = "The author as they were created.", body = EditorialAuthor)),
    security(("bearer" = [])))]
pub async fn create(
    caller: Caller<WriteAuthors>,
    request: HttpRequest,
    _params: NoParams,
    Body(input): Body<AuthorInput>,
) -> Result<HttpResponse> {
    valid(&input)?;
    let mut conn = caller.write().await?;
    let edit = caller.edit_all()?;
    let row = conn
        .transaction(async |conn: &mut Conn| store::create(conn, edit, &input).await)
        .await?;
    let path = format!("/v1/authors/{}", row.id);
    let bytes = respond::json(&row.editorial())?;
    respond::created(&request, &path, row.version, bytes)
}

/// Changes some members of an author (JSON Merge Patch, RFC 7396).
#[utoipa::path(patch, path = "/v1/authors/{author}", operation_id = "patchAuthor", tag = "Authors",
    params(("author" = Reference, Path, description = "The id or slug of the author.")),
    request_body(content = AuthorPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "The author as they are now.", body = EditorialAuthor)),
    security(("bearer" = [])))]
pub async fn patch(
    caller: Caller<WriteAuthors>,
    request: HttpRequest,
    author: PathReference,
    _params: NoParams,
    if_match: IfMatch,
    patch: MergePatch,
) -> Result<HttpResponse> {
    let change = async |old: &AuthorRow| check(patch.apply(old.as_input()));
    write(&caller, &request, &author, &if_match, change).await
}

/// Replaces an author. What is left out gets its default, but the slug stays.
#[utoipa::path(put, path = "/v1/authors/{author}", operation_id = "putAuthor", tag = "Authors",
    params(("author" = Reference, Path, description = "The id or slug of the author.")),
    request_body = AuthorInput,
    responses((status = 200, description = "The author as they are now.", body = EditorialAuthor)),
    security(("bearer" = [])))]
pub async fn put(
    caller: Caller<WriteAuthors>,
    request: HttpRequest,
    author: PathReference,
    _params: NoParams,
    if_match: IfMatch,
    Body(input): Body<AuthorInput>,
) -> Result<HttpResponse> {
    let change = async |old: &AuthorRow| {
        let slug = Slug::or_stored(input.slug.clone(), &old.slug);
        Ok(AuthorInput {
            slug,
            ..input.clone()
        })
    };
    write(&caller, &request, &author, &if_match, change).await
}

/// Deletes an author whom no article names and who has no account; with `reassign_to`, another
/// takes their place first.
#[utoipa::path(delete, path = "/v1/authors/{author}", operation_id = "deleteAuthor", tag = "Authors",
    params(("author" = Reference, Path, description = "The id or slug of the author."), AuthorDeletion),
    responses((status = 204, description = "They are gone.")),
    security(("bearer" = [])))]
pub async fn delete(
    caller: Caller<WriteAuthors>,
    author: PathReference,
    mut params: Params,
    if_match: IfMatch,
) -> Result<HttpResponse> {
    let target = Target::of_parameter(&mut params);
    params.finish()?;
    let reference = author.or_not_found("author")?;
    match &target {
        Some(target) => {
            merge::carry_out(&caller, &reference, &if_match, target).await?;
        }
        None => {
            caller.require_unrestricted()?;
            let mut conn = caller.write().await?;
            conn.transaction(async |conn: &mut Conn| {
                let old = store::require(conn, &reference).await?;
                store::delete(conn, &old, &if_match).await
            })
            .await?;
        }
    }
    Ok(respond::deleted())
}

async fn write(
    caller: &Caller<WriteAuthors>,
    request: &HttpRequest,
    author: &PathReference,
    if_match: &IfMatch,
    change: impl AsyncFn(&AuthorRow) -> Result<AuthorInput>,
) -> Result<HttpResponse> {
    let reference = author.or_not_found("author")?;
    let mut conn = caller.write().await?;
    let edit = caller.edit_all()?;
    let row = conn
        .transaction(async |conn: &mut Conn| {
            let old = store::require(conn, &reference).await?;
            if_match.check(old.version)?;
            let input = change(&old).await?;
            valid(&input)?;
            store::update(conn, edit, &old, if_match, &input).await
        })
        .await?;
    let bytes = respond::json(&row.editorial())?;
    Ok(respond::written(request, row.version, bytes))
}

fn valid(input: &AuthorInput) -> Result<()> {
    let errors = input.contradictions();
    if errors.is_empty() {
        Ok(())
    } else {
        Err(Error::fields(Code::InvalidFields, errors))
    }
}
