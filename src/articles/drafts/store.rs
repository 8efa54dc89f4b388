//! The rows of articles, as editors see them, and their changes.

use diesel::{ExpressionMethods as _, QueryDsl as _};
use serde_json::{Value, json};

use super::read as drafts;
use super::slugs;
use super::translations;
use crate::app::Edit;
use crate::articles::article::{ArticleInput, Status};
use crate::articles::context::Context;
use crate::articles::links::Links;
use crate::articles::rendering::rendered;
use crate::articles::revisions::store::{RevisionMeta, record};
use crate::articles::row::{ArticleRow, BodyRow, DetailsRow, working_copies};
use crate::articles::slug_lookup::among;
use crate::articles::workflow::allowed::wrong_state;
use crate::articles::workflow::store::{stale, unchanged};
use crate::config::Settings;
use crate::db::schema::editorial::{article_contents, articles};
use crate::db::{Conn, Json, columns};
use crate::error::{Error, Result};
use crate::http::precondition::IfMatch;
use crate::text::body::Rendered;
use crate::text::fold::fold;
use crate::users;
use crate::values::{Line, Reference, Text, WebUrl};

/// A change of an article: what it is to be, and how that came.
pub struct Change<'a> {
    /// The article as it is to be.
    pub input: &'a ArticleInput,
    /// Its body.
    pub rendered: Rendered,
    /// What the revision says of it.
    pub step: RevisionMeta<'a>,
}

impl<'a> Change<'a> {
    /// A save that somebody asked for.
    #[must_use]
    pub fn save(input: &'a ArticleInput, rendered: Rendered) -> Self {
        Self {
            input,
            rendered,
            step: RevisionMeta::of("save"),
        }
    }
}

/// An article with its body and its links, ready to be stored.
pub(in crate::articles) struct Whole {
    pub(in crate::articles) row: ArticleRow,
    pub(in crate::articles) body: BodyRow,
    pub(in crate::articles) links: Links,
}

impl Whole {
    /// As it would be sent to be created, for patches to apply to.
    pub(in crate::articles) fn as_input(&self) -> Value {
        let (row, details) = (&self.row, &self.row.details);
        json!({
            "slug": row.slug, "locale": row.locale, "title": row.title,
            "seo_title": details.seo_title, "kicker": row.kicker, "standfirst": row.standfirst,
            "byline": details.byline, "dateline": details.dateline, "section": row.section,
            "body": {"format": self.body.body_format, "source": self.body.body_source},
            "authors": self.links.authors.iter()
                .map(|(id, role)| json!({"author": id, "role": role})).collect::<Vec<_>>(),
            "tags": self.links.tags, "lead_image": details.lead_image, "related": self.links.related,
            "featured": row.featured, "published_at": row.published_at,
            "expires_at": row.expires_at, "canonical_url": details.canonical_url, "seo": details.seo,
            "corrections": row.corrections, "translation_group": row.translation_group,
            "metadata": details.metadata, "aliases": self.links.aliases, "assignee": row.assignee,
        })
    }
}

/// The article of this id, also when it is in the trash.
///
/// # Errors
/// Those of the database.
pub async fn by_id(conn: &mut Conn, id: &str) -> Result<Option<ArticleRow>> {
    let query = working_copies().filter(articles::id.eq(id.to_owned()));
    Ok(conn.first(query.select(columns::<ArticleRow>())).await?)
}

/// The body of an article.
///
/// # Errors
/// 404 when there is none.
pub async fn body(conn: &mut Conn, id: &str) -> Result<BodyRow> {
    let query = article_contents::table.filter(article_contents::article_id.eq(id.to_owned()));
    let body = conn.first(query.select(columns::<BodyRow>())).await?;
    body.ok_or_else(|| Error::not_found("article"))
}

/// The article as it would be sent to be created.
///
/// # Errors
/// Those of the database.
pub async fn as_input(conn: &mut Conn, row: &ArticleRow) -> Result<Value> {
    let (links, body) = drafts::whole(conn, &row.id).await?;
    Ok(Whole {
        row: row.clone(),
        body,
        links,
    }
    .as_input())
}

/// Whether no article of this locale has the slug.
///
/// # Errors
/// Those of the database.
pub async fn slug_is_free(conn: &mut Conn, locale: &str, slug: &str) -> Result<bool> {
    Ok(among(conn, locale, vec![slug.to_owned()]).await?.is_empty())
}

/// Creates an article: a draft.
///
/// # Errors
/// 422 for references to what is not there, 409 for a slug or an alias that is taken.
pub async fn create(
    conn: &mut Conn,
    edit: Edit<'_>,
    settings: &Settings,
    input: &ArticleInput,
) -> Result<ArticleRow> {
    let ctx = Context::of_command(settings, edit.now);
    create_rendered(conn, edit, ctx, input, rendered(input)).await
}

/// [`create`] with a body that was rendered before.
///
/// # Errors
/// As there.
pub async fn create_rendered(
    conn: &mut Conn,
    edit: Edit<'_>,
    ctx: Context<'_>,
    input: &ArticleInput,
    rendered: Rendered,
) -> Result<ArticleRow> {
    let id = edit.ids.next();
    let blank = ArticleRow::blank(
        id,
        ctx.settings.site.default_locale.as_str(),
        edit.now,
        edit.by,
    );
    let mut row = filled(&blank, input, &rendered);
    let (links, group) = Links::resolve(conn, ctx, input, &row).await?;
    row.translation_group = group;
    check_assignee(conn, None, input).await?;
    translations::one_in_its_locale(conn, None, &row).await?;
    row.slug = slugs::choose(conn, input, &row, None).await?;
    let body = body_row(input, &row, rendered);
    let whole = Whole { row, body, links };
    let new = whole.as_input();
    let Whole { row, body, links } = whole;
    conn.execute(diesel::insert_into(articles::table).values(row.clone()))
        .await?;
    let contents = contents_of(&row, body);
    conn.execute(diesel::insert_into(article_contents::table).values(contents))
        .await?;
    slugs::claim(conn, None, &row).await?;
    links.add(conn, &row.id).await?;
    let (rows, nothing) = ((&row, &row), async |_: &mut Conn| Ok(Value::Null));
    record(
        conn,
        edit,
        ctx,
        rows,
        nothing,
        new,
        RevisionMeta::of("create"),
    )
    .await?;
    Ok(row)
}

/// Makes an article as `input` says. The public does not see the change until it is published.
/// Unchanged input changes nothing, not even the version.
///
/// # Errors
/// 412 when it changed meanwhile, 422 and 409 as for [`create`].
pub async fn update(
    conn: &mut Conn,
    edit: Edit<'_>,
    settings: &Settings,
    old: &ArticleRow,
    if_match: &IfMatch,
    input: &ArticleInput,
) -> Result<ArticleRow> {
    let ctx = Context::of_command(settings, edit.now);
    let change = Change::save(input, rendered(input));
    update_rendered(conn, edit, ctx, old, if_match, change).await
}

/// [`update`] with a body that was rendered before.
///
/// # Errors
/// As there.
pub async fn update_rendered(
    conn: &mut Conn,
    edit: Edit<'_>,
    ctx: Context<'_>,
    old: &ArticleRow,
    if_match: &IfMatch,
    change: Change<'_>,
) -> Result<ArticleRow> {
    if_match.check(old.version)?;
    let old = &old.clone().at(edit.now);
    may_change(old, change.input)?;
    revert(conn, edit, ctx, old, change).await
}

/// [`update_rendered`] for what the article was already: corrections that were not published may go.
///
/// # Errors
/// As there.
pub async fn revert(
    conn: &mut Conn,
    edit: Edit<'_>,
    ctx: Context<'_>,
    old: &ArticleRow,
    change: Change<'_>,
) -> Result<ArticleRow> {
    let Change {
        input,
        rendered,
        step,
    } = change;
    let mut row = filled(old, input, &rendered);
    if input.locale.is_none() {
        row.locale = ctx.settings.site.default_locale.as_str().to_owned();
    }
    let (links, group) = Links::resolve(conn, ctx, input, &row).await?;
    row.translation_group = group;
    check_assignee(conn, Some(old), input).await?;
    translations::one_in_its_locale(conn, Some(old), &row).await?;
    row.slug = slugs::choose(conn, input, &row, Some(old)).await?;
    let body = body_row(input, &row, rendered);
    let whole = Whole { row, body, links };
    let kept = {
        let (links, body) = drafts::whole(conn, &old.id).await?;
        let row = old.clone();
        Whole { row, body, links }
    };
    // As texts: metadata whose members stand in another order is another text to echo.
    let (new, before) = (whole.as_input(), kept.as_input());
    let [new_text, old_text] = [&new, &before].map(Value::to_string);
    if new_text == old_text {
        return Ok(old.clone());
    }
    let Whole {
        mut row,
        body,
        links,
    } = whole;
    row.version += 1;
    row.updated_at = edit.now;
    row.updated_by = Some(edit.by.to_owned());
    let update = diesel::update(unchanged(old)).set(row.clone());
    if conn.execute(update).await? == 0 {
        return Err(stale(conn, old).await);
    }
    write_contents(conn, &kept, &row.details, body).await?;
    slugs::claim(conn, Some(old), &row).await?;
    links.write(conn, &row.id).await?;
    let before = async |_: &mut Conn| Ok(before);
    record(conn, edit, ctx, (old, &row), before, new, step).await?;
    Ok(row)
}

/// Looks whether there is the account that is to work on an article.
async fn check_assignee(
    conn: &mut Conn,
    old: Option<&ArticleRow>,
    input: &ArticleInput,
) -> Result<()> {
    let Some(wanted) = input.assignee.as_ref().map(Reference::as_str) else {
        return Ok(());
    };
    if old.and_then(|old| old.assignee.as_deref()) == Some(wanted)
        || users::store::by_id(conn, wanted).await?.is_some()
    {
        return Ok(());
    }
    let detail = format!("There is no account with the id “{wanted}”.");
    Err(Error::field("/assignee", "unknown_reference", detail))
}

/// Looks whether an article as it is takes this change.
fn may_change(old: &ArticleRow, input: &ArticleInput) -> Result<()> {
    if old.status == Status::Archived {
        let detail = "The article is archived; use “reopen” to edit it again.";
        return Err(wrong_state(old, detail));
    }
    let was_public = old.first_published_at.is_some();
    if was_public && !input.corrections.starts_with(&old.corrections.0) {
        let detail = "can only be added to; existing corrections cannot be changed or removed.";
        return Err(Error::field("/corrections", "append_only", detail));
    }
    Ok(())
}

/// Whether the body holds anything, be it a picture alone.
///
/// # Errors
/// Those of the database.
pub async fn has_body(conn: &mut Conn, id: &str) -> Result<bool> {
    let html = body(conn, id).await?.body_html;
    Ok(!html.trim().is_empty())
}

/// The row with the plain fields of an input.
fn filled(old: &ArticleRow, input: &ArticleInput, rendered: &Rendered) -> ArticleRow {
    ArticleRow {
        locale: input
            .locale
            .as_ref()
            .map_or(old.locale.clone(), |l| l.as_str().to_owned()),
        title: input.title.as_str().to_owned(),
        kicker: input.kicker.clone().map(Line::into_string),
        standfirst: input.standfirst.clone().map(Text::into_string),
        section: input.section.as_ref().map(|slug| slug.as_str().to_owned()),
        featured: input.featured,
        published_at: input.published_at,
        expires_at: input.expires_at,
        corrections: Json(input.corrections.clone()),
        assignee: input.assignee.clone().map(Reference::into_string),
        word_count: i32::try_from(rendered.word_count).unwrap_or(i32::MAX),
        reading_minutes: i32::try_from(rendered.reading_minutes).unwrap_or(i32::MAX),
        details: DetailsRow {
            seo_title: input.seo_title.clone().map(Line::into_string),
            byline: input.byline.clone().map(Line::into_string),
            dateline: input.dateline.clone().map(Line::into_string),
            canonical_url: input.canonical_url.clone().map(WebUrl::into_string),
            seo: Json(input.seo.clone()),
            lead_image: input.lead_image.clone().map(Json),
            metadata: Json(input.metadata.clone()),
        },
        ..old.clone()
    }
}

/// A new row of `article_contents`.
#[diesel::dsl::auto_type(no_type_alias)]
pub(in crate::articles) fn contents_of(row: &ArticleRow, body: BodyRow) -> _ {
    let id: String = row.id.clone();
    let details: DetailsRow = row.details.clone();
    (article_contents::article_id.eq(id), details, body)
}

/// Writes the contents of an article, unless they are what is kept.
async fn write_contents(
    conn: &mut Conn,
    kept: &Whole,
    details: &DetailsRow,
    body: BodyRow,
) -> Result<()> {
    let text = |details: &DetailsRow| serde_json::to_string(details).map_err(Error::internal);
    if kept.body == body && text(&kept.row.details)? == text(details)? {
        return Ok(());
    }
    let own = article_contents::table.filter(article_contents::article_id.eq(kept.row.id.clone()));
    let update = diesel::update(own).set((details.clone(), body));
    conn.execute(update).await?;
    Ok(())
}

/// The rows that an article would have if it were this.
#[must_use]
pub fn as_if(old: &ArticleRow, input: &ArticleInput, rendered: Rendered) -> (ArticleRow, BodyRow) {
    let mut row = filled(old, input, &rendered);
    if let Some(slug) = &input.slug {
        row.slug = slug.as_str().to_owned();
    }
    let body = body_row(input, &row, rendered);
    (row, body)
}

fn body_row(input: &ArticleInput, row: &ArticleRow, rendered: Rendered) -> BodyRow {
    BodyRow {
        search_text: search_text(row, &rendered.text),
        outline: Json(rendered.outline),
        body_format: input.body.format,
        body_source: input.body.source.as_str().to_owned(),
        body_html: rendered.html,
        body_text: rendered.text,
    }
}

/// What a search for words looks through: the headlines, the standfirst and the text, folded.
pub(in crate::articles) fn search_text(row: &ArticleRow, text: &str) -> String {
    let headlines = [
        Some(&row.title),
        row.details.seo_title.as_ref(),
        row.kicker.as_ref(),
    ];
    let mut all: Vec<&str> = headlines
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    all.extend(row.standfirst.as_deref());
    all.push(text);
    fold(&all.join("\n"))
}
