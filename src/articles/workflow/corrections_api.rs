//! Corrections over HTTP: one more, and never one less.

use actix_web::{HttpRequest, HttpResponse};
use deserr::Deserr;
use serde_json::json;
use utoipa::ToSchema;

use super::act::perform;
use super::save::{Change, update};
use crate::articles::article::{ArticleInput, MAX_LINKS};
use crate::articles::drafts::version_check::Current;
use crate::articles::rendering::render;
use crate::articles::response::EditorialArticle;
use crate::articles::revisions::store::RevisionMeta;
use crate::articles::row::ArticleRow;
use crate::articles::write_context::WriteContext;
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
    let act = async |conn: &mut Conn, ctx: WriteContext<'_>, old: Current| {
        let at = new.at.unwrap_or(ctx.now);
        check_correction(&old.row, at, ctx.now)?;
        let mut whole = old.as_input();
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
            meta: RevisionMeta::of("correct"),
        };
        update(conn, ctx, old, change).await
    };
    perform(&caller, &request, &article, &if_match, act).await
}

/// Checks that an article takes one more correction, made at this moment.
fn check_correction(old: &ArticleRow, at: Time, now: Time) -> Result<()> {
    let corrections = &old.corrections.0;
    if at > now {
        let detail = "must not be in the future.";
        return Err(Error::field("/at", "in_the_future", detail));
    }
    if corrections.last().is_some_and(|last| at < last.at) {
        let detail = "is before the last correction.";
        return Err(Error::field("/at", "contradiction", detail));
    }
    if corrections.len() >= MAX_LINKS {
        let detail = format!("would exceed the maximum of {MAX_LINKS} corrections.");
        return Err(Error::field("", "too_many", detail));
    }
    Ok(())
}
