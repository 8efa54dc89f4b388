//! What the references ask. They read the working copies of what is published, whose columns are
//! those of the answer; the live copies hold JSON that Masthead prepared.

const ARTICLE: &str = "id, slug, locale, title, seo_title, kicker, standfirst, byline, dateline, \
    section, featured, published_at, first_published_at, updated_at, expires_at, canonical_url, \
    seo, corrections, translation_group, metadata, word_count, reading_minutes";
const WHOLE: &str = "lead_image, body_format, body_html, body_text, outline";
const AUTHOR: &str = "l.article_id, a.id, a.slug, a.name, a.bio, a.title, a.avatar, a.website, \
    a.social, a.seo, a.metadata, a.updated_at, l.role";
const TAG: &str = "l.article_id, t.id, t.slug, t.name, t.kind";
const ARTICLES: &str = "articles JOIN article_contents ON article_id = id";
const PUBLISHED: &str = "deleted_at IS NULL AND status = 'published' AND published_at <= $1";

/// The statements.
#[derive(Clone)]
pub struct Queries {
    /// A page; takes the time.
    pub list: String,
    /// One article; takes the time and the slug.
    pub one: String,
    /// Who is credited in these articles.
    pub authors: String,
    /// The tags of these articles.
    pub tags: String,
}

impl Queries {
    /// The statements; `these` is the condition that an id is one of those given.
    pub fn new(these: &str, rows: usize) -> Self {
        Self {
            list: format!(
                "SELECT {ARTICLE} FROM {ARTICLES} WHERE {PUBLISHED} \
                 ORDER BY published_at DESC, id DESC LIMIT {rows}"
            ),
            one: format!(
                "SELECT {ARTICLE}, {WHOLE} FROM {ARTICLES} WHERE {PUBLISHED} AND slug = $2"
            ),
            authors: format!(
                "SELECT {AUTHOR} FROM article_authors l JOIN authors a ON a.id = l.author_id \
                 WHERE l.article_id {these} ORDER BY l.article_id, l.position"
            ),
            tags: format!(
                "SELECT {TAG} FROM article_tags l JOIN tags t ON t.id = l.tag_id \
                 WHERE l.article_id {these} AND t.visibility = 'public' \
                 ORDER BY l.article_id, l.position"
            ),
        }
    }
}
