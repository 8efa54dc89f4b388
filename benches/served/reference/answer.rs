//! What the references answer: an article with its authors and tags, as Masthead answers it, made
//! from columns by serde. `queries.rs` has the order of the columns.

use masthead::db::Time;
use serde::Serialize;
use serde_json::value::RawValue;

/// JSON that stands in a column as text.
pub type Raw = Box<RawValue>;

/// An article.
#[derive(Serialize)]
pub struct Article {
    pub id: String,
    pub slug: String,
    pub locale: String,
    pub title: String,
    pub seo_title: Option<String>,
    pub kicker: Option<String>,
    pub standfirst: Option<String>,
    pub byline: Option<String>,
    pub dateline: Option<String>,
    pub section: Option<String>,
    pub featured: bool,
    pub published_at: Time,
    pub first_published_at: Time,
    pub updated_at: Time,
    pub expires_at: Option<Time>,
    pub canonical_url: Option<String>,
    pub seo: Raw,
    pub corrections: Raw,
    pub corrected_at: Option<Time>,
    pub translation_group: String,
    pub metadata: Raw,
    pub word_count: i32,
    pub reading_minutes: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lead_image: Option<Option<Raw>>,
    pub authors: Vec<Author>,
    pub tags: Vec<Tag>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Body>,
}

/// Who is credited.
#[derive(Serialize)]
pub struct Author {
    pub id: String,
    pub slug: String,
    pub name: String,
    pub bio: Option<String>,
    pub title: Option<String>,
    pub avatar: Option<String>,
    pub website: Option<String>,
    pub social: Raw,
    pub seo: Raw,
    pub metadata: Raw,
    pub updated_at: Time,
    pub role: String,
}

/// A tag.
#[derive(Serialize)]
pub struct Tag {
    pub id: String,
    pub slug: String,
    pub name: String,
    pub kind: String,
}

/// The text of an article.
#[derive(Serialize)]
pub struct Body {
    pub format: String,
    pub html: String,
    pub text: String,
    pub outline: Raw,
}

/// A page of articles.
#[derive(Serialize)]
pub struct List {
    pub data: Vec<Article>,
    pub page: Page,
}

/// Where the page lies.
#[derive(Serialize)]
pub struct Page {
    pub limit: usize,
    pub next: Option<String>,
    pub prev: Option<String>,
}

impl List {
    /// A page of these rows, of which the last only says that another page follows.
    pub fn of(mut data: Vec<Article>, limit: usize) -> Self {
        let more = data.len() > limit;
        data.truncate(limit);
        let last = data.last().filter(|_| more);
        let next = last.map(|last| format!("{}.{}", last.published_at.0, last.id));
        let page = Page {
            limit,
            next,
            prev: None,
        };
        Self { data, page }
    }
}

/// Reads an article from a row of either library, whose getter is named.
macro_rules! article {
    ($row:ident . $get:ident, $whole:expr) => {{
        use crate::reference::answer::{Article, Body, corrected_at, raw};
        let corrections: String = $row.$get(17)?;
        let (mut lead_image, mut body) = (None, None);
        if $whole {
            let image: Option<String> = $row.$get(22)?;
            lead_image = Some(image.map(raw).transpose()?);
            body = Some(Body {
                format: $row.$get(23)?,
                html: $row.$get(24)?,
                text: $row.$get(25)?,
                outline: raw($row.$get(26)?)?,
            });
        }
        Article {
            id: $row.$get(0)?,
            slug: $row.$get(1)?,
            locale: $row.$get(2)?,
            title: $row.$get(3)?,
            seo_title: $row.$get(4)?,
            kicker: $row.$get(5)?,
            standfirst: $row.$get(6)?,
            byline: $row.$get(7)?,
            dateline: $row.$get(8)?,
            section: $row.$get(9)?,
            featured: $row.$get(10)?,
            published_at: Time($row.$get(11)?),
            first_published_at: Time($row.$get(12)?),
            updated_at: Time($row.$get(13)?),
            expires_at: $row.$get::<_, Option<i64>>(14)?.map(Time),
            canonical_url: $row.$get(15)?,
            seo: raw($row.$get(16)?)?,
            corrected_at: corrected_at(&corrections)?,
            corrections: raw(corrections)?,
            translation_group: $row.$get(18)?,
            metadata: raw($row.$get(19)?)?,
            word_count: $row.$get(20)?,
            reading_minutes: $row.$get(21)?,
            lead_image,
            authors: Vec::new(),
            tags: Vec::new(),
            body,
        }
    }};
}
pub(super) use article;

/// Likewise an author, after the id of the article.
macro_rules! author {
    ($row:ident . $get:ident) => {{
        use crate::reference::answer::{Author, raw};
        Author {
            id: $row.$get(1)?,
            slug: $row.$get(2)?,
            name: $row.$get(3)?,
            bio: $row.$get(4)?,
            title: $row.$get(5)?,
            avatar: $row.$get(6)?,
            website: $row.$get(7)?,
            social: raw($row.$get(8)?)?,
            seo: raw($row.$get(9)?)?,
            metadata: raw($row.$get(10)?)?,
            updated_at: Time($row.$get(11)?),
            role: $row.$get(12)?,
        }
    }};
}
pub(super) use author;

/// Likewise a tag, after the id of the article.
macro_rules! tag {
    ($row:ident . $get:ident) => {{
        use crate::reference::answer::Tag;
        Tag {
            id: $row.$get(1)?,
            slug: $row.$get(2)?,
            name: $row.$get(3)?,
            kind: $row.$get(4)?,
        }
    }};
}
pub(super) use tag;

/// A column of JSON.
pub fn raw(text: String) -> serde_json::Result<Raw> {
    RawValue::from_string(text)
}

/// When the last of these corrections was made.
pub fn corrected_at(corrections: &str) -> serde_json::Result<Option<Time>> {
    if corrections == "[]" {
        return Ok(None);
    }
    #[derive(serde::Deserialize)]
    struct Made {
        at: chrono::DateTime<chrono::Utc>,
    }
    let made: Vec<Made> = serde_json::from_str(corrections)?;
    Ok(made.into_iter().map(|made| Time::from(made.at)).max())
}

/// Puts what belongs to an article where it belongs; the rows come in no order of articles.
pub fn place<T>(
    articles: &mut [Article],
    id: &str,
    item: T,
    into: fn(&mut Article) -> &mut Vec<T>,
) {
    if let Some(article) = articles.iter_mut().find(|article| article.id == id) {
        into(article).push(item);
    }
}
