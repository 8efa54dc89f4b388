-- Nothing but time is lost.
ALTER TABLE articles
    ADD COLUMN seo_title TEXT,
    ADD COLUMN byline TEXT,
    ADD COLUMN dateline TEXT,
    ADD COLUMN canonical_url TEXT,
    ADD COLUMN seo TEXT NOT NULL DEFAULT '{}',
    ADD COLUMN lead_image TEXT,
    ADD COLUMN metadata TEXT NOT NULL DEFAULT '{}',
    ADD COLUMN outline TEXT NOT NULL DEFAULT '[]',
    ADD COLUMN body_format TEXT NOT NULL DEFAULT 'markdown' CHECK (body_format IN ('markdown', 'html')),
    ADD COLUMN body_source TEXT NOT NULL DEFAULT '',
    ADD COLUMN body_html TEXT NOT NULL DEFAULT '',
    ADD COLUMN body_text TEXT NOT NULL DEFAULT '',
    ADD COLUMN search_text TEXT NOT NULL DEFAULT '';
UPDATE articles SET
    seo_title = content.seo_title, byline = content.byline, dateline = content.dateline,
    canonical_url = content.canonical_url, seo = content.seo, lead_image = content.lead_image,
    metadata = content.metadata, outline = content.outline, body_format = content.body_format,
    body_source = content.body_source, body_html = content.body_html, body_text = content.body_text,
    search_text = content.search_text
FROM article_contents AS content WHERE content.article_id = articles.id;
ALTER TABLE articles
    ALTER COLUMN body_format DROP DEFAULT,
    ALTER COLUMN body_source DROP DEFAULT,
    ALTER COLUMN body_html DROP DEFAULT,
    ALTER COLUMN body_text DROP DEFAULT,
    ALTER COLUMN search_text DROP DEFAULT;
DROP TABLE article_contents;
