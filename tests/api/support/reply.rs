//! Answers, and what they must be like.

use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::Value;

use super::contract;

/// The members that every problem has (RFC 9457 and our own).
const PROBLEM: [&str; 7] = [
    "type",
    "title",
    "status",
    "detail",
    "instance",
    "code",
    "request_id",
];

/// An answer. What holds of every answer was checked when it was read.
#[derive(Debug)]
pub struct Reply {
    asked: String,
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The bytes of the body.
    pub body: Vec<u8>,
}

impl Reply {
    pub(super) async fn read(
        method: Method,
        path: &str,
        (keyed, described): (bool, bool),
        asked: String,
        response: reqwest::Response,
    ) -> Self {
        let status = response.status().as_u16();
        let url = response.url();
        let at = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let headers = response.headers().clone();
        let body = response.bytes().await.unwrap().to_vec();
        let reply = Self {
            asked,
            status,
            headers,
            body,
        };
        assert!(!reply.header("x-request-id").is_empty(), "{reply}");
        reply.tells_browsers_and_caches(keyed);
        if status >= 400 && method != Method::HEAD {
            reply.is_a_problem(path);
        }
        if described {
            let fault = contract::fault(&method, &at, status, &reply.headers, &reply.body);
            assert_eq!(fault, None, "{reply}");
        }
        reply
    }

    fn tells_browsers_and_caches(&self, keyed: bool) {
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
        ] {
            assert_eq!(self.header(name), value, "{self}");
        }
        let policy = self.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; "), "{self}");
        assert!(policy.ends_with("frame-ancestors 'none'"), "{self}");
        let html = self.header("content-type").starts_with("text/html");
        let opener = if html { "same-origin" } else { "" };
        assert_eq!(self.header("cross-origin-opener-policy"), opener, "{self}");
        let vary = self.headers.get_all("vary").iter();
        let vary: Vec<_> = vary
            .flat_map(|line| line.to_str().unwrap().split(", "))
            .collect();
        for member in ["Authorization", "Origin"] {
            let times = vary.iter().filter(|one| one.eq_ignore_ascii_case(member));
            assert_eq!(times.count(), 1, "{member} in Vary: {self}");
        }
        let cache_control = self.header("cache-control");
        if keyed {
            assert_eq!(cache_control, "private, no-store", "{self}");
        } else if self.status >= 400 {
            let refused = "no cache may keep a problem";
            assert_eq!(cache_control, "no-store", "{refused}: {self}");
        }
    }

    fn is_a_problem(&self, path: &str) {
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{self}"
        );
        let problem = self.json();
        for member in PROBLEM {
            assert!(problem.get(member).is_some(), "no {member}: {self}");
        }
        // A member that stands there twice makes it longer than it is when it was read.
        let written = serde_json::to_vec(&problem).unwrap();
        assert_eq!(written.len(), self.body.len(), "{self}");
        assert_eq!(problem["status"], self.status, "{self}");
        let code = problem["code"].as_str().unwrap();
        assert_eq!(problem["type"], format!("/problems/{code}"), "{self}");
        let path = path.split('?').next().unwrap();
        assert_eq!(problem["instance"], path, "{self}");
        assert_eq!(problem["request_id"], self.header("x-request-id"), "{self}");
        assert!(!problem["detail"].as_str().unwrap().is_empty(), "{self}");
    }

    /// The answer, if it has this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self}");
        self
    }

    /// The problem document, if it is one of this status and code.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{self}");
        let problem = self.json();
        assert_eq!(problem["code"], code, "{self}");
        problem
    }

    /// Checks that it is a problem about just these places, each with its code, in any order.
    #[track_caller]
    pub fn refuses(&self, status: u16, code: &str, fields: &[(&str, &str)]) {
        self.problem(status, code);
        let mut expected: Vec<_> = fields
            .iter()
            .map(|(place, code)| ((*place).to_owned(), (*code).to_owned()))
            .collect();
        expected.sort();
        let mut found = self.field_errors();
        found.sort();
        assert_eq!(found, expected, "{self}");
    }

    /// The places that a problem is about, each with its code.
    #[track_caller]
    pub fn field_errors(&self) -> Vec<(String, String)> {
        let problem = self.json();
        let errors = problem["errors"].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().map(str::to_owned);
        errors
            .iter()
            .map(|error| {
                let place = ["pointer", "parameter", "header"]
                    .iter()
                    .find_map(|name| text(&error[name]))
                    .unwrap_or_else(|| panic!("an error without a place: {self}"));
                assert!(!error["detail"].as_str().unwrap().is_empty(), "{self}");
                (place, text(&error["code"]).unwrap())
            })
            .collect()
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self}"))
    }

    /// The items of a list.
    #[track_caller]
    pub fn data(&self) -> Vec<Value> {
        let json = self.json();
        let data = json["data"].as_array().cloned();
        data.unwrap_or_else(|| panic!("not a list: {self}"))
    }

    /// One text member of each item of a list.
    #[track_caller]
    pub fn each(&self, member: &str) -> Vec<String> {
        let text = |item: &Value| item[member].as_str().map(str::to_owned);
        let texts = self.data().iter().map(text).collect::<Option<Vec<_>>>();
        texts.unwrap_or_else(|| panic!("no {member}: {self}"))
    }

    /// A header; empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).map(|value| value.to_str().unwrap());
        value.unwrap_or_default()
    }

    /// The entity tag, which must be there and strong.
    #[track_caller]
    pub fn etag(&self) -> String {
        let etag = self.header("etag");
        assert!(etag.starts_with('"') && etag.ends_with('"'), "{self}");
        etag.to_owned()
    }
}

/// The request and the answer, for the message of a test that fails.
impl std::fmt::Display for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "\n--- asked\n{}\n--- answered {}\n{:?}\n{}\n---",
            self.asked,
            self.status,
            self.headers,
            String::from_utf8_lossy(&self.body),
        )
    }
}
