//! Previews: an article shown before it is published, to the holder of a token.

pub mod api;
pub mod tokens;
pub(crate) mod view;
