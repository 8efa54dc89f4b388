//! The rows of articles, and their state at a moment.

use diesel::QueryDsl as _;
use diesel::prelude::{AsChangeset, Insertable, Queryable, Selectable};
use serde::Serialize;

use super::article::{BodyFormat, Correction, LeadImage, Review};
use super::states::{State, Status};
use crate::db::schema::editorial::{article_contents, articles};
use crate::db::{Json, Sql, Time};
use crate::text::body::Heading;
use crate::values::{Metadata, Seo};

/// A working copy without its body: its row of `articles`, and of `article_contents` the details.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = articles, check_for_backend(diesel::sqlite::Sqlite, diesel::pg::Pg), treat_none_as_null = true, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "the columns are described in the migrations")]
pub struct ArticleRow {
    pub id: String,
    pub slug: String,
    pub locale: String,
    pub title: String,
    pub kicker: Option<String>,
    pub standfirst: Option<String>,
    pub section: Option<String>,
    pub status: Status,
    pub featured: bool,
    pub published_at: Option<Time>,
    pub first_published_at: Option<Time>,
    pub expires_at: Option<Time>,
    pub corrections: Json<Vec<Correction>>,
    pub translation_group: String,
    pub word_count: i32,
    pub reading_minutes: i32,
    pub version: i64,
    pub live_version: Option<i64>,
    pub created_at: Time,
    pub created_by: Option<String>,
    pub updated_at: Time,
    pub updated_by: Option<String>,
    pub deleted_at: Option<Time>,
    pub live_until: Option<Time>,
    pub next_version: Option<i64>,
    pub next_at: Option<Time>,
    pub next_until: Option<Time>,
    pub review: Option<Json<Review>>,
    pub assignee: Option<String>,
    #[diesel(embed, skip_insertion, skip_update)]
    pub details: DetailsRow,
}

/// The columns of `article_contents` that answers show of every article: what is printed or sent with
/// it, and neither filtered nor sorted by.
#[derive(Debug, Clone, Default, Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = article_contents, check_for_backend(diesel::sqlite::Sqlite, diesel::pg::Pg), treat_none_as_null = true, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "the columns are described in the migrations")]
pub struct DetailsRow {
    pub seo_title: Option<String>,
    pub byline: Option<String>,
    pub dateline: Option<String>,
    pub canonical_url: Option<String>,
    pub seo: Json<Seo>,
    pub lead_image: Option<Json<LeadImage>>,
    pub metadata: Json<Metadata>,
}

/// The columns of `article_contents` that are long: the body.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = article_contents, check_for_backend(diesel::sqlite::Sqlite, diesel::pg::Pg))]
#[expect(missing_docs, reason = "the columns are described in the migrations")]
pub struct BodyRow {
    pub outline: Json<Vec<Heading>>,
    pub body_format: BodyFormat,
    pub body_source: String,
    pub body_html: String,
    pub body_text: String,
    pub search_text: String,
}

/// Working copies with their contents, to select an [`ArticleRow`] or a [`BodyRow`] from.
#[must_use]
#[diesel::dsl::auto_type(no_type_alias)]
pub fn working_copies() -> _ {
    articles::table.inner_join(article_contents::table)
}

impl ArticleRow {
    /// A draft of which nothing is written yet.
    #[must_use]
    pub fn blank(id: String, locale: &str, now: Time, by: &str) -> Self {
        Self {
            translation_group: id.clone(),
            id,
            slug: String::new(),
            locale: locale.to_owned(),
            title: String::new(),
            kicker: None,
            standfirst: None,
            section: None,
            status: Status::Draft,
            featured: false,
            published_at: None,
            first_published_at: None,
            expires_at: None,
            corrections: Json::default(),
            word_count: 0,
            reading_minutes: 0,
            version: 1,
            live_version: None,
            created_at: now,
            created_by: Some(by.to_owned()),
            updated_at: now,
            updated_by: Some(by.to_owned()),
            deleted_at: None,
            live_until: None,
            next_version: None,
            next_at: None,
            next_until: None,
            review: None,
            assignee: None,
            details: DetailsRow::default(),
        }
    }

    /// The row as it is at a moment: a scheduled version is published once its time has come, and
    /// what has expired is not, whether or not anybody has recorded it yet.
    #[must_use]
    pub fn at(mut self, now: Time) -> Self {
        if let (Some(version), Some(at)) = (self.next_version, self.next_at)
            && at <= now
        {
            self.status = Status::Published;
            self.live_version = Some(version);
            self.live_until = self.next_until;
            self.first_published_at = self.first_published_at.or(Some(at));
            (self.next_version, self.next_at, self.next_until) = (None, None, None);
        }
        if self.live_version.is_some() && self.live_until.is_some_and(|until| until <= now) {
            self.status = if self.next_at.is_some() {
                Status::Scheduled
            } else {
                Status::Unpublished
            };
            (self.live_version, self.live_until) = (None, None);
        }
        self
    }

    /// Its state, for the transitions that it allows.
    #[must_use]
    pub fn state(&self) -> State {
        State {
            status: self.status,
            is_scheduled: self.next_at.is_some(),
        }
    }

    /// The date of publication, but for one that is that of the schedule alone: it goes with it.
    #[must_use]
    pub fn own_date(&self) -> Option<Time> {
        self.published_at.filter(|at| Some(*at) != self.next_at)
    }

    /// The version last published or scheduled.
    #[must_use]
    pub fn last_published_version(&self) -> Option<i64> {
        self.next_version.or(self.live_version)
    }

    /// Whether it was changed since it was published or scheduled.
    #[must_use]
    pub fn has_unpublished_changes(&self) -> bool {
        self.last_published_version()
            .is_some_and(|version| version < self.version)
    }
}

/// The last revision of an article, as far as the next one depends on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionTip {
    /// Its number.
    pub number: i64,
    /// The digest of its body.
    pub digest: String,
}

impl RevisionTip {
    /// Reads a number and a digest, as a statement joins them; `None` for an article without revisions.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (number, digest) = text.split_once(':')?;
        Some(Self {
            number: number.parse().ok()?,
            digest: digest.to_owned(),
        })
    }
}

/// The state of a working copy at a moment, as SQL: what [`ArticleRow::at`] says.
#[must_use]
pub fn status_at(now: Time) -> Sql<articles::table> {
    Sql::new("CASE WHEN articles.next_at <= ")
        .integer(now.0)
        .sql(" THEN CASE WHEN articles.next_until <= ")
        .integer(now.0)
        .sql(" THEN 'unpublished' ELSE 'published' END WHEN articles.live_until <= ")
        .integer(now.0)
        .sql(" AND articles.live_version IS NOT NULL THEN CASE WHEN articles.next_at IS NULL THEN 'unpublished' ")
        .sql("ELSE 'scheduled' END ELSE articles.status END")
}

/// The working copies of which a transition was due by now and is not recorded yet.
#[must_use]
pub fn overdue(now: Time) -> Sql<articles::table> {
    Sql::new("articles.next_at <= ")
        .integer(now.0)
        .sql(" OR articles.live_until <= ")
        .integer(now.0)
}
