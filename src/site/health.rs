//! Whether the service lives and can serve.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::articles::workflow::due::Overdue;
use crate::error::{Code, Error, Result};
use crate::http::params::NoParams;
use crate::jobs;

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
    security((), ("bearer" = [])))]
pub async fn live(_params: NoParams) -> HttpResponse {
    ok()
}

/// That requests can be served, and what waits to be done.
#[derive(Debug, Serialize, ToSchema)]
pub struct Readiness {
    /// Always `ok`; otherwise the answer is a problem.
    #[schema(example = "ok")]
    status: &'static str,
    /// Publications and expiries that took place and are not recorded yet. Nobody sees anything
    /// later for it; a number that stays says that no instance records them.
    overdue_transitions: Overdue,
}

/// Whether requests can be served: the database is reached and has the schema of this version.
#[utoipa::path(get, path = "/health/ready", operation_id = "getReadiness", tag = "Service",
    responses((status = 200, description = "It can serve.", body = Readiness)),
    security((), ("bearer" = [])))]
pub async fn ready(app: web::Data<App>, _params: NoParams) -> Result<HttpResponse> {
    if !app.is_ready().await? {
        let detail = "The database does not have the schema of this version.";
        return Err(Error::new(Code::Unavailable, detail));
    }
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(Readiness {
            status: "ok",
            overdue_transitions: jobs::waiting(&app).await?,
        }))
}
