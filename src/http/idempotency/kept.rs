//! An answer as it is kept, to be given again.

use actix_web::HttpResponse;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::IDEMPOTENCY_REPLAYED;
use crate::error::{Code, Error};
use crate::limits::{RATE_LIMIT, RATE_LIMIT_POLICY};

/// Headers that belong to one answer and not to the one that is given again. (Those of every
/// answer are added further out.)
const ITS_OWN: [HeaderName; 4] = [
    header::CONTENT_LENGTH,
    header::DATE,
    RATE_LIMIT,
    RATE_LIMIT_POLICY,
];

/// An answer with all that makes it the same answer when it is given again. Of one that failed the
/// problem is kept instead of a body: it is written anew, with the id of the request.
#[derive(Debug, PartialEq)]
pub(super) struct Kept {
    head: Head,
    body: Vec<u8>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Head {
    status: u16,
    headers: Vec<(String, String)>,
    problem: Option<Problem>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Problem {
    code: String,
    detail: String,
    members: Map<String, Value>,
}

impl Kept {
    /// The stored form of a response with this body; `None` for a failed one that is not ours.
    pub(super) fn of<B>(answer: &HttpResponse<B>, body: &[u8]) -> Option<Self> {
        let problem = if has_failed(answer.status()) {
            let error = answer.error()?.as_error::<Error>()?;
            Some(Problem {
                code: error.code().name().to_owned(),
                detail: error.detail().to_owned(),
                members: error.problem("", "").members,
            })
        } else {
            None
        };
        Some(Self {
            head: Head {
                status: answer.status().as_u16(),
                headers: kept_headers(answer.headers()),
                problem,
            },
            body: body.to_vec(),
        })
    }

    /// The bytes to seal: a line of JSON, then the body.
    pub(super) fn to_bytes(&self) -> Option<Vec<u8>> {
        let mut bytes = serde_json::to_vec(&self.head).ok()?;
        bytes.push(b'\n');
        bytes.extend_from_slice(&self.body);
        Some(bytes)
    }

    /// Reads the bytes of [`to_bytes`](Self::to_bytes).
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let (head, rest) = bytes.split_at_checked(end)?;
        Some(Self {
            head: serde_json::from_slice(head).ok()?,
            body: rest.get(1..)?.to_vec(),
        })
    }

    /// The answer once more, which says that it is one.
    pub(super) fn into_answer(self) -> Option<HttpResponse> {
        let mut answer = match self.head.problem {
            Some(problem) => {
                let mut error = Error::new(Code::named(&problem.code)?, problem.detail);
                for (name, value) in problem.members {
                    error = error.with(&name, value);
                }
                HttpResponse::from_error(error)
            }
            None => {
                let status = StatusCode::from_u16(self.head.status).ok()?;
                HttpResponse::with_body(status, BoxBody::new(self.body))
            }
        };
        let own: Vec<HeaderName> = answer.headers().keys().cloned().collect();
        for (name, value) in self.head.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            if !own.contains(&name) {
                let value = HeaderValue::from_str(&value).ok()?;
                answer.headers_mut().append(name, value);
            }
        }
        let yes = HeaderValue::from_static("true");
        answer.headers_mut().insert(IDEMPOTENCY_REPLAYED, yes);
        Some(answer)
    }
}

/// Whether a status is that of a failure.
pub(super) fn has_failed(status: StatusCode) -> bool {
    status.is_client_error() || status.is_server_error()
}

/// The answer with its body in one piece, and the body; 500 when it breaks off.
pub(super) async fn buffered<B: MessageBody>(
    answer: HttpResponse<B>,
) -> (HttpResponse, actix_web::web::Bytes) {
    let (head, body) = answer.into_parts();
    match actix_web::body::to_bytes(body).await {
        Ok(bytes) => {
            let answer = head.set_body(BoxBody::new(bytes.clone()));
            (answer, bytes)
        }
        Err(_broken) => {
            let error = Error::internal("the body of a response was cut short");
            (HttpResponse::from_error(error), Default::default())
        }
    }
}

fn kept_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let kept = headers.iter().filter(|(name, _)| !ITS_OWN.contains(name));
    let texts = kept.filter_map(|(name, value)| {
        let value = value.to_str().ok()?;
        Some((name.as_str().to_owned(), value.to_owned()))
    });
    texts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn again(answer: &HttpResponse, body: &[u8]) -> HttpResponse {
        let bytes = Kept::of(answer, body).unwrap().to_bytes().unwrap();
        let kept = Kept::from_bytes(&bytes).unwrap();
        kept.into_answer().unwrap()
    }

    #[actix_web::test]
    async fn an_answer_comes_back_as_it_was() {
        let answer = HttpResponse::Created()
            .insert_header((header::LOCATION, "/v1/tags/1"))
            .append_header((header::SET_COOKIE, "a=1"))
            .append_header((header::SET_COOKIE, "b=2"))
            .insert_header((RATE_LIMIT, "\"writes\";r=1;t=1"))
            .body("{\"a\":\n1}");
        let (answer, body) = buffered(answer).await;
        let again = again(&answer, &body);
        assert_eq!(again.status(), StatusCode::CREATED);
        assert_eq!(again.headers().get(header::LOCATION).unwrap(), "/v1/tags/1");
        let cookies: Vec<_> = again.headers().get_all(header::SET_COOKIE).collect();
        assert_eq!(cookies, ["a=1", "b=2"]);
        assert_eq!(again.headers().get(IDEMPOTENCY_REPLAYED).unwrap(), "true");
        assert!(!again.headers().contains_key(RATE_LIMIT));
        assert_eq!(buffered(again).await.1, "{\"a\":\n1}");
    }

    #[test]
    fn a_problem_comes_back_as_a_problem() {
        let error = Error::slug_taken("a", "a-2")
            .with_header(header::SET_COOKIE, HeaderValue::from_static("a="));
        let again = again(&HttpResponse::from_error(error), b"");
        assert_eq!(again.status(), StatusCode::CONFLICT);
        assert_eq!(again.headers().get(header::SET_COOKIE).unwrap(), "a=");
        let kinds: Vec<_> = again.headers().get_all(header::CONTENT_TYPE).collect();
        assert_eq!(kinds, ["application/problem+json"]);
        let error = again.error().unwrap().as_error::<Error>().unwrap();
        assert_eq!(error.code(), Code::SlugTaken);
        assert_eq!(error.problem("", "").members["suggestion"], "a-2");
    }

    #[test]
    fn what_is_damaged_is_no_answer() {
        for bytes in [&b""[..], b"{}", b"{}\n", b"{\"status\":200}\nbody"] {
            assert_eq!(Kept::from_bytes(bytes), None);
        }
    }
}
