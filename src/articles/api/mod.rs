//! Articles over HTTP: single articles, lists, and changes of their content.

pub mod article;
pub mod edit;
pub mod list;
