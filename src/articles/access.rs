//! Which working copies a caller may know of, and what decides what they may do with one.

use diesel::{ExpressionMethods as _, QueryDsl as _};

use super::store::ArticleRow;
use crate::auth::ownership::Owned;
use crate::auth::permission::{Needs, Reach, ReadDrafts};
use crate::auth::{Caller, Principal};
use crate::config::SiteSettings;
use crate::db::schema::editorial::{article_authors, articles};
use crate::db::schema::live::live_articles;
use crate::db::{Conn, Sql};
use crate::error::Result;

/// What a change may refer to.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// The publication.
    pub site: &'a SiteSettings,
    /// The articles that whoever makes the change may know of.
    pub scope: &'a Scope,
}

/// The working copies that somebody may know of: those they may read or change, and those that
/// the public knows anyway.
#[derive(Debug, Clone)]
pub struct Scope(Option<Narrow>);

#[derive(Debug, Clone)]
struct Narrow {
    /// Those whose working copy they may see.
    open: Sql<articles::table>,
    /// Those that the public sees.
    public: Sql<articles::table>,
}

impl Scope {
    /// All of them, as for a command.
    #[must_use]
    pub fn all() -> Self {
        Self(None)
    }

    /// Those that a caller may know of now who is about to do `P`.
    #[must_use]
    pub fn of<P: Needs>(caller: &Caller<P>) -> Self {
        let (principal, now) = (caller.principal(), caller.app().clock.now());
        let reached = [reached::<ReadDrafts>(principal), reached::<P>(principal)];
        let [Some(readable), Some(changeable)] = reached else {
            return Self(None);
        };
        let public = Sql::new(
            "EXISTS (SELECT 1 FROM live_articles AS shown WHERE shown.id = articles.id AND shown.published_at <= ",
        )
        .integer(now.0)
        .sql(" AND (shown.expires_at IS NULL OR shown.expires_at > ")
        .integer(now.0)
        .sql("))");
        let open = Sql::any([readable, changeable]);
        Self(Some(Narrow { open, public }))
    }

    /// The condition; true when all may be known of.
    #[must_use]
    pub fn condition(&self) -> Sql<articles::table> {
        let narrow = self.0.iter();
        Sql::all(narrow.map(|narrow| Sql::any([narrow.open.clone(), narrow.public.clone()])))
    }

    /// The narrower condition for those whose working copy may be seen, not only what the public
    /// sees of them.
    #[must_use]
    pub fn open(&self) -> Sql<articles::table> {
        Sql::all(self.0.iter().map(|narrow| narrow.open.clone()))
    }

    /// Whether some may not be known of.
    #[must_use]
    pub fn is_narrow(&self) -> bool {
        self.0.is_some()
    }
}

/// The working copies that a caller may read; `None` is all of them. It says in SQL what
/// [`ownership`](crate::auth::ownership) says of one article; a test compares the two.
#[must_use]
pub fn readable(principal: &Principal) -> Option<Sql<articles::table>> {
    reached::<ReadDrafts>(principal)
}

/// The working copies that a caller's permissions for `P` reach, whatever their state.
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

/// What decides what a caller may do with this article.
///
/// # Errors
/// Those of the database.
pub async fn owned<'a, P: Needs>(
    conn: &mut Conn,
    caller: &Caller<P>,
    row: &'a ArticleRow,
) -> Result<Owned<'a>> {
    let principal = caller.principal();
    let mut owned = Owned {
        created_by: row.created_by.as_deref(),
        credits_caller: false,
        section: row.section.as_deref(),
        locale: &row.locale,
        live: row.live_version.is_some(),
        public: false,
    };
    if readable(principal).is_none() {
        // Nothing is hidden from them.
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
        let now = caller.app().clock.now();
        let shown = Sql::<live_articles::table>::new("live_articles.id = ")
            .text(row.id.clone())
            .sql(" AND live_articles.published_at <= ")
            .integer(now.0)
            .sql(" AND (live_articles.expires_at IS NULL OR live_articles.expires_at > ")
            .integer(now.0)
            .sql(")");
        let shown = live_articles::table.filter(shown).select(live_articles::id);
        owned.public = conn.first::<String>(shown).await?.is_some();
    }
    Ok(owned)
}
