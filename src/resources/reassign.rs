//! Reassignment of references when one becomes part of another.

use deserr::Deserr;
use diesel::QueryDsl as _;
use serde_json::json;
use utoipa::ToSchema;

use super::resource::Pair;
use crate::db::schema::editorial::articles;
use crate::db::{Conn, Sql};
use crate::error::{Code, Error, FieldError, FieldErrors, Result};
use crate::http::params::Params;
use crate::values::Reference;

/// The target of a merge.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(example = json!({"into": "world"}))]
pub struct MergeInput {
    /// Id or slug of the one to keep.
    pub into: Reference,
}

/// The one that stays, and where the request names it.
#[derive(Debug, Clone)]
pub struct Target {
    /// Its id or slug.
    pub reference: Reference,
    of_body: bool,
}

impl Target {
    /// The target of the parameter `reassign_to`, if it is there.
    pub fn of_parameter(params: &mut Params) -> Option<Self> {
        let reference = params.parsed("reassign_to", Reference::parse)?;
        Some(Self {
            reference,
            of_body: false,
        })
    }

    /// The target of a body.
    #[must_use]
    pub fn of_body(body: MergeInput) -> Self {
        Self {
            reference: body.into,
            of_body: true,
        }
    }

    /// The error that says what is wrong with the one that was named: 422, or 400 for a
    /// parameter.
    #[must_use]
    pub fn refuse(&self, code: &str, detail: impl Into<String>) -> Error {
        if self.of_body {
            Error::field("/into", code, detail)
        } else {
            let error = FieldError::parameter("reassign_to", code, detail);
            Error::fields(Code::InvalidParameter, vec![error])
        }
    }

    /// The error for one that is not there.
    #[must_use]
    pub fn unknown(&self, what: &str) -> Error {
        let name = self.reference.as_str();
        let detail = format!("There is no {what} with the id or slug “{name}”.");
        self.refuse("unknown_reference", detail)
    }
}

/// The links of articles to a resource: in working copies and in live copies.
#[derive(Debug, Clone, Copy)]
pub struct ArticleLinks {
    /// The links of working copies.
    pub drafts: LinkTable,
    /// The links of live copies.
    pub live: LinkTable,
    /// The column in which live copies name the same, and the word for each link.
    pub words: (&'static str, &'static str),
}

impl ArticleLinks {
    /// Reassigns the links of all copies.
    ///
    /// # Errors
    /// Errors of the database.
    pub(super) async fn reassign(self, conn: &mut Conn, pair: Pair<'_>) -> Result<()> {
        self.drafts.reassign(conn, pair).await?;
        self.live.reassign(conn, pair).await?;
        self.live.rename(conn, self.words, pair).await
    }
}

/// A table of links: each leads from an owner to one that may be merged, in order of position.
#[derive(Debug, Clone, Copy)]
pub struct LinkTable {
    /// The table.
    pub table: &'static str,
    /// The column of what has the links.
    pub owner: &'static str,
    /// The column of what they lead to.
    pub to: &'static str,
}

impl LinkTable {
    /// Makes the links to `gone` links to `kept`. Where there are both, the earlier one stays.
    async fn reassign(self, conn: &mut Conn, pair: Pair<'_>) -> Result<()> {
        let Pair { gone, kept } = pair;
        let later = self.delete_of(kept).then(self.another_of(gone));
        let later = later.sqls(&[" AND other.position < ", self.table]);
        conn.execute(later.sql(".position)")).await?;
        let double = self.delete_of(gone).then(self.another_of(kept));
        conn.execute(double.sql(")")).await?;
        reassign(conn, self.table, self.to, pair).await
    }

    /// Lets live copies that name `gone` in a column name it as their links do, in order: each link by
    /// this word, `link` being its row. For after [`reassign`](Self::reassign) to `kept`.
    async fn rename(
        self,
        conn: &mut Conn,
        (column, word): (&'static str, &'static str),
        Pair { gone, kept }: Pair<'_>,
    ) -> Result<()> {
        let links = Sql::<()>::new("UPDATE live_articles SET ")
            .sqls(&[
                column,
                " = coalesce((SELECT string_agg(",
                word,
                ", ' ' ORDER BY link.position) FROM ",
                self.table,
                " AS link WHERE link.copy = live_articles.copy), '') WHERE copy IN (SELECT ",
                "copy FROM ",
                self.table,
                " WHERE ",
                self.to,
                " = ",
            ])
            .text(kept)
            .sql(") AND ")
            .sql(column)
            // An id has no characters that LIKE takes for others.
            .sql(" LIKE ")
            .text(format!("%{gone}%"));
        conn.execute(links).await?;
        Ok(())
    }

    fn delete_of(self, id: &str) -> Sql<()> {
        Sql::new("DELETE FROM ")
            .sqls(&[self.table, " WHERE ", self.to, " = "])
            .text(id)
    }

    fn another_of(self, id: &str) -> Sql<()> {
        Sql::new(" AND EXISTS (SELECT 1 FROM ")
            .sqls(&[
                self.table,
                " AS other WHERE other.",
                self.owner,
                " = ",
                self.table,
                ".",
                self.owner,
                " AND other.",
                self.to,
                " = ",
            ])
            .text(id)
    }
}

/// A table of keys, ids and slugs alike, that lead to something.
#[derive(Debug, Clone, Copy)]
pub struct KeyTable {
    /// The table.
    pub table: &'static str,
    /// The column of the keys.
    pub key: &'static str,
    /// The column of what they lead to.
    pub to: &'static str,
}

impl KeyTable {
    /// Lets the keys of one that goes lead to another: its id, its slug, and those that led to it.
    ///
    /// # Errors
    /// Errors of the database.
    pub(super) async fn reassign(self, conn: &mut Conn, slug: &str, pair: Pair<'_>) -> Result<()> {
        reassign(conn, self.table, self.to, pair).await?;
        for former in [pair.gone, slug] {
            self.note(conn, former, pair.kept).await?;
        }
        Ok(())
    }

    /// Takes over the keys that another table has for the one that goes.
    ///
    /// # Errors
    /// Errors of the database.
    pub(super) async fn adopt(
        self,
        conn: &mut Conn,
        other: KeyTable,
        pair: Pair<'_>,
    ) -> Result<()> {
        let insert = Sql::<()>::new("INSERT INTO ")
            .sqls(&[
                self.table,
                " (",
                self.key,
                ", ",
                self.to,
                ") SELECT ",
                other.key,
                ", ",
            ])
            .text(pair.kept)
            .sqls(&[" FROM ", other.table, " WHERE ", other.to, " = "])
            .text(pair.gone)
            .sqls(&[
                " ON CONFLICT (",
                self.key,
                ") DO UPDATE SET ",
                self.to,
                " = excluded.",
                self.to,
            ]);
        conn.execute(insert).await?;
        Ok(())
    }

    /// Lets keys lead nowhere: they are in use again.
    ///
    /// # Errors
    /// Errors of the database.
    pub(super) async fn forget(self, conn: &mut Conn, keys: &[&str]) -> Result<()> {
        for key in keys {
            let delete = Sql::<()>::new("DELETE FROM ")
                .sqls(&[self.table, " WHERE ", self.key, " = "])
                .text(*key);
            conn.execute(delete).await?;
        }
        Ok(())
    }

    /// Notes that a key leads to this one from now on.
    ///
    /// # Errors
    /// Errors of the database.
    pub(super) async fn note(self, conn: &mut Conn, former: &str, kept: &str) -> Result<()> {
        let insert = Sql::<()>::new("INSERT INTO ")
            .sqls(&[self.table, " (", self.key, ", ", self.to, ") VALUES ("])
            .text(former)
            .sql(", ")
            .text(kept)
            .sqls(&[
                ") ON CONFLICT (",
                self.key,
                ") DO UPDATE SET ",
                self.to,
                " = ",
            ])
            .text(kept);
        conn.execute(insert).await?;
        Ok(())
    }
}

/// Writes one id in place of another wherever a column has it.
///
/// # Errors
/// Errors of the database.
pub async fn reassign(
    conn: &mut Conn,
    table: &'static str,
    column: &'static str,
    Pair { gone, kept }: Pair<'_>,
) -> Result<()> {
    let update = Sql::<()>::new("UPDATE ")
        .sqls(&[table, " SET ", column, " = "])
        .text(kept)
        .sqls(&[" WHERE ", column, " = "])
        .text(gone);
    conn.execute(update).await?;
    Ok(())
}

/// How much refers to something.
#[derive(Debug, Clone, Copy, Default)]
pub struct Uses {
    /// Working copies of articles.
    pub articles: i64,
    /// Working copies in the trash.
    pub trash: i64,
    /// Articles of which a published or scheduled copy alone does.
    pub live: i64,
}

impl Uses {
    /// Counts what has these links, of working copies and of live copies.
    ///
    /// # Errors
    /// Errors of the database.
    pub async fn count(
        conn: &mut Conn,
        links: LinkTable,
        live: LinkTable,
        id: &str,
    ) -> Result<Self> {
        let linked = |trashed: &'static str| {
            Sql::<articles::table>::new("articles.deleted_at IS ")
                .sqls(&[
                    trashed,
                    " AND articles.id IN (SELECT link.article_id FROM ",
                    links.table,
                    " AS link WHERE link.",
                    links.to,
                    " = ",
                ])
                .text(id)
                .sql(")")
        };
        let articles = articles::table.filter(linked("NULL")).count();
        let trash = articles::table.filter(linked("NOT NULL")).count();
        let alone = Sql::<articles::table>::new("articles.id IN (SELECT link.article_id FROM ")
            .sqls(&[live.table, " AS link WHERE link.", live.to, " = "])
            .text(id)
            // A copy that nobody finds any more is kept a minute for reads under way.
            .sqls(&[
                " AND (link.visible_until IS NULL OR link.visible_until > link.visible_from)",
                ") AND articles.id NOT IN (SELECT link.article_id FROM ",
                links.table,
                " AS link WHERE link.",
                links.to,
                " = ",
            ])
            .text(id)
            .sql(")");
        let alone = articles::table.filter(alone).count();
        Ok(Self {
            articles: conn.one(articles).await?,
            trash: conn.one(trash).await?,
            live: conn.one(alone).await?,
        })
    }

    /// Goes on when there is none, and none of something else that is called `what`.
    ///
    /// # Errors
    /// 409 with the numbers.
    pub fn refuse(self, what: &str, others: i64) -> Result<()> {
        let Self {
            articles,
            trash,
            live,
        } = self;
        if articles + trash + live + others == 0 {
            return Ok(());
        }
        let detail = format!(
            "It is used by {articles} articles, {trash} articles in the trash and the published or \
            scheduled copies of {live} more; and {others} {what} refer to it."
        );
        let used_by = json!({"articles": articles, "trash": trash, "live": live, what: others});
        Err(Error::new(Code::InUse, detail).with("used_by", used_by))
    }
}
