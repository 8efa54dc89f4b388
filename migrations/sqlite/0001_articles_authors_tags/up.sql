-- Editorial tables: the working copies. Only editors' requests read them.
-- Times are milliseconds since the Unix epoch, UTC. JSON is kept as text, as it was sent.

CREATE TABLE authors (
    id          TEXT PRIMARY KEY NOT NULL CHECK (length(id) = 36),
    slug        TEXT NOT NULL UNIQUE CHECK (length(slug) BETWEEN 1 AND 100),
    name        TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    bio         TEXT,
    title       TEXT,
    avatar      TEXT,
    website     TEXT,
    social      TEXT NOT NULL DEFAULT '[]',
    email       TEXT,
    user_id     TEXT,
    seo         TEXT NOT NULL DEFAULT '{}',
    metadata    TEXT NOT NULL DEFAULT '{}',
    version     INTEGER NOT NULL CHECK (version > 0),
    created_at  INTEGER NOT NULL,
    created_by  TEXT,
    updated_at  INTEGER NOT NULL,
    updated_by  TEXT
) STRICT;
CREATE INDEX authors_by_name ON authors (name, id);
CREATE INDEX authors_by_updated_at ON authors (updated_at, id);

CREATE TABLE tags (
    id          TEXT PRIMARY KEY NOT NULL CHECK (length(id) = 36),
    slug        TEXT NOT NULL UNIQUE CHECK (length(slug) BETWEEN 1 AND 100),
    name        TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    description TEXT,
    kind        TEXT NOT NULL CHECK (kind IN ('topic', 'section', 'place', 'person', 'organisation', 'series', 'internal')),
    parent_id   TEXT REFERENCES tags (id) ON DELETE RESTRICT CHECK (parent_id <> id),
    image       TEXT,
    seo         TEXT NOT NULL DEFAULT '{}',
    visibility  TEXT NOT NULL CHECK (visibility IN ('public', 'internal')),
    metadata    TEXT NOT NULL DEFAULT '{}',
    version     INTEGER NOT NULL CHECK (version > 0),
    created_at  INTEGER NOT NULL,
    created_by  TEXT,
    updated_at  INTEGER NOT NULL,
    updated_by  TEXT,
    CHECK (kind <> 'internal' OR visibility = 'internal')
) STRICT;
CREATE INDEX tags_by_name ON tags (name, id);
CREATE INDEX tags_by_updated_at ON tags (updated_at, id);
CREATE INDEX tags_by_parent ON tags (parent_id);

CREATE TABLE articles (
    id                 TEXT PRIMARY KEY NOT NULL CHECK (length(id) = 36),
    slug               TEXT NOT NULL CHECK (length(slug) BETWEEN 1 AND 100),
    locale             TEXT NOT NULL CHECK (length(locale) BETWEEN 2 AND 35),
    title              TEXT NOT NULL CHECK (length(title) BETWEEN 1 AND 300),
    seo_title          TEXT,
    kicker             TEXT,
    standfirst         TEXT,
    byline             TEXT,
    dateline           TEXT,
    section            TEXT,
    status             TEXT NOT NULL CHECK (status IN ('draft', 'in_review', 'scheduled', 'published', 'unpublished', 'archived')),
    featured           INTEGER NOT NULL DEFAULT 0 CHECK (featured IN (0, 1)),
    published_at       INTEGER,
    first_published_at INTEGER,
    expires_at         INTEGER,
    canonical_url      TEXT,
    seo                TEXT NOT NULL DEFAULT '{}',
    lead_image         TEXT,
    corrections        TEXT NOT NULL DEFAULT '[]',
    translation_group  TEXT NOT NULL CHECK (length(translation_group) = 36),
    metadata           TEXT NOT NULL DEFAULT '{}',
    word_count         INTEGER NOT NULL CHECK (word_count >= 0),
    reading_minutes    INTEGER NOT NULL CHECK (reading_minutes >= 0),
    version            INTEGER NOT NULL CHECK (version > 0),
    live_version       INTEGER CHECK (live_version BETWEEN 1 AND version),
    created_at         INTEGER NOT NULL,
    created_by         TEXT,
    updated_at         INTEGER NOT NULL,
    updated_by         TEXT,
    deleted_at         INTEGER,
    outline            TEXT NOT NULL DEFAULT '[]',
    body_format        TEXT NOT NULL CHECK (body_format IN ('markdown', 'html')),
    body_source        TEXT NOT NULL,
    body_html          TEXT NOT NULL,
    body_text          TEXT NOT NULL,
    search_text        TEXT NOT NULL,
    CHECK (expires_at IS NULL OR published_at IS NULL OR expires_at > published_at),
    CHECK ((status = 'published') = (live_version IS NOT NULL))
) STRICT;
-- The trash does not hold on to its slugs.
CREATE UNIQUE INDEX articles_slug ON articles (locale, slug) WHERE deleted_at IS NULL;
CREATE INDEX articles_by_slug ON articles (slug);
CREATE INDEX articles_by_updated_at ON articles (updated_at, id) WHERE deleted_at IS NULL;
CREATE INDEX articles_by_created_at ON articles (created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX articles_by_published_at ON articles (published_at, id) WHERE deleted_at IS NULL;
CREATE INDEX articles_by_status ON articles (status, updated_at, id) WHERE deleted_at IS NULL;
CREATE INDEX articles_by_translation_group ON articles (translation_group);

CREATE TABLE article_authors (
    article_id TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    position   INTEGER NOT NULL CHECK (position >= 0),
    author_id  TEXT NOT NULL REFERENCES authors (id) ON DELETE RESTRICT,
    role       TEXT NOT NULL CHECK (role IN ('author', 'contributor', 'photographer', 'illustrator', 'editor', 'translator')),
    PRIMARY KEY (article_id, position),
    UNIQUE (article_id, author_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX article_authors_by_author ON article_authors (author_id, article_id);

CREATE TABLE article_tags (
    article_id TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    position   INTEGER NOT NULL CHECK (position >= 0),
    tag_id     TEXT NOT NULL REFERENCES tags (id) ON DELETE RESTRICT,
    PRIMARY KEY (article_id, position),
    UNIQUE (article_id, tag_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX article_tags_by_tag ON article_tags (tag_id, article_id);

CREATE TABLE article_related (
    article_id TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    position   INTEGER NOT NULL CHECK (position >= 0),
    related_id TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    PRIMARY KEY (article_id, position),
    UNIQUE (article_id, related_id),
    CHECK (related_id <> article_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX article_related_by_related ON article_related (related_id);

-- Slugs that an article had before, for editors' links.
CREATE TABLE article_slugs (
    locale     TEXT NOT NULL,
    slug       TEXT NOT NULL,
    article_id TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    PRIMARY KEY (locale, slug)
) STRICT, WITHOUT ROWID;
CREATE INDEX article_slugs_by_article ON article_slugs (article_id);

-- Paths under which an article stood on an earlier site.
CREATE TABLE article_aliases (
    path       TEXT PRIMARY KEY NOT NULL CHECK (substr(path, 1, 1) = '/'),
    article_id TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    position   INTEGER NOT NULL CHECK (position >= 0)
) STRICT, WITHOUT ROWID;
CREATE INDEX article_aliases_by_article ON article_aliases (article_id, position);

-- Which file an imported article came from, so that importing again changes nothing.
CREATE TABLE import_sources (
    source      TEXT PRIMARY KEY NOT NULL,
    article_id  TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    fingerprint TEXT NOT NULL,
    imported_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Live tables: what the public sees, written when something is published. Public reads
-- reach these and nothing else. `card` and `body` are the JSON of the answer.

CREATE TABLE live_authors (
    id         TEXT PRIMARY KEY NOT NULL REFERENCES authors (id) ON DELETE CASCADE,
    slug       TEXT NOT NULL UNIQUE,
    name       TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    card       TEXT NOT NULL
) STRICT;
CREATE INDEX live_authors_by_name ON live_authors (name, id);
CREATE INDEX live_authors_by_updated_at ON live_authors (updated_at, id);

CREATE TABLE live_author_slugs (
    slug      TEXT PRIMARY KEY NOT NULL,
    author_id TEXT NOT NULL REFERENCES authors (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE live_tags (
    id         TEXT PRIMARY KEY NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
    slug       TEXT NOT NULL UNIQUE,
    name       TEXT NOT NULL,
    kind       TEXT NOT NULL CHECK (kind <> 'internal'),
    parent_id  TEXT,
    updated_at INTEGER NOT NULL,
    card       TEXT NOT NULL
) STRICT;
CREATE INDEX live_tags_by_name ON live_tags (name, id);
CREATE INDEX live_tags_by_updated_at ON live_tags (updated_at, id);
CREATE INDEX live_tags_by_parent ON live_tags (parent_id, name, id);
CREATE INDEX live_tags_by_kind ON live_tags (kind, name, id);

CREATE TABLE live_tag_slugs (
    slug   TEXT PRIMARY KEY NOT NULL,
    tag_id TEXT NOT NULL REFERENCES tags (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE live_articles (
    id                 TEXT PRIMARY KEY NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    locale             TEXT NOT NULL,
    slug               TEXT NOT NULL,
    title              TEXT NOT NULL,
    section            TEXT,
    featured           INTEGER NOT NULL CHECK (featured IN (0, 1)),
    published_at       INTEGER NOT NULL,
    first_published_at INTEGER NOT NULL,
    updated_at         INTEGER NOT NULL,
    expires_at         INTEGER CHECK (expires_at > published_at),
    word_count         INTEGER NOT NULL,
    version            INTEGER NOT NULL,
    touched_at         INTEGER NOT NULL,
    lead_image         TEXT,
    card               TEXT NOT NULL,
    body               TEXT NOT NULL,
    search_text        TEXT NOT NULL,
    UNIQUE (locale, slug)
) STRICT;
CREATE INDEX live_articles_by_slug ON live_articles (slug);
CREATE INDEX live_articles_by_published_at ON live_articles (published_at, id);
CREATE INDEX live_articles_by_updated_at ON live_articles (updated_at, id);
CREATE INDEX live_articles_by_first_published_at ON live_articles (first_published_at, id);
CREATE INDEX live_articles_by_title ON live_articles (title, id);
CREATE INDEX live_articles_by_word_count ON live_articles (word_count, id);
CREATE INDEX live_articles_by_locale ON live_articles (locale, published_at, id);
CREATE INDEX live_articles_by_section ON live_articles (section, published_at, id);
CREATE INDEX live_articles_featured ON live_articles (published_at, id) WHERE featured = 1;

CREATE TABLE live_article_authors (
    author_id    TEXT NOT NULL,
    published_at INTEGER NOT NULL,
    article_id   TEXT NOT NULL REFERENCES live_articles (id) ON DELETE CASCADE,
    expires_at   INTEGER,
    position     INTEGER NOT NULL,
    role         TEXT NOT NULL,
    PRIMARY KEY (author_id, published_at, article_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX live_article_authors_by_article ON live_article_authors (article_id, position);

-- Internal tags have rows here too, so that making a tag public needs no republishing; they
-- are invisible, since every public read of a tag goes through live_tags, which lacks them.
CREATE TABLE live_article_tags (
    tag_id       TEXT NOT NULL,
    published_at INTEGER NOT NULL,
    article_id   TEXT NOT NULL REFERENCES live_articles (id) ON DELETE CASCADE,
    expires_at   INTEGER,
    position     INTEGER NOT NULL,
    PRIMARY KEY (tag_id, published_at, article_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX live_article_tags_by_article ON live_article_tags (article_id, position);

CREATE TABLE live_article_related (
    article_id TEXT NOT NULL REFERENCES live_articles (id) ON DELETE CASCADE,
    position   INTEGER NOT NULL,
    related_id TEXT NOT NULL,
    PRIMARY KEY (article_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE live_article_slugs (
    locale     TEXT NOT NULL,
    slug       TEXT NOT NULL,
    article_id TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    PRIMARY KEY (locale, slug)
) STRICT, WITHOUT ROWID;
CREATE INDEX live_article_slugs_by_slug ON live_article_slugs (slug);

CREATE TABLE live_article_aliases (
    path       TEXT PRIMARY KEY NOT NULL,
    article_id TEXT NOT NULL REFERENCES live_articles (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX live_article_aliases_by_article ON live_article_aliases (article_id);

-- Credentials and secrets: no content query names these.

CREATE TABLE api_keys (
    id           TEXT PRIMARY KEY NOT NULL CHECK (length(id) = 36),
    name         TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    role         TEXT NOT NULL CHECK (role IN ('admin', 'editor', 'reader')),
    lookup       TEXT NOT NULL UNIQUE,
    secret_hash  TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    revoked_at   INTEGER
) STRICT;
CREATE UNIQUE INDEX api_keys_name ON api_keys (name) WHERE revoked_at IS NULL;

CREATE TABLE secrets (
    name       TEXT PRIMARY KEY NOT NULL,
    value      TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
