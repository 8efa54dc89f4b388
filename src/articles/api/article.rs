//! Single articles over HTTP.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use utoipa::IntoParams;

use crate::articles::SLUG;
use crate::articles::article::ArticleInput;
use crate::articles::context::{Context, WriteContext};
use crate::articles::draft_access::{Scope, owned};
use crate::articles::drafts::slugs;
use crate::articles::drafts::version_check::Current;
use crate::articles::list_params::{ArticleVersion, side};
use crate::articles::live;
use crate::articles::rendering::render;
use crate::articles::respond::answer;
use crate::articles::response::{ArticleAnswer, EditorialArticle};
use crate::articles::selection::{Include, Selection};
use crate::articles::slug_lookup::ArticleAddress;
use crate::articles::trash::store as trash;
use crate::articles::workflow::act::{act_on, edit_into};
use crate::articles::workflow::save::create_rendered;
use crate::auth::permission::{ReadDrafts, WriteArticles};
use crate::auth::{Caller, Public, Reader};
use crate::db::Conn;
use crate::error::Result;
use crate::http::body::Body;
use crate::http::lookup::Lookup;
use crate::http::params::{NoParams, Params, PathReference};
use crate::http::precondition::IfMatch;
use crate::http::respond::{self, Meta};
use crate::values::{Locale, Reference};

/// The parameters of a single article.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "it describes the parameters; they are read by name"
)]
pub struct ArticleParams {
    /// Languages in which a slug is looked up, in order of preference (`zh-Hant,zh,en`). By default
    /// the site's language, then any other, if the slug exists in only one.
    #[param(required = false, example = "zh-Hant,zh,en")]
    locale: String,
    /// With a key: `draft` for the working copy, `live` for the public version.
    #[param(required = false, inline, value_type = ArticleVersion)]
    version: String,
    /// Members to return, such as `title,body.html,authors.name`. Related data named here is
    /// included.
    #[param(required = false, example = "title,body.html")]
    fields: String,
    /// Related data to include: `authors`, `tags`, `lead_image`, `related`, `translations`; by
    /// default the first three, with `none` nothing.
    #[param(required = false, example = "authors,tags,lead_image,related")]
    include: String,
}

/// Reads an article by id or slug. A former slug is redirected (308).
#[utoipa::path(get, path = "/v1/articles/{article}", operation_id = "getArticle", tag = "Articles",
    params(("article" = Reference, Path, description = "Id or slug of the article."), ArticleParams),
    responses((status = 200, description = "The article.", body = ArticleAnswer)),
    security((), ("bearer" = [])))]
pub async fn get(
    reader: Reader,
    request: HttpRequest,
    article: PathReference,
    mut params: Params,
) -> Result<HttpResponse> {
    let locales = params.parsed_list("locale", Locale::parse);
    let locales = locales.unwrap_or_default();
    let locales: Vec<&str> = locales.iter().map(Locale::as_str).collect();
    match side(reader, &mut params)? {
        Reader::Public(public) => get_live(&public, &request, &article, &locales, params).await,
        Reader::Editorial(caller) => get_draft(&caller, &request, &article, &locales, params).await,
    }
}

/// The parts of a single article unless `include` or `fields` asks for others.
const DEFAULT_PARTS: [Include; 3] = [Include::Authors, Include::Tags, Include::LeadImage];

async fn get_live(
    public: &Public,
    request: &HttpRequest,
    article: &PathReference,
    locales: &[&str],
    mut params: Params,
) -> Result<HttpResponse> {
    let selection = Selection::read(&mut params, false, &DEFAULT_PARTS, true);
    params.finish()?;
    let app = public.app();
    let (site, now) = (&app.settings.site, app.clock.now());
    let mut conn = public.read().await?;
    let reference = article.or_not_found("article")?;
    let found = live::find(&mut conn, &reference, locales, site, now, selection.body).await?;
    let found = match found {
        Lookup::Found(found) => found,
        Lookup::Redirect(address) => {
            let to = moved(&params, &address, locales, site.default_locale.as_str());
            return Ok(respond::moved_to(app, &to, address.until));
        }
    };
    // By a slug, or with parts of other articles, it may change when another one does.
    let shows_others = !reference.is_id()
        || selection.has(Include::Related)
        || selection.has(Include::Translations);
    let next = match shows_others {
        true => live::next_change(app, &mut conn, now).await?,
        false => None,
    };
    let row = &found.row;
    let mut meta = Meta {
        modified: (!selection.has(Include::Related)).then(|| row.modified()),
        until: [row.visible_until, next].into_iter().flatten().min(),
        language: Some(row.locale.clone()),
        dependencies: app.dependencies(),
        ..Meta::default()
    };
    if !reference.is_id() {
        meta.dependencies.on(SLUG.of(reference.as_str()));
    }
    let dependencies = &mut meta.dependencies;
    let mut object = live::complete_one(&mut conn, found, &selection, now, dependencies).await?;
    object.select(selection.fields.as_ref())?;
    Ok(respond::public(request, app, object.into_bytes(), &meta))
}

async fn get_draft(
    caller: &Caller<ReadDrafts>,
    request: &HttpRequest,
    article: &PathReference,
    locales: &[&str],
    mut params: Params,
) -> Result<HttpResponse> {
    let mut parts = DEFAULT_PARTS.to_vec();
    parts.extend([Include::Related, Include::Translations]);
    let selection = Selection::read(&mut params, true, &parts, true);
    params.finish()?;
    let app = caller.app();
    let mut conn = caller.read().await?;
    let reference = article.or_not_found("article")?;
    let scope = &Scope::of(caller);
    let ctx = Context::of(caller, scope);
    match slugs::find(&mut conn, &reference, locales, ctx, selection.body).await? {
        Lookup::Redirect(address) => {
            let default = app.settings.site.default_locale.as_str();
            let to = moved(&params, &address, locales, default);
            Ok(respond::moved_to(app, &to, address.until))
        }
        Lookup::Found(copy) => {
            caller.permit(&owned(&mut conn, caller, &copy.row).await?)?;
            answer(&mut conn, caller, request, StatusCode::OK, copy, &selection).await
        }
    }
}

/// The path of an article that moved; with its locale where the slug alone, or with the locale that
/// was asked for, would lead elsewhere.
fn moved(params: &Params, to: &ArticleAddress, asked: &[&str], default: &str) -> String {
    let locale = (!asked.is_empty() || to.locale != default).then_some(to.locale.as_str());
    params.address_at(&format!("/v1/articles/{}", to.slug), &[("locale", locale)])
}

/// Creates an article as a draft.
#[utoipa::path(post, path = "/v1/articles", operation_id = "createArticle", tag = "Articles",
    request_body = ArticleInput,
    responses((status = 201, description = "The created draft.", body = EditorialArticle)),
    security(("bearer" = [])))]
pub async fn create(
    caller: Caller<WriteArticles>,
    request: HttpRequest,
    _params: NoParams,
    Body(input): Body<ArticleInput>,
) -> Result<HttpResponse> {
    let scope = &Scope::of(&caller);
    let edit = edit_into(&caller, &input)?;
    let ctx = WriteContext::new(edit, Context::of(&caller, scope));
    let rendered = render(&input).await?;
    let mut conn = caller.write().await?;
    let document = conn
        .transaction(async |conn: &mut Conn| create_rendered(conn, ctx, &input, rendered).await)
        .await?;
    answer(
        &mut conn,
        &caller,
        &request,
        StatusCode::CREATED,
        document,
        &Selection::whole(),
    )
    .await
}

/// Moves an article to the trash: it is no longer found by reads and lists.
#[utoipa::path(delete, path = "/v1/articles/{article}", operation_id = "deleteArticle", tag = "Articles",
    params(("article" = Reference, Path, description = "Id or slug of the article.")),
    responses((status = 204, description = "The article is in the trash.")),
    security(("bearer" = [])))]
pub async fn delete(
    caller: Caller<WriteArticles>,
    article: PathReference,
    _params: NoParams,
    if_match: IfMatch,
) -> Result<HttpResponse> {
    let act = async |conn: &mut Conn, ctx: WriteContext<'_>, old: Current| {
        trash::trash(conn, ctx, old).await
    };
    act_on(&caller, &article, &if_match, act).await?;
    Ok(respond::deleted())
}
