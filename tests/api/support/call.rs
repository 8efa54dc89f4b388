//! Requests.

use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use super::app::TestApp;
use super::reply::Reply;

/// An `If-Match` that holds for every version.
pub const ANY_VERSION: &str = "*";

/// Someone who calls the server.
#[derive(Clone)]
pub struct Caller<'a> {
    app: &'a TestApp,
    headers: HeaderMap,
    described: bool,
}

impl<'a> Caller<'a> {
    pub(super) fn new(app: &'a TestApp) -> Self {
        let headers = HeaderMap::new();
        Self {
            app,
            headers,
            described: true,
        }
    }

    /// With this key.
    pub fn bearer(self, key: &str) -> Self {
        self.with(AUTHORIZATION.as_str(), &format!("Bearer {key}"))
    }

    /// With this header too; one that is there already is sent twice.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        let value = HeaderValue::from_str(value).unwrap();
        self.headers.append(name, value);
        self
    }

    /// Whatever the document says of the answer: for content that was not written by the API.
    pub fn undescribed(self) -> Self {
        Self {
            described: false,
            ..self
        }
    }

    /// With `If-Match`.
    pub fn if_match(self, tag: &str) -> Self {
        self.with("If-Match", tag)
    }

    /// `GET`.
    pub async fn get(self, path: &str) -> Reply {
        self.send(Method::GET, path, Vec::new()).await
    }

    /// `GET` with parameters, which are encoded here.
    pub async fn query(self, path: &str, parameters: &[(&str, &str)]) -> Reply {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let query = query.extend_pairs(parameters).finish();
        self.get(&format!("{path}?{query}")).await
    }

    /// `HEAD`.
    pub async fn head(self, path: &str) -> Reply {
        self.send(Method::HEAD, path, Vec::new()).await
    }

    /// `OPTIONS`.
    pub async fn options(self, path: &str) -> Reply {
        self.send(Method::OPTIONS, path, Vec::new()).await
    }

    /// `DELETE`.
    pub async fn delete(self, path: &str) -> Reply {
        self.send(Method::DELETE, path, Vec::new()).await
    }

    /// `POST` of JSON.
    pub async fn post(self, path: &str, body: &Value) -> Reply {
        self.json(Method::POST, path, "application/json", body)
            .await
    }

    /// `PUT` of JSON.
    pub async fn put(self, path: &str, body: &Value) -> Reply {
        self.json(Method::PUT, path, "application/json", body).await
    }

    /// `PATCH` by a JSON Merge Patch.
    pub async fn patch(self, path: &str, body: &Value) -> Reply {
        self.json(Method::PATCH, path, "application/merge-patch+json", body)
            .await
    }

    /// `PATCH` of something whatever version it has.
    pub async fn change(self, path: &str, patch: &Value) -> Reply {
        self.if_match(ANY_VERSION).patch(path, patch).await
    }

    /// `PUT` of something whatever version it has.
    pub async fn replace(self, path: &str, body: &Value) -> Reply {
        self.if_match(ANY_VERSION).put(path, body).await
    }

    /// `DELETE` of something whatever version it has.
    pub async fn remove(self, path: &str) -> Reply {
        self.if_match(ANY_VERSION).delete(path).await
    }

    async fn json(self, method: Method, path: &str, kind: &str, body: &Value) -> Reply {
        let bytes = serde_json::to_vec(body).unwrap();
        self.with(CONTENT_TYPE.as_str(), kind)
            .send(method, path, bytes)
            .await
    }

    /// Any method with any body; an empty one is none.
    pub async fn send(self, method: Method, path: &str, body: Vec<u8>) -> Reply {
        let url = format!("http://{}{path}", self.app.address);
        let shown = String::from_utf8_lossy(&body).into_owned();
        let asked = format!("{method} {path}\n{:?}\n{shown}", self.headers);
        let keyed = has_credentials(&self.headers);
        let mut request = self.app.client.request(method.clone(), url);
        if !body.is_empty() {
            request = request.body(body);
        }
        let response = request.headers(self.headers).send().await;
        let response = response.unwrap_or_else(|error| panic!("{asked}\n{error:?}"));
        let described = self.described;
        Reply::read(method, path, (keyed, described), asked, response).await
    }
}

/// Whether a request names who makes it: by a key, or by a cookie of the server's.
fn has_credentials(headers: &HeaderMap) -> bool {
    let ours = ["masthead_", "__Secure-masthead_"];
    let cookies = headers.get_all(COOKIE).iter();
    let mut cookies = cookies.flat_map(|line| line.to_str().unwrap().split("; "));
    headers.contains_key(AUTHORIZATION)
        || cookies.any(|cookie| ours.iter().any(|name| cookie.starts_with(name)))
}
