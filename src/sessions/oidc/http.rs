//! Requests to the provider: no redirects, no proxies, bounded in time and size.

use std::path::Path;
use std::pin::Pin;
use std::time::Duration;

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse, http};
use reqwest::redirect::Policy;

use crate::tls;

/// The longest wait for an answer, from the start to its last byte.
const MAX_WAIT: Duration = Duration::from_secs(10);
/// The largest answer that is read, in bytes.
const MAX_ANSWER: usize = 1024 * 1024;

/// A client for the requests of `openidconnect`.
pub(super) struct Client(reqwest::Client);

/// Why there was no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum HttpFault {
    #[error(transparent)]
    Request(#[from] reqwest::Error),
    #[error("the response is larger than {MAX_ANSWER} bytes")]
    TooLarge,
    #[error(transparent)]
    Form(#[from] http::Error),
}

impl Client {
    /// A client that trusts the public authorities, or those in a PEM file.
    ///
    /// With `https_only` nothing is sent in the clear, whatever the provider names as its
    /// addresses: codes and the client's secret go there.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(super) fn new(ca_file: Option<&Path>, https_only: bool) -> Result<Self, String> {
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::client_config(ca_file)?)
            // What redirects somewhere else is not what was configured.
            .redirect(Policy::none())
            .no_proxy()
            .https_only(https_only)
            .timeout(MAX_WAIT)
            // Sign-ons are rare: a connection that was kept would mostly be a dead one.
            .pool_max_idle_per_host(0)
            .user_agent("masthead");
        client.build().map(Self).map_err(|error| error.to_string())
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpFault> {
        let mut answer = self.0.execute(request.try_into()?).await?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await? {
            if body.len() + chunk.len() > MAX_ANSWER {
                return Err(HttpFault::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        let mut whole = http::Response::builder().status(answer.status());
        for (name, value) in answer.headers() {
            whole = whole.header(name, value);
        }
        Ok(whole.body(body)?)
    }
}

impl<'c> AsyncHttpClient<'c> for Client {
    type Error = HttpFault;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpFault>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}
