//! Spans of requests and of the statements that they send, for OpenTelemetry: exported by OTLP over
//! HTTP where the settings say so.
//!
//! Names and attributes are those of its semantic conventions. No span holds a query, a header, a body
//! or what is bound in a statement.

mod export;

use std::collections::VecDeque;

use actix_web::http::{Method, StatusCode};
use opentelemetry::trace::{
    Span as _, SpanBuilder, SpanContext, SpanId, SpanKind, Status, TraceContextExt as _,
    TraceFlags, TraceId, TraceState, Tracer as _, TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider, Span};

use super::http_metrics::METHODS;
use super::trace_context::TraceContext;

/// The exporter of spans, where there is one.
pub struct Traces(Option<Exported>);

struct Exported {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

impl Traces {
    /// Starts the export to this address on the runtime that calls it, if it is not empty. Of the
    /// traces that begin here this part is recorded, 0 to 1.
    ///
    /// # Errors
    /// When the exporter cannot be made.
    pub fn start(endpoint: &str, ratio: f64, version: &'static str) -> Result<Self, String> {
        if endpoint.is_empty() {
            return Ok(Self::off());
        }
        let resource = Resource::builder_empty().with_attributes([
            KeyValue::new("service.name", "masthead"),
            KeyValue::new("service.version", version),
        ]);
        // Who called decides; what begins here is decided by its number, alike on all instances.
        let ratio = Sampler::TraceIdRatioBased(ratio);
        let provider = SdkTracerProvider::builder()
            .with_resource(resource.build())
            .with_sampler(Sampler::ParentBased(Box::new(ratio)))
            .with_span_processor(export::processor(endpoint)?)
            .build();
        let tracer = provider.tracer("masthead");
        Ok(Self(Some(Exported { provider, tracer })))
    }

    /// No spans.
    #[must_use]
    pub fn off() -> Self {
        Self(None)
    }

    /// The tracer, for spans of other kinds.
    #[must_use]
    pub fn tracer(&self) -> Option<&SdkTracer> {
        self.0.as_ref().map(|exported| &exported.tracer)
    }

    /// The span of a request, which begins now; none where there is no export.
    #[must_use]
    pub fn request(
        &self,
        context: Option<&TraceContext>,
        method: &Method,
        path: &str,
    ) -> Option<RequestSpan> {
        let tracer = self.tracer()?;
        let parent = context.map_or_else(Context::new, |context| {
            Context::new().with_remote_span_context(remote(context))
        });
        let name = known(method);
        let mut attributes = vec![
            KeyValue::new("http.request.method", name),
            KeyValue::new("url.scheme", "http"),
        ];
        attributes.push(KeyValue::new("url.path", path.to_owned()));
        let builder = SpanBuilder::from_name(short(name))
            .with_kind(SpanKind::Server)
            .with_attributes(attributes);
        let span = tracer.build_with_context(builder, &parent);
        let context = parent.with_span(span);
        Some(RequestSpan { context, name })
    }

    /// Flushes the spans, for a bounded time: a collector that hangs must not hold up the shutdown.
    pub async fn close(&self) {
        if let Some(exported) = &self.0 {
            let provider = exported.provider.clone();
            let stop = move || provider.shutdown_with_timeout(export::MAX_WAIT);
            match tokio::task::spawn_blocking(stop).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!(%error, "export of spans failed"),
                Err(error) => tracing::warn!(%error, "export of spans failed"),
            }
        }
    }
}

/// The span of a request, which ends when it is answered or dropped.
pub struct RequestSpan {
    context: Context,
    name: &'static str,
}

impl RequestSpan {
    /// The context in which the request is handled.
    #[must_use]
    pub fn context(&self) -> Context {
        self.context.clone()
    }

    /// Ends the span with the response: its route, status and request id.
    pub fn answered(self, route: Option<&'static str>, status: StatusCode, id: Option<&str>) {
        let span = self.context.span();
        if span.is_recording() {
            if let Some(route) = route {
                span.update_name(format!("{} {route}", short(self.name)));
                span.set_attribute(KeyValue::new("http.route", route));
            }
            let code = i64::from(status.as_u16());
            span.set_attribute(KeyValue::new("http.response.status_code", code));
            if let Some(id) = id {
                span.set_attribute(KeyValue::new("masthead.request_id", id.to_owned()));
            }
            if status.is_server_error() {
                span.set_attribute(KeyValue::new("error.type", code.to_string()));
                span.set_status(Status::error(""));
            }
        }
        span.end();
    }
}

/// The statements in progress on a connection, each with the span of its request.
#[derive(Default)]
pub struct StatementSpans(VecDeque<(SpanId, Span)>);

/// The most statements in progress on a connection, which pipelines two.
const MAX_STATEMENTS: usize = 2;

impl StatementSpans {
    /// Whether the current request is sampled.
    #[must_use]
    pub fn is_wanted() -> bool {
        Context::map_current(|context| context.span().span_context().is_sampled())
    }

    /// Begins the span of a statement: its text without the bound values.
    pub fn begin(&mut self, tracer: &SdkTracer, system: &'static str, text: &str) {
        let operation = text.split_whitespace().next().unwrap_or_default();
        let operation = operation.to_ascii_uppercase();
        let builder = SpanBuilder::from_name(operation.clone())
            .with_kind(SpanKind::Client)
            .with_attributes([
                KeyValue::new("db.system.name", system),
                KeyValue::new("db.operation.name", operation),
                KeyValue::new("db.query.text", text.to_owned()),
            ]);
        // The end of a statement that a dropped request had sent is never reported.
        let parent = Context::map_current(|context| context.span().span_context().span_id());
        self.0.retain(|(sent_by, _)| *sent_by == parent);
        if self.0.len() == MAX_STATEMENTS {
            self.0.pop_front();
        }
        self.0.push_back((parent, tracer.build(builder)));
    }

    /// Ends the span of the oldest statement in progress.
    pub fn end(&mut self, failed: bool) {
        if let Some((_, mut span)) = self.0.pop_front() {
            if failed {
                span.set_status(Status::error(""));
            }
            span.end();
        }
    }
}

/// The id of the current trace, where traces are exported.
#[must_use]
pub fn current() -> Option<TraceId> {
    Context::map_current(|context| {
        let span = context.span();
        let own = span.span_context();
        own.is_valid().then(|| own.trace_id())
    })
}

/// The span of the caller.
fn remote(context: &TraceContext) -> SpanContext {
    let flags = if context.sampled {
        TraceFlags::SAMPLED
    } else {
        TraceFlags::default()
    };
    let state = TraceState::from_key_value(context.state.iter().cloned()).unwrap_or_default();
    let (trace, parent) = (
        TraceId::from(context.trace_id),
        SpanId::from(context.parent_id),
    );
    SpanContext::new(trace, parent, flags, true, state)
}

/// The name of a method, or `_OTHER` for one that no route has, since anybody can choose it.
fn known(method: &Method) -> &'static str {
    let found = METHODS.into_iter().find(|name| *name == method.as_str());
    found.unwrap_or("_OTHER")
}

/// The span name of a method.
fn short(name: &'static str) -> &'static str {
    if name == "_OTHER" { "HTTP" } else { name }
}
