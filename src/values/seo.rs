//! Metadata for search engines and social networks.

use deserr::Deserr;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Line, Link, Text};
use crate::error::FieldErrors;

/// Metadata for search engines and social networks, where it differs from the page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct Seo {
    /// Title for search results and link previews.
    #[deserr(default)]
    pub title: Option<Line<300>>,
    /// Description for search results and link previews.
    #[deserr(default)]
    pub description: Option<Text<1, 1000>>,
    /// Picture for link previews.
    #[deserr(default)]
    pub image: Option<Link>,
}
