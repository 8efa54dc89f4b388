//! Figures for Prometheus, on an address of their own: they are for whoever runs the service, not
//! for the public. Written as OpenMetrics 1.0, made when they are asked for.

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

use self::admission::Admitted;
use self::pools::Pools;
use self::requests::Requests;
use crate::app::{App, VERSION};
use crate::error::{Code, Error, Result};
use crate::jobs;
use crate::response_cache::ResponseCache;
use crate::telemetry::histogram::Counted;
use crate::telemetry::http_metrics::Traffic;

/// How long the database may be waited for.
const MAX_WAIT: Duration = Duration::from_secs(1);
const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Writes how long things took.
fn histogram(mut to: MetricEncoder<'_>, counted: &Counted) -> std::fmt::Result {
    let (seconds, count) = (counted.seconds(), counted.count());
    to.encode_histogram::<NoLabelSet>(seconds, count, &counted.buckets(), None)
}

/// The metrics that are not part of the [`App`].
#[derive(Clone)]
pub struct Figures {
    /// The answers that are kept.
    pub kept: Arc<ResponseCache>,
    /// Requests and responses.
    pub traffic: Arc<Traffic>,
}

/// Binds to an address and answers `GET /metrics` there once it is awaited.
///
/// # Errors
/// When the address cannot be bound.
pub fn bind(
    app: web::Data<App>,
    figures: Figures,
    listen: SocketAddr,
) -> std::io::Result<(SocketAddr, Server)> {
    let listener = TcpListener::bind(listen)?;
    let address = listener.local_addr()?;
    let server = HttpServer::new(move || {
        WebApp::new()
            .app_data(app.clone())
            .app_data(web::Data::new(figures.clone()))
            .route("/metrics", web::get().to(show))
    })
    .workers(1)
    .disable_signals()
    .listen(listener)?
    .run();
    Ok((address, server))
}

/// The metrics that are constant while the process runs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Build {
    version: &'static str,
}

/// The outcome of a public read.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

async fn show(app: web::Data<App>, figures: web::Data<Figures>) -> HttpResponse {
    match text(&app, &figures).await {
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
fn add_kept(all: &mut Registry, kept: &ResponseCache) {
    let outcomes = Family::<Outcome, Counter>::default();
    for (outcome, count) in kept.counts() {
        outcomes.get_or_create(&Outcome { outcome }).inc_by(count);
    }
    all.register("public_reads", "Public reads by outcome", outcomes);
    let (answers, bytes) = kept.size();
    let answers = ConstGauge::new(i64::try_from(answers).unwrap_or(i64::MAX));
    all.register("kept_answers", "Public responses in the cache", answers);
    let bytes = ConstGauge::new(i64::try_from(bytes).unwrap_or(i64::MAX));
    all.register(
        "kept_bytes",
        "Approximate memory used by the response cache",
        bytes,
    );
}

/// All figures. What the database alone knows is left out while it is away, and `masthead_up` says
/// so: the others are wanted most just then.
async fn text(app: &web::Data<App>, figures: &Figures) -> Result<String> {
    let mut whole = Registry::default();
    process::add(&mut whole);
    let all = whole.sub_registry_with_prefix("masthead");
    let build = Info::new(Build { version: VERSION });
    all.register("build", "Build information", build);
    all.register_collector(Box::new(Requests(Arc::clone(&figures.traffic))));
    all.register_collector(Box::new(Admitted(app.clone())));
    // Before the database is asked for what waits: that takes a connection.
    all.register_collector(Box::new(Pools(app.pools())));
    let statements = ConstCounter::new(app.statements());
    all.register(
        "statements",
        "SQL statements sent to the database",
        statements,
    );
    let waiting = tokio::time::timeout(MAX_WAIT, jobs::waiting(app)).await;
    // Whoever is too busy to ask it does not know.
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
    add_kept(all, &figures.kept);
    let heard = ConstGauge::new(i64::from(app.changes().is_heard()));
    all.register(
        "others_heard",
        "Whether notifications of changes by other instances are received",
        heard,
    );
    if app.has_replicas() {
        add_replicas(all, app);
    }
    let mut text = String::new();
    encode(&mut text, &whole).map_err(Error::internal)?;
    Ok(text)
}
