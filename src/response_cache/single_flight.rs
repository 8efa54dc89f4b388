//! Makes an answer that may be kept, one for all that ask the same.

use std::rc::Rc;
use std::sync::Arc;

use actix_http::body::MessageBody;
use actix_http::{Request, Response};
use actix_service::Service;
use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header;

use super::entry::Entry;
use super::shared::Shared;
use super::{retry, store};
use crate::db::Time;
use crate::telemetry::http_metrics::Route;

/// An answer and the route that it is of, as far as that is known.
pub(super) struct Made {
    pub answer: Response<BoxBody>,
    pub route: Option<Route>,
}

impl Made {
    pub fn new(answer: Response<BoxBody>) -> Self {
        let route = answer.extensions().get::<Route>().copied();
        Self { answer, route }
    }

    fn of(entry: &Entry, answer: Response<BoxBody>) -> Self {
        let route = entry.route;
        Self { answer, route }
    }
}

/// Makes the answer to a request that may be answered with what is kept, of which `known` is no
/// longer right; one for all that ask the same.
pub(super) async fn make<S, B>(
    behind: &Rc<S>,
    shared: &Shared,
    mut request: Request,
    key: &str,
    (known, now): (Option<Arc<Entry>>, Time),
) -> Result<Made, actix_web::Error>
where
    S: Service<Request, Error = actix_web::Error> + 'static,
    S::Response: Into<Response<B>> + 'static,
    B: MessageBody + 'static,
{
    let asked = request.head().headers.clone();
    let wait = shared.kept.wait(key, known.as_ref()).await;
    let mut guard = match wait {
        store::Wait::Made(entry) => {
            let form = |coding| entry.form(coding);
            if let Some(answer) = shared.answer_of(&entry, form, &request, now) {
                return Ok(Made::of(&entry, answer));
            }
            None
        }
        store::Wait::Make(guard) => Some(guard),
        store::Wait::Alone => None,
    };
    // Whoever asks by a condition is answered by what is made for all.
    let headers = request.headers_mut();
    headers.remove(header::IF_NONE_MATCH);
    headers.remove(header::IF_MODIFIED_SINCE);
    let stamp = shared.app.changes().last();
    let answer = retry::ask(behind, &shared.app, request).await?;
    // Who has too much to do knows what is out of date, and does not give it.
    let away = answer.status() == StatusCode::SERVICE_UNAVAILABLE && !retry::is_overload(&answer);
    if away {
        shared.kept.note_away(now);
        if let Some(stale) = known.filter(|entry| shared.may_be_stale(entry, now)) {
            if let Some(guard) = guard.take() {
                guard.put_back(Arc::clone(&stale));
            }
            return Ok(Made::of(&stale, shared.stale(&stale, &asked, now)));
        }
    }
    let made = Made::new(answer);
    if made.answer.status() != StatusCode::OK {
        return Ok(made);
    }
    let route = made.route;
    let answer = shared
        .keep(made.answer, &asked, (stamp, now), guard)
        .await?;
    Ok(Made { answer, route })
}
