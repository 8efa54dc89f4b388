//! The slugs of working copies: which are taken, and which an article had before.

use diesel::{ExpressionMethods as _, JoinOnDsl as _, QueryDsl as _};

use super::read as drafts;
use super::read::Working;
use crate::articles::article::ArticleInput;
use crate::articles::context::Context;
use crate::articles::row::{ArticleRow, BodyRow, working_copies};
use crate::articles::slug_lookup::{ArticleAddress, FoundArticle, among, pick};
use crate::articles::visibility::visible;
use crate::db::schema::editorial::{article_slugs, articles};
use crate::db::schema::live::{live_article_slugs, live_articles};
use crate::db::{Conn, Sql, columns};
use crate::error::{Error, Result};
use crate::http::lookup::Lookup;
use crate::resources::slugs::{self, SlugRequest};
use crate::values::{Reference, Slug};

/// The working copies in scope that are named so: one by its id, any number by a slug.
pub(super) fn named(reference: &Reference, ctx: Context<'_>) -> Sql<articles::table> {
    let text = reference.as_str();
    let named = match reference.is_id() {
        true => {
            let by_id = Sql::new("articles.id = ").text(text);
            by_id.and(ctx.scope.condition())
        }
        false => ctx.scope.named(text),
    };
    Sql::new("articles.deleted_at IS NULL").and(named)
}

/// Of the working copies that a path names, the one that it means.
pub(super) fn meant<T>(
    rows: Vec<T>,
    reference: &Reference,
    locale_of: impl Fn(&T) -> &str,
    locales: &[&str],
    ctx: Context<'_>,
) -> Result<Option<T>> {
    if reference.is_id() {
        return Ok(rows.into_iter().next());
    }
    pick(rows, locale_of, locales, &ctx.settings.site)
}

/// The article of this id, or of this slug in the first of these locales that has it, among those
/// in scope; without a locale the site's default decides, else that there is one only.
///
/// # Errors
/// 404 when several have the slug and nothing decides between them.
pub async fn get(
    conn: &mut Conn,
    reference: &Reference,
    locales: &[&str],
    ctx: Context<'_>,
) -> Result<Option<ArticleRow>> {
    let query = working_copies().filter(named(reference, ctx));
    let rows: Vec<ArticleRow> = conn.load(query.select(columns::<ArticleRow>())).await?;
    let row = meant(rows, reference, |row| &row.locale, locales, ctx)?;
    Ok(row.map(|row| row.at(ctx.now)))
}

/// The same with all that its answer shows of it, its body if that is wanted.
async fn get_whole(
    conn: &mut Conn,
    reference: &Reference,
    locales: &[&str],
    ctx: Context<'_>,
    body: bool,
) -> Result<Option<Working>> {
    let query = working_copies().filter(named(reference, ctx));
    let short = (columns::<ArticleRow>(), drafts::links(), drafts::aliases());
    let rows: Vec<Working> = if body {
        let query = query.select((short, columns::<BodyRow>()));
        let rows: Vec<(drafts::Short, BodyRow)> = conn.load(query).await?;
        let whole = |(short, long): (drafts::Short, BodyRow)| Working {
            long: Some(long),
            ..Working::from(short)
        };
        rows.into_iter().map(whole).collect()
    } else {
        let rows: Vec<drafts::Short> = conn.load(query.select(short)).await?;
        rows.into_iter().map(Working::from).collect()
    };
    let copy = meant(rows, reference, |copy| &copy.row.locale, locales, ctx)?;
    Ok(copy.map(|copy| copy.at(ctx.now)))
}

/// The locale in which an article had a slug, the slug and the locale that it has, and its id.
type Former = (String, String, String, String);

/// The article that a path names, with its body if that is wanted; when the slug is an old one, where
/// it is now.
///
/// # Errors
/// 404 when there is none.
pub(in crate::articles) async fn find(
    conn: &mut Conn,
    reference: &Reference,
    locales: &[&str],
    ctx: Context<'_>,
    body: bool,
) -> Result<FoundArticle<Working>> {
    let missing = || Error::not_found("article");
    if let Some(copy) = get_whole(conn, reference, locales, ctx, body).await? {
        return Ok(Lookup::Found(copy));
    }
    if reference.is_id() {
        return Err(missing());
    }
    // One in the trash leads nowhere, and stands in the way of no other. Nor does one of which the
    // caller knows what the public does only: its next slug may not be public yet.
    let former = article_slugs::table
        .inner_join(articles::table.on(articles::id.eq(article_slugs::article_id)))
        .filter(article_slugs::slug.eq(reference.as_str().to_owned()))
        .filter(articles::deleted_at.is_null())
        .filter(ctx.scope.open())
        .select((
            article_slugs::locale,
            articles::slug,
            articles::locale,
            articles::id,
        ));
    let mut former: Vec<Former> = conn.load(former).await?;
    if let Some(now) = ctx.scope.narrowed_at() {
        // What may not be read moved to where the public finds it, wherever its working copy is.
        let shown = live_article_slugs::table
            .inner_join(
                live_articles::table.on(live_articles::id.eq(live_article_slugs::article_id)),
            )
            .filter(live_article_slugs::slug.eq(reference.as_str().to_owned()))
            .filter(visible(now))
            .select((
                live_article_slugs::locale,
                live_articles::slug,
                live_articles::locale,
                live_articles::id,
            ));
        let shown: Vec<Former> = conn.load(shown).await?;
        let read: Vec<String> = former.iter().map(|(.., id)| id.clone()).collect();
        let others = shown.into_iter().filter(|(.., id)| !read.contains(id));
        former.extend(others);
    }
    let former = pick(former, |(had_in, ..)| had_in, locales, &ctx.settings.site)?;
    former
        .map(|(_, slug, locale, _)| {
            // No cache keeps what editors are told.
            let until = None;
            Lookup::Redirect(ArticleAddress {
                slug,
                locale,
                until,
            })
        })
        .ok_or_else(missing)
}

/// The slug that was asked for, if it is free in the locale; else one made from the title.
///
/// # Errors
/// 409 with a suggestion when it is taken.
pub(in crate::articles) async fn choose(
    conn: &mut Conn,
    input: &ArticleInput,
    row: &ArticleRow,
    old: Option<&ArticleRow>,
) -> Result<String> {
    // A title of which no letter is left gives a slug that is as good as the id.
    let random: String = row.id.chars().rev().take(8).collect();
    let wish = SlugRequest {
        scope: &row.locale,
        given: input.slug.as_ref().map(Slug::as_str),
        text: &row.title,
        fallback: &format!("article-{random}"),
        own: old
            .filter(|old| old.locale == row.locale)
            .map(|old| old.slug.as_str()),
    };
    let find = async |conn: &mut Conn, slugs| among(conn, &row.locale, slugs).await;
    slugs::choose(conn, wish, find).await
}

/// This slug, if it is free in the article's locale.
///
/// # Errors
/// 409 with a suggestion when it is taken.
pub(in crate::articles) async fn given(
    conn: &mut Conn,
    row: &ArticleRow,
    slug: &str,
) -> Result<String> {
    let wish = SlugRequest {
        scope: &row.locale,
        given: Some(slug),
        text: slug,
        fallback: slug,
        own: None,
    };
    let find = async |conn: &mut Conn, slugs| among(conn, &row.locale, slugs).await;
    slugs::choose(conn, wish, find).await
}

/// Records the former slug of an article, and takes its new one from the history of others: a slug in
/// use wins over a former one, so redirects cannot run in a circle. A slug that stays needs neither.
///
/// # Errors
/// Those of the database.
pub(in crate::articles) async fn claim(
    conn: &mut Conn,
    old: Option<&ArticleRow>,
    row: &ArticleRow,
) -> Result<()> {
    if let Some(old) = old {
        if (&old.slug, &old.locale) == (&row.slug, &row.locale) {
            return Ok(());
        }
        let history = (
            article_slugs::locale.eq(old.locale.clone()),
            article_slugs::slug.eq(old.slug.clone()),
            article_slugs::article_id.eq(row.id.clone()),
        );
        let insert = diesel::insert_into(article_slugs::table)
            .values(history)
            .on_conflict((article_slugs::locale, article_slugs::slug))
            .do_update()
            .set(article_slugs::article_id.eq(row.id.clone()));
        conn.execute(insert).await?;
    }
    let own = article_slugs::table
        .filter(article_slugs::locale.eq(row.locale.clone()))
        .filter(article_slugs::slug.eq(row.slug.clone()));
    conn.execute(diesel::delete(own)).await?;
    Ok(())
}
