//! PostgreSQL: a pool of connections, without libpq.

use std::time::{Duration, Instant};

use deadpool::Runtime;
use deadpool::managed::{PoolError, TimeoutType, Timeouts};
use diesel::{ConnectionError, ConnectionResult};
use diesel_async::pooled_connection::deadpool::{Object, Pool};
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
};
use diesel_async::{AsyncConnection as _, AsyncPgConnection};
use futures_util::FutureExt as _;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Client, Connection};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::instrument::StatementCounter;
use crate::db::DbError;
use crate::db::pools::PoolFigures;
use crate::telemetry::histogram::DurationHistogram;
use crate::tls;

/// How PostgreSQL is reached.
#[derive(Debug, Clone)]
pub struct PostgresOptions {
    /// Most connections at once.
    pub max_connections: usize,
    /// How long opening a connection may take.
    pub connect_timeout: Duration,
    /// Longest wait for a connection while all are in use.
    pub wait: Duration,
    /// A PEM file with the certificates to trust instead of the public ones.
    pub ca_file: Option<std::path::PathBuf>,
    /// Hot standbys that may answer public reads.
    pub replicas: Vec<SecretString>,
}

pub(in crate::db) struct PostgresDb {
    pool: Pool<AsyncPgConnection>,
    timeouts: Timeouts,
    waits: DurationHistogram,
    connector: Connector,
}

impl PostgresDb {
    pub(in crate::db) fn new(
        url: &SecretString,
        options: &PostgresOptions,
        counter: StatementCounter,
    ) -> Result<Self, DbError> {
        let connector = Connector::new(url, options)?;
        let for_listening = connector.clone();
        let mut config = ManagerConfig::default();
        config.recycling_method = RecyclingMethod::Fast;
        config.custom_setup = Box::new(move |_url| {
            let (connector, counter) = (connector.clone(), counter.clone());
            async move {
                let mut conn = connector.connect().await?;
                conn.set_instrumentation(counter);
                Ok(conn)
            }
            .boxed()
        });
        let manager = AsyncDieselConnectionManager::new_with_config("", config);
        let pool = Pool::builder(manager)
            .max_size(options.max_connections.max(1))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| DbError::Unavailable(error.to_string()))?;
        Ok(Self {
            pool,
            timeouts: Timeouts {
                wait: Some(options.wait),
                create: Some(options.connect_timeout),
                recycle: Some(options.connect_timeout),
            },
            waits: DurationHistogram::default(),
            connector: for_listening,
        })
    }

    pub(in crate::db) async fn get(&self) -> Result<Object<AsyncPgConnection>, DbError> {
        let since = Instant::now();
        let got = self.pool.timeout_get(&self.timeouts).await;
        self.waits.observe(since.elapsed());
        got.map_err(|error| match error {
            PoolError::Timeout(TimeoutType::Wait) => DbError::Busy,
            error => DbError::Unavailable(error.to_string()),
        })
    }

    /// The figures of the pool.
    pub(in crate::db) fn figures(&self, name: String) -> PoolFigures {
        let status = self.pool.status();
        PoolFigures {
            name,
            max: Some(status.max_size),
            in_use: status.size.saturating_sub(status.available),
            idle: status.available,
            waiting: status.waiting,
            waits: Some(self.waits.snapshot()),
        }
    }

    /// Opens connections that are not of the pool.
    pub(in crate::db) fn connector(&self) -> &Connector {
        &self.connector
    }

    /// Closes the idle connections.
    pub(in crate::db) fn forget(&self) {
        drop(self.pool.retain(|_, _| false));
    }

    pub(in crate::db) fn close(&self) {
        self.pool.close();
    }
}

/// Opens single connections, with TLS where it is due.
#[derive(Clone)]
pub(in crate::db) struct Connector {
    config: tokio_postgres::Config,
    tls: Option<MakeRustlsConnect>,
}

impl Connector {
    /// Reads the URL. TLS is tried unless `sslmode=disable` is given or the server is on this
    /// machine; a certificate is always verified, by the public authorities or `ca_file`.
    pub(in crate::db) fn new(
        url: &SecretString,
        options: &PostgresOptions,
    ) -> Result<Self, DbError> {
        // libpq's names for "verify the certificate", which is what we always do.
        let text = url
            .expose_secret()
            .replace("sslmode=verify-full", "sslmode=require")
            .replace("sslmode=verify-ca", "sslmode=require");
        let mut config: tokio_postgres::Config = text
            .parse()
            .map_err(|error| DbError::Unavailable(format!("invalid URL: {error}")))?;
        if config.get_application_name().is_none() {
            config.application_name("masthead");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(options.connect_timeout);
        }
        let nowhere = config.get_hosts().is_empty();
        let local = !nowhere
            && config.get_hosts().iter().all(|host| match host {
                Host::Tcp(name) => matches!(name.as_str(), "localhost" | "127.0.0.1" | "::1"),
                #[cfg(unix)]
                Host::Unix(_) => true,
            });
        let tls = match config.get_ssl_mode() {
            SslMode::Disable => None,
            SslMode::Prefer if local => None,
            _ => {
                let client = tls::client_config(options.ca_file.as_deref());
                Some(MakeRustlsConnect::new(
                    client.map_err(DbError::Unavailable)?,
                ))
            }
        };
        Ok(Self { config, tls })
    }

    /// Opens a connection by itself, for `work`.
    pub(in crate::db) async fn with(&self, work: impl Work) -> String {
        let opened = match &self.tls {
            None => match self.config.connect(tokio_postgres::NoTls).await {
                Ok((client, connection)) => return work.run(client, connection).await,
                Err(error) => error,
            },
            Some(tls) => match self.config.connect(tls.clone()).await {
                Ok((client, connection)) => return work.run(client, connection).await,
                Err(error) => error,
            },
        };
        describe(&opened)
    }

    /// Opens a connection. Its traffic is carried by a task on the runtime that called this.
    pub(in crate::db) async fn connect(&self) -> ConnectionResult<AsyncPgConnection> {
        let failed =
            |error: &tokio_postgres::Error| ConnectionError::BadConnection(describe(error));
        match &self.tls {
            None => {
                let (client, connection) = self
                    .config
                    .connect(tokio_postgres::NoTls)
                    .await
                    .map_err(|e| failed(&e))?;
                AsyncPgConnection::try_from_client_and_connection(client, connection).await
            }
            Some(tls) => {
                let (client, connection) = self
                    .config
                    .connect(tls.clone())
                    .await
                    .map_err(|e| failed(&e))?;
                AsyncPgConnection::try_from_client_and_connection(client, connection).await
            }
        }
    }
}

/// The task of a connection, with TLS or without.
pub(in crate::db) trait Work {
    /// Does it, and says why it ended.
    async fn run<S, T>(self, client: Client, connection: Connection<S, T>) -> String
    where
        S: AsyncRead + AsyncWrite + Unpin + Send,
        T: AsyncRead + AsyncWrite + Unpin + Send;
}

/// The error with its causes, since tokio-postgres keeps the telling part there.
pub(in crate::db) fn describe(error: &tokio_postgres::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}
