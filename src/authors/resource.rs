//! Authors as a resource.

use serde_json::{Value, json};

use super::INFO;
use super::author::{Author, AuthorInput, EDITORIAL_FIELDS, EditorialAuthor, FIELDS};
use super::list::EditorialAuthorField;
use super::row::{AuthorRow, LiveAuthorRow};
use crate::app::Edit;
use crate::auth::Caller;
use crate::auth::linked::{accounts_of, relink};
use crate::auth::permission::WriteAuthors;
use crate::db::schema::editorial::{authors, merged_authors};
use crate::db::schema::live::{live_author_slugs, live_authors};
use crate::db::{Conn, Json};
use crate::error::{Code, Error, FieldError, Result};
use crate::http::localise::Chain;
use crate::resources::info::ResourceInfo;
use crate::resources::list::PublicField;
use crate::resources::reassign::{ArticleLinks, LinkTable, Target};
use crate::resources::resource::{Pair, Resource, Stamp};
use crate::resources::tables::tables;
use crate::values::{Email, Line, Link, Text, WebUrl};

/// All authors.
pub struct Authors;

tables!(Authors: AuthorRow, LiveAuthorRow, AuthorInput in
    authors, live_authors, live_author_slugs, merged_authors by author_id);

impl Resource for Authors {
    const INFO: &'static ResourceInfo = &INFO;
    const FIELDS: &'static [&'static str] = FIELDS;
    const EDITORIAL_FIELDS: &'static [&'static str] = EDITORIAL_FIELDS;
    const ITSELF: &'static str = "must be a different author.";
    const LOCK: &'static str = "authors.merge";
    const LIVE_VIOLATION: &'static str = "live_author";
    const LINKS: Option<ArticleLinks> = Some(ArticleLinks {
        drafts: LinkTable {
            table: "article_authors",
            owner: "article_id",
            to: "author_id",
        },
        live: LinkTable {
            table: "live_article_authors",
            owner: "copy",
            to: "author_id",
        },
        words: ("credits", "link.role || ':' || link.author_id"),
    });
    const OTHER_USES: &'static str = "users";

    type Write = WriteAuthors;
    type Editorial = EditorialAuthor;
    type Field = PublicField;
    type EditorialField = EditorialAuthorField;

    fn row(stamp: Stamp, input: &AuthorInput, _parent: Option<String>) -> AuthorRow {
        AuthorRow {
            id: stamp.id,
            slug: stamp.slug,
            name: input.name.as_str().to_owned(),
            bio: input.bio.clone().map(Text::into_string),
            title: input.title.clone().map(Line::into_string),
            avatar: input.avatar.clone().map(Link::into_string),
            website: input.website.clone().map(WebUrl::into_string),
            social: Json(input.social.clone()),
            email: input.email.clone().map(Email::into_string),
            seo: Json(input.seo.clone()),
            metadata: Json(input.metadata.clone()),
            version: stamp.version,
            created_at: stamp.created_at,
            created_by: stamp.created_by,
            updated_at: stamp.updated_at,
            updated_by: stamp.updated_by,
            translations: Json(input.translations.clone()),
        }
    }

    fn as_input(row: &AuthorRow) -> Value {
        json!({
            "slug": row.slug, "name": row.name, "bio": row.bio, "title": row.title,
            "avatar": row.avatar, "website": row.website, "social": row.social,
            "email": row.email, "seo": row.seo, "metadata": row.metadata,
            "translations": row.translations,
        })
    }

    fn live_row(row: &AuthorRow) -> Result<Option<LiveAuthorRow>> {
        Ok(Some(LiveAuthorRow {
            id: row.id.clone(),
            slug: row.slug.clone(),
            name: row.name.clone(),
            updated_at: row.updated_at,
            card: serde_json::to_string(&row.card()).map_err(Error::internal)?,
        }))
    }

    async fn editorial(
        _conn: &mut Conn,
        rows: Vec<AuthorRow>,
        _chain: &Chain,
    ) -> Result<Vec<EditorialAuthor>> {
        Ok(rows.iter().map(AuthorRow::editorial).collect())
    }

    fn contradictions(input: &AuthorInput) -> Vec<FieldError> {
        input.contradictions()
    }

    /// Internal members may change without the public's taking notice, by the time either.
    fn is_shown_alike(old: &AuthorRow, row: &AuthorRow) -> bool {
        let updated_at = row.updated_at;
        let old = Author {
            updated_at,
            ..old.card()
        };
        old == row.card()
    }

    async fn other_uses(conn: &mut Conn, id: &str) -> Result<i64> {
        accounts_of(conn, id).await
    }

    async fn prepare_merge(
        conn: &mut Conn,
        edit: Edit<'_>,
        Pair { gone, kept }: Pair<'_>,
        _target: &Target,
    ) -> Result<()> {
        if accounts_of(conn, gone).await? == 0 {
            return Ok(());
        }
        if accounts_of(conn, kept).await? > 0 {
            let detail = "Both authors have a linked account; unlink one of them first.";
            return Err(Error::new(Code::Conflict, detail));
        }
        relink(conn, edit, gone, kept).await
    }

    /// Whose articles are whose may be otherwise from now on.
    fn after_merge(caller: &Caller<WriteAuthors>) {
        caller.auth().forget();
    }

    /// Changes of internal members change the author's time, and not the public copy.
    fn expected_live(row: &AuthorRow, found: &LiveAuthorRow) -> Result<Option<LiveAuthorRow>> {
        Self::live_row(&AuthorRow {
            updated_at: found.updated_at.min(row.updated_at),
            ..row.clone()
        })
    }
}
