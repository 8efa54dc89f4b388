-- What is scheduled, the revisions, locks, preview tokens and the list of what was purged go.
CREATE TABLE moving_articles AS
SELECT * FROM live_articles AS live WHERE NOT EXISTS (
    SELECT 1 FROM live_articles AS earlier
    WHERE earlier.id = live.id AND earlier.visible_from < live.visible_from
);
CREATE TABLE moving_authors AS SELECT * FROM live_article_authors;
CREATE TABLE moving_tags AS SELECT * FROM live_article_tags;
CREATE TABLE moving_related AS SELECT * FROM live_article_related;
CREATE TABLE moving_aliases AS SELECT * FROM live_article_aliases;
DROP TABLE live_article_aliases;
DROP TABLE live_article_related;
DROP TABLE live_article_tags;
DROP TABLE live_article_authors;
DROP TABLE live_articles;

CREATE TABLE live_articles (
    id                 TEXT COLLATE "C" PRIMARY KEY NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    locale             TEXT COLLATE "C" NOT NULL,
    slug               TEXT COLLATE "C" NOT NULL,
    title              TEXT COLLATE "C" NOT NULL,
    section            TEXT COLLATE "C",
    featured           BOOLEAN NOT NULL,
    published_at       BIGINT NOT NULL,
    first_published_at BIGINT NOT NULL,
    updated_at         BIGINT NOT NULL,
    expires_at         BIGINT CHECK (expires_at > published_at),
    word_count         INTEGER NOT NULL,
    version            BIGINT NOT NULL,
    touched_at         BIGINT NOT NULL,
    lead_image         TEXT,
    card               TEXT NOT NULL,
    body               TEXT NOT NULL,
    search_text        TEXT NOT NULL,
    UNIQUE (locale, slug)
);
CREATE INDEX live_articles_by_slug ON live_articles (slug);
CREATE INDEX live_articles_by_published_at ON live_articles (published_at, id);
CREATE INDEX live_articles_by_updated_at ON live_articles (updated_at, id);
CREATE INDEX live_articles_by_first_published_at ON live_articles (first_published_at, id);
CREATE INDEX live_articles_by_title ON live_articles (title, id);
CREATE INDEX live_articles_by_word_count ON live_articles (word_count, id);
CREATE INDEX live_articles_by_locale ON live_articles (locale, published_at, id);
CREATE INDEX live_articles_by_section ON live_articles (section, published_at, id);
CREATE INDEX live_articles_featured ON live_articles (published_at, id) WHERE featured;

CREATE TABLE live_article_authors (
    author_id    TEXT COLLATE "C" NOT NULL,
    published_at BIGINT NOT NULL,
    article_id   TEXT COLLATE "C" NOT NULL REFERENCES live_articles (id) ON DELETE CASCADE,
    expires_at   BIGINT,
    position     INTEGER NOT NULL,
    role         TEXT NOT NULL,
    PRIMARY KEY (author_id, published_at, article_id)
);
CREATE INDEX live_article_authors_by_article ON live_article_authors (article_id, position);

-- Internal tags have rows here too, so that making a tag public needs no republishing; they
-- are invisible, since every public read of a tag goes through live_tags, which lacks them.
CREATE TABLE live_article_tags (
    tag_id       TEXT COLLATE "C" NOT NULL,
    published_at BIGINT NOT NULL,
    article_id   TEXT COLLATE "C" NOT NULL REFERENCES live_articles (id) ON DELETE CASCADE,
    expires_at   BIGINT,
    position     INTEGER NOT NULL,
    PRIMARY KEY (tag_id, published_at, article_id)
);
CREATE INDEX live_article_tags_by_article ON live_article_tags (article_id, position);

CREATE TABLE live_article_related (
    article_id TEXT COLLATE "C" NOT NULL REFERENCES live_articles (id) ON DELETE CASCADE,
    position   INTEGER NOT NULL,
    related_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (article_id, position)
);

CREATE TABLE live_article_aliases (
    path       TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    article_id TEXT COLLATE "C" NOT NULL REFERENCES live_articles (id) ON DELETE CASCADE
);
CREATE INDEX live_article_aliases_by_article ON live_article_aliases (article_id);

INSERT INTO live_articles
SELECT id, locale, slug, title, section, featured, published_at, first_published_at, updated_at,
       expires_at, word_count, version, touched_at, lead_image, card, body, search_text
FROM moving_articles;
INSERT INTO live_article_authors
SELECT author_id, moved.published_at, article_id, kept.expires_at, position, role
FROM moving_authors AS moved JOIN moving_articles AS kept ON kept.copy = moved.copy;
INSERT INTO live_article_tags
SELECT tag_id, moved.published_at, article_id, kept.expires_at, position
FROM moving_tags AS moved JOIN moving_articles AS kept ON kept.copy = moved.copy;
INSERT INTO live_article_related
SELECT kept.id, position, related_id
FROM moving_related AS moved JOIN moving_articles AS kept ON kept.copy = moved.copy;
INSERT INTO live_article_aliases
SELECT path, MIN(kept.id) FROM moving_aliases AS moved JOIN moving_articles AS kept ON kept.copy = moved.copy
GROUP BY path;
DROP TABLE moving_articles;
DROP TABLE moving_authors;
DROP TABLE moving_tags;
DROP TABLE moving_related;
DROP TABLE moving_aliases;

DROP TABLE purged_articles;
DROP TABLE preview_tokens;
DROP TABLE article_locks;
DROP TABLE revision_bodies;
DROP TABLE revisions;
DROP INDEX articles_by_deleted_at;
DROP INDEX articles_by_assignee;
DROP INDEX articles_by_live_until;
DROP INDEX articles_by_next_at;
ALTER TABLE articles DROP COLUMN assignee;
ALTER TABLE articles DROP COLUMN review;
ALTER TABLE articles DROP COLUMN next_until;
ALTER TABLE articles DROP COLUMN next_at;
ALTER TABLE articles DROP COLUMN next_version;
ALTER TABLE articles DROP COLUMN live_until;
