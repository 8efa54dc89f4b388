//! Reads drafts with their links, aliases and bodies, in one statement where that costs less.

use std::collections::HashMap;

use diesel::QueryDsl as _;
use diesel::sql_types::Text;

use crate::articles::article::AuthorRole;
use crate::articles::links::Links;
use crate::articles::row::{ArticleRow, BodyRow, working_copies};
use crate::db::schema::editorial::articles;
use crate::db::{AnyOf, Conn, Fixed, Sql, Time, columns};
use crate::error::Result;

/// A draft, with all that was read together with it.
#[derive(Debug, Clone)]
pub struct Working {
    /// Its row.
    pub row: ArticleRow,
    /// Its authors and tags.
    pub linked: Option<Linked>,
    /// Its aliases: paths on an earlier site, in order.
    pub aliases: Option<Vec<String>>,
    /// The body.
    pub long: Option<BodyRow>,
    /// Whether it may have related articles; if not, none are looked up.
    pub has_related: bool,
    /// Whether there may be other articles in its group of translations.
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

/// A row with its links and aliases.
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
    /// The draft at a time; see [`ArticleRow::at`].
    #[must_use]
    pub fn at(self, now: Time) -> Self {
        let row = self.row.at(now);
        Self { row, ..self }
    }
}

/// The authors and tags of a draft with their versions, as two texts: words of a position, a role
/// (of authors), an id and a version.
#[derive(Debug, Clone, Default)]
pub struct Linked {
    credits: String,
    tags: String,
}

/// The texts of a [`Linked`] as they are read.
pub type LinkTexts = (String, String);

impl From<LinkTexts> for Linked {
    fn from((credits, tags): LinkTexts) -> Self {
        Self { credits, tags }
    }
}

impl Linked {
    /// Sets the authors: roles, ids and versions, in order.
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

    /// Sets the tags: ids and versions, in order.
    pub(super) fn set_tags<'a>(&mut self, tags: impl Iterator<Item = (&'a str, i64)>) {
        let words = (0..).zip(tags);
        let words =
            words.map(|(position, (id, version)): (u32, _)| format!("{position}:{id}:{version}"));
        self.tags = words.collect::<Vec<_>>().join(" ");
    }

    /// The ids of the authors and tags.
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

    /// The authors: their role, id and version, in order.
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

/// The words of a text without the numbers that they begin with, ordered by these: a database joins
/// the words in any order.
fn in_order(text: &str) -> impl Iterator<Item = &str> {
    let mut words: Vec<(u32, &str)> = text.split(' ').filter_map(numbered).collect();
    words.sort_by_key(|(number, _)| *number);
    words.into_iter().map(|(_, rest)| rest)
}

fn numbered(word: &str) -> Option<(u32, &str)> {
    let (number, rest) = word.split_once(':')?;
    Some((number.parse().ok()?, rest))
}

/// A text that is selected for a row of `articles`; the tag identifies its SQL.
pub type OfRow<Tag> = Fixed<Tag, articles::table, Text>;

/// Identifies the SQL of a text; see [`Fixed`].
pub enum CreditsOf {}
/// Likewise.
pub enum TagsOf {}
/// Likewise.
pub enum AliasesOf {}

/// Selects the texts of a [`Linked`]. The versions are looked up one by one: with a join, PostgreSQL
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

/// Selects the aliases: words of a position and a path.
#[must_use]
pub fn aliases() -> OfRow<AliasesOf> {
    Fixed::new(Sql::new(
        "COALESCE((SELECT string_agg(alias.position || ':' || alias.path, ' ') \
         FROM article_aliases AS alias WHERE alias.article_id = articles.id), '')",
    ))
}

/// The words of a text that begin with positions, without these, in their order.
pub(super) fn listed(text: &str) -> Vec<String> {
    in_order(text).map(str::to_owned).collect()
}

/// Reads the links and aliases of these drafts, and their bodies if `body` asks for them.
///
/// # Errors
/// Errors of the database.
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
        // An article that was deleted since its row was read has none.
        let (links, aliases, long) = all.remove(&copy.row.id).unwrap_or_default();
        copy.linked = Some(links.into());
        copy.aliases = Some(listed(&aliases));
        copy.long = long.or(copy.long.take());
    }
    Ok(())
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
