//! Metrics for Prometheus, on an address of their own, since they are for operators and not for the
//! public. Written as OpenMetrics 1.0 at each scrape.

mod admission;
mod pools;
mod process;
mod requests;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::http::header;
use actix_web::{App as WebApp, HttpResponse, HttpServer, web};
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use self::admission::AdmissionCollector;
use self::pools::PoolCollector;
use self::requests::RequestCollector;
use crate::app::{App, VERSION};
use crate::error::{Code, Error, Result};
use crate::jobs;
use crate::response_cache::ResponseCache;
use crate::telemetry::histogram::HistogramSnapshot;
use crate::telemetry::http_metrics::HttpMetrics;

/// The longest wait for the database.
const MAX_WAIT: Duration = Duration::from_secs(1);
const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Writes a histogram of durations.
fn histogram(mut to: MetricEncoder<'_>, durations: &HistogramSnapshot) -> std::fmt::Result {
    let (seconds, count) = (durations.seconds(), durations.count());
    to.encode_histogram::<NoLabelSet>(seconds, count, &durations.buckets(), None)
}

/// The sources of metrics beside the [`App`].
#[derive(Clone)]
pub struct MetricSources {
    /// The response cache.
    pub response_cache: Arc<ResponseCache>,
    /// The counts of requests.
    pub http_metrics: Arc<HttpMetrics>,
}

/// Binds to an address and answers `GET /metrics` there once it is awaited.
///
/// # Errors
/// When the address cannot be bound.
pub fn bind(
    app: web::Data<App>,
    sources: MetricSources,
    listen: SocketAddr,
) -> std::io::Result<(SocketAddr, Server)> {
    let listener = TcpListener::bind(listen)?;
    let address = listener.local_addr()?;
    let server = HttpServer::new(move || {
        WebApp::new()
            .app_data(app.clone())
            .app_data(web::Data::new(sources.clone()))
            .route("/metrics", web::get().to(show))
    })
    .workers(1)
    .disable_signals()
    .listen(listener)?
    .run();
    Ok((address, server))
}

/// Labels that are constant while the process runs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BuildLabels {
    version: &'static str,
}

/// The outcome of a public read.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabels {
    outcome: &'static str,
}

async fn show(app: web::Data<App>, sources: web::Data<MetricSources>) -> HttpResponse {
    match text(&app, &sources).await {
        Ok(text) => HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, CONTENT_TYPE))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .body(text),
        Err(error) => {
            tracing::warn!(%error, "metrics");
            HttpResponse::InternalServerError().finish()
        }
    }
}

fn add_replicas(all: &mut Registry, app: &App) {
    let figures = app.replicas();
    let gauge = |count: usize| ConstGauge::new(i64::try_from(count).unwrap_or(i64::MAX));
    all.register("replicas", "Configured read replicas", gauge(figures.known));
    all.register(
        "replicas_current",
        "Read replicas that are up to date and in use",
        gauge(figures.current),
    );
    all.register(
        "replica_reads",
        "Connections for public reads that used a replica",
        ConstCounter::new(figures.reads),
    );
}

/// The outcomes of public reads, and the size of the response cache.
fn add_response_cache(all: &mut Registry, cache: &ResponseCache) {
    let outcomes = Family::<OutcomeLabels, Counter>::default();
    for (outcome, count) in cache.counts() {
        outcomes
            .get_or_create(&OutcomeLabels { outcome })
            .inc_by(count);
    }
    all.register("public_reads", "Public reads by outcome", outcomes);
    let (entries, bytes) = cache.size();
    let entries = u64::try_from(entries).unwrap_or(u64::MAX);
    let gauge = |size: u64| ConstGauge::new(i64::try_from(size).unwrap_or(i64::MAX));
    // The second name of each is the old one; it goes with the next release.
    for name in ["response_cache_entries", "kept_answers"] {
        all.register(name, "Public responses in the cache", gauge(entries));
    }
    for name in ["response_cache_bytes", "kept_bytes"] {
        all.register(
            name,
            "Approximate memory used by the response cache",
            gauge(bytes),
        );
    }
}

/// All metrics. Those that only the database knows are left out while it is down, and `masthead_up`
/// says so: the others are needed most just then.
async fn text(app: &web::Data<App>, sources: &MetricSources) -> Result<String> {
    let mut whole = Registry::default();
    process::add(&mut whole);
    let all = whole.sub_registry_with_prefix("masthead");
    let build = Info::new(BuildLabels { version: VERSION });
    all.register("build", "Build information", build);
    all.register_collector(Box::new(RequestCollector(Arc::clone(
        &sources.http_metrics,
    ))));
    all.register_collector(Box::new(AdmissionCollector(app.clone())));
    // Before the query below, which takes a connection.
    all.register_collector(Box::new(PoolCollector(app.pools())));
    let statements = ConstCounter::new(app.statements());
    all.register(
        "statements",
        "SQL statements sent to the database",
        statements,
    );
    let waiting = tokio::time::timeout(MAX_WAIT, jobs::waiting(app)).await;
    // Without a free connection it is not known whether the database answers.
    let answers = match &waiting {
        Ok(Err(error)) if error.code() == Code::Overloaded => None,
        Ok(answer) => Some(answer.is_ok()),
        Err(_elapsed) => None,
    };
    if let Some(answers) = answers {
        let up = ConstGauge::new(i64::from(answers));
        all.register("up", "Whether the database is available", up);
    }
    if let Ok(Ok(waiting)) = waiting {
        let late = waiting.oldest.map_or(0, |at| app.clock.now().0 - at.0);
        all.register(
            "overdue_transitions",
            "Publications and expiries that are due but not recorded yet",
            ConstGauge::new(waiting.count),
        );
        all.register(
            "overdue_transitions_oldest_milliseconds",
            "Time since the oldest unrecorded publication or expiry was due",
            ConstGauge::new(late),
        );
    }
    add_response_cache(all, &sources.response_cache);
    // The second name is the old one; it goes with the next release.
    for name in ["invalidation_connected", "others_heard"] {
        let connected = ConstGauge::new(i64::from(app.changes().is_heard()));
        let help = "Whether notifications of changes by other instances are received";
        all.register(name, help, connected);
    }
    if app.has_replicas() {
        add_replicas(all, app);
    }
    let mut text = String::new();
    encode(&mut text, &whole).map_err(Error::internal)?;
    Ok(text)
}
