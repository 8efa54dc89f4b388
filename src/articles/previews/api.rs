//! Previews over HTTP: tokens for one article, and what they show.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use deserr::Deserr;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::tokens::{self, PreviewToken, TokenRow};
use super::view as preview_view;
use crate::articles::draft_access::owned_by;
use crate::articles::drafts::document::by_id;
use crate::articles::drafts::lookup::permitted;
use crate::articles::response::Article;
use crate::articles::revisions::store as revisions;
use crate::articles::row::ArticleRow;
use crate::articles::selection::{Include, Selection};
use crate::auth::lookup;
use crate::auth::ownership::permit;
use crate::auth::permission::WriteArticles;
use crate::auth::{Caller, Previewer};
use crate::db::{Conn, Time};
use crate::error::{Code, Error, FieldErrors, Result};
use crate::http::body::Body;
use crate::http::params::{NoParams, Params, PathReference};
use crate::http::respond;
use crate::values::{Reference, Refusal};

/// How long a token is good when nobody says, in seconds.
const USUAL: u32 = 3_600;
/// How long one may be good, in seconds: a day.
const LONGEST: u32 = 86_400;

/// Content and lifetime of a preview.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(example = json!({"expires_in": 7200}))]
pub struct PreviewInput {
    /// Number of a revision; by default the working copy at the time of viewing.
    #[deserr(default)]
    #[schema(required = false, minimum = 1)]
    pub revision: Option<i64>,
    /// Lifetime in seconds.
    #[deserr(default = USUAL)]
    #[schema(required = false, default = 3600, minimum = 60, maximum = 86400)]
    pub expires_in: u32,
}

/// A newly created preview token.
#[derive(Debug, Serialize, ToSchema)]
pub struct IssuedPreview {
    /// The token; returned only in this response.
    #[schema(example = "mhp_…")]
    pub token: String,
    /// URL of the site's preview page with the token, if configured.
    pub url: Option<String>,
    /// Details of the preview.
    #[serde(flatten)]
    pub about: PreviewToken,
}

/// Preview tokens of an article.
#[derive(Debug, Serialize, ToSchema)]
pub struct PreviewTokenList {
    /// The last hundred tokens, the newest first.
    data: Vec<PreviewToken>,
}

/// The parameters of a preview.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "it describes the parameters; they are read by name"
)]
pub struct PreviewParams {
    /// The preview token.
    #[param(min_length = 1, max_length = 200, example = "mhp_…")]
    token: String,
    /// Members to return, such as `title,body.html,authors.name`. Related data named here is
    /// included.
    #[param(required = false, example = "title,body.html")]
    fields: String,
    /// Related data to include: `authors`, `tags`, `lead_image`, `related`, `translations`; by
    /// default the first three, with `none` nothing.
    #[param(required = false, example = "authors,tags,lead_image,related")]
    include: String,
}

/// Creates a token that gives access to one article before it is published. It ends when it expires
/// or is revoked, and when its creator may no longer change the article.
#[utoipa::path(post, path = "/v1/articles/{article}/preview-tokens", operation_id = "createPreviewToken", tag = "Previews",
    params(("article" = Reference, Path, description = "Id or slug of the article.")),
    request_body = PreviewInput,
    responses((status = 201, description = "The preview token.", body = IssuedPreview)),
    security(("bearer" = [])))]
pub async fn create(
    caller: Caller<WriteArticles>,
    request: HttpRequest,
    article: PathReference,
    _params: NoParams,
    Body(wish): Body<PreviewInput>,
) -> Result<HttpResponse> {
    if !(60..=LONGEST).contains(&wish.expires_in) {
        let detail = format!("must be between 60 and {LONGEST} seconds.");
        return Err(Error::field("/expires_in", "out_of_range", detail));
    }
    let app = caller.app();
    let now = app.clock.now();
    let mut conn = caller.write().await?;
    let (row, token, secret) = conn
        .transaction(async |conn: &mut Conn| {
            let row = permitted(conn, &caller, &article).await?;
            if let Some(number) = wish.revision
                && revisions::numbered(conn, &row.id, number).await.is_err()
            {
                let detail = format!("The article has no revision {number}.");
                return Err(Error::field("/revision", "unknown_revision", detail));
            }
            let token = TokenRow {
                id: app.ids.next(),
                article_id: row.id.clone(),
                revision: wish.revision,
                hash: String::new(),
                created_at: now,
                created_by: caller.principal().id.clone(),
                expires_at: Time(now.0 + i64::from(wish.expires_in) * 1_000),
                revoked_at: None,
            };
            let (token, secret) = tokens::issue(conn, token).await?;
            Ok((row, token, secret))
        })
        .await?;
    let issued = IssuedPreview {
        url: address(&app.settings.newsroom.preview_url, &row, &secret.text),
        token: secret.text,
        about: token.into(),
    };
    let mut answer = respond::unversioned(&request, respond::json(&issued)?);
    *answer.status_mut() = StatusCode::CREATED;
    Ok(answer)
}

/// The site's preview page for an article and a token.
fn address(template: &str, row: &ArticleRow, token: &str) -> Option<String> {
    let encode = |text: &str| utf8_percent_encode(text, UNRESERVED).to_string();
    (!template.is_empty()).then(|| {
        template
            .replace("{id}", &encode(&row.id))
            .replace("{slug}", &encode(&row.slug))
            .replace("{locale}", &encode(&row.locale))
            .replace("{token}", &encode(token))
    })
}

/// All but what RFC 3986, section 2.3, leaves as it is.
const UNRESERVED: &percent_encoding::AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Lists the preview tokens of an article, including those that expired within the last week.
#[utoipa::path(get, path = "/v1/articles/{article}/preview-tokens", operation_id = "listPreviewTokens", tag = "Previews",
    params(("article" = Reference, Path, description = "Id or slug of the article.")),
    responses((status = 200, description = "The preview tokens.", body = PreviewTokenList)),
    security(("bearer" = [])))]
pub async fn list(
    caller: Caller<WriteArticles>,
    request: HttpRequest,
    article: PathReference,
    _params: NoParams,
) -> Result<HttpResponse> {
    let mut conn = caller.read().await?;
    let row = permitted(&mut conn, &caller, &article).await?;
    let rows = tokens::list(&mut conn, &row.id).await?;
    let data = rows.into_iter().map(PreviewToken::from).collect();
    let bytes = respond::json(&PreviewTokenList { data })?;
    Ok(respond::unversioned(&request, bytes))
}

/// Revokes a preview token with immediate effect.
#[utoipa::path(delete, path = "/v1/articles/{article}/preview-tokens/{token}", operation_id = "revokePreviewToken", tag = "Previews",
    params(("article" = Reference, Path, description = "Id or slug of the article."),
        ("token" = uuid::Uuid, Path, description = "Id of the token.")),
    responses((status = 204, description = "The token is revoked.")),
    security(("bearer" = [])))]
pub async fn revoke(
    caller: Caller<WriteArticles>,
    request: HttpRequest,
    article: PathReference,
    _params: NoParams,
) -> Result<HttpResponse> {
    let now = caller.app().clock.now();
    let id = request.match_info().get("token").unwrap_or_default();
    let mut conn = caller.write().await?;
    conn.transaction(async |conn: &mut Conn| {
        let row = permitted(conn, &caller, &article).await?;
        tokens::revoke(conn, &row.id, id, now).await
    })
    .await?;
    Ok(respond::deleted())
}

/// Reads an article by means of a preview token, just as the public would see it. The response is
/// not to be cached or indexed by search engines.
#[utoipa::path(get, path = "/v1/preview/articles/{article}", operation_id = "previewArticle", tag = "Previews",
    params(("article" = Reference, Path, description = "Id of the article."), PreviewParams),
    responses((status = 200, description = "The article.", body = Article)),
    security((), ("bearer" = [])))]
pub async fn show(
    previewer: Previewer,
    article: PathReference,
    mut params: Params,
) -> Result<HttpResponse> {
    let missing = !params.has("token");
    let token = params.parsed("token", |text| match text.len() {
        1..=200 => Ok(text.to_owned()),
        _ => Err(Refusal::new(
            "out_of_range",
            "must have between 1 and 200 characters.",
        )),
    });
    if missing {
        params.refuse("token", "missing", "is required.");
    }
    let parts = [Include::Authors, Include::Tags, Include::LeadImage];
    let shape = Selection::read(&mut params, false, &parts, true);
    params.finish()?;
    let now = previewer.app().clock.now();
    let reference = article.or_not_found("article")?;
    let mut conn = previewer.read().await?;
    let token = tokens::good(&mut conn, token.as_deref().unwrap_or_default(), now).await?;
    let row = by_id(&mut conn, &token.article_id).await?;
    let row = row.filter(|row| row.deleted_at.is_none());
    let row = row.ok_or_else(|| Error::not_found("article"))?.at(now);
    if ![row.id.as_str(), row.slug.as_str()].contains(&reference.as_str()) {
        let detail = "The preview token belongs to another article.";
        return Err(Error::new(Code::PreviewOfAnother, detail));
    }
    // It shows no more than whoever made it could show.
    let maker = lookup::principal(&mut conn, &token.created_by, now).await?;
    let may = match &maker {
        Some(maker) => {
            let owned = owned_by(&mut conn, maker, now, &row).await?;
            permit::<WriteArticles>(maker, &owned).is_ok()
        }
        None => false,
    };
    if !may {
        let detail = "The creator of the preview token may no longer change this article.";
        return Err(Error::new(Code::PreviewRevoked, detail));
    }
    let draft = preview_view::draft(&mut conn, row, token.revision).await?;
    let language = draft.locale().to_owned();
    let mut live = previewer.live().await?;
    let mut object = preview_view::shown(&mut conn, &mut live, draft, &shape, now).await?;
    object.select(shape.fields.as_ref())?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .insert_header((header::CONTENT_LANGUAGE, language))
        .insert_header((
            HeaderName::from_static("x-robots-tag"),
            HeaderValue::from_static("noindex, nofollow, noarchive"),
        ))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .body(object.into_bytes()))
}
