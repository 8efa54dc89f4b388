//! The HTTP server: built on an [`App`], bound to an address, run until it is stopped.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_service::IntoServiceFactory as _;
use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::{App as WebApp, HttpServer, web};
use tracing_actix_web::TracingLogger;

use crate::app::App;
use crate::auth::{Auth, authenticate};
use crate::error::Error;
use crate::http::idempotency::idempotency;
use crate::http::middleware::cors::{cors, credentials};
use crate::http::middleware::headers::headers;
use crate::http::middleware::overload::admit;
use crate::http::middleware::problems::problems;
use crate::http::middleware::rate_limit::rate_limit;
use crate::http::middleware::route::{Routes, route};
use crate::jobs;
use crate::metrics::{self, MetricSources};
use crate::registry::RESOURCES;
use crate::response_cache::{ResponseCache, ResponseCacheLayer};
use crate::routes;
use crate::sessions::oidc::Oidc;
use crate::site::api::ApiDocument;
use crate::telemetry::http_metrics::HttpMetrics;
use crate::telemetry::log::RequestSpan;

/// A server that is bound to its address.
pub struct Server {
    address: SocketAddr,
    server: actix_web::dev::Server,
    metrics: Option<(SocketAddr, actix_web::dev::Server)>,
    app: web::Data<App>,
}

impl Server {
    /// Binds to the address of the settings and builds the workers; requests are answered while
    /// [`run`](Self::run) is awaited.
    ///
    /// # Errors
    /// When an address cannot be bound, the signing key cannot be read, or a setting of single
    /// sign-on cannot be used.
    pub fn bind(app: App) -> std::io::Result<Self> {
        let settings = app.settings.server.clone();
        let listener = TcpListener::bind(settings.listen)?;
        let address = listener.local_addr()?;
        let auth =
            Auth::new(&app.settings).map_err(|error| std::io::Error::other(error.to_string()))?;
        let oidc = Oidc::new(&app.settings)
            .map_err(|error| std::io::Error::new(ErrorKind::InvalidInput, error))?;
        let (app, auth) = (web::Data::new(app), web::Data::new(auth));
        let oidc = web::Data::new(oidc);
        let shared = app.clone();
        let response_cache = Arc::new(ResponseCache::new(
            app.settings.cache.memory_mib,
            settings.worker_count(),
        ));
        let http_metrics = Arc::new(HttpMetrics::new(routes::templates()));
        let known = web::Data::new(Routes::new(routes::templates()));
        let document = web::Data::new(ApiDocument::new(routes::document_text));
        let (cache, counts) = (Arc::clone(&response_cache), Arc::clone(&http_metrics));
        let mut server = HttpServer::new(move || {
            let behind = WebApp::new()
                .app_data(shared.clone())
                .app_data(auth.clone())
                .app_data(oidc.clone())
                .app_data(known.clone())
                .app_data(document.clone())
                .app_data(web::Data::new(RESOURCES))
                .configure(routes::mount)
                .configure(routes::mount_pages)
                .default_service(web::to(async || {
                    Err::<&str, Error>(Error::not_found("page"))
                }))
                .wrap(from_fn(idempotency))
                .wrap(from_fn(rate_limit))
                .wrap(from_fn(authenticate))
                .wrap(from_fn(admit))
                .wrap(cors(&shared.settings))
                .wrap(from_fn(credentials))
                .wrap(from_fn(problems))
                .wrap(from_fn(headers))
                .wrap(from_fn(route))
                .wrap(TracingLogger::<RequestSpan>::new());
            let (cache, counts) = (Arc::clone(&cache), counts.worker());
            let service = behind.into_factory();
            ResponseCacheLayer::new(service, shared.clone(), cache, counts, RESOURCES)
        })
        .shutdown_timeout(settings.shutdown_seconds)
        .keep_alive(Duration::from_secs(75))
        .client_request_timeout(Duration::from_secs(10))
        .disable_signals();
        if settings.workers > 0 {
            server = server.workers(settings.workers);
        }
        let server = server.listen(listener)?.run();
        let metrics = app.settings.metrics.listen;
        let metrics = metrics
            .map(|listen| {
                let sources = MetricSources {
                    response_cache,
                    http_metrics,
                };
                metrics::bind(app.clone(), sources, listen)
            })
            .transpose()?;
        Ok(Self {
            address,
            server,
            metrics,
            app,
        })
    }

    /// The address it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address of the metrics for Prometheus, where they are served.
    #[must_use]
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics.as_ref().map(|(address, _)| *address)
    }

    /// The context that its requests share.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }

    /// A handle that stops the server; requests in progress are finished first.
    #[must_use]
    pub fn handle(&self) -> ServerHandle {
        self.server.handle()
    }

    /// Answers requests until it is stopped, then flushes and closes the database.
    ///
    /// # Errors
    /// When the server fails.
    pub async fn run(self) -> std::io::Result<()> {
        let periodic = tokio::spawn(jobs::run(self.app.clone()));
        let app = self.app.clone();
        let listening = tokio::spawn(async move { app.listen(&RESOURCES.key_kinds()).await });
        let metrics = self.metrics.map(|(_, server)| {
            let handle = server.handle();
            (handle, tokio::spawn(server))
        });
        let done = self.server.await;
        if let Some((handle, task)) = metrics {
            handle.stop(false).await;
            drop(task.await);
        }
        periodic.abort();
        listening.abort();
        drop(listening.await);
        // A job in progress ends before the database is closed.
        drop(periodic.await);
        self.app.close().await;
        done
    }
}
