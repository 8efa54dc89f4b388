//! The contract of a resource: constants, rules and hooks. Its logic is in the other files of this
//! folder, written once; its statements are written by the `tables!` macro.

use serde::Serialize;
use serde_json::Value;

use super::info::ResourceInfo;
use super::list::ListField;
use super::reassign::{ArticleLinks, Target};
use super::tables::{LiveRow as _, TableOf, Tables};
use crate::app::Edit;
use crate::auth::permission::Needs;
use crate::auth::{Caller, Public};
use crate::db::{Conn, LiveConn, Sql, Time};
use crate::error::{FieldError, Result};
use crate::http::localise::Chain;
use crate::http::object::Object;
use crate::http::params::Params;
use crate::integrity::Reference;

/// The members of every row that its fields do not decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// The id.
    pub id: String,
    /// The slug.
    pub slug: String,
    /// The number of the version.
    pub version: i64,
    /// Time of creation.
    pub created_at: Time,
    /// By whom.
    pub created_by: Option<String>,
    /// Time of the last change.
    pub updated_at: Time,
    /// By whom.
    pub updated_by: Option<String>,
}

/// A resource that has a name and a slug, is public as soon as it is written, and may become part of
/// another.
#[expect(
    async_fn_in_trait,
    reason = "all resources are of this crate, and no generic caller needs their futures to be Send"
)]
pub trait Resource: Tables {
    /// The description that lower layers go by.
    const INFO: &'static ResourceInfo;
    /// The members that `fields` may name.
    const FIELDS: &'static [&'static str];
    /// The members that only editors may name besides.
    const EDITORIAL_FIELDS: &'static [&'static str] =
        &["version", "created_at", "created_by", "updated_by"];
    /// The end of the sentence that refuses a merge with itself.
    const ITSELF: &'static str;
    /// The name of the lock that merges take.
    const LOCK: &'static str = Self::INFO.collection;
    /// The kind of violation when the public is shown something else.
    const LIVE_VIOLATION: &'static str = "live_row";
    /// The links of articles to it, if they have some.
    const LINKS: Option<ArticleLinks> = None;
    /// The name of the other uses that keep it from being deleted.
    const OTHER_USES: &'static str = Self::INFO.collection;

    /// The permission to change it.
    type Write: Needs;
    /// The form that editors see.
    type Editorial: Serialize;
    /// The fields that a public filter may name.
    type Field: ListField<TableOf<Self::Live>>;
    /// The fields that an editor's filter may name.
    type EditorialField: ListField<TableOf<Self::Row>>;

    /// The row of an input.
    fn row(stamp: Stamp, input: &Self::Input, parent: Option<String>) -> Self::Row;

    /// The input that would make this row, for patches to apply to.
    fn as_input(row: &Self::Row) -> Value;

    /// The live row of a row; none of what is not public.
    ///
    /// # Errors
    /// Never, for rows that were read.
    fn live_row(row: &Self::Row) -> Result<Option<Self::Live>>;

    /// The rows as editors see them, in the languages of a chain.
    ///
    /// # Errors
    /// Errors of the database.
    async fn editorial(
        conn: &mut Conn,
        rows: Vec<Self::Row>,
        chain: &Chain,
    ) -> Result<Vec<Self::Editorial>>;

    /// The answers for live rows in the languages of a chain, each with its language where that is known.
    ///
    /// # Errors
    /// Errors of the database.
    async fn public(
        _conn: &mut LiveConn,
        rows: Vec<Self::Live>,
        chain: &Chain,
    ) -> Result<Vec<(Object, Option<String>)>> {
        let translated = |row: Self::Live| {
            let mut object = Object::prepared(row.into_card());
            let language = chain.apply(&mut object, Self::INFO.translated)?;
            Ok((object, language))
        };
        rows.into_iter().map(translated).collect()
    }

    /// The rules between the fields of an input.
    fn contradictions(_input: &Self::Input) -> Vec<FieldError> {
        Vec::new()
    }

    /// Whether the public sees it.
    fn is_public(_row: &Self::Row) -> bool {
        true
    }

    /// Whether a change leaves what the public is shown as it was.
    fn is_shown_alike(_old: &Self::Row, _row: &Self::Row) -> bool {
        false
    }

    /// Whether a change alters what articles show of it.
    fn alters_articles(_old: &Self::Row, _row: &Self::Row) -> bool {
        true
    }

    /// The parent, where a resource has one.
    fn parent(_row: &Self::Row) -> Option<&str> {
        None
    }

    /// The parent of a live row.
    fn live_parent(_row: &Self::Live) -> Option<&str> {
        None
    }

    /// The id of the parent that an input names for the row of this id (none for a new one).
    ///
    /// # Errors
    /// 422 when there is no such parent.
    async fn resolve_parent(
        _conn: &mut Conn,
        _input: &Self::Input,
        _own_id: Option<&str>,
    ) -> Result<Option<String>> {
        Ok(None)
    }

    /// The conditions of an editor's list besides its filter.
    fn narrow(_params: &mut Params) -> Vec<Sql<TableOf<Self::Row>>> {
        Vec::new()
    }

    /// The conditions of a public list besides its filter.
    ///
    /// # Errors
    /// 401 and 403 for parameters that are for editors only.
    fn narrow_public(
        _params: &mut Params,
        _public: &Public,
    ) -> Result<Vec<Sql<TableOf<Self::Live>>>> {
        Ok(Vec::new())
    }

    /// The number of uses besides those in articles.
    ///
    /// # Errors
    /// Errors of the database.
    async fn other_uses(_conn: &mut Conn, _id: &str) -> Result<i64> {
        Ok(0)
    }

    /// Refuses a merge that may not be, or prepares it.
    ///
    /// # Errors
    /// When the two cannot become one.
    async fn prepare_merge(
        _conn: &mut Conn,
        _edit: Edit<'_>,
        _pair: Pair<'_>,
        _target: &Target,
    ) -> Result<()> {
        Ok(())
    }

    /// Reassigns what refers to it besides articles.
    ///
    /// # Errors
    /// Errors of the database.
    async fn reassign(_conn: &mut Conn, _pair: Pair<'_>) -> Result<()> {
        Ok(())
    }

    /// Called after a merge was committed.
    fn after_merge(_caller: &Caller<Self::Write>) {}

    /// The live row that the check expects beside the one that it found.
    ///
    /// # Errors
    /// Never, for rows that were read.
    fn expected_live(row: &Self::Row, _found: &Self::Live) -> Result<Option<Self::Live>> {
        Self::live_row(row)
    }

    /// The references between its tables besides those that every resource has.
    const REFERENCES: &'static [Reference] = &[];

    /// The kind and the detail of another violation that the check finds.
    ///
    /// # Errors
    /// Errors of the database.
    async fn examine(_conn: &mut Conn, _id: &str) -> Result<Option<(&'static str, &'static str)>> {
        Ok(None)
    }
}

/// The ids of two of which one becomes part of the other.
#[derive(Debug, Clone, Copy)]
pub struct Pair<'a> {
    /// The one that goes.
    pub gone: &'a str,
    /// The one that stays.
    pub kept: &'a str,
}
