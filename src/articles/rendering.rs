//! Rendering of article bodies.

use super::article::ArticleInput;
use crate::error::{Error, Result};
use crate::text::body::{self, Rendered};

/// From this many bytes on a body is rendered on another thread than the one that serves.
const LARGE_BODY: usize = 16_384;

/// The body of an input, rendered here and now.
#[must_use]
pub fn rendered(input: &ArticleInput) -> Rendered {
    body::render(input.body.format.into(), input.body.source.as_str())
}

/// The body of an input, rendered; a large one out of the way of other requests.
///
/// # Errors
/// When the other thread is lost.
pub async fn render(input: &ArticleInput) -> Result<Rendered> {
    if input.body.source.as_str().len() < LARGE_BODY {
        return Ok(rendered(input));
    }
    let input = input.clone();
    let rendered = tokio::task::spawn_blocking(move || rendered(&input));
    rendered.await.map_err(Error::internal)
}
