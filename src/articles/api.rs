//! Single articles over HTTP.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};
use utoipa::IntoParams;

use super::access::{Scope, Surroundings, owned};
use super::actions::{act_on, may_try_again, require};
use super::article::ArticleInput;
use super::editorial_list;
use super::life;
use super::list::{ArticleAnswer, side};
use super::live;
use super::shape::{Include, Shape};
use super::slugs::{self, Address};
use super::store::{self, ArticleRow};
use super::view::EditorialArticle;
use crate::app::Edit;
use crate::auth::permission::{Needs, WriteArticles};
use crate::auth::{Caller, Reader};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::http::answer::PatchOf;
use crate::http::body::{Body, MergePatch, check};
use crate::http::found::Found;
use crate::http::params::{NoParams, Params, PathReference};
use crate::http::precondition::IfMatch;
use crate::http::respond::{self, Meta};
use crate::text::body::Rendered;
use crate::values::{Locale, Reference, Slug};

/// From this many bytes on a body is rendered on another thread than the one that serves.
const LARGE_BODY: usize = 16_384;

/// The parameters of a single article.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "it describes the parameters; they are read by name"
)]
pub struct ArticleParams {
    /// The language in which a slug is looked up; without it the site's default, else wherever
    /// the slug is, if that is one.
    #[param(required = false, value_type = Locale)]
    locale: String,
    /// With a key: `draft` is the working copy, `live` what the public sees.
    #[param(required = false, inline, value_type = super::list::Version)]
    version: String,
    /// The members to send, such as `title,body.html,authors.name`. Naming a part loads it.
    #[param(required = false, example = "title,body.html")]
    fields: String,
    /// The parts to add: `authors`, `tags`, `lead_image`, `related`; the first three without
    /// it, none with `none`.
    #[param(required = false, example = "authors,tags,lead_image,related")]
    include: String,
}

/// A patch of an article.
pub type ArticlePatch = PatchOf<ArticleInput>;

/// Reads one article by its id or slug. An old slug answers 308.
#[utoipa::path(get, path = "/v1/articles/{article}", operation_id = "getArticle", tag = "Articles",
    params(("article" = Reference, Path, description = "The id or slug of the article."), ArticleParams),
    responses((status = 200, description = "The article.", body = ArticleAnswer)),
    security((), ("bearer" = [])))]
pub async fn get(
    reader: Reader,
    request: HttpRequest,
    article: PathReference,
    mut params: Params,
) -> Result<HttpResponse> {
    let locale = params.parsed("locale", Locale::parse);
    let locale = locale.as_ref().map(Locale::as_str);
    let parts = [Include::Authors, Include::Tags, Include::LeadImage];
    match side(reader, &mut params)? {
        Reader::Public(public) => {
            let shape = Shape::read(&mut params, false, &parts, true);
            params.finish()?;
            let app = public.app();
            let (site, now) = (&app.settings.site, app.clock.now());
            let mut conn = public.read().await?;
            let reference = article.or_not_found("article")?;
            match live::find(&mut conn, &reference, locale, site, now).await? {
                Found::Moved(address) => {
                    let to = moved(&params, &address, locale, site.default_locale.as_str());
                    Ok(respond::moved_to(app, &to, address.until))
                }
                Found::Here(row) => {
                    let meta = Meta {
                        modified: (!shape.has(Include::Related)).then(|| row.modified()),
                        until: row.expires_at,
                        language: Some(row.locale.clone()),
                        ..Meta::default()
                    };
                    let mut objects = live::complete(&mut conn, vec![row], &shape, now).await?;
                    let mut object = objects.pop().ok_or_else(|| Error::not_found("article"))?;
                    object.select(shape.fields.as_ref())?;
                    Ok(respond::public(&request, app, object.into_bytes(), &meta))
                }
            }
        }
        Reader::Editorial(caller) => {
            let mut all = parts.to_vec();
            all.push(Include::Related);
            let shape = Shape::read(&mut params, true, &all, true);
            params.finish()?;
            let app = caller.app();
            let site = &app.settings.site;
            let mut conn = caller.read().await?;
            let reference = article.or_not_found("article")?;
            let scope = &Scope::of(&caller);
            let around = Surroundings { site, scope };
            match slugs::find(&mut conn, &reference, locale, around).await? {
                Found::Moved(address) => {
                    let to = moved(&params, &address, locale, site.default_locale.as_str());
                    Ok(respond::moved_to(app, &to, address.until))
                }
                Found::Here(row) => {
                    caller.permit(&owned(&mut conn, &caller, &row).await?)?;
                    answer(&mut conn, &caller, &request, StatusCode::OK, row, &shape).await
                }
            }
        }
    }
}

/// The address of an article that moved: with its locale where the slug alone, or the locale
/// that was asked for, would lead elsewhere.
fn moved(params: &Params, to: &Address, asked: Option<&str>, default: &str) -> String {
    let locale = (asked.is_some() || to.locale != default).then_some(to.locale.as_str());
    params.address_at(&format!("/v1/articles/{}", to.slug), &[("locale", locale)])
}

pub(super) async fn answer<P: Needs>(
    conn: &mut Conn,
    caller: &Caller<P>,
    request: &HttpRequest,
    status: StatusCode,
    row: ArticleRow,
    shape: &Shape,
) -> Result<HttpResponse> {
    let (id, version) = (row.id.clone(), row.version);
    let meta = Meta {
        language: Some(row.locale.clone()),
        ..Meta::default()
    };
    let scope = Scope::of(caller);
    let mut objects = editorial_list::complete(conn, vec![row], shape, &scope, true).await?;
    let mut object = objects.pop().ok_or_else(|| Error::not_found("article"))?;
    object.select(shape.fields.as_ref())?;
    let bytes = object.into_bytes();
    let mut response = respond::editorial(request, status, Some(version), bytes, &meta);
    if status == StatusCode::CREATED {
        let location = header::HeaderValue::from_str(&format!("/v1/articles/{id}"));
        response
            .headers_mut()
            .insert(header::LOCATION, location.map_err(Error::internal)?);
    }
    Ok(response)
}

/// Creates an article: always a draft.
#[utoipa::path(post, path = "/v1/articles", operation_id = "createArticle", tag = "Articles",
    request_body = ArticleInput,
    responses((status = 201, description = "The draft as it was created.", body = EditorialArticle)),
    security(("bearer" = [])))]
pub async fn create(
    caller: Caller<WriteArticles>,
    request: HttpRequest,
    _params: NoParams,
    Body(input): Body<ArticleInput>,
) -> Result<HttpResponse> {
    let app = caller.app();
    let site = &app.settings.site;
    let scope = &Scope::of(&caller);
    let around = Surroundings { site, scope };
    let edit = edit_into(&caller, &input)?;
    let rendered = render(&input).await?;
    let mut conn = caller.write().await?;
    let row = conn
        .transaction(async |conn: &mut Conn| {
            store::create_rendered(conn, edit, around, &input, rendered).await
        })
        .await?;
    answer(
        &mut conn,
        &caller,
        &request,
        StatusCode::CREATED,
        row,
        &Shape::whole(),
    )
    .await
}

/// Changes some members of an article (JSON Merge Patch, RFC 7396). The public does not see the
/// change until it is published.
#[utoipa::path(patch, path = "/v1/articles/{article}", operation_id = "patchArticle", tag = "Articles",
    params(("article" = Reference, Path, description = "The id or slug of the article.")),
    request_body(content = ArticlePatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "The working copy as it is now.", body = EditorialArticle)),
    security(("bearer" = [])))]
pub async fn patch(
    caller: Caller<WriteArticles>,
    request: HttpRequest,
    article: PathReference,
    _params: NoParams,
    if_match: IfMatch,
    patch: MergePatch,
) -> Result<HttpResponse> {
    let change = async |conn: &mut Conn, old: &ArticleRow| {
        check(patch.apply(store::as_input(conn, old).await?))
    };
    write(&caller, &request, &article, &if_match, change).await
}

/// Replaces an article. What is left out gets its default, but the slug, the locale, the
/// translation group and the date of a published article stay. The public does not see the change until it is published.
#[utoipa::path(put, path = "/v1/articles/{article}", operation_id = "putArticle", tag = "Articles",
    params(("article" = Reference, Path, description = "The id or slug of the article.")),
    request_body = ArticleInput,
    responses((status = 200, description = "The working copy as it is now.", body = EditorialArticle)),
    security(("bearer" = [])))]
pub async fn put(
    caller: Caller<WriteArticles>,
    request: HttpRequest,
    article: PathReference,
    _params: NoParams,
    if_match: IfMatch,
    Body(input): Body<ArticleInput>,
) -> Result<HttpResponse> {
    let change = async |_: &mut Conn, old: &ArticleRow| {
        let mut input = input.clone();
        input.slug = input.slug.or_else(|| Slug::parse(&old.slug).ok());
        input.locale = input.locale.or_else(|| Locale::parse(&old.locale).ok());
        if old.live_version.is_some() {
            // What stands in the paper keeps its date unless the caller says otherwise.
            input.published_at = input.published_at.or(old.published_at);
        }
        if input.translation_of.is_none() {
            let group = || Reference::parse(&old.translation_group).ok();
            input.translation_group = input.translation_group.or_else(group);
        }
        Ok(input)
    };
    write(&caller, &request, &article, &if_match, change).await
}

/// Reads the article, works out the change, renders its body, and writes it, as long as nobody
/// was faster; with `If-Match: *` it then starts again.
async fn write(
    caller: &Caller<WriteArticles>,
    request: &HttpRequest,
    article: &PathReference,
    if_match: &IfMatch,
    change: impl AsyncFn(&mut Conn, &ArticleRow) -> Result<ArticleInput>,
) -> Result<HttpResponse> {
    let reference = article.or_not_found("article")?;
    let app = caller.app();
    let site = &app.settings.site;
    let scope = &Scope::of(caller);
    let around = Surroundings { site, scope };
    let mut tries = 0;
    loop {
        tries += 1;
        let (seen, input) = {
            let mut conn = caller.read().await?;
            let seen = require(&mut conn, &reference, around).await?;
            caller.permit(&owned(&mut conn, caller, &seen).await?)?;
            if_match.check(seen.version)?;
            let input = change(&mut conn, &seen).await?;
            edit_into(caller, &input)?;
            (seen, input)
        };
        let rendered = render(&input).await?;
        let mut conn = caller.write().await?;
        let written = conn
            .transaction(async |conn: &mut Conn| {
                let based_on = IfMatch::Versions(vec![seen.version]);
                let old = store::by_id(conn, &seen.id).await?;
                let old = old.filter(|old| old.deleted_at.is_none());
                let old = old.ok_or_else(|| Error::not_found("article"))?;
                let edit = caller.edit(&owned(conn, caller, &old).await?)?;
                store::update_rendered(conn, edit, around, &old, &based_on, &input, rendered).await
            })
            .await;
        match written {
            Err(error) if may_try_again(&error, if_match, tries) => {}
            Err(error) => return Err(error),
            Ok(row) => {
                let shape = Shape::whole();
                return answer(&mut conn, caller, request, StatusCode::OK, row, &shape).await;
            }
        }
    }
}

/// Puts an article into the trash: nobody finds it any more.
#[utoipa::path(delete, path = "/v1/articles/{article}", operation_id = "deleteArticle", tag = "Articles",
    params(("article" = Reference, Path, description = "The id or slug of the article.")),
    responses((status = 204, description = "It is in the trash.")),
    security(("bearer" = [])))]
pub async fn delete(
    caller: Caller<WriteArticles>,
    article: PathReference,
    _params: NoParams,
    if_match: IfMatch,
) -> Result<HttpResponse> {
    let act = async |conn: &mut Conn, edit: Edit<'_>, old: &ArticleRow| {
        life::trash(conn, edit, old, &if_match)
            .await
            .map(|()| old.clone())
    };
    act_on(
        &caller,
        &article,
        &if_match,
        &mut caller.write().await?,
        act,
    )
    .await?;
    Ok(respond::deleted())
}

/// The stamp for an article that is to be where `input` puts it.
fn edit_into<'a>(caller: &'a Caller<WriteArticles>, input: &ArticleInput) -> Result<Edit<'a>> {
    let section = input.section.as_ref().map(Slug::as_str);
    let default = &caller.app().settings.site.default_locale;
    caller.edit_in(section, input.locale.as_ref().unwrap_or(default).as_str())
}

/// Renders the body, a large one out of the way of other requests.
async fn render(input: &ArticleInput) -> Result<Rendered> {
    if input.body.source.as_str().len() < LARGE_BODY {
        return Ok(store::rendered(input));
    }
    let input = input.clone();
    tokio::task::spawn_blocking(move || store::rendered(&input))
        .await
        .map_err(Error::internal)
}
