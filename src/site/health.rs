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

/// The status of the service.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// Always `ok`; otherwise the response is a problem.
    #[schema(example = "ok")]
    status: &'static str,
}

fn ok() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(Health { status: "ok" })
}

/// Liveness check: whether the process responds. Checks nothing else.
#[utoipa::path(get, path = "/health/live", operation_id = "getLiveness", tag = "Service",
    responses((status = 200, description = "The process is alive.", body = Health)),
    security((), ("bearer" = [])))]
pub async fn live(_params: NoParams) -> HttpResponse {
    ok()
}

/// The readiness of the server and its pending work.
#[derive(Debug, Serialize, ToSchema)]
pub struct Readiness {
    /// Always `ok`; otherwise the response is a problem.
    #[schema(example = "ok")]
    status: &'static str,
    /// Publications and expiries that are due but not recorded yet. They take effect on time
    /// nevertheless; a number that does not go down means that no instance records them.
    overdue_transitions: Overdue,
}

/// Readiness check: whether the database is available and has the schema of this version.
#[utoipa::path(get, path = "/health/ready", operation_id = "getReadiness", tag = "Service",
    responses((status = 200, description = "The server is ready.", body = Readiness)),
    security((), ("bearer" = [])))]
pub async fn ready(app: web::Data<App>, _params: NoParams) -> Result<HttpResponse> {
    if !app.is_ready().await? {
        let detail = "The database schema does not match this version.";
        return Err(Error::new(Code::Unavailable, detail));
    }
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(Readiness {
            status: "ok",
            overdue_transitions: jobs::waiting(&app).await?,
        }))
}
