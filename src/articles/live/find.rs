//! The look-up of single published articles.

use diesel::prelude::{Queryable, Selectable};
use diesel::{ExpressionMethods as _, JoinOnDsl as _, QueryDsl as _};

use crate::app::App;
use crate::articles::slug_lookup::{ArticleAddress, FoundArticle, pick};
use crate::articles::visibility::visible;
use crate::config::SiteSettings;
use crate::db::schema::live::{live_article_aliases, live_article_slugs, live_articles};
use crate::db::{Fixed, LiveConn, Time, columns};
use crate::error::{Error, Result};
use crate::http::lookup::Lookup;
use crate::values::Reference;

/// A row of `live_articles` without the body.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = live_articles, check_for_backend(diesel::sqlite::Sqlite, diesel::pg::Pg))]
#[expect(missing_docs, reason = "the columns are described in the migrations")]
pub struct LiveArticleRow {
    pub copy: String,
    pub id: String,
    pub locale: String,
    pub slug: String,
    pub title: String,
    pub translation_group: String,
    pub published_at: Time,
    pub first_published_at: Time,
    pub updated_at: Time,
    pub visible_from: Time,
    pub visible_until: Option<Time>,
    pub word_count: i32,
    pub touched_at: Time,
    pub lead_image: Option<String>,
    pub card: String,
    pub credits: String,
    pub tag_ids: String,
}

impl LiveArticleRow {
    /// The time of the last change that the public sees, in the article, its authors or its tags.
    /// Related articles are not included.
    #[must_use]
    pub fn modified(&self) -> Time {
        self.touched_at.max(self.visible_from)
    }
}

/// Identifies the SQL of [`visible`] in the cache of prepared statements.
struct Visible;

/// A published article as it is stored.
pub struct LiveArticle {
    /// Its row.
    pub row: LiveArticleRow,
    /// The JSON of its body, if that was selected.
    pub body: Option<String>,
}

impl LiveArticle {
    fn of(row: LiveArticleRow) -> Self {
        Self { row, body: None }
    }
}

/// Loads articles with or without their bodies: a body that is not sent is not read either.
macro_rules! load {
    ($conn:expr, $query:expr, $body:expr) => {
        if $body {
            let all = (columns::<LiveArticleRow>(), live_articles::body);
            let rows: Vec<(LiveArticleRow, String)> = $conn.load($query.select(all)).await?;
            let whole = |(row, body)| LiveArticle {
                row,
                body: Some(body),
            };
            rows.into_iter().map(whole).collect()
        } else {
            let rows: Vec<LiveArticleRow> = $conn
                .load($query.select(columns::<LiveArticleRow>()))
                .await?;
            rows.into_iter().map(LiveArticle::of).collect()
        }
    };
}

/// Finds the published article that a path names, with its body if `body` asks for it; for a former
/// slug, its present address.
///
/// # Errors
/// 404 when there is none; those of the database.
pub async fn find(
    conn: &mut LiveConn,
    reference: &Reference,
    locales: &[&str],
    site: &SiteSettings,
    now: Time,
    body: bool,
) -> Result<FoundArticle<LiveArticle>> {
    let missing = || Error::not_found("article");
    let text = reference.as_str().to_owned();
    let query = live_articles::table.filter(Fixed::<Visible, _>::new(visible(now)));
    if reference.is_id() {
        let rows: Vec<LiveArticle> = load!(conn, query.filter(live_articles::id.eq(text)), body);
        return rows
            .into_iter()
            .next()
            .map(Lookup::Found)
            .ok_or_else(missing);
    }
    let by_slug = live_articles::slug.eq(text.clone());
    let rows: Vec<LiveArticle> = load!(conn, query.filter(by_slug), body);
    if let Some(found) = pick(rows, |found| &found.row.locale, locales, site)? {
        return Ok(Lookup::Found(found));
    }
    // A former slug of an article that is not public leads nowhere, and hides no other.
    let former = live_article_slugs::table
        .inner_join(live_articles::table.on(live_articles::id.eq(live_article_slugs::article_id)))
        .filter(live_article_slugs::slug.eq(text))
        .filter(visible(now))
        .select((
            live_article_slugs::locale,
            live_articles::slug,
            live_articles::locale,
            live_articles::visible_until,
        ));
    let former: Vec<(String, String, String, Option<Time>)> = conn.load(former).await?;
    let former = pick(former, |(had_in, ..)| had_in, locales, site)?;
    former
        .map(|(_, slug, locale, until)| {
            Lookup::Redirect(ArticleAddress {
                slug,
                locale,
                until,
            })
        })
        .ok_or_else(missing)
}

/// Finds the published article that had this path on an earlier site.
///
/// # Errors
/// Errors of the database.
pub async fn by_alias(
    conn: &mut LiveConn,
    path: &str,
    now: Time,
) -> Result<Option<LiveArticleRow>> {
    let query = live_article_aliases::table
        .inner_join(live_articles::table.on(live_articles::copy.eq(live_article_aliases::copy)))
        .filter(live_article_aliases::path.eq(path.to_owned()))
        .filter(visible(now))
        // Several may have had it: the last to be published under it has it.
        .order((live_articles::visible_from.desc(), live_articles::id))
        .limit(1)
        .select(columns::<LiveArticleRow>());
    Ok(conn.first(query).await?)
}

/// The next time at which an article appears or expires, if one does.
///
/// # Errors
/// Errors of the database.
pub async fn next_change(app: &App, conn: &mut LiveConn, now: Time) -> Result<Option<Time>> {
    if let Some(known) = app.next_change.known(app.changes(), now) {
        return Ok(known);
    }
    let stamp = app.changes().last();
    let appears = live_articles::table
        .filter(live_articles::visible_from.gt(now.0))
        .order(live_articles::visible_from)
        .limit(1)
        .select(live_articles::visible_from);
    let appears: Option<Time> = conn.first(appears).await?;
    let vanishes = live_articles::table
        .filter(live_articles::visible_until.gt(now.0))
        .order(live_articles::visible_until)
        .limit(1)
        .select(live_articles::visible_until);
    let vanishes: Option<Option<Time>> = conn.first(vanishes).await?;
    let next = [appears, vanishes.flatten()].into_iter().flatten().min();
    app.next_change.remember(stamp, now, next);
    Ok(next)
}
