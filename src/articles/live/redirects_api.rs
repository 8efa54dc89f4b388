//! Redirects from the pages of an earlier site, over HTTP.

use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::find::by_alias;
use crate::articles::article::plain_path;
use crate::auth::Public;
use crate::error::{Code, Error, FieldError, Result};
use crate::http::params::Params;
use crate::http::respond::{self, Meta};
use crate::values::SitePath;

/// The parameters of the look-up.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "it describes the parameters; they are read by name"
)]
pub struct RedirectParams {
    /// Path on the earlier site; a trailing slash is ignored.
    #[param(value_type = SitePath, example = "/2026/09/old-path.html")]
    path: String,
}

/// The current location of a page.
#[derive(Debug, Serialize, ToSchema)]
pub struct Redirect {
    /// Requested path.
    #[schema(example = "/2026/09/old-path.html")]
    path: String,
    /// HTTP status that a front end should respond with.
    #[schema(example = 308)]
    status: u16,
    /// URL of the article in this API.
    #[schema(example = "/v1/articles/01890a5d-ac96-774b-bcce-b302099a8057")]
    location: String,
    /// The article.
    article: RedirectTarget,
}

/// The article that replaces the page.
#[derive(Debug, Serialize, ToSchema)]
pub struct RedirectTarget {
    /// Id.
    #[schema(value_type = uuid::Uuid)]
    id: String,
    /// Slug.
    slug: String,
    /// Language.
    locale: String,
    /// Headline.
    title: String,
}

/// Finds the published article for a path of an earlier site.
#[utoipa::path(get, path = "/v1/redirects", operation_id = "getRedirect", tag = "Articles",
    params(RedirectParams),
    responses((status = 200, description = "The current location of the page.", body = Redirect)),
    security((), ("bearer" = [])))]
pub async fn find(
    public: Public,
    request: HttpRequest,
    mut params: Params,
) -> Result<HttpResponse> {
    let missing = !params.has("path");
    let path = params.parsed("path", SitePath::parse);
    if missing {
        params.refuse("path", "missing", "is required.");
    }
    params.finish()?;
    let path = path.ok_or_else(|| {
        let error = FieldError::parameter("path", "missing", "is required.");
        Error::fields(Code::InvalidParameter, vec![error])
    })?;
    let app = public.app();
    let mut conn = public.read().await?;
    let found = by_alias(&mut conn, plain_path(path.as_str()), app.clock.now()).await?;
    let row = found.ok_or_else(|| Error::not_found("redirect"))?;
    let meta = Meta {
        until: row.visible_until,
        ..Meta::default()
    };
    let redirect = Redirect {
        path: path.into_string(),
        status: 308,
        location: format!("/v1/articles/{}", row.id),
        article: RedirectTarget {
            id: row.id,
            slug: row.slug,
            locale: row.locale,
            title: row.title,
        },
    };
    Ok(respond::public(
        &request,
        app,
        respond::json(&redirect)?,
        &meta,
    ))
}
