//! Live copies as they are stored, for comparison with their expected state.

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

/// The live copies of an article, in the order of their times.
///
/// # Errors
/// Errors of the database.
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
    /// The version of the article that was copied.
    #[must_use]
    pub fn version(&self) -> i64 {
        self.row.version
    }

    /// The live slug. It may differ from the article's, where another article was published under
    /// that.
    #[must_use]
    pub fn slug(&self) -> &str {
        &self.row.slug
    }

    /// The slug in its card, if the card can be read.
    #[must_use]
    pub fn shown_slug(&self) -> Option<String> {
        let card: Value = serde_json::from_str(&self.row.card).ok()?;
        Some(card.get("slug")?.as_str()?.to_owned())
    }

    /// The period for which it is public.
    #[must_use]
    pub fn seen(&self) -> (Time, Option<Time>) {
        (self.row.visible_from, self.row.visible_until)
    }

    /// The dates of first publication and of the last change, which no revision records.
    #[must_use]
    pub fn dates(&self) -> (Time, Time) {
        (self.row.first_published_at, self.row.updated_at)
    }

    /// The time of the last change of anything that it shows.
    #[must_use]
    pub fn touched_at(&self) -> Time {
        self.row.touched_at
    }

    /// The ids of its authors, in order.
    pub fn credited(&self) -> impl Iterator<Item = &str> {
        self.authors.iter().map(|credit| credit.author_id.as_str())
    }

    /// The ids of its tags, in order.
    pub fn tagged(&self) -> impl Iterator<Item = &str> {
        self.tags.iter().map(|tag| tag.tag_id.as_str())
    }

    /// Whether it is retired: kept only for reads under way.
    #[must_use]
    pub fn is_retired(&self) -> bool {
        self.row.visible_until == Some(self.row.visible_from)
    }

    /// Sets the time of the last change of anything that it shows.
    #[must_use]
    pub fn touched(mut self, at: Time) -> Self {
        self.row.touched_at = at;
        self
    }

    /// Sets the end of its period, and that of its links.
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

    /// The differences of a stored copy from this one: names of columns and of lists of links. Links
    /// are compared by order, not by position: after a merge of two a position is missing.
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

    /// The contradictions between its card, its columns and its links: all that can be checked of a
    /// copy whose revision is not kept.
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
