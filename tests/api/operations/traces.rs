//! Spans for OpenTelemetry, and whose trace a request is part of.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use serde_json::{Value, json};

use crate::support::services::collector::{Collector, attribute};
use crate::support::workflow::path;
use crate::support::{Kind, TestApp, program};

on_both!(
    a_span_is_of_the_trace_of_the_caller,
    what_is_kept_has_a_span_too,
    spans_hold_no_secrets,
    the_caller_says_whether_it_is_recorded,
    a_collector_that_is_away_disturbs_nobody,
);

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";

fn traceparent(flags: &str) -> String {
    format!("00-{TRACE}-{PARENT}-{flags}")
}

async fn exporting(kind: Kind, endpoint: &str, ratio: f64) -> TestApp {
    let app = TestApp::start_with(kind, |settings| {
        endpoint.clone_into(&mut settings.traces.otlp_endpoint);
        settings.traces.sample_ratio = ratio;
    })
    .await;
    app.until(async || app.db.changes().is_heard()).await;
    app
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The spans of a trace.
fn of_trace(collector: &Collector, trace: &str) -> Vec<Span> {
    let mut spans = collector.spans();
    spans.retain(|span| hex(&span.trace_id) == trace);
    spans
}

async fn a_span_is_of_the_trace_of_the_caller(kind: Kind) {
    let collector = Collector::start();
    let app = exporting(kind, &collector.endpoint(), 0.0).await;
    let article = app.article("Traced").create().await;
    let caller = app.reader().with("traceparent", &traceparent("01"));
    let caller = caller.with("tracestate", "rojo=00f067aa0ba902b7");
    let reply = caller.get(&path(&article)).await.expect(200);
    // What waits is sent at the stop.
    drop(app);
    let spans = of_trace(&collector, TRACE);
    let is_server = |span: &&Span| span.kind == SpanKind::Server as i32;
    let servers: Vec<_> = spans.iter().filter(is_server).collect();
    let [request] = servers.as_slice() else {
        panic!("{spans:?}");
    };
    assert_eq!(hex(&request.parent_span_id), PARENT);
    assert_eq!(request.trace_state, "rojo=00f067aa0ba902b7");
    assert_eq!(request.name, "GET /v1/articles/{article}");
    for (name, value) in [
        ("http.request.method", "GET"),
        ("http.route", "/v1/articles/{article}"),
        ("http.response.status_code", "200"),
        ("url.path", &path(&article)),
        ("masthead.request_id", reply.header("x-request-id")),
    ] {
        assert_eq!(attribute(request, name).as_deref(), Some(value), "{name}");
    }
    let system = match kind {
        Kind::Sqlite => "sqlite",
        Kind::Postgres => "postgresql",
    };
    let statements: Vec<_> = spans.iter().filter(|one| !is_server(one)).collect();
    assert!(!statements.is_empty());
    for statement in statements {
        assert_eq!(statement.parent_span_id, request.span_id);
        assert_eq!(statement.kind, SpanKind::Client as i32);
        assert_eq!(
            attribute(statement, "db.system.name").as_deref(),
            Some(system)
        );
        let text = attribute(statement, "db.query.text").unwrap();
        assert!(!text.contains("binds"), "{text}");
        assert!(statement.end_time_unix_nano >= statement.start_time_unix_nano);
    }
    // What began here is not recorded, with a ratio of 0.
    assert_eq!(collector.spans().len(), spans.len());
    assert_eq!(
        collector.resource("service.name").as_deref(),
        Some("masthead")
    );
    let version = collector.resource("service.version");
    assert_eq!(version.as_deref(), Some(env!("CARGO_PKG_VERSION")));
}

async fn what_is_kept_has_a_span_too(kind: Kind) {
    let collector = Collector::start();
    let app = exporting(kind, &collector.endpoint(), 0.0).await;
    for status in ["masthead; fwd=miss; stored", "masthead; hit"] {
        let caller = app.anonymous().with("traceparent", &traceparent("01"));
        let reply = caller.get("/v1/authors").await.expect(200);
        assert_eq!(reply.header("cache-status"), status);
    }
    drop(app);
    let spans = of_trace(&collector, TRACE);
    let named = |name: &str| spans.iter().filter(|span| span.name == name).count();
    assert_eq!(named("GET /v1/authors"), 2, "{spans:?}");
    let parents = spans
        .iter()
        .filter(|span| hex(&span.parent_span_id) == PARENT);
    assert_eq!(
        parents.count(),
        2,
        "statements belong to the request that sent them"
    );
}

async fn spans_hold_no_secrets(kind: Kind) {
    let collector = Collector::start();
    let app = exporting(kind, &collector.endpoint(), 1.0).await;
    let login = json!({"email": "sesame@example.org", "password": "open-sesame"});
    app.anonymous()
        .post("/v1/auth/login", &login)
        .await
        .expect(401);
    app.reader()
        .get("/v1/articles?q=unspeakable")
        .await
        .expect(200);
    app.anonymous()
        .bearer("mhk_hush_hush")
        .get("/v1/tags")
        .await
        .expect(401);
    drop(app);
    let text = collector.text();
    assert!(text.contains("/v1/auth/login"), "{text}");
    for secret in ["sesame", "unspeakable", "hush", "mhk_", "AgICAg"] {
        assert!(!text.contains(secret), "{secret}");
    }
}

async fn the_caller_says_whether_it_is_recorded(kind: Kind) {
    let collector = Collector::start();
    let app = exporting(kind, &collector.endpoint(), 1.0).await;
    let unrecorded = app.reader().with("traceparent", &traceparent("00"));
    unrecorded.get("/v1/articles").await.expect(200);
    // What is not well formed begins another trace.
    let broken = format!("00-{TRACE}-0000000000000000-01");
    let broken = app.reader().with("traceparent", &broken);
    broken.get("/v1/tags").await.expect(200);
    drop(app);
    assert!(of_trace(&collector, TRACE).is_empty());
    let spans = collector.spans();
    let tags = spans
        .iter()
        .find(|span| span.name == "GET /v1/tags")
        .unwrap();
    assert!(tags.parent_span_id.is_empty());
    assert!(!spans.iter().any(|span| span.name == "GET /v1/articles"));
}

async fn a_collector_that_is_away_disturbs_nobody(kind: Kind) {
    // Nobody listens there: the port was free a moment ago.
    let away = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/v1/traces", away.local_addr().unwrap());
    drop(away);
    let app = exporting(kind, &endpoint, 1.0).await;
    for _ in 0..3 {
        app.reader().get("/v1/articles").await.expect(200);
    }
    app.article("All the same").create().await;
}

/// The lines of the program's log for a request are of its trace.
#[test]
fn log_lines_name_the_trace_and_the_request() {
    let folder = program::folder();
    let mut command = program::program(&folder);
    command.args([
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--log",
        "masthead=debug",
    ]);
    command.env("MASTHEAD__LOG__FORMAT", "json");
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut greeting = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    greeting.read_line(&mut line).unwrap();
    let base = line.trim().rsplit(' ').next().unwrap().to_owned();
    let (theirs, broken) = (traceparent("00"), traceparent("0"));
    let ids: Vec<_> = [theirs, broken]
        .iter()
        .map(|parent| {
            crate::support::block_on(async {
                let request = reqwest::Client::new().get(format!("{base}/v1/nowhere"));
                let answer = request.header("traceparent", parent).send().await.unwrap();
                answer.headers()["x-request-id"]
                    .to_str()
                    .unwrap()
                    .to_owned()
            })
        })
        .collect();
    // Its standard error ends with it.
    child.kill().unwrap();
    let log = BufReader::new(child.stderr.take().unwrap());
    let lines: Vec<Value> = log
        .lines()
        .map_while(Result::ok)
        .filter_map(|line| serde_json::from_str(&line).ok())
        .filter(|line: &Value| line["message"] == "answered")
        .collect();
    child.wait().unwrap();
    let of = |id: &str| {
        let found = lines.iter().find(|line| line["span"]["id"] == id);
        let line = found.unwrap_or_else(|| panic!("{id}: {lines:?}"));
        line["span"]["trace_id"].as_str().unwrap().to_owned()
    };
    assert_eq!(of(&ids[0]), TRACE);
    let own = of(&ids[1]);
    assert_ne!(own, TRACE);
    assert!(own.len() == 32 && own != "0".repeat(32), "{own}");
}
