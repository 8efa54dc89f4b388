-- Nothing but time is lost.
ALTER TABLE articles ADD COLUMN seo_title TEXT;
ALTER TABLE articles ADD COLUMN byline TEXT;
ALTER TABLE articles ADD COLUMN dateline TEXT;
ALTER TABLE articles ADD COLUMN canonical_url TEXT;
ALTER TABLE articles ADD COLUMN seo TEXT NOT NULL DEFAULT '{}';
ALTER TABLE articles ADD COLUMN lead_image TEXT;
ALTER TABLE articles ADD COLUMN metadata TEXT NOT NULL DEFAULT '{}';
ALTER TABLE articles ADD COLUMN outline TEXT NOT NULL DEFAULT '[]';
-- A column that is added needs a default, which no row keeps.
ALTER TABLE articles ADD COLUMN body_format TEXT NOT NULL DEFAULT 'markdown' CHECK (body_format IN ('markdown', 'html'));
ALTER TABLE articles ADD COLUMN body_source TEXT NOT NULL DEFAULT '';
ALTER TABLE articles ADD COLUMN body_html TEXT NOT NULL DEFAULT '';
ALTER TABLE articles ADD COLUMN body_text TEXT NOT NULL DEFAULT '';
ALTER TABLE articles ADD COLUMN search_text TEXT NOT NULL DEFAULT '';
UPDATE articles SET
    seo_title = content.seo_title, byline = content.byline, dateline = content.dateline,
    canonical_url = content.canonical_url, seo = content.seo, lead_image = content.lead_image,
    metadata = content.metadata, outline = content.outline, body_format = content.body_format,
    body_source = content.body_source, body_html = content.body_html, body_text = content.body_text,
    search_text = content.search_text
FROM article_contents AS content WHERE content.article_id = articles.id;
DROP TABLE article_contents;
