//! Changes of articles over HTTP.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use serde_json::Value;
use utoipa::IntoParams;

use crate::articles::article::ArticleInput;
use crate::articles::context::{Context, WriteContext};
use crate::articles::draft_access::{Scope, owned};
use crate::articles::drafts::document::{self, Document};
use crate::articles::drafts::version_check::Current;
use crate::articles::rendering::render;
use crate::articles::respond::answer;
use crate::articles::response::EditorialArticle;
use crate::articles::revisions::conflicts;
use crate::articles::revisions::normalise::by_id;
use crate::articles::revisions::store::RevisionMeta;
use crate::articles::revisions::three_way::merge;
use crate::articles::row::ArticleRow;
use crate::articles::selection::Selection;
use crate::articles::workflow::act::{edit_into, may_try_again};
use crate::articles::workflow::save::{Change, update};
use crate::auth::Caller;
use crate::auth::permission::WriteArticles;
use crate::db::Conn;
use crate::error::{Code, Error, Result};
use crate::http::answer::PatchOf;
use crate::http::body::{Body, MergePatch, check};
use crate::http::params::{Params, PathReference};
use crate::http::precondition::IfMatch;
use crate::http::prefer::{self, Prefer};
use crate::values::{Locale, Reference, Refusal, Slug, Text};

/// A patch of an article.
pub type ArticlePatch = PatchOf<ArticleInput>;

/// The parameters of a change.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "it describes the parameters; they are read by name"
)]
pub struct SaveParams {
    /// Whether this is an autosave: autosaves by one person within a quarter of an hour share one
    /// revision, the last.
    #[param(required = false, default = false)]
    autosave: bool,
    /// Note on the change, shown in the list of revisions.
    #[param(required = false, min_length = 1, max_length = 1000)]
    note: String,
}

/// How a change is to be saved.
struct Saving {
    wish: Wish,
    if_match: IfMatch,
    prefer: Prefer,
}

/// The parameters of a change, read.
pub struct Wish {
    autosave: bool,
    note: Option<String>,
}

impl Wish {
    fn read(mut params: Params) -> Result<Self> {
        let autosave = params.boolean("autosave").unwrap_or_default();
        let note = params.parsed("note", |text| {
            let parsed: std::result::Result<Text<1, 1000>, Refusal> = Text::parse(text);
            parsed.map(Text::into_string)
        });
        params.finish()?;
        Ok(Self { autosave, note })
    }
}

impl FromRequest for Wish {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let params = Params::from_request(request, payload).into_inner();
        ready(params.and_then(Self::read))
    }
}

/// Changes some members of an article (JSON Merge Patch, RFC 7396). The change is not public until
/// it is published. With `Prefer: merge`, a change based on an older version is merged with later
/// changes, as long as they touch different members; the response then has the header
/// `Preference-Applied: merge`.
#[utoipa::path(patch, path = "/v1/articles/{article}", operation_id = "patchArticle", tag = "Articles",
    params(("article" = Reference, Path, description = "Id or slug of the article."), SaveParams),
    request_body(content = ArticlePatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "The updated working copy.", body = EditorialArticle)),
    security(("bearer" = [])))]
pub async fn patch(
    caller: Caller<WriteArticles>,
    request: HttpRequest,
    article: PathReference,
    wish: Wish,
    if_match: IfMatch,
    prefer: Prefer,
    patch: MergePatch,
) -> Result<HttpResponse> {
    let saving = Saving {
        wish,
        if_match,
        prefer,
    };
    let change = |current: Value, _: &ArticleRow| Ok(patch.apply(current));
    write(&caller, &request, &article, &saving, change).await
}

/// Replaces an article. Omitted members are set to their defaults, except for the slug, the locale,
/// the translation group, and the date and corrections of a published article, which are kept. The
/// change is not public until it is published. `Prefer: merge` works as for `PATCH`.
#[utoipa::path(put, path = "/v1/articles/{article}", operation_id = "putArticle", tag = "Articles",
    params(("article" = Reference, Path, description = "Id or slug of the article."), SaveParams),
    request_body = ArticleInput,
    responses((status = 200, description = "The updated working copy.", body = EditorialArticle)),
    security(("bearer" = [])))]
pub async fn put(
    caller: Caller<WriteArticles>,
    request: HttpRequest,
    article: PathReference,
    wish: Wish,
    if_match: IfMatch,
    prefer: Prefer,
    Body(input): Body<ArticleInput>,
) -> Result<HttpResponse> {
    let saving = Saving {
        wish,
        if_match,
        prefer,
    };
    let change = |_: Value, old: &ArticleRow| {
        let mut input = input.clone();
        input.slug = input.slug.or_else(|| Slug::parse(&old.slug).ok());
        input.locale = input.locale.or_else(|| Locale::parse(&old.locale).ok());
        if old.last_published_version().is_some() {
            // A published article keeps its date unless the caller says otherwise.
            input.published_at = input.published_at.or(old.published_at);
        }
        if old.first_published_at.is_some() && input.corrections.is_empty() {
            input.corrections = old.corrections.0.clone();
        }
        if input.translation_of.is_none() {
            let group = || Reference::parse(&old.translation_group).ok();
            input.translation_group = input.translation_group.or_else(group);
        }
        serde_json::to_value(input).map_err(Error::internal)
    };
    write(&caller, &request, &article, &saving, change).await
}

/// Reads the article, works out the change, renders its body, and writes it. A change that was
/// overtaken starts again, to find out whether it may still be made.
async fn write(
    caller: &Caller<WriteArticles>,
    request: &HttpRequest,
    article: &PathReference,
    saving: &Saving,
    change: impl Fn(Value, &ArticleRow) -> Result<Value>,
) -> Result<HttpResponse> {
    let reference = article.or_not_found("article")?;
    let scope = &Scope::of(caller);
    let mut tries = 0;
    loop {
        tries += 1;
        let (seen, input, merged) = {
            let ctx = Context::of(caller, scope);
            let mut conn = caller.read().await?;
            let seen = document::require(&mut conn, &reference, ctx).await?;
            caller.permit(&owned(&mut conn, caller, &seen.row).await?)?;
            let is_fresh = saving.if_match.check(seen.row.version).is_ok();
            let value = if is_fresh {
                change(seen.as_input(), &seen.row)?
            } else {
                joined(&mut conn, ctx, &seen, saving, &change).await?
            };
            let input: ArticleInput = check(value)?;
            edit_into(caller, &input)?;
            (seen, input, !is_fresh)
        };
        let rendered = render(&input).await?;
        let mut conn = caller.write().await?;
        let work = async |conn: &mut Conn| {
            let edit = caller.edit(&owned(conn, caller, &seen.row).await?)?;
            let ctx = WriteContext::new(edit, Context::of(caller, scope));
            let old = Current::still(conn, seen, ctx.now).await?;
            let meta = RevisionMeta {
                action: if merged { "merge" } else { "save" },
                note: saving.wish.note.as_deref(),
                autosave: saving.wish.autosave,
            };
            let change = Change {
                input: &input,
                rendered,
                meta,
            };
            update(conn, ctx, old, change).await
        };
        let written = Box::pin(conn.transaction(work)).await;
        match written {
            Err(error) if may_try_again(&error, tries) => {}
            Err(error) => return Err(error),
            Ok(document) => {
                let (status, shape) = (StatusCode::OK, Selection::whole());
                let answer = answer(&mut conn, caller, request, status, document, &shape);
                let mut answer = answer.await?;
                if merged {
                    prefer::merged(&mut answer);
                }
                return Ok(answer);
            }
        }
    }
}

/// The change on top of what changed since the version that it is based on.
///
/// # Errors
/// 412 saying who changed what since, unless a merge was asked for and there is no conflict.
async fn joined(
    conn: &mut Conn,
    ctx: Context<'_>,
    seen: &Document,
    saving: &Saving,
    change: &impl Fn(Value, &ArticleRow) -> Result<Value>,
) -> Result<Value> {
    let base = match saving.prefer.merge {
        true => conflicts::base(conn, &seen.row, &saving.if_match).await?,
        false => None,
    };
    let Some(base) = base else {
        return Err(conflicts::explain(conn, seen, &saving.if_match).await);
    };
    let mine = by_id(conn, ctx, change(base.clone(), &seen.row)?).await?;
    match merge(&base, &seen.as_input(), &mine) {
        Ok(joined) => Ok(joined),
        Err(conflicts) => {
            let error = conflicts::explain(conn, seen, &saving.if_match).await;
            if error.code() != Code::StaleVersion {
                return Err(error);
            }
            Err(error.with("conflicts", conflicts))
        }
    }
}
