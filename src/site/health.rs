//! Whether the service lives and can serve.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use diesel::QueryDsl as _;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::db::schema::live::live_tags;
use crate::error::Result;
use crate::http::params::NoParams;

/// That all is well.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// Always `ok`; otherwise the answer is a problem.
    #[schema(example = "ok")]
    status: &'static str,
}

fn ok() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(Health { status: "ok" })
}

/// Whether the process answers. Asks nothing else of it.
#[utoipa::path(get, path = "/health/live", operation_id = "getLiveness", tag = "Service",
    responses((status = 200, description = "It lives.", body = Health)),
    security((), ("key" = [])))]
pub async fn live(_params: NoParams) -> HttpResponse {
    ok()
}

/// Whether requests can be served: the database is reached and has the schema of this version.
#[utoipa::path(get, path = "/health/ready", operation_id = "getReadiness", tag = "Service",
    responses((status = 200, description = "It can serve.", body = Health)),
    security((), ("key" = [])))]
pub async fn ready(app: web::Data<App>, _params: NoParams) -> Result<HttpResponse> {
    let mut conn = app.live().await?;
    let one = live_tags::table.limit(1).select(live_tags::id);
    let _: Option<String> = conn.first(one).await?;
    Ok(ok())
}
