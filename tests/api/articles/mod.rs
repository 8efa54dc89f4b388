//! Single articles: fields, limits, slugs, translations, and what the public sees of them.

mod bad_input;
mod editorial_lists;
mod fields;
mod lifecycle;
mod limits;
mod live;
pub mod public_lookups;
mod slugs;
mod translations;
