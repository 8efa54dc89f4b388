-- The life of an article: what is scheduled, who works on it, its revisions, previews and trash.

-- When the live copy ends, and the copy that is scheduled to follow it: its version, and from when
-- until when it is to be seen. Both are facts of the live tables, noted here for editors.
ALTER TABLE articles ADD COLUMN live_until BIGINT;
ALTER TABLE articles ADD COLUMN next_version BIGINT;
ALTER TABLE articles ADD COLUMN next_at BIGINT CHECK ((next_at IS NULL) = (next_version IS NULL));
ALTER TABLE articles ADD COLUMN next_until BIGINT CHECK (next_until > next_at);
-- What was said when it was submitted for review or sent back.
ALTER TABLE articles ADD COLUMN review TEXT;
-- Who is to work on it: the id of an account, which may be gone since.
ALTER TABLE articles ADD COLUMN assignee TEXT COLLATE "C";
CREATE INDEX articles_by_next_at ON articles (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX articles_by_live_until ON articles (live_until) WHERE live_until IS NOT NULL;
CREATE INDEX articles_by_assignee ON articles (assignee, updated_at, id) WHERE deleted_at IS NULL;
CREATE INDEX articles_by_deleted_at ON articles (deleted_at, id) WHERE deleted_at IS NOT NULL;

-- What an article was after each change. A body that does not change is kept once.
CREATE TABLE revisions (
    article_id TEXT COLLATE "C" NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    number     BIGINT NOT NULL CHECK (number > 0),
    version    BIGINT NOT NULL CHECK (version > 0),
    action     TEXT NOT NULL CHECK (length(action) BETWEEN 1 AND 30),
    autosave   BOOLEAN NOT NULL DEFAULT false,
    at         BIGINT NOT NULL,
    by         TEXT COLLATE "C",
    note       TEXT,
    title      TEXT NOT NULL,
    fields     TEXT NOT NULL,
    body       TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (article_id, number),
    UNIQUE (article_id, version)
);
CREATE INDEX revisions_by_at ON revisions (at);

-- Sources of bodies, deflated (RFC 1951), by the digest of the source.
CREATE TABLE revision_bodies (
    article_id TEXT COLLATE "C" NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    digest     TEXT COLLATE "C" NOT NULL,
    source     BYTEA NOT NULL,
    PRIMARY KEY (article_id, digest)
);

-- Who is editing an article. It warns others and stops nobody.
CREATE TABLE article_locks (
    article_id  TEXT COLLATE "C" PRIMARY KEY NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    held_by     TEXT COLLATE "C" NOT NULL,
    acquired_at BIGINT NOT NULL,
    renewed_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL
);
CREATE INDEX article_locks_by_expires_at ON article_locks (expires_at);

-- Who may see one article before it is published: the hash of a token.
CREATE TABLE preview_tokens (
    id         TEXT COLLATE "C" PRIMARY KEY NOT NULL CHECK (length(id) = 36),
    article_id TEXT COLLATE "C" NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    revision   BIGINT CHECK (revision > 0),
    hash       TEXT COLLATE "C" NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    created_by TEXT COLLATE "C" NOT NULL,
    expires_at BIGINT NOT NULL CHECK (expires_at > created_at),
    revoked_at BIGINT
);
CREATE INDEX preview_tokens_by_article ON preview_tokens (article_id, created_at, id);
CREATE INDEX preview_tokens_by_expires_at ON preview_tokens (expires_at);

-- Articles that were deleted for good.
CREATE TABLE purged_articles (
    id        TEXT COLLATE "C" PRIMARY KEY NOT NULL CHECK (length(id) = 36),
    purged_at BIGINT NOT NULL,
    purged_by TEXT COLLATE "C"
);

-- An article may have two live copies: the one that is seen now, and the one that takes its place at
-- a moment to come. Which of them is seen is decided at each read by visible_from <= now <
-- visible_until.
CREATE TABLE moving_articles AS SELECT * FROM live_articles;
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
    copy               TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    id                 TEXT COLLATE "C" NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    locale             TEXT COLLATE "C" NOT NULL,
    slug               TEXT COLLATE "C" NOT NULL,
    title              TEXT COLLATE "C" NOT NULL,
    section            TEXT COLLATE "C",
    featured           BOOLEAN NOT NULL,
    translation_group  TEXT COLLATE "C" NOT NULL,
    visible_from       BIGINT NOT NULL CHECK (visible_from >= published_at),
    visible_until      BIGINT,
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
    search_text        TEXT NOT NULL
);

CREATE TABLE live_article_authors (
    author_id     TEXT COLLATE "C" NOT NULL,
    published_at  BIGINT NOT NULL,
    article_id    TEXT COLLATE "C" NOT NULL,
    copy          TEXT COLLATE "C" NOT NULL REFERENCES live_articles (copy) ON DELETE CASCADE,
    visible_from  BIGINT NOT NULL,
    visible_until BIGINT,
    position      INTEGER NOT NULL,
    role          TEXT NOT NULL,
    PRIMARY KEY (author_id, published_at, article_id, copy)
);

-- Internal tags have rows here too, so that making a tag public needs no republishing; they
-- are invisible, since every public read of a tag goes through live_tags, which lacks them.
CREATE TABLE live_article_tags (
    tag_id        TEXT COLLATE "C" NOT NULL,
    published_at  BIGINT NOT NULL,
    article_id    TEXT COLLATE "C" NOT NULL,
    copy          TEXT COLLATE "C" NOT NULL REFERENCES live_articles (copy) ON DELETE CASCADE,
    visible_from  BIGINT NOT NULL,
    visible_until BIGINT,
    position      INTEGER NOT NULL,
    PRIMARY KEY (tag_id, published_at, article_id, copy)
);

CREATE TABLE live_article_related (
    copy       TEXT COLLATE "C" NOT NULL REFERENCES live_articles (copy) ON DELETE CASCADE,
    position   INTEGER NOT NULL,
    related_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (copy, position)
);

CREATE TABLE live_article_aliases (
    path TEXT COLLATE "C" NOT NULL,
    copy TEXT COLLATE "C" NOT NULL REFERENCES live_articles (copy) ON DELETE CASCADE,
    PRIMARY KEY (path, copy)
);

INSERT INTO live_articles
SELECT moved.id, moved.id, moved.locale, moved.slug, moved.title, moved.section, moved.featured,
       articles.translation_group, moved.published_at, moved.expires_at, moved.published_at,
       moved.first_published_at, moved.updated_at, moved.expires_at, moved.word_count, moved.version,
       moved.touched_at, moved.lead_image,
       substr(moved.card, 1, length(moved.card) - 1) || ',"corrected_at":' ||
           COALESCE('"' || (moved.card::json -> 'corrections' -> -1 ->> 'at') || '"', 'null') || '}',
       moved.body, moved.search_text
FROM moving_articles AS moved JOIN articles ON articles.id = moved.id;
INSERT INTO live_article_authors
SELECT author_id, published_at, article_id, article_id, published_at, expires_at, position, role
FROM moving_authors;
INSERT INTO live_article_tags
SELECT tag_id, published_at, article_id, article_id, published_at, expires_at, position
FROM moving_tags;
INSERT INTO live_article_related SELECT article_id, position, related_id FROM moving_related;
INSERT INTO live_article_aliases SELECT path, article_id FROM moving_aliases;
UPDATE articles SET live_until = (SELECT live.expires_at FROM live_articles AS live WHERE live.id = articles.id)
WHERE live_version IS NOT NULL;
DROP TABLE moving_articles;
DROP TABLE moving_authors;
DROP TABLE moving_tags;
DROP TABLE moving_related;
DROP TABLE moving_aliases;

CREATE INDEX live_articles_by_id ON live_articles (id, visible_from);
CREATE INDEX live_articles_by_slug ON live_articles (slug, locale);
CREATE INDEX live_articles_retired ON live_articles (touched_at) WHERE visible_until = visible_from;
CREATE INDEX live_articles_by_translation_group ON live_articles (translation_group, locale);
CREATE INDEX live_articles_by_published_at ON live_articles (published_at, id);
CREATE INDEX live_articles_by_updated_at ON live_articles (updated_at, id);
CREATE INDEX live_articles_by_first_published_at ON live_articles (first_published_at, id);
CREATE INDEX live_articles_by_title ON live_articles (title, id);
CREATE INDEX live_articles_by_word_count ON live_articles (word_count, id);
CREATE INDEX live_articles_by_locale ON live_articles (locale, published_at, id);
CREATE INDEX live_articles_by_section ON live_articles (section, published_at, id);
CREATE INDEX live_articles_featured ON live_articles (published_at, id) WHERE featured;
CREATE INDEX live_article_authors_by_copy ON live_article_authors (copy, position);
CREATE INDEX live_article_tags_by_copy ON live_article_tags (copy, position);
CREATE INDEX live_article_related_by_related ON live_article_related (related_id);
CREATE INDEX live_article_aliases_by_copy ON live_article_aliases (copy);
