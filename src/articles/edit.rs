//! Changes of articles over HTTP.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use serde_json::Value;
use utoipa::IntoParams;

use super::access::{Scope, owned};
use super::article::ArticleInput;
use super::context::Context;
use super::drafts::store::{self, Change};
use super::rendering::render;
use super::respond::answer;
use super::response::EditorialArticle;
use super::revisions::conflicts;
use super::revisions::normalise::by_id;
use super::revisions::store::RevisionMeta;
use super::revisions::three_way::merge;
use super::row::ArticleRow;
use super::selection::Selection;
use super::workflow::api::{may_try_again, require};
use crate::app::Edit;
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

/// What the parameters of a change say.
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
            // What stands in the paper keeps its date unless the caller says otherwise.
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

/// Reads the article, works out the change, renders its body, and writes it. Where somebody was
/// faster it looks again whether the change may still be made.
async fn write(
    caller: &Caller<WriteArticles>,
    request: &HttpRequest,
    article: &PathReference,
    saving: &Saving,
    change: impl Fn(Value, &ArticleRow) -> Result<Value>,
) -> Result<HttpResponse> {
    let reference = article.or_not_found("article")?;
    let scope = &Scope::of(caller);
    let ctx = Context::of(caller, scope);
    let mut tries = 0;
    loop {
        tries += 1;
        let (seen, input, merged) = {
            let mut conn = caller.read().await?;
            let seen = require(&mut conn, &reference, ctx).await?;
            caller.permit(&owned(&mut conn, caller, &seen).await?)?;
            let current = store::as_input(&mut conn, &seen).await?;
            let is_fresh = saving.if_match.check(seen.version).is_ok();
            let value = if is_fresh {
                change(current, &seen)?
            } else {
                joined(&mut conn, ctx, &seen, saving, (current, &change)).await?
            };
            let input: ArticleInput = check(value)?;
            edit_into(caller, &input)?;
            (seen, input, !is_fresh)
        };
        let rendered = render(&input).await?;
        let mut conn = caller.write().await?;
        let written = conn
            .transaction(async |conn: &mut Conn| {
                let based_on = IfMatch::Versions(vec![seen.version]);
                let old = store::by_id(conn, &seen.id).await?;
                let old = old.filter(|old| old.deleted_at.is_none());
                let old = old.ok_or_else(|| Error::not_found("article"))?;
                let edit = caller.edit(&owned(conn, caller, &old).await?)?;
                let step = RevisionMeta {
                    action: if merged { "merge" } else { "save" },
                    note: saving.wish.note.as_deref(),
                    autosave: saving.wish.autosave,
                };
                let change = Change {
                    input: &input,
                    rendered,
                    step,
                };
                store::update_rendered(conn, edit, ctx, &old, &based_on, change).await
            })
            .await;
        match written {
            // Whether a change that was overtaken may still be made is for the next look to say.
            Err(error) if may_try_again(&error, tries) => {}
            Err(error) => return Err(error),
            Ok(row) => {
                let shape = Selection::whole();
                let status = StatusCode::OK;
                let mut answer = answer(&mut conn, caller, request, status, row, &shape).await?;
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
/// 412 saying who did what since, unless a merge was asked for and there is no conflict.
async fn joined(
    conn: &mut Conn,
    ctx: Context<'_>,
    seen: &ArticleRow,
    saving: &Saving,
    (current, change): (Value, &impl Fn(Value, &ArticleRow) -> Result<Value>),
) -> Result<Value> {
    let base = match saving.prefer.merge {
        true => conflicts::base(conn, seen, &saving.if_match).await?,
        false => None,
    };
    let Some(base) = base else {
        return Err(conflicts::explain(conn, seen, &saving.if_match).await);
    };
    let mine = by_id(conn, ctx, change(base.clone(), seen)?).await?;
    match merge(&base, &current, &mine) {
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

/// The stamp for an article that is to be where `input` puts it.
pub(super) fn edit_into<'a>(
    caller: &'a Caller<WriteArticles>,
    input: &ArticleInput,
) -> Result<Edit<'a>> {
    let section = input.section.as_ref().map(Slug::as_str);
    let default = &caller.app().settings.site.default_locale;
    caller.edit_in(section, input.locale.as_ref().unwrap_or(default).as_str())
}
