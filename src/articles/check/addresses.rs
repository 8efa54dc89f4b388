//! Addresses: each leads to one article, and what has one comes before what had it.

use diesel::{ExpressionMethods as _, QueryDsl as _};

use crate::app::Edit;
use crate::articles::live::slugs::{SlugPlace, give_way};
use crate::db::invalidation::SurrogateKey;
use crate::db::schema::editorial::{article_slugs, articles};
use crate::db::schema::live::live_articles;
use crate::db::{Conn, Sql, Time};
use crate::error::Result;
use crate::integrity::{Subject, Violation};

/// The rules of addresses.
pub(crate) struct Addresses;

/// No two working copies have one address.
const WORKING: &str = "articles.slug";
/// A current slug comes before a former one.
const FORMER: &str = "article_slugs.slug";
/// No two live copies are to be found by one address at the same time.
const LIVE: &str = "live_articles.slug";

impl Subject for Addresses {
    async fn some_after(&self, _conn: &mut Conn, id: &str) -> Result<Vec<String>> {
        let mut rules = [FORMER, WORKING, LIVE];
        rules.sort_unstable();
        let next = rules.into_iter().find(|rule| *rule > id);
        Ok(next.map(str::to_owned).into_iter().collect())
    }

    async fn find(&self, conn: &mut Conn, id: &str, now: Time) -> Result<Vec<Violation>> {
        let violation = |(locale, slug, article): (String, String, String), what: &str| {
            let detail = format!("“{slug}” ({locale}) of article {article} {what}");
            Violation::new("address", id, detail)
        };
        let (places, what): (Vec<_>, _) = match id {
            WORKING => (working(conn).await?, "is also used by another article"),
            FORMER => (
                shadowing(conn).await?,
                "redirects there, but is now used by another article",
            ),
            _ => {
                let copies = shared(conn, now).await?;
                let places = copies.into_iter().map(|(_, place)| place);
                (
                    places.collect(),
                    "is also used by another published article",
                )
            }
        };
        Ok(places
            .into_iter()
            .map(|place| violation(place, what))
            .collect())
    }

    async fn repair(&self, conn: &mut Conn, edit: Edit<'_>, id: &str) -> Result<()> {
        match id {
            // Which of them is to give way is for editors to say.
            WORKING => {}
            FORMER => {
                for (locale, slug, _) in shadowing(conn).await? {
                    let row = article_slugs::table
                        .filter(article_slugs::locale.eq(locale))
                        .filter(article_slugs::slug.eq(slug));
                    conn.execute(diesel::delete(row)).await?;
                }
            }
            _ => {
                // Where three share one, two give way.
                while let Some((copy, (locale, slug, article))) =
                    shared(conn, edit.now).await?.into_iter().next()
                {
                    let place = SlugPlace {
                        locale: &locale,
                        slug: &slug,
                    };
                    give_way(conn, &copy, &article, place, edit.now).await?;
                }
                conn.changed(SurrogateKey::ALL);
            }
        }
        Ok(())
    }
}

/// The locale and slug of an address, and the id of the article.
type Place = (String, String, String);

async fn working(conn: &mut Conn) -> Result<Vec<Place>> {
    let double = Sql::<articles::table>::new(
        "articles.deleted_at IS NULL AND EXISTS (SELECT 1 FROM articles AS other \
         WHERE other.locale = articles.locale AND other.slug = articles.slug \
         AND other.deleted_at IS NULL AND other.id < articles.id)",
    );
    let query = articles::table.filter(double).order(articles::id).select((
        articles::locale,
        articles::slug,
        articles::id,
    ));
    Ok(conn.load(query).await?)
}

async fn shadowing(conn: &mut Conn) -> Result<Vec<Place>> {
    let had = Sql::<article_slugs::table>::new(
        "EXISTS (SELECT 1 FROM articles AS other WHERE other.locale = article_slugs.locale \
         AND other.slug = article_slugs.slug AND other.deleted_at IS NULL)",
    );
    let query = article_slugs::table.filter(had).select((
        article_slugs::locale,
        article_slugs::slug,
        article_slugs::article_id,
    ));
    Ok(conn.load(query).await?)
}

/// The copies that share an address with another article's, seen at the same time from now on, that
/// are to give way: those whose article has another slug, else the later article's.
async fn shared(conn: &mut Conn, now: Time) -> Result<Vec<(String, Place)>> {
    let seen = |table: &'static str| {
        let until = match table {
            "other" => {
                "(other.visible_until IS NULL OR (other.visible_until > other.visible_from AND other.visible_until > "
            }
            _ => {
                "(live_articles.visible_until IS NULL OR (live_articles.visible_until > live_articles.visible_from AND live_articles.visible_until > "
            }
        };
        Sql::<live_articles::table>::new(until)
            .integer(now.0)
            .sql("))")
    };
    let has = "EXISTS (SELECT 1 FROM articles WHERE articles.id = live_articles.id \
               AND articles.slug = live_articles.slug AND articles.locale = live_articles.locale \
               AND articles.deleted_at IS NULL)";
    let other_has = "EXISTS (SELECT 1 FROM articles WHERE articles.id = other.id \
                     AND articles.slug = other.slug AND articles.locale = other.locale \
                     AND articles.deleted_at IS NULL)";
    let gives_way = seen("live_articles")
        .sql(" AND EXISTS (SELECT 1 FROM live_articles AS other WHERE other.slug = live_articles.slug \
              AND other.locale = live_articles.locale AND other.id <> live_articles.id \
              AND (live_articles.visible_until IS NULL OR live_articles.visible_until > other.visible_from) \
              AND (other.visible_until IS NULL OR other.visible_until > live_articles.visible_from) AND ")
        .then(seen("other"))
        .sql(" AND NOT ")
        .sql(has)
        .sql(" AND (")
        .sql(other_has)
        .sql(" OR other.id < live_articles.id))");
    let query = live_articles::table
        .filter(gives_way)
        .order((live_articles::id, live_articles::copy))
        .select((
            live_articles::copy,
            (
                live_articles::locale,
                live_articles::slug,
                live_articles::id,
            ),
        ));
    Ok(conn.load(query).await?)
}
