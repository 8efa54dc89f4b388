//! The log, on standard error. Errors are logged; requests only at the level `debug`.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use std::io::IsTerminal as _;

use serde::{Deserialize, Serialize};
use tracing::field::Empty;
use tracing::{Level, Metadata, Span};
use tracing_actix_web::{RequestId, RootSpanBuilder};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use actix_web::HttpMessage as _;

use super::trace_context::TraceContext;
use super::traces;

/// Libraries that log, below `info`, everything they send: mails with the links in them and the
/// password of the mail server, values of SQL statements. No filter enables that.
const VERBOSE_LIBRARIES: [&str; 2] = ["lettre", "tokio_postgres"];

/// Whether an event may be logged at all, whatever the filter.
fn is_discreet(metadata: &Metadata<'_>) -> bool {
    let target = metadata.target();
    let within = |library: &&str| {
        let rest = target.strip_prefix(*library);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    };
    *metadata.level() <= Level::INFO || !VERBOSE_LIBRARIES.iter().any(within)
}

/// The format of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Lines for people to read.
    Text,
    /// A JSON object a line.
    Json,
}

/// Starts logging for the whole process, by a filter such as `info,masthead=debug`.
///
/// # Errors
/// When the filter cannot be read, or logging was started before.
pub fn start(filter: &str, format: LogFormat) -> Result<(), String> {
    let filter = EnvFilter::try_new(filter).map_err(|error| format!("log.filter: {error}"))?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    let discreet = filter_fn(is_discreet);
    match format {
        LogFormat::Text => lines.finish().with(discreet).try_init(),
        LogFormat::Json => {
            let lines = lines.json().flatten_event(true);
            lines.finish().with(discreet).try_init()
        }
    }
    .map_err(|error| error.to_string())
}

/// The trace of a request: the exported one, else the caller's, else a new one.
fn trace_of(request: &ServiceRequest) -> String {
    let theirs = || TraceContext::of(request.headers()).map(|context| context.trace_id);
    #[expect(
        clippy::disallowed_methods,
        reason = "it names a trace, and is no id of ours"
    )]
    let own = || uuid::Uuid::new_v4().as_u128();
    let exported = traces::current().map(|id| u128::from_be_bytes(id.to_bytes()));
    let id = exported.or_else(theirs).unwrap_or_else(own);
    format!("{id:032x}")
}

/// The span of a request. It has the path but neither the query nor a header, which may contain
/// secrets.
pub struct RequestSpan;

impl RootSpanBuilder for RequestSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let id = request
            .extensions()
            .get::<RequestId>()
            .map(ToString::to_string);
        let trace = trace_of(request);
        tracing::info_span!(
            "request",
            id = id.as_deref(),
            trace_id = %trace,
            method = %request.method(),
            path = request.path(),
            status = Empty,
        )
    }

    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, Error>) {
        let status = match outcome {
            Ok(response) => response.status(),
            Err(error) => error.as_response_error().status_code(),
        };
        span.record("status", status.as_u16());
        tracing::debug!(parent: &span, "answered");
    }
}
