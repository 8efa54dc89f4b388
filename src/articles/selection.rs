//! The selection of an article's parts and members: `fields` and `include`.

use crate::http::params::Params;
use crate::query::field_names;
use crate::query::fields::FieldSet;
use crate::query::include::parse_names;

use super::response::{EDITORIAL_FIELDS, FIELDS};

field_names! {
    /// The parts that `include` may name.
    pub enum Include {
        /// Who is credited.
        Authors => "authors",
        /// The tags.
        Tags => "tags",
        /// The picture.
        LeadImage => "lead_image",
        /// Related articles.
        Related => "related",
        /// Translations of the article.
        Translations => "translations",
    }
}

/// The parts to load and the members to send.
#[derive(Debug, Clone)]
pub struct Selection {
    include: Vec<Include>,
    /// Whether to load the body.
    pub body: bool,
    /// The members to send; `None` sends all that were loaded.
    pub fields: Option<FieldSet>,
}

impl Selection {
    /// All parts and members, as in responses to changes.
    #[must_use]
    pub fn whole() -> Self {
        let include = vec![
            Include::Authors,
            Include::Tags,
            Include::LeadImage,
            Include::Related,
            Include::Translations,
        ];
        Self {
            include,
            body: true,
            fields: None,
        }
    }

    /// Reads `fields` and `include`. Naming a part in either loads it; `fields` alone decides the
    /// other members. `default` and `body` apply when neither is given.
    pub fn read(params: &mut Params, editorial: bool, default: &[Include], body: bool) -> Self {
        let included = params.query("include", parse_names::<Include>);
        let text = params.one("fields");
        let allowed: Vec<&'static str> = if editorial {
            FIELDS.iter().chain(EDITORIAL_FIELDS).copied().collect()
        } else {
            FIELDS.to_vec()
        };
        let parsed = text.as_deref().and_then(|text| {
            let named = FieldSet::parse(text, &allowed);
            named
                .map_err(|error| params.refuse("fields", error.code, error.to_string()))
                .ok()
        });
        let Some(named) = parsed else {
            let include = included.unwrap_or_else(|| default.to_vec());
            return Self {
                include,
                body,
                fields: None,
            };
        };
        let mut include = included.unwrap_or_default();
        // An included part is sent even if `fields` does not name it.
        let mut all = text.unwrap_or_default();
        for part in <Include as crate::query::Named>::ALL {
            let name = crate::query::Named::name(*part);
            if include.contains(part) && !named.contains(name) {
                all = format!("{all},{name}");
            } else if !include.contains(part) && named.contains(name) {
                include.push(*part);
            }
        }
        let body = named.contains("body");
        let fields = FieldSet::parse(&all, &allowed).unwrap_or_else(|error| {
            params.refuse("include", error.code, error.to_string());
            named
        });
        Self {
            include,
            body,
            fields: Some(fields),
        }
    }

    /// Whether a part is selected.
    #[must_use]
    pub fn has(&self, part: Include) -> bool {
        self.include.contains(&part)
    }

    /// Whether authors or tags are selected.
    #[must_use]
    pub fn has_links(&self) -> bool {
        self.has(Include::Authors) || self.has(Include::Tags)
    }
}
