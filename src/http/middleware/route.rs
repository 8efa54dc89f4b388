//! Attaches the route to each response, for the metrics.

use std::collections::HashMap;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web;

use crate::telemetry::http_metrics::Route;

/// The routes by the templates that the router knows them by.
pub struct Routes(HashMap<&'static str, Route>);

impl Routes {
    /// The routes of a table, in its order.
    pub fn new(templates: impl IntoIterator<Item = &'static str>) -> Self {
        let numbered = templates.into_iter().zip(0..);
        Self(
            numbered
                .map(|(template, place)| (template, Route(place)))
                .collect(),
        )
    }
}

/// The middleware.
///
/// # Errors
/// Errors of the wrapped service.
pub async fn route<B: MessageBody>(
    routes: web::Data<Routes>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let mut answer = next.call(request).await?;
    let request = answer.request();
    let route = request.app_data::<Route>().copied().or_else(|| {
        // It was answered before it came to the router.
        let template = request.match_pattern()?;
        routes.0.get(template.as_str()).copied()
    });
    if let Some(route) = route {
        answer.response_mut().extensions_mut().insert(route);
    }
    Ok(answer)
}
