//! Single authors over HTTP.

use actix_web::{HttpRequest, HttpResponse};
use utoipa::IntoParams;

use super::author::{Author, AuthorInput, EditorialAuthor};
use super::resource::Authors;
use crate::auth::permission::WriteAuthors;
use crate::auth::{Caller, Reader};
use crate::error::Result;
use crate::http::answer::{Answer, PatchOf};
use crate::http::body::{Body, MergePatch};
use crate::http::params::{NoParams, Params, PathReference};
use crate::http::precondition::IfMatch;
use crate::resources::handlers::{self, Change};
use crate::resources::reassign::MergeInput;
use crate::values::Reference;

/// The parameters of a single author.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "it describes the parameters; they are read by name"
)]
pub struct AuthorParams {
    /// Languages of the names, in order of preference; a language also matches a more general one
    /// (`zh-Hant` matches `zh`). Text without a translation is returned in the original.
    #[param(required = false, example = "zh-Hant,zh,fr")]
    locale: String,
    /// Members to return, such as `name,slug,social.url`.
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
    /// Id or slug of the replacement: the author is merged into that one first, as by `merge`.
    #[param(required = false, value_type = Reference, example = "jane-doe")]
    reassign_to: String,
}

/// An author as they are read.
pub type AuthorAnswer = Answer<Author, EditorialAuthor>;

/// A patch of an author.
pub type AuthorPatch = PatchOf<AuthorInput>;

/// Reads an author by id or slug. A former slug is redirected (308).
#[utoipa::path(get, path = "/v1/authors/{author}", operation_id = "getAuthor", tag = "Authors",
    params(("author" = Reference, Path, description = "Id or slug of the author."), AuthorParams),
    responses((status = 200, description = "The author.", body = AuthorAnswer)),
    security((), ("bearer" = [])))]
pub async fn get(
    reader: Reader,
    request: HttpRequest,
    author: PathReference,
    params: Params,
) -> Result<HttpResponse> {
    handlers::get::<Authors>(reader, &request, &author, params).await
}

/// Creates an author.
#[utoipa::path(post, path = "/v1/authors", operation_id = "createAuthor", tag = "Authors",
    request_body = AuthorInput,
    responses((status = 201, description = "The created author.", body = EditorialAuthor)),
    security(("bearer" = [])))]
pub async fn create(
    caller: Caller<WriteAuthors>,
    request: HttpRequest,
    _params: NoParams,
    Body(input): Body<AuthorInput>,
) -> Result<HttpResponse> {
    handlers::create::<Authors>(&caller, &request, input).await
}

/// Changes some members of an author (JSON Merge Patch, RFC 7396).
#[utoipa::path(patch, path = "/v1/authors/{author}", operation_id = "patchAuthor", tag = "Authors",
    params(("author" = Reference, Path, description = "Id or slug of the author.")),
    request_body(content = AuthorPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "The updated author.", body = EditorialAuthor)),
    security(("bearer" = [])))]
pub async fn patch(change: Change<Authors>, patch: MergePatch) -> Result<HttpResponse> {
    change.patch(patch).await
}

/// Replaces an author. Omitted members are set to their defaults, except for the slug, which is
/// kept.
#[utoipa::path(put, path = "/v1/authors/{author}", operation_id = "putAuthor", tag = "Authors",
    params(("author" = Reference, Path, description = "Id or slug of the author.")),
    request_body = AuthorInput,
    responses((status = 200, description = "The updated author.", body = EditorialAuthor)),
    security(("bearer" = [])))]
pub async fn put(change: Change<Authors>, Body(input): Body<AuthorInput>) -> Result<HttpResponse> {
    change.put(input).await
}

/// Deletes an author who is not credited by any article and has no account; with `reassign_to`,
/// merges them into another author first.
#[utoipa::path(delete, path = "/v1/authors/{author}", operation_id = "deleteAuthor", tag = "Authors",
    params(("author" = Reference, Path, description = "Id or slug of the author."), AuthorDeletion),
    responses((status = 204, description = "The author was deleted.")),
    security(("bearer" = [])))]
pub async fn delete(
    caller: Caller<WriteAuthors>,
    author: PathReference,
    params: Params,
    if_match: IfMatch,
) -> Result<HttpResponse> {
    handlers::delete::<Authors>(&caller, &author, params, &if_match).await
}

/// Merges an author into another: all copies of articles that credit them credit the other, a
/// linked account is linked to the other, and their id and slugs redirect there. Versions of
/// articles do not change.
#[utoipa::path(post, path = "/v1/authors/{author}/merge", operation_id = "mergeAuthor", tag = "Authors",
    params(("author" = Reference, Path, description = "Id or slug of the author to merge.")),
    request_body = MergeInput,
    responses((status = 200, description = "The remaining author.", body = EditorialAuthor)),
    security(("bearer" = [])))]
pub async fn merge(change: Change<Authors>, Body(body): Body<MergeInput>) -> Result<HttpResponse> {
    change.merge(body).await
}
