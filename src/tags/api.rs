//! Single tags over HTTP.

use actix_web::{HttpRequest, HttpResponse};
use utoipa::IntoParams;

use super::resource::Tags;
use super::tag::{EditorialTag, Tag, TagInput};
use crate::auth::permission::WriteTags;
use crate::auth::{Caller, Reader};
use crate::error::Result;
use crate::http::answer::{Answer, PatchOf};
use crate::http::body::{Body, MergePatch};
use crate::http::params::{NoParams, Params, PathReference};
use crate::http::precondition::IfMatch;
use crate::resources::handlers::{self, Change};
use crate::resources::reassign::MergeInput;
use crate::values::Reference;

/// The parameters of a single tag.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "it describes the parameters; they are read by name"
)]
pub struct TagParams {
    /// Languages of the name, in order of preference; a language also matches a more general one
    /// (`zh-Hant` matches `zh`). Text without a translation is returned in the original.
    #[param(required = false, example = "zh-Hant,zh,fr")]
    locale: String,
    /// Members to return, such as `name,slug,parent.name`.
    #[param(required = false, example = "slug,name")]
    fields: String,
}

/// The parameters of the deletion of a tag.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "it describes the parameters; they are read by name"
)]
pub struct TagDeletion {
    /// Id or slug of the replacement: the tag is merged into that one first, as by `merge`.
    #[param(required = false, value_type = Reference, example = "world")]
    reassign_to: String,
}

/// A tag as it is read.
pub type TagAnswer = Answer<Tag, EditorialTag>;

/// A patch of a tag.
pub type TagPatch = PatchOf<TagInput>;

/// Reads a tag by id or slug. A former slug is redirected (308).
#[utoipa::path(get, path = "/v1/tags/{tag}", operation_id = "getTag", tag = "Tags",
    params(("tag" = Reference, Path, description = "Id or slug of the tag."), TagParams),
    responses((status = 200, description = "The tag.", body = TagAnswer)),
    security((), ("bearer" = [])))]
pub async fn get(
    reader: Reader,
    request: HttpRequest,
    tag: PathReference,
    params: Params,
) -> Result<HttpResponse> {
    handlers::get::<Tags>(reader, &request, &tag, params).await
}

/// Creates a tag.
#[utoipa::path(post, path = "/v1/tags", operation_id = "createTag", tag = "Tags",
    request_body = TagInput,
    responses((status = 201, description = "The created tag.", body = EditorialTag)),
    security(("bearer" = [])))]
pub async fn create(
    caller: Caller<WriteTags>,
    request: HttpRequest,
    _params: NoParams,
    Body(input): Body<TagInput>,
) -> Result<HttpResponse> {
    handlers::create::<Tags>(&caller, &request, input).await
}

/// Changes some members of a tag (JSON Merge Patch, RFC 7396).
#[utoipa::path(patch, path = "/v1/tags/{tag}", operation_id = "patchTag", tag = "Tags",
    params(("tag" = Reference, Path, description = "Id or slug of the tag.")),
    request_body(content = TagPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "The updated tag.", body = EditorialTag)),
    security(("bearer" = [])))]
pub async fn patch(change: Change<Tags>, patch: MergePatch) -> Result<HttpResponse> {
    change.patch(patch).await
}

/// Replaces a tag. Omitted members are set to their defaults, except for the slug, which is kept.
#[utoipa::path(put, path = "/v1/tags/{tag}", operation_id = "putTag", tag = "Tags",
    params(("tag" = Reference, Path, description = "Id or slug of the tag.")),
    request_body = TagInput,
    responses((status = 200, description = "The updated tag.", body = EditorialTag)),
    security(("bearer" = [])))]
pub async fn put(change: Change<Tags>, Body(input): Body<TagInput>) -> Result<HttpResponse> {
    change.put(input).await
}

/// Deletes a tag that is not used by any article or other tag; with `reassign_to`, merges it into
/// another tag first.
#[utoipa::path(delete, path = "/v1/tags/{tag}", operation_id = "deleteTag", tag = "Tags",
    params(("tag" = Reference, Path, description = "Id or slug of the tag."), TagDeletion),
    responses((status = 204, description = "The tag was deleted.")),
    security(("bearer" = [])))]
pub async fn delete(
    caller: Caller<WriteTags>,
    tag: PathReference,
    params: Params,
    if_match: IfMatch,
) -> Result<HttpResponse> {
    handlers::delete::<Tags>(&caller, &tag, params, &if_match).await
}

/// Merges a tag into another: all copies of articles that have it get the other, its child tags
/// become children of the other, and its id and slugs redirect there. Versions of articles do not
/// change.
#[utoipa::path(post, path = "/v1/tags/{tag}/merge", operation_id = "mergeTag", tag = "Tags",
    params(("tag" = Reference, Path, description = "Id or slug of the tag to merge.")),
    request_body = MergeInput,
    responses((status = 200, description = "The remaining tag.", body = EditorialTag)),
    security(("bearer" = [])))]
pub async fn merge(change: Change<Tags>, Body(body): Body<MergeInput>) -> Result<HttpResponse> {
    change.merge(body).await
}
