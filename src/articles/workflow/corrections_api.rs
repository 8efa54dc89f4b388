//! Corrections over HTTP: one more, and never one less.

use actix_web::{HttpRequest, HttpResponse};
use deserr::Deserr;
use serde_json::json;
use utoipa::ToSchema;

use super::api::perform;
use crate::app::Edit;
use crate::articles::article::{ArticleInput, MAX_LINKS};
use crate::articles::context::Context;
use crate::articles::drafts::store::{self, Change};
use crate::articles::rendering::render;
use crate::articles::response::EditorialArticle;
use crate::articles::revisions::store::RevisionMeta;
use crate::articles::row::ArticleRow;
use crate::auth::Caller;
use crate::auth::permission::WriteArticles;
use crate::db::{Conn, Time};
use crate::error::{Error, FieldErrors, Result};
use crate::http::body::{Body, check};
use crate::http::params::{NoParams, PathReference};
use crate::http::precondition::IfMatch;
use crate::values::{Reference, Text};

/// A correction to be added.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(example = json!({"text": "An earlier version gave the wrong year; it was 1912."}))]
pub struct CorrectionInput {
    /// Text of the correction: the error and the correct information.
    pub text: Text<1, 2000>,
    /// Time of the correction; now by default.
    #[deserr(default)]
    #[schema(required = false)]
    pub at: Option<Time>,
}

/// Adds a correction to the working copy. It becomes public, together with the corrected text, when
/// the article is published again; from then on corrections can be added but not changed.
#[utoipa::path(post, path = "/v1/articles/{article}/corrections", operation_id = "addCorrection", tag = "Articles",
    params(("article" = Reference, Path, description = "Id or slug of the article.")),
    request_body = CorrectionInput,
    responses((status = 200, description = "The updated working copy.", body = EditorialArticle)),
    security(("bearer" = [])))]
pub async fn add(
    caller: Caller<WriteArticles>,
    request: HttpRequest,
    article: PathReference,
    _params: NoParams,
    if_match: IfMatch,
    Body(new): Body<CorrectionInput>,
) -> Result<HttpResponse> {
    let act = async |conn: &mut Conn, edit: Edit<'_>, ctx: Context<'_>, old: &ArticleRow| {
        let last = old.corrections.0.last().map(|last| last.at);
        let at = new.at.unwrap_or(edit.now);
        if at > edit.now {
            return Err(Error::field(
                "/at",
                "in_the_future",
                "must not be in the future.",
            ));
        }
        if last.is_some_and(|last| at < last) {
            return Err(Error::field(
                "/at",
                "contradiction",
                "is before the last correction.",
            ));
        }
        if old.corrections.0.len() >= MAX_LINKS {
            let detail = format!("would exceed the maximum of {MAX_LINKS} corrections.");
            return Err(Error::field("", "too_many", detail));
        }
        let mut whole = store::as_input(conn, old).await?;
        if let Some(all) = whole
            .get_mut("corrections")
            .and_then(|all| all.as_array_mut())
        {
            all.push(json!({"at": at, "text": new.text}));
        }
        let input: ArticleInput = check(whole)?;
        let change = Change {
            rendered: render(&input).await?,
            input: &input,
            step: RevisionMeta::of("correct"),
        };
        store::update_rendered(conn, edit, ctx, old, &if_match, change).await
    };
    perform(&caller, &request, &article, &if_match, act).await
}
