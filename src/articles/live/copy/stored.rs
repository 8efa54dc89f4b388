//! Live copies as they are stored, to be held against what they should be.

use diesel::{ExpressionMethods as _, QueryDsl as _};
use serde::Serialize;
use serde_json::{Value, json};

use super::{LiveCopy, NewCredit, NewLive, NewRelated, NewTag};
use crate::db::schema::live::{
    live_article_authors, live_article_related, live_article_tags, live_articles,
};
use crate::db::{Conn, Time, columns};
use crate::error::{Error, Result};
use crate::integrity::differing;

/// The live copies of an article, in the order in which they are seen.
///
/// # Errors
/// Those of the database.
pub async fn of_article(conn: &mut Conn, id: &str) -> Result<Vec<LiveCopy>> {
    let query = live_articles::table
        .filter(live_articles::id.eq(id.to_owned()))
        .order((live_articles::visible_from, live_articles::copy))
        .select(columns::<NewLive>());
    let mut copies = Vec::new();
    for row in conn.load::<NewLive>(query).await? {
        let authors = live_article_authors::table
            .filter(live_article_authors::copy.eq(row.copy.clone()))
            .order((
                live_article_authors::position,
                live_article_authors::author_id,
            ))
            .select(columns::<NewCredit>());
        let tags = live_article_tags::table
            .filter(live_article_tags::copy.eq(row.copy.clone()))
            .order((live_article_tags::position, live_article_tags::tag_id))
            .select(columns::<NewTag>());
        let related = live_article_related::table
            .filter(live_article_related::copy.eq(row.copy.clone()))
            .order(live_article_related::position)
            .select(columns::<NewRelated>());
        copies.push(LiveCopy {
            authors: conn.load(authors).await?,
            tags: conn.load(tags).await?,
            related: conn.load(related).await?,
            row,
        });
    }
    Ok(copies)
}

impl LiveCopy {
    /// The version of the article that it is a copy of.
    #[must_use]
    pub fn version(&self) -> i64 {
        self.row.version
    }

    /// The slug that it is found by, which may be another than the article's: it gives way to another
    /// article that is published under the article's.
    #[must_use]
    pub fn slug(&self) -> &str {
        &self.row.slug
    }

    /// The slug that it shows, if its card can be read.
    #[must_use]
    pub fn shown_slug(&self) -> Option<String> {
        let card: Value = serde_json::from_str(&self.row.card).ok()?;
        Some(card.get("slug")?.as_str()?.to_owned())
    }

    /// From when until when it is seen.
    #[must_use]
    pub fn seen(&self) -> (Time, Option<Time>) {
        (self.row.visible_from, self.row.visible_until)
    }

    /// When the article of the copy was first published and when it was last changed: no revision
    /// knows these.
    #[must_use]
    pub fn dates(&self) -> (Time, Time) {
        (self.row.first_published_at, self.row.updated_at)
    }

    /// When something that it shows was last written.
    #[must_use]
    pub fn touched_at(&self) -> Time {
        self.row.touched_at
    }

    /// The ids of those it credits, in order.
    pub fn credited(&self) -> impl Iterator<Item = &str> {
        self.authors.iter().map(|credit| credit.author_id.as_str())
    }

    /// The ids of its tags, in order.
    pub fn tagged(&self) -> impl Iterator<Item = &str> {
        self.tags.iter().map(|tag| tag.tag_id.as_str())
    }

    /// Whether nobody finds it any more: it is kept for reads under way.
    #[must_use]
    pub fn is_retired(&self) -> bool {
        self.row.visible_until == Some(self.row.visible_from)
    }

    /// Notes when something that it shows was last written.
    #[must_use]
    pub fn touched(mut self, at: Time) -> Self {
        self.row.touched_at = at;
        self
    }

    /// Lets it be seen until then, its links too.
    #[must_use]
    pub fn until(mut self, until: Option<Time>) -> Self {
        self.row.visible_until = until;
        for credit in &mut self.authors {
            credit.visible_until = until;
        }
        for tag in &mut self.tags {
            tag.visible_until = until;
        }
        self
    }

    /// In what a copy that was found is not this one: the names of columns, and of lists of links.
    /// Only the order of links counts, not how their positions are numbered: where two became one,
    /// a number is missing.
    ///
    /// # Errors
    /// Never, for rows.
    pub fn differing(&self, found: &Self) -> Result<Vec<String>> {
        let mut names = differing(&self.row, &found.row)?;
        let lists = [
            ("authors", ordered(&self.authors)?, ordered(&found.authors)?),
            ("tags", ordered(&self.tags)?, ordered(&found.tags)?),
            ("related", ordered(&self.related)?, ordered(&found.related)?),
        ];
        let differ = lists.into_iter().filter(|(_, one, other)| one != other);
        names.extend(differ.map(|(name, ..)| name.to_owned()));
        Ok(names)
    }

    /// In what its card is not what its columns say, and whether its links are seen when it is: what
    /// can be said of a copy of which nothing else is kept.
    ///
    /// # Errors
    /// Never, for rows.
    pub fn contradictions(&self) -> Result<Vec<String>> {
        let row = &self.row;
        let expected = json!({
            "id": row.id, "slug": row.slug, "locale": row.locale, "title": row.title,
            "section": row.section, "featured": row.featured, "published_at": row.published_at,
            "first_published_at": row.first_published_at, "updated_at": row.updated_at,
            "expires_at": row.expires_at, "translation_group": row.translation_group,
            "word_count": row.word_count,
        });
        let card: Value = serde_json::from_str(&row.card).unwrap_or_default();
        let mut names = differing(&expected, &card)?;
        if serde_json::from_str::<Value>(&row.body).is_err() {
            names.push("body".to_owned());
        }
        let own = self.clone().until(row.visible_until);
        if ordered(&own.authors)? != ordered(&self.authors)? {
            names.push("authors".to_owned());
        }
        if ordered(&own.tags)? != ordered(&self.tags)? {
            names.push("tags".to_owned());
        }
        Ok(names)
    }
}

/// Links in their order, without their positions.
fn ordered(links: &[impl Serialize]) -> Result<Vec<Value>> {
    let without = |link| {
        let mut value = serde_json::to_value(link).map_err(Error::internal)?;
        if let Some(members) = value.as_object_mut() {
            members.shift_remove("position");
        }
        Ok(value)
    };
    links.iter().map(without).collect()
}
