//! Content negotiation: whether a caller accepts JSON.

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap};
use actix_web::middleware::Next;

use crate::error::{Code, Error};

/// Refuses requests whose `Accept` leaves JSON out (RFC 9110, 12.5.1).
///
/// # Errors
/// Errors of the wrapped service.
pub async fn json<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    // The documentation is HTML.
    let takes = request.path().starts_with("/docs") || accepts_json(request.headers());
    if takes {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    let refusal = Error::new(
        Code::NotAcceptable,
        "The only format available is application/json.",
    );
    Ok(request.error_response(refusal).map_into_right_body())
}

/// Whether the sender of these headers accepts JSON.
#[must_use]
pub fn accepts_json(headers: &HeaderMap) -> bool {
    let mut ranges = headers.get_all(header::ACCEPT).peekable();
    ranges.peek().is_none() || ranges.filter_map(|line| line.to_str().ok()).any(takes_json)
}

/// Whether a line of `Accept` accepts `application/json` with a weight above 0. The most specific
/// matching range decides.
fn takes_json(line: &str) -> bool {
    if matches!(line, "*/*" | "application/json") {
        return true;
    }
    let mut best: Option<(u8, bool)> = None;
    for range in line.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let rank = match name.as_str() {
            "application/json" | "application/problem+json" => 3,
            "application/*" => 2,
            "*/*" => 1,
            // An empty Accept is the same as none.
            "" if line.trim().is_empty() => 1,
            _ => continue,
        };
        let refused = parts.any(|part| {
            part.strip_prefix("q=")
                .is_some_and(|q| q.parse::<f32>().is_ok_and(|q| q <= 0.0))
        });
        if best.is_none_or(|(known, _)| rank > known) {
            best = Some((rank, !refused));
        }
    }
    best.is_some_and(|(_, takes)| takes)
}

#[cfg(test)]
mod tests {
    use super::takes_json;

    #[test]
    fn the_most_specific_range_decides() {
        for line in [
            "*/*",
            "application/json",
            "text/html, application/*;q=0.1",
            "",
            "text/html,*/*;q=0.8",
            "application/json; charset=utf-8",
        ] {
            assert!(takes_json(line), "{line}");
        }
        for line in [
            "text/html",
            "application/json;q=0, */*",
            "image/*",
            "application/xml;q=1",
        ] {
            assert!(!takes_json(line), "{line}");
        }
    }
}
