//! From which page a request comes, as far as answers differ by it.

use actix_web::http::header::HeaderValue;

use crate::config::Settings;

/// The origins whose pages may call.
pub struct Origins {
    any: bool,
    named: Vec<String>,
}

impl Origins {
    /// The origins of the settings.
    pub fn of(settings: &Settings) -> Self {
        let allowed = &settings.cors.allowed_origins;
        // These are answered by their names wherever they may call at all.
        let mut named = settings.auth.cookie_origins.clone();
        named.extend(allowed.iter().filter(|one| *one != "*").cloned());
        Self {
            any: allowed.iter().any(|one| one == "*"),
            named,
        }
    }

    /// The suffix of a key for a page of this origin; `None` for one that is not known, of which there
    /// may be any number.
    pub fn class(&self, origin: Option<&HeaderValue>) -> Option<String> {
        let Some(origin) = origin else {
            return Some(String::new());
        };
        let known = self.named.iter();
        let mut known = known.filter(|one| one.as_bytes() == origin.as_bytes());
        match known.next() {
            Some(named) => Some(format!(" {named}")),
            None if self.any => Some(" *".to_owned()),
            None => None,
        }
    }
}
