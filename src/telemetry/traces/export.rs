//! Sends spans to a collector: in batches, by a thread of their own, which no request waits for.

use std::pin::Pin;
use std::time::Duration;

use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor};
use reqwest::redirect::Policy;
use tokio::runtime::Handle;

use crate::tls;

/// The longest wait for the collector.
pub(super) const MAX_WAIT: Duration = Duration::from_secs(5);
/// How often spans are sent.
const OFTEN: Duration = Duration::from_secs(1);
/// The largest answer that is read, in bytes.
const MAX_ANSWER: usize = 64 * 1024;

/// Sends to this address. At most 2,048 spans wait; others are lost, rather than memory.
pub(super) fn processor(endpoint: &str) -> Result<BatchSpanProcessor, String> {
    let http = reqwest::Client::builder()
        .tls_backend_preconfigured(tls::client_config(None)?)
        .redirect(Policy::none())
        .no_proxy()
        .timeout(MAX_WAIT)
        .user_agent("masthead")
        .build()
        .map_err(|error| error.to_string())?;
    let runtime = Handle::try_current().map_err(|error| error.to_string())?;
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(Client { http, runtime })
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(endpoint)
        .with_timeout(MAX_WAIT)
        .build()
        .map_err(|error| error.to_string())?;
    let batches = BatchConfigBuilder::default().with_scheduled_delay(OFTEN);
    Ok(BatchSpanProcessor::builder(exporter)
        .with_batch_config(batches.build())
        .build())
}

/// The house's client: requests run on the server's runtime, since the thread that asks has none.
#[derive(Debug)]
struct Client {
    http: reqwest::Client,
    runtime: Handle,
}

type Sent = Result<Response<Bytes>, HttpError>;

impl Client {
    async fn send(http: reqwest::Client, request: Request<Bytes>) -> Sent {
        let mut answer = http.execute(request.try_into()?).await?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await? {
            if body.len() + chunk.len() > MAX_ANSWER {
                return Err(format!("the response is larger than {MAX_ANSWER} bytes").into());
            }
            body.extend_from_slice(&chunk);
        }
        let mut whole = Response::builder().status(answer.status());
        for (name, value) in answer.headers() {
            whole = whole.header(name, value);
        }
        Ok(whole.body(Bytes::from(body))?)
    }
}

impl HttpClient for Client {
    // As `async_trait` writes it.
    fn send_bytes<'c, 'f>(
        &'c self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Sent> + Send + 'f>>
    where
        'c: 'f,
        Self: 'f,
    {
        let sent = self.runtime.spawn(Self::send(self.http.clone(), request));
        Box::pin(async move { sent.await? })
    }
}
