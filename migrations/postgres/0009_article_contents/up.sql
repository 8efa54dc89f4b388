-- The body of a working copy, and what is printed or sent with it and nothing else, stand beside its
-- row: changes of its state do not write them, and lists that look at many rows do not read them.
CREATE TABLE article_contents (
    article_id    TEXT COLLATE "C" PRIMARY KEY NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
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
);
INSERT INTO article_contents
SELECT id, seo_title, byline, dateline, canonical_url, seo, lead_image, metadata, outline, body_format,
       body_source, body_html, body_text, search_text
FROM articles ORDER BY id;

ALTER TABLE articles
    DROP COLUMN search_text,
    DROP COLUMN body_text,
    DROP COLUMN body_html,
    DROP COLUMN body_source,
    DROP COLUMN body_format,
    DROP COLUMN outline,
    DROP COLUMN metadata,
    DROP COLUMN lead_image,
    DROP COLUMN seo,
    DROP COLUMN canonical_url,
    DROP COLUMN dateline,
    DROP COLUMN byline,
    DROP COLUMN seo_title;
-- A column that goes leaves its values on the disk until the table is written anew.
CLUSTER articles USING articles_pkey;
ALTER TABLE articles SET WITHOUT CLUSTER;
ANALYZE articles;
ANALYZE article_contents;
