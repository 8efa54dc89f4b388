//! Tags as a resource: in a tree, and public or not.

use std::collections::HashMap;

use diesel::QueryDsl as _;
use serde_json::{Value, json};

use super::list::{EditorialTagField, TagField, narrow, narrow_public};
use super::row::{Above, LiveTagRow, TagRow};
use super::tag::{
    EDITORIAL_FIELDS, EditorialTag, FIELDS, TRANSLATED, Tag, TagInput, TagSummary, Visibility,
};
use super::{INFO, tree};
use crate::app::Edit;
use crate::auth::Public;
use crate::auth::permission::WriteTags;
use crate::db::schema::editorial::{merged_tags, tags};
use crate::db::schema::live::{live_tag_slugs, live_tags};
use crate::db::{Conn, Json, LiveConn, Sql, columns};
use crate::error::{Error, FieldError, Result};
use crate::http::localise::Chain;
use crate::http::object::Object;
use crate::http::params::Params;
use crate::integrity::Reference;
use crate::integrity::references::references;
use crate::resources::info::ResourceInfo;
use crate::resources::lookup;
use crate::resources::reassign::{ArticleLinks, LinkTable, Target, reassign};
use crate::resources::resource::{Pair, Resource, Stamp};
use crate::resources::tables::{Tables as _, tables};
use crate::values::{Line, Link, Text};

/// All tags.
pub struct Tags;

tables!(Tags: TagRow, LiveTagRow, TagInput in
    tags, live_tags, live_tag_slugs, merged_tags by tag_id);

impl Resource for Tags {
    const INFO: &'static ResourceInfo = &INFO;
    const FIELDS: &'static [&'static str] = FIELDS;
    const EDITORIAL_FIELDS: &'static [&'static str] = EDITORIAL_FIELDS;
    const ITSELF: &'static str = "must be a different tag.";
    const LOCK: &'static str = tree::LOCK;
    const LIVE_VIOLATION: &'static str = "live_tag";
    const LINKS: Option<ArticleLinks> = Some(ArticleLinks {
        drafts: LinkTable {
            table: "article_tags",
            owner: "article_id",
            to: "tag_id",
        },
        live: LinkTable {
            table: "live_article_tags",
            owner: "copy",
            to: "tag_id",
        },
        words: ("tag_ids", "link.tag_id"),
    });

    const REFERENCES: &'static [Reference] = &references! {
        tags.parent_id -> tags.id, Clear;
    };

    type Write = WriteTags;
    type Editorial = EditorialTag;
    type Field = TagField;
    type EditorialField = EditorialTagField;

    fn named(name: Line<200>) -> TagInput {
        TagInput::named(name)
    }

    fn row(stamp: Stamp, input: &TagInput, parent: Option<String>) -> TagRow {
        TagRow {
            id: stamp.id,
            slug: stamp.slug,
            name: input.name.as_str().to_owned(),
            description: input.description.clone().map(Text::into_string),
            kind: input.kind,
            parent_id: parent,
            image: input.image.clone().map(Link::into_string),
            seo: Json(input.seo.clone()),
            visibility: input.effective_visibility(),
            metadata: Json(input.metadata.clone()),
            version: stamp.version,
            created_at: stamp.created_at,
            created_by: stamp.created_by,
            updated_at: stamp.updated_at,
            updated_by: stamp.updated_by,
            translations: Json(input.translations.clone()),
        }
    }

    fn as_input(row: &TagRow) -> Value {
        // Public is what most kinds are by themselves: unsaid, a patch that makes the kind internal
        // contradicts nothing. What is internal stays so until someone says otherwise.
        let internal = row.visibility == Visibility::Internal;
        let visibility = internal.then_some(row.visibility);
        json!({
            "slug": row.slug, "name": row.name, "description": row.description,
            "kind": row.kind, "parent": row.parent_id, "image": row.image, "seo": row.seo,
            "visibility": visibility, "metadata": row.metadata,
            "translations": row.translations,
        })
    }

    fn live_row(row: &TagRow) -> Result<Option<LiveTagRow>> {
        if !Self::is_public(row) {
            return Ok(None);
        }
        Ok(Some(LiveTagRow {
            id: row.id.clone(),
            slug: row.slug.clone(),
            name: row.name.clone(),
            kind: row.kind,
            parent_id: row.parent_id.clone(),
            updated_at: row.updated_at,
            card: serde_json::to_string(&Json(row.card())).map_err(Error::internal)?,
            translations: row.translations.clone(),
        }))
    }

    /// Each with the tag above it, which is named in the first language of the chain that it has a
    /// name in: one statement for all.
    async fn editorial(
        conn: &mut Conn,
        rows: Vec<TagRow>,
        chain: &Chain,
    ) -> Result<Vec<EditorialTag>> {
        let mut above: Vec<String> = rows
            .iter()
            .filter_map(|row| row.parent_id.clone())
            .collect();
        above.sort();
        above.dedup();
        let above: HashMap<String, TagRow> = (lookup::by_ids::<Self>(conn, above).await?)
            .into_iter()
            .map(|row| (row.id.clone(), row))
            .collect();
        Ok(rows
            .into_iter()
            .map(|row| EditorialTag {
                visibility: row.visibility,
                version: row.version,
                created_at: row.created_at,
                created_by: row.created_by.clone(),
                updated_by: row.updated_by.clone(),
                tag: Tag {
                    parent: Some(row.parent_id.as_ref().and_then(|id| above.get(id)).map(
                        |above| {
                            above
                                .summary()
                                .translated(&above.translations.0, chain.tags())
                        },
                    )),
                    ..row.card()
                },
            })
            .collect())
    }

    /// Each card with the tag above it, in one statement for all.
    async fn public(
        conn: &mut LiveConn,
        rows: Vec<LiveTagRow>,
        chain: &Chain,
    ) -> Result<Vec<(Object, Option<String>)>> {
        let mut ids: Vec<String> = rows
            .iter()
            .filter_map(|row| row.parent_id.clone())
            .collect();
        ids.sort();
        ids.dedup();
        let above: Vec<Above> = if ids.is_empty() {
            Vec::new()
        } else {
            let condition = Sql::<live_tags::table>::new("live_tags.id").is_in(ids);
            conn.load(
                live_tags::table
                    .filter(condition)
                    .select(columns::<Above>()),
            )
            .await?
        };
        rows.into_iter()
            .map(|row| {
                let parent = above
                    .iter()
                    .find(|above| Some(&above.id) == row.parent_id.as_ref());
                let parent = parent.map(|above| {
                    let summary = TagSummary {
                        id: above.id.clone(),
                        slug: above.slug.clone(),
                        name: above.name.clone(),
                        kind: above.kind,
                    };
                    summary.translated(&above.translations.0, chain.tags())
                });
                let mut object = Object::prepared(row.card);
                let language = chain.apply(&mut object, TRANSLATED)?;
                object.push("parent", &parent)?;
                // The name of the tag above may be in another language.
                Ok((object, language.filter(|_| parent.is_none())))
            })
            .collect()
    }

    fn contradictions(input: &TagInput) -> Vec<FieldError> {
        input.contradictions()
    }

    fn is_public(row: &TagRow) -> bool {
        row.visibility == Visibility::Public
    }

    fn alters_articles(old: &TagRow, row: &TagRow) -> bool {
        old.summary() != row.summary() || old.translations != row.translations
    }

    fn parent(row: &TagRow) -> Option<&str> {
        row.parent_id.as_deref()
    }

    fn live_parent(row: &LiveTagRow) -> Option<&str> {
        row.parent_id.as_deref()
    }

    async fn resolve_parent(
        conn: &mut Conn,
        input: &TagInput,
        own_id: Option<&str>,
    ) -> Result<Option<String>> {
        tree::resolve_parent(conn, input, own_id).await
    }

    fn narrow(params: &mut Params) -> Vec<Sql<tags::table>> {
        narrow(params)
    }

    fn narrow_public(params: &mut Params, public: &Public) -> Result<Vec<Sql<live_tags::table>>> {
        narrow_public(params, public)
    }

    async fn other_uses(conn: &mut Conn, id: &str) -> Result<i64> {
        let children = Sql::<tags::table>::new("tags.parent_id = ").text(id);
        Self::count(conn, children).await.map_err(Error::from)
    }

    async fn prepare_merge(
        conn: &mut Conn,
        _edit: Edit<'_>,
        Pair { gone, kept }: Pair<'_>,
        target: &Target,
    ) -> Result<()> {
        tree::may_adopt(conn, (gone, kept), |code, detail| {
            target.refuse(code, detail)
        })
        .await
    }

    async fn reassign(conn: &mut Conn, pair: Pair<'_>) -> Result<()> {
        reassign(conn, "tags", "parent_id", pair).await?;
        reassign(conn, "live_tags", "parent_id", pair).await
    }

    async fn examine(conn: &mut Conn, id: &str) -> Result<Option<(&'static str, &'static str)>> {
        let detail = "is part of a cycle of tags or nested too deeply";
        let is_sound = tree::is_in_bounds(conn, id).await?;
        Ok((!is_sound).then_some(("tree", detail)))
    }
}
