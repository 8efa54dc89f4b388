//! Article text: Markdown or HTML in; clean HTML, plain text, outline and counts out; slugs and
//! the folded form that word search compares. Pure functions: no database, no HTTP, no clock.
//!
//! The way of a body, a file a step:
//!
//! ```text
//! markdown  Markdown -> HTML (comrak)            only for Markdown bodies
//! tokens    HTML -> tags and text                a scanner, used by the next and the last step
//! tidy      tags and text -> balanced, shallow   bounds what the parser behind it can cost
//! sanitise  HTML -> safe HTML (ammonia)          the one authority on what may stay; `allowed` is its list
//! annotate  safe HTML -> anchors, outline, text  what readers and search need
//! count     plain text -> words, minutes
//! ```

mod allowed;
mod annotate;
pub mod body;
mod count;
mod escape;
pub mod fold;
mod markdown;
mod plain;
mod sanitise;
pub mod slug;
mod tidy;
mod tokens;

#[cfg(test)]
mod tests;
