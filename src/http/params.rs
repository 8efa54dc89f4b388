//! Query parameters: a handler reads each by name, and all others are refused.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use percent_encoding::percent_decode_str;

use crate::error::{Code, Error, FieldError, Result};
use crate::query::QueryError;
use crate::values::{Reference, Refusal};

/// The parameters of a request. Take those that are known, then [`finish`](Self::finish).
#[derive(Debug, Clone)]
pub struct Params {
    path: String,
    pairs: Vec<(String, String)>,
    asked: Vec<&'static str>,
    errors: Vec<FieldError>,
}

/// The most values that one parameter may list.
const MAX_LIST: usize = 50;

impl Params {
    /// Reads a path and its query.
    ///
    /// # Errors
    /// When the query is not UTF-8 once its escapes are resolved.
    pub fn new(path: &str, query: &str) -> Result<Self> {
        if percent_decode_str(query).decode_utf8().is_err() {
            return Err(Error::new(
                Code::MalformedRequest,
                "The query is not valid UTF-8.",
            ));
        }
        let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        let mut params = Self {
            path: path.to_owned(),
            pairs,
            asked: Vec::new(),
            errors: Vec::new(),
        };
        for (name, value) in params.pairs.clone() {
            if value.contains('\0') {
                params.refuse(&name, "control_character", "must not contain NUL.");
            }
        }
        Ok(params)
    }

    /// The path of the request.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether a parameter is there.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.pairs.iter().any(|(given, _)| given == name)
    }

    /// Whether a parameter is given with another value than its default.
    #[must_use]
    pub fn departs(&self, name: &str, default: &str) -> bool {
        let mut given = self.pairs.iter().filter(|(given, _)| given == name);
        given.any(|(_, value)| value != default)
    }

    /// The value of a parameter that may be given once.
    pub fn one(&mut self, name: &'static str) -> Option<String> {
        self.asked.push(name);
        let mut values = self.pairs.iter().filter(|(given, _)| given == name);
        let value = values.next().map(|(_, value)| value.clone());
        if values.next().is_some() {
            self.refuse(name, "repeated", "is given more than once.");
        }
        value
    }

    /// The values of a parameter that may be repeated or list several, joined by commas.
    pub fn list(&mut self, name: &'static str) -> Option<Vec<String>> {
        self.asked.push(name);
        let given: Vec<String> = self
            .pairs
            .iter()
            .filter(|(given, _)| given == name)
            .flat_map(|(_, value)| value.split(',').map(|part| part.trim().to_owned()))
            .collect();
        if given.is_empty() {
            return None;
        }
        if given.len() > MAX_LIST {
            let detail = format!("lists {} values; the maximum is {MAX_LIST}.", given.len());
            self.refuse(name, "too_many", detail);
            return None;
        }
        Some(given)
    }

    /// The value of a parameter, checked.
    pub fn parsed<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> std::result::Result<T, Refusal>,
    ) -> Option<T> {
        let text = self.one(name)?;
        match parse(&text) {
            Ok(value) => Some(value),
            Err(refusal) => {
                self.refuse(name, refusal.code, refusal.detail);
                None
            }
        }
    }

    /// The values of a parameter, each checked.
    pub fn parsed_list<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> std::result::Result<T, Refusal>,
    ) -> Option<Vec<T>> {
        let mut values = Vec::new();
        for text in self.list(name)? {
            match parse(&text) {
                Ok(value) => values.push(value),
                Err(refusal) => self.refuse(name, refusal.code, refusal.detail),
            }
        }
        Some(values)
    }

    /// The value of a parameter in one of the query language's forms.
    pub fn query<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> std::result::Result<T, QueryError>,
    ) -> Option<T> {
        let text = self.one(name)?;
        match parse(&text) {
            Ok(value) => Some(value),
            Err(error) => {
                self.refuse(name, error.code, error.to_string());
                None
            }
        }
    }

    /// The value of a parameter that is `true` or `false`.
    pub fn boolean(&mut self, name: &'static str) -> Option<bool> {
        self.parsed(name, |text| match text {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(Refusal::new("not_a_boolean", "must be true or false.")),
        })
    }

    /// Notes an error of a parameter.
    pub fn refuse(&mut self, name: &str, code: &str, detail: impl Into<String>) {
        self.errors.push(FieldError::parameter(name, code, detail));
    }

    /// The parameters that decide the items and the order of a list, as text: a cursor is bound to it.
    #[must_use]
    pub fn identity(&self, audience: &str) -> Vec<u8> {
        let free = ["limit", "cursor", "page", "total", "fields", "include"];
        let mut pairs: Vec<_> = self
            .pairs
            .iter()
            .filter(|(name, _)| !free.contains(&name.as_str()))
            .collect();
        pairs.sort();
        let mut text = url::form_urlencoded::Serializer::new(String::new());
        text.extend_pairs(pairs);
        format!("{}\n{audience}\n{}", self.path, text.finish()).into_bytes()
    }

    /// Another path with this request's parameters, some of them changed; `None` takes one out.
    #[must_use]
    pub fn address_at(&self, path: &str, changes: &[(&str, Option<&str>)]) -> String {
        let moved = Self {
            path: path.to_owned(),
            ..self.clone()
        };
        moved.address_with(changes)
    }

    /// This request's address with other values for some parameters; `None` takes one out.
    #[must_use]
    pub fn address_with(&self, changes: &[(&str, Option<&str>)]) -> String {
        let mut text = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in &self.pairs {
            if !changes.iter().any(|(changed, _)| changed == name) {
                text.append_pair(name, value);
            }
        }
        for (name, value) in changes {
            if let Some(value) = value {
                text.append_pair(name, value);
            }
        }
        let query = text.finish();
        if query.is_empty() {
            self.path.clone()
        } else {
            format!("{}?{query}", self.path)
        }
    }

    /// Ends the reading: an error for each parameter that was refused or is unknown.
    ///
    /// # Errors
    /// 400 with all of them.
    pub fn finish(&mut self) -> Result<()> {
        self.refuse_others();
        self.finish_leniently()
    }

    fn refuse_others(&mut self) {
        let mut seen: Vec<&str> = Vec::new();
        let mut unknown = Vec::new();
        for (name, _) in &self.pairs {
            if !self.asked.contains(&name.as_str()) && !seen.contains(&name.as_str()) {
                seen.push(name);
                let known = self.asked.join(", ");
                let detail = if known.is_empty() {
                    "is not a known parameter. Allowed parameters: none.".to_owned()
                } else {
                    format!("is not a known parameter. Allowed parameters: {known}.")
                };
                let shown: String = name.chars().take(80).collect();
                unknown.push(FieldError::parameter(&shown, "unknown_parameter", detail));
            }
        }
        self.errors.extend(unknown);
    }

    /// Ends the reading as [`finish`](Self::finish) does, but accepts unknown parameters: for requests
    /// whose parameters another service adds.
    ///
    /// # Errors
    /// 400 with all that were refused.
    pub fn finish_leniently(&mut self) -> Result<()> {
        if self.errors.is_empty() {
            return Ok(());
        }
        Err(Error::fields(
            Code::InvalidParameter,
            std::mem::take(&mut self.errors),
        ))
    }
}

impl FromRequest for Params {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        ready(Self::new(request.path(), request.query_string()))
    }
}

/// For routes that take no parameters at all.
#[derive(Debug, Clone, Copy)]
pub struct NoParams;

impl FromRequest for NoParams {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let params = Params::new(request.path(), request.query_string());
        ready(params.and_then(|mut params| params.finish().map(|()| Self)))
    }
}

/// The id or slug in a path; none where the text has the form of neither.
#[derive(Debug, Clone)]
pub struct PathReference(Option<Reference>);

impl PathReference {
    /// The reference.
    ///
    /// # Errors
    /// 404 when the text can be neither an id nor a slug.
    pub fn or_not_found(&self, what: &str) -> Result<Reference> {
        self.0.clone().ok_or_else(|| Error::not_found(what))
    }
}

impl FromRequest for PathReference {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let text = request
            .match_info()
            .iter()
            .next()
            .map(|(_, text)| text.to_owned());
        ready(Ok(Self(text.and_then(|text| Reference::parse(&text).ok()))))
    }
}

/// A whole number from 1 on in a path.
#[derive(Debug, Clone, Copy)]
pub struct Number(Option<i64>);

impl Number {
    /// The number of the part of the path called `number`.
    ///
    /// # Errors
    /// 404 when it is none.
    pub fn get(self) -> Result<i64> {
        self.0.ok_or_else(|| Error::not_found("number"))
    }

    /// The number of a part of the path of another name.
    ///
    /// # Errors
    /// 404 when it is none.
    pub fn named(request: &HttpRequest, name: &str) -> Result<i64> {
        Self::read(request, name).get()
    }

    fn read(request: &HttpRequest, name: &str) -> Self {
        let text = request.match_info().get(name);
        let number = text.and_then(|text| text.parse().ok());
        Self(number.filter(|number| *number > 0))
    }
}

impl FromRequest for Number {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        ready(Ok(Self::read(request, "number")))
    }
}
