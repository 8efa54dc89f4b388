//! Working copies as they are read for an answer: with what the answer shows of them, in one
//! statement where that costs less.

use std::collections::HashMap;

use diesel::sql_types::Text;
use diesel::{ExpressionMethods as _, QueryDsl as _};

use crate::articles::article::AuthorRole;
use crate::articles::links::Links;
use crate::articles::row::{ArticleRow, BodyRow, working_copies};
use crate::db::schema::editorial::articles;
use crate::db::{AnyOf, Conn, Fixed, Sql, Time, columns};
use crate::error::{Error, Result};

/// A working copy, with what was read together with it.
#[derive(Debug, Clone)]
pub struct Working {
    /// Its row.
    pub row: ArticleRow,
    /// Whom it credits and which tags it has.
    pub linked: Option<Linked>,
    /// Its paths on an earlier site, in order.
    pub aliases: Option<Vec<String>>,
    /// What is long in it.
    pub long: Option<BodyRow>,
    /// Whether it may have related articles; if not, none are looked up.
    pub has_related: bool,
    /// Likewise, other articles in its group of translations.
    pub may_have_translations: bool,
}

impl From<ArticleRow> for Working {
    fn from(row: ArticleRow) -> Self {
        Self {
            row,
            linked: None,
            aliases: None,
            long: None,
            has_related: true,
            may_have_translations: true,
        }
    }
}

impl From<(ArticleRow, LinkTexts)> for Working {
    fn from((row, links): (ArticleRow, LinkTexts)) -> Self {
        Self {
            linked: Some(links.into()),
            ..Self::from(row)
        }
    }
}

/// A row with its links and its paths on an earlier site.
pub type Short = (ArticleRow, LinkTexts, String);

impl From<Short> for Working {
    fn from((row, links, aliases): Short) -> Self {
        Self {
            linked: Some(links.into()),
            aliases: Some(listed(&aliases)),
            ..Self::from(row)
        }
    }
}

impl Working {
    /// The copy as it is at a moment; see [`ArticleRow::at`].
    #[must_use]
    pub fn at(self, now: Time) -> Self {
        let row = self.row.at(now);
        Self { row, ..self }
    }
}

/// Whom a working copy credits and which tags it has, with the version of each, as two texts: words
/// of a position, a role (of authors), an id and a version.
#[derive(Debug, Clone, Default)]
pub struct Linked {
    credits: String,
    tags: String,
}

/// As it is read.
pub type LinkTexts = (String, String);

impl From<LinkTexts> for Linked {
    fn from((credits, tags): LinkTexts) -> Self {
        Self { credits, tags }
    }
}

impl Linked {
    /// The same as it is read, of an article that credits these authors in this order.
    pub(super) fn set_credits<'a>(
        &mut self,
        credits: impl Iterator<Item = (AuthorRole, &'a str, i64)>,
    ) {
        let words = (0..)
            .zip(credits)
            .map(|(position, (role, id, version)): (u32, _)| {
                format!("{position}:{}:{id}:{version}", role.name())
            });
        self.credits = words.collect::<Vec<_>>().join(" ");
    }

    /// Likewise, of one that has these tags in this order.
    pub(super) fn set_tags<'a>(&mut self, tags: impl Iterator<Item = (&'a str, i64)>) {
        let words = (0..).zip(tags);
        let words =
            words.map(|(position, (id, version)): (u32, _)| format!("{position}:{id}:{version}"));
        self.tags = words.collect::<Vec<_>>().join(" ");
    }

    /// The ids alone, as references of an article.
    pub(super) fn ids(&self) -> Links {
        let credit =
            |(role, id, _): (&str, &str, i64)| Some((id.to_owned(), AuthorRole::named(role)?));
        let tags = self.tags().into_iter();
        Links {
            authors: self.credits().into_iter().filter_map(credit).collect(),
            tags: tags.map(|(id, _)| id.to_owned()).collect(),
            ..Links::default()
        }
    }

    /// Whom it credits: what they did, their id and their version, in order.
    #[must_use]
    pub fn credits(&self) -> Vec<(&str, &str, i64)> {
        in_order(&self.credits).filter_map(credit).collect()
    }

    /// Its tags: their ids and versions, in order.
    #[must_use]
    pub fn tags(&self) -> Vec<(&str, i64)> {
        in_order(&self.tags).filter_map(subject).collect()
    }
}

fn credit(text: &str) -> Option<(&str, &str, i64)> {
    let (role, rest) = text.split_once(':')?;
    subject(rest).map(|(id, version)| (role, id, version))
}

fn subject(text: &str) -> Option<(&str, i64)> {
    let (id, version) = text.split_once(':')?;
    Some((id, version.parse().ok()?))
}

/// What stands behind the numbers with which the words of a text begin, in their order: a database
/// joins the words in any.
fn in_order(text: &str) -> impl Iterator<Item = &str> {
    let mut words: Vec<(u32, &str)> = text.split(' ').filter_map(numbered).collect();
    words.sort_by_key(|(number, _)| *number);
    words.into_iter().map(|(_, rest)| rest)
}

fn numbered(word: &str) -> Option<(u32, &str)> {
    let (number, rest) = word.split_once(':')?;
    Some((number.parse().ok()?, rest))
}

/// A text that belongs to a row of `articles`; the tag names it.
pub type OfRow<Tag> = Fixed<Tag, articles::table, Text>;

/// Names a text; see [`Fixed`].
pub enum CreditsOf {}
/// Likewise.
pub enum TagsOf {}
/// Likewise.
pub enum AliasesOf {}
/// Likewise.
pub enum RelatedOf {}

/// What a statement selects for a [`Linked`]. The versions are looked up one by one: joined, PostgreSQL
/// would read all tags for each article.
#[must_use]
pub fn links() -> (OfRow<CreditsOf>, OfRow<TagsOf>) {
    let credits = "COALESCE((SELECT string_agg(\
        link.position || ':' || link.role || ':' || link.author_id || ':' || \
        (SELECT author.version FROM authors AS author WHERE author.id = link.author_id), ' ') \
        FROM article_authors AS link WHERE link.article_id = articles.id), '')";
    let tags = "COALESCE((SELECT string_agg(\
        link.position || ':' || link.tag_id || ':' || \
        (SELECT tag.version FROM tags AS tag WHERE tag.id = link.tag_id), ' ') \
        FROM article_tags AS link WHERE link.article_id = articles.id), '')";
    (Fixed::new(Sql::new(credits)), Fixed::new(Sql::new(tags)))
}

/// What a statement selects for the paths on an earlier site: words of a position and a path.
#[must_use]
pub fn aliases() -> OfRow<AliasesOf> {
    Fixed::new(Sql::new(
        "COALESCE((SELECT string_agg(alias.position || ':' || alias.path, ' ') \
         FROM article_aliases AS alias WHERE alias.article_id = articles.id), '')",
    ))
}

/// The same for the related articles that are not in the trash, by their ids.
fn related() -> OfRow<RelatedOf> {
    Fixed::new(Sql::new(
        "COALESCE((SELECT string_agg(link.position || ':' || link.related_id, ' ') \
         FROM article_related AS link JOIN articles AS other ON other.id = link.related_id \
         WHERE link.article_id = articles.id AND other.deleted_at IS NULL), '')",
    ))
}

/// The words of a text that begin with positions, without these, in their order.
pub(super) fn listed(text: &str) -> Vec<String> {
    in_order(text).map(str::to_owned).collect()
}

/// Reads what answers show of these articles besides their rows, with their bodies if these are
/// wanted, into those of them that were read without.
///
/// # Errors
/// Those of the database.
pub async fn read_rest(conn: &mut Conn, copies: &mut [Working], body: bool) -> Result<()> {
    type Rest = (String, LinkTexts, String);
    let ids = copies.iter().map(|copy| copy.row.id.clone()).collect();
    let query = working_copies().filter(AnyOf::new(articles::id, ids));
    let rest = (articles::id, links(), aliases());
    let rows: Vec<(Rest, Option<BodyRow>)> = if body {
        let query = query.select((rest, columns::<BodyRow>()));
        let rows: Vec<(Rest, BodyRow)> = conn.load(query).await?;
        rows.into_iter()
            .map(|(rest, body)| (rest, Some(body)))
            .collect()
    } else {
        let rows: Vec<Rest> = conn.load(query.select(rest)).await?;
        rows.into_iter().map(|rest| (rest, None)).collect()
    };
    let mut all: HashMap<String, _> = rows
        .into_iter()
        .map(|((id, links, aliases), long)| (id, (links, aliases, long)))
        .collect();
    for copy in copies {
        // One that is gone since its row was read has none any more.
        let (links, aliases, long) = all.remove(&copy.row.id).unwrap_or_default();
        copy.linked = Some(links.into());
        copy.aliases = Some(listed(&aliases));
        copy.long = long.or(copy.long.take());
    }
    Ok(())
}

/// What an article refers to, without articles in the trash, and what is long in it.
///
/// # Errors
/// 404 when there is no such article.
pub async fn whole(conn: &mut Conn, id: &str) -> Result<(Links, BodyRow)> {
    type Row = (LinkTexts, String, String, BodyRow);
    let query = working_copies()
        .filter(articles::id.eq(id.to_owned()))
        .select((links(), related(), aliases(), columns::<BodyRow>()));
    let row: Option<Row> = conn.first(query).await?;
    let (links, related, aliases, long) = row.ok_or_else(|| Error::not_found("article"))?;
    let linked = Linked::from(links);
    let links = Links {
        related: listed(&related),
        aliases: listed(&aliases),
        ..linked.ids()
    };
    Ok((links, long))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_in_order_however_they_were_joined() {
        let linked = Linked::from((
            "1:photographer:b:7 0:author:a:12 10:editor:c:1 2:author:d:3".to_owned(),
            "1:t2:1 0:t1:4".to_owned(),
        ));
        let expected = [
            ("author", "a", 12),
            ("photographer", "b", 7),
            ("author", "d", 3),
            ("editor", "c", 1),
        ];
        assert_eq!(linked.credits(), expected);
        assert_eq!(linked.tags(), [("t1", 4), ("t2", 1)]);
        assert!(Linked::default().credits().is_empty());
        assert_eq!(listed("1:/b 0:/a:c"), ["/a:c", "/b"]);
        assert!(listed("").is_empty());
    }
}
