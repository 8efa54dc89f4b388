//! The JSON form of an article, from its rows.

use super::response::{Article, ArticleBody};
use super::row::{ArticleRow, BodyRow};

/// The JSON form of an article without the parts that each read looks up.
pub(in crate::articles) fn card(row: ArticleRow) -> Article {
    Article {
        id: row.id,
        slug: row.slug,
        locale: row.locale,
        title: row.title,
        seo_title: row.details.seo_title,
        kicker: row.kicker,
        standfirst: row.standfirst,
        byline: row.details.byline,
        dateline: row.details.dateline,
        section: row.section,
        featured: row.featured,
        published_at: row.published_at,
        first_published_at: row.first_published_at,
        updated_at: row.updated_at,
        expires_at: row.expires_at,
        canonical_url: row.details.canonical_url,
        seo: row.details.seo,
        corrected_at: row.corrections.0.iter().map(|made| made.at).max(),
        corrections: row.corrections,
        translation_group: row.translation_group,
        metadata: row.details.metadata,
        word_count: row.word_count,
        reading_minutes: row.reading_minutes,
        lead_image: None,
        authors: None,
        tags: None,
        related: None,
        translations: None,
        body: None,
    }
}

/// The JSON form of a body; with its source for editors only.
pub(in crate::articles) fn body(row: BodyRow, with_source: bool) -> ArticleBody {
    ArticleBody {
        format: row.body_format,
        html: row.body_html,
        text: row.body_text,
        outline: row.outline,
        source: with_source.then_some(row.body_source),
    }
}
