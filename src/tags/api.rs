//! Single tags over HTTP.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use utoipa::IntoParams;

use super::store::TagRow;
use super::tag::{EDITORIAL_FIELDS, EditorialTag, FIELDS, TRANSLATED, Tag, TagInput};
use super::{live, merge, store};
use crate::auth::permission::WriteTags;
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

/// The parameters of a single tag.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "it describes the parameters; they are read by name"
)]
pub struct TagParams {
    /// The languages to name it in, the best first; a language matches what is above it too
    /// (`zh-Hant` has `zh`). Texts that none of them has are as they are.
    #[param(required = false, example = "zh-Hant,zh,fr")]
    locale: String,
    /// The members to send, such as `name,slug,parent.name`.
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
    /// The id or slug of the tag that takes its place: it becomes part of that one first, as by
    /// `merge`.
    #[param(required = false, value_type = Reference, example = "world")]
    reassign_to: String,
}

/// A tag as it is read.
pub type TagAnswer = Answer<Tag, EditorialTag>;

/// A patch of a tag.
pub type TagPatch = PatchOf<TagInput>;

/// The members that an editor may name in `fields`.
pub(super) fn editorial_fields() -> Vec<&'static str> {
    FIELDS.iter().chain(EDITORIAL_FIELDS).copied().collect()
}

/// Reads one tag by its id or slug. An old slug answers 308.
#[utoipa::path(get, path = "/v1/tags/{tag}", operation_id = "getTag", tag = "Tags",
    params(("tag" = Reference, Path, description = "The id or slug of the tag."), TagParams),
    responses((status = 200, description = "The tag.", body = TagAnswer)),
    security((), ("bearer" = [])))]
pub async fn get(
    reader: Reader,
    request: HttpRequest,
    tag: PathReference,
    mut params: Params,
) -> Result<HttpResponse> {
    let chain = Chain::read(&mut params);
    match reader {
        Reader::Public(public) => {
            let fields = params.query("fields", |text| FieldSet::parse(text, FIELDS));
            params.finish()?;
            let mut conn = public.read().await?;
            match live::find(&mut conn, &tag.or_not_found("tag")?).await? {
                Lookup::Redirect(slug) => Ok(respond::moved(
                    &request,
                    public.app(),
                    &format!("/v1/tags/{slug}"),
                )),
                Lookup::Found(row) => {
                    // The tag above is part of the answer and changes on its own.
                    let id = row.id.clone();
                    let modified = row.parent_id.is_none().then_some(row.updated_at);
                    let mut objects = live::complete(&mut conn, vec![row], &chain).await?;
                    let (mut object, language) =
                        objects.pop().ok_or_else(|| Error::not_found("tag"))?;
                    let mut dependencies = public.app().dependencies();
                    dependencies.on(super::INFO.one(&id));
                    // The tag above is shown, too.
                    if modified.is_none() {
                        dependencies.on(super::INFO.every());
                    }
                    let meta = Meta {
                        modified,
                        language,
                        dependencies,
                        ..Meta::default()
                    };
                    object.select(fields.as_ref())?;
                    let bytes = object.into_bytes();
                    Ok(respond::public(&request, public.app(), bytes, &meta))
                }
            }
        }
        Reader::Editorial(caller) => {
            let fields = params.query("fields", |text| FieldSet::parse(text, &editorial_fields()));
            params.finish()?;
            let mut conn = caller.read().await?;
            match store::find(&mut conn, &tag.or_not_found("tag")?).await? {
                Lookup::Redirect(slug) => Ok(respond::moved(
                    &request,
                    caller.app(),
                    &format!("/v1/tags/{slug}"),
                )),
                Lookup::Found(row) => {
                    let version = row.version;
                    let top = row.parent_id.is_none();
                    let (mut object, language) = object_in(&mut conn, row, &chain).await?;
                    object.select(fields.as_ref())?;
                    let bytes = object.into_bytes();
                    let meta = Meta {
                        language: language.filter(|_| top),
                        ..Meta::default()
                    };
                    let status = StatusCode::OK;
                    Ok(respond::editorial(
                        &request,
                        status,
                        Some(version),
                        bytes,
                        &meta,
                    ))
                }
            }
        }
    }
}

/// What editors see of a tag, as it is.
pub(super) async fn object(conn: &mut Conn, row: TagRow) -> Result<Object> {
    let (object, _) = object_in(conn, row, &Chain::default()).await?;
    Ok(object)
}

/// What editors see of a tag in the languages of a chain, and the language of its own texts.
async fn object_in(
    conn: &mut Conn,
    row: TagRow,
    chain: &Chain,
) -> Result<(Object, Option<String>)> {
    let mut tags = store::complete(conn, vec![row], chain).await?;
    let tag = tags.pop().ok_or_else(|| Error::not_found("tag"))?;
    let mut object = Object::of(&tag)?;
    let language = chain.apply(&mut object, TRANSLATED)?;
    Ok((object, language))
}

/// Creates a tag.
#[utoipa::path(post, path = "/v1/tags", operation_id = "createTag", tag = "Tags",
    request_body = TagInput,
    responses((status = 201, description = "The tag as it was created.", body = EditorialTag)),
    security(("bearer" = [])))]
pub async fn create(
    caller: Caller<WriteTags>,
    request: HttpRequest,
    _params: NoParams,
    Body(input): Body<TagInput>,
) -> Result<HttpResponse> {
    valid(&input)?;
    let mut conn = caller.write().await?;
    let edit = caller.edit_all()?;
    let row = conn
        .transaction(async |conn: &mut Conn| store::create(conn, edit, &input).await)
        .await?;
    let (path, version) = (format!("/v1/tags/{}", row.id), row.version);
    let bytes = object(&mut conn, row).await?.into_bytes();
    respond::created(&request, &path, version, bytes)
}

/// Changes some members of a tag (JSON Merge Patch, RFC 7396).
#[utoipa::path(patch, path = "/v1/tags/{tag}", operation_id = "patchTag", tag = "Tags",
    params(("tag" = Reference, Path, description = "The id or slug of the tag.")),
    request_body(content = TagPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "The tag as it is now.", body = EditorialTag)),
    security(("bearer" = [])))]
pub async fn patch(
    caller: Caller<WriteTags>,
    request: HttpRequest,
    tag: PathReference,
    _params: NoParams,
    if_match: IfMatch,
    patch: MergePatch,
) -> Result<HttpResponse> {
    let change = async |old: &TagRow| check(patch.apply(old.as_input()));
    write(&caller, &request, &tag, &if_match, change).await
}

/// Replaces a tag. What is left out gets its default, but the slug stays.
#[utoipa::path(put, path = "/v1/tags/{tag}", operation_id = "putTag", tag = "Tags",
    params(("tag" = Reference, Path, description = "The id or slug of the tag.")),
    request_body = TagInput,
    responses((status = 200, description = "The tag as it is now.", body = EditorialTag)),
    security(("bearer" = [])))]
pub async fn put(
    caller: Caller<WriteTags>,
    request: HttpRequest,
    tag: PathReference,
    _params: NoParams,
    if_match: IfMatch,
    Body(input): Body<TagInput>,
) -> Result<HttpResponse> {
    let change = async |old: &TagRow| {
        let slug = Slug::or_stored(input.slug.clone(), &old.slug);
        Ok(TagInput {
            slug,
            ..input.clone()
        })
    };
    write(&caller, &request, &tag, &if_match, change).await
}

/// Deletes a tag that no article and no other tag uses; with `reassign_to`, another takes its place
/// first.
#[utoipa::path(delete, path = "/v1/tags/{tag}", operation_id = "deleteTag", tag = "Tags",
    params(("tag" = Reference, Path, description = "The id or slug of the tag."), TagDeletion),
    responses((status = 204, description = "It is gone.")),
    security(("bearer" = [])))]
pub async fn delete(
    caller: Caller<WriteTags>,
    tag: PathReference,
    mut params: Params,
    if_match: IfMatch,
) -> Result<HttpResponse> {
    let target = Target::of_parameter(&mut params);
    params.finish()?;
    let reference = tag.or_not_found("tag")?;
    let edit = caller.edit_all()?;
    let mut conn = caller.write().await?;
    conn.transaction(async |conn: &mut Conn| {
        let old = store::require(conn, &reference).await?;
        match &target {
            Some(target) => {
                let kept = merge::into(conn, edit, &old, &if_match, target).await;
                kept.map(|_| ())
            }
            None => store::delete(conn, &old, &if_match).await,
        }
    })
    .await?;
    Ok(respond::deleted())
}

async fn write(
    caller: &Caller<WriteTags>,
    request: &HttpRequest,
    tag: &PathReference,
    if_match: &IfMatch,
    change: impl AsyncFn(&TagRow) -> Result<TagInput>,
) -> Result<HttpResponse> {
    let reference = tag.or_not_found("tag")?;
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
    let version = row.version;
    let bytes = object(&mut conn, row).await?.into_bytes();
    Ok(respond::written(request, version, bytes))
}

fn valid(input: &TagInput) -> Result<()> {
    let errors = input.contradictions();
    if errors.is_empty() {
        Ok(())
    } else {
        Err(Error::fields(Code::InvalidFields, errors))
    }
}
