//! The drafts that a caller may see, and the ownership of one, for permission checks.

use diesel::{ExpressionMethods as _, QueryDsl as _};

use super::row::ArticleRow;
use super::visibility::{visible, visible_at};
use crate::auth::ownership::Owned;
use crate::auth::permission::{Needs, Reach, ReadDrafts};
use crate::auth::{Caller, Principal};
use crate::db::schema::editorial::{article_authors, articles};
use crate::db::schema::live::live_articles;
use crate::db::{Conn, Sql, Time};
use crate::error::Result;

/// The articles that a caller may know of: those whose draft they may read or change, and published
/// ones, of which they see no more than the public.
#[derive(Debug, Clone)]
pub struct Scope(Option<Narrow>);

#[derive(Debug, Clone)]
struct Narrow {
    /// The condition under which they may see the draft.
    open: Sql<articles::table>,
    now: Time,
}

impl Scope {
    /// All articles, as for a command.
    pub const ALL: Self = Self(None);

    /// The scope of a caller who is about to do `P`.
    #[must_use]
    pub fn of<P: Needs>(caller: &Caller<P>) -> Self {
        let (principal, now) = (caller.principal(), caller.app().clock.now());
        let reached = [reached::<ReadDrafts>(principal), reached::<P>(principal)];
        let [Some(readable), Some(changeable)] = reached else {
            return Self(None);
        };
        let open = Sql::any([readable, changeable]);
        Self(Some(Narrow { open, now }))
    }

    /// The condition that an article is in scope; true for all articles.
    #[must_use]
    pub fn condition(&self) -> Sql<articles::table> {
        let known = |narrow: Narrow| {
            let public = is_shown(Sql::new("shown.id = articles.id"), narrow.now);
            Sql::any([narrow.open, public])
        };
        Sql::all(self.0.clone().map(known))
    }

    /// The condition that the draft of an article may be seen; true for all articles.
    #[must_use]
    pub fn open(&self) -> Sql<articles::table> {
        Sql::all(self.0.clone().map(|narrow| narrow.open))
    }

    /// The condition that an article is in scope under this slug: one whose draft may not be seen is
    /// known by its live slug.
    #[must_use]
    pub fn named(&self, slug: &str) -> Sql<articles::table> {
        let own = Sql::new("articles.slug = ").text(slug);
        let Some(narrow) = self.0.clone() else {
            return own;
        };
        let live = Sql::new("shown.id = articles.id AND shown.slug = ").text(slug);
        let others = Sql::new("NOT ").group(narrow.open.clone());
        let others = others.and(is_shown(live, narrow.now));
        Sql::any([own.and(narrow.open), others])
    }

    /// The time at which live copies are looked at, if the scope is narrower than all articles.
    #[must_use]
    pub fn narrowed_at(&self) -> Option<Time> {
        self.0.as_ref().map(|narrow| narrow.now)
    }
}

/// The condition that an article has a public copy that meets another condition.
fn is_shown(condition: Sql<articles::table>, now: Time) -> Sql<articles::table> {
    Sql::new("EXISTS (SELECT 1 FROM live_articles AS shown WHERE ")
        .then(condition)
        .sql(" AND ")
        .then::<()>(visible_at!("shown", now))
        .sql(")")
}

/// The condition under which a caller may read a draft; `None` where they may read all. It is the
/// SQL of what [`ownership`](crate::auth::ownership) decides for one article; a test compares both.
#[must_use]
pub fn readable(principal: &Principal) -> Option<Sql<articles::table>> {
    reached::<ReadDrafts>(principal)
}

/// The condition under which a caller's permissions for `P` reach a draft, whatever its state.
fn reached<P: Needs>(principal: &Principal) -> Option<Sql<articles::table>> {
    let mut all: Vec<Sql<articles::table>> = Vec::new();
    let bounds = &principal.bounds;
    all.extend(bounds.sections.clone().map(|sections| {
        Sql::new("articles.section IS NOT NULL AND articles.section").is_in(sections)
    }));
    all.extend(
        bounds
            .locales
            .clone()
            .map(|locales| Sql::new("articles.locale").is_in(locales)),
    );
    match principal.reach::<P>() {
        Some(Reach::All) => {}
        Some(Reach::Own | Reach::OwnDrafts) => {
            let created = Sql::new("articles.created_by IS NOT NULL AND articles.created_by = ")
                .text(principal.id.clone());
            let credited = principal.author().map(|author| {
                Sql::new("articles.id IN (SELECT own.article_id FROM article_authors AS own WHERE own.author_id = ")
                    .text(author)
                    .sql(")")
            });
            all.push(Sql::any(std::iter::once(created).chain(credited)));
        }
        None => all.push(Sql::new("FALSE")),
    }
    (!all.is_empty()).then(|| Sql::all(all))
}

/// The ownership of an article by a caller.
///
/// # Errors
/// Errors of the database.
pub async fn owned<'a, P: Needs>(
    conn: &mut Conn,
    caller: &Caller<P>,
    row: &'a ArticleRow,
) -> Result<Owned<'a>> {
    let now = caller.app().clock.now();
    owned_by(conn, caller.principal(), now, row).await
}

/// The ownership of an article by a principal.
///
/// # Errors
/// Errors of the database.
pub async fn owned_by<'a>(
    conn: &mut Conn,
    principal: &Principal,
    now: Time,
    row: &'a ArticleRow,
) -> Result<Owned<'a>> {
    let mut owned = Owned {
        created_by: row.created_by.as_deref(),
        credits_caller: false,
        section: row.section.as_deref(),
        locale: &row.locale,
        live: row.last_published_version().is_some(),
        public: false,
    };
    if readable(principal).is_none() {
        // Their permissions do not depend on ownership.
        return Ok(owned);
    }
    if let Some(author) = principal.author() {
        let credit = article_authors::table
            .filter(article_authors::article_id.eq(row.id.clone()))
            .filter(article_authors::author_id.eq(author.to_owned()))
            .select(article_authors::position);
        owned.credits_caller = conn.first::<i32>(credit).await?.is_some();
    }
    if owned.live {
        let shown = live_articles::table
            .filter(live_articles::id.eq(row.id.clone()))
            .filter(visible(now))
            .select(live_articles::id);
        owned.public = conn.first::<String>(shown).await?.is_some();
    }
    Ok(owned)
}
