-- The body of a working copy, and what is printed or sent with it and nothing else, stand beside its
-- row: changes of its state do not write them, and lists that look at many rows do not read them.
CREATE TABLE article_contents (
    article_id    TEXT PRIMARY KEY NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    seo_title     TEXT,
    byline        TEXT,
    dateline      TEXT,
    canonical_url TEXT,
    seo           TEXT NOT NULL DEFAULT '{}',
    lead_image    TEXT,
    metadata      TEXT NOT NULL DEFAULT '{}',
    outline       TEXT NOT NULL DEFAULT '[]',
    body_format   TEXT NOT NULL CHECK (body_format IN ('markdown', 'html')),
    body_source   TEXT NOT NULL,
    body_html     TEXT NOT NULL,
    body_text     TEXT NOT NULL,
    search_text   TEXT NOT NULL
) STRICT;
INSERT INTO article_contents
SELECT id, seo_title, byline, dateline, canonical_url, seo, lead_image, metadata, outline, body_format,
       body_source, body_html, body_text, search_text
FROM articles ORDER BY id;

-- Each column that goes rewrites the table: of rows that are short already.
UPDATE articles SET body_source = '', body_html = '', body_text = '', search_text = '', outline = '',
    metadata = '', seo = '', lead_image = NULL;
ALTER TABLE articles DROP COLUMN search_text;
ALTER TABLE articles DROP COLUMN body_text;
ALTER TABLE articles DROP COLUMN body_html;
ALTER TABLE articles DROP COLUMN body_source;
ALTER TABLE articles DROP COLUMN body_format;
ALTER TABLE articles DROP COLUMN outline;
ALTER TABLE articles DROP COLUMN metadata;
ALTER TABLE articles DROP COLUMN lead_image;
ALTER TABLE articles DROP COLUMN seo;
ALTER TABLE articles DROP COLUMN canonical_url;
ALTER TABLE articles DROP COLUMN dateline;
ALTER TABLE articles DROP COLUMN byline;
ALTER TABLE articles DROP COLUMN seo_title;
