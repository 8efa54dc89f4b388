//! `Cache-Control` of public answers (RFC 9111, RFC 5861).

use crate::app::App;
use crate::db::Time;

/// `Cache-Control` of an answer with public content: one that ends soon is not kept, nor used
/// when stale, beyond its end. (To someone with credentials any answer is private.)
#[must_use]
pub fn cache_control(app: &App, until: Option<Time>) -> String {
    let settings = &app.settings.cache;
    let left = until.map(|until| {
        let seconds = (until.0 - app.clock.now().0).max(0) / 1_000;
        u32::try_from(seconds).unwrap_or(u32::MAX)
    });
    let at_most = |seconds: u32, left: Option<u32>| left.map_or(seconds, |left| seconds.min(left));
    let (own, shared) = (
        at_most(settings.max_age, left),
        at_most(settings.shared_max_age, left),
    );
    let stale = left.map(|left| left - own.max(shared));
    format!(
        "public, max-age={own}, s-maxage={shared}, stale-while-revalidate={}, stale-if-error={}",
        at_most(settings.stale_while_revalidate, stale),
        at_most(settings.stale_if_error, stale),
    )
}
