-- Accounts: who may sign in and with what. No content query names these tables, and what
-- somebody proves who they are with is stored as hashes only.

-- E-mail addresses are case-folded; two that differ in case are one.
CREATE TABLE users (
    id            TEXT PRIMARY KEY NOT NULL CHECK (length(id) = 36),
    email         TEXT NOT NULL UNIQUE CHECK (length(email) BETWEEN 3 AND 254),
    name          TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    role          TEXT NOT NULL CHECK (role IN ('admin', 'editor', 'author', 'contributor', 'viewer')),
    status        TEXT NOT NULL CHECK (status IN ('active', 'suspended')),
    locale        TEXT,
    author_id     TEXT UNIQUE REFERENCES authors (id) ON DELETE SET NULL,
    password_hash TEXT,
    version       INTEGER NOT NULL CHECK (version > 0),
    created_at    INTEGER NOT NULL,
    created_by    TEXT,
    updated_at    INTEGER NOT NULL,
    updated_by    TEXT,
    last_login_at INTEGER
) STRICT;
CREATE INDEX users_by_name ON users (name, id);
CREATE INDEX users_by_created_at ON users (created_at, id);
CREATE INDEX users_by_role ON users (role, status);

-- The account that an author has is kept with the account.
ALTER TABLE authors DROP COLUMN user_id;

-- A session begins with a login; its refresh tokens are one family.
CREATE TABLE sessions (
    id           TEXT PRIMARY KEY NOT NULL CHECK (length(id) = 36),
    user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    revoked_at   INTEGER,
    device       TEXT,
    address      TEXT
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id, created_at, id);
CREATE INDEX sessions_by_expires_at ON sessions (expires_at);

CREATE TABLE refresh_tokens (
    hash       TEXT PRIMARY KEY NOT NULL,
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    issued_at  INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);

-- What a link carries that sets the service up, invites somebody, or lets them choose another
-- password.
CREATE TABLE one_time_tokens (
    hash       TEXT PRIMARY KEY NOT NULL,
    purpose    TEXT NOT NULL CHECK (purpose IN ('setup', 'invitation', 'reset')),
    user_id    TEXT REFERENCES users (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER,
    CHECK ((purpose = 'setup') = (user_id IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX one_time_tokens_by_user ON one_time_tokens (user_id);

-- Keys that sign access tokens: the seed of an Ed25519 key pair, in hexadecimal.
CREATE TABLE signing_keys (
    kid         TEXT PRIMARY KEY NOT NULL,
    seed        TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    active_from INTEGER NOT NULL,
    retires_at  INTEGER
) STRICT;

-- Who somebody is to a provider of single sign-on.
CREATE TABLE identities (
    issuer     TEXT NOT NULL,
    subject    TEXT NOT NULL,
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (issuer, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX identities_by_user ON identities (user_id);

-- Single sign-ons under way.
CREATE TABLE sign_ons (
    state_hash   TEXT PRIMARY KEY NOT NULL,
    browser_hash TEXT NOT NULL,
    nonce        TEXT NOT NULL,
    verifier     TEXT NOT NULL,
    return_to    TEXT,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sign_ons_by_expires_at ON sign_ons (expires_at);

-- Keys have a role or a list of permissions, bounds, an end, and secrets of their own, so that
-- two are good while one replaces the other.
CREATE TABLE keys (
    id           TEXT PRIMARY KEY NOT NULL CHECK (length(id) = 36),
    name         TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    role         TEXT CHECK (role IN ('admin', 'editor', 'author', 'contributor', 'viewer')),
    permissions  TEXT,
    sections     TEXT,
    locales      TEXT,
    version      INTEGER NOT NULL CHECK (version > 0),
    created_at   INTEGER NOT NULL,
    created_by   TEXT,
    updated_at   INTEGER NOT NULL,
    updated_by   TEXT,
    expires_at   INTEGER,
    last_used_at INTEGER,
    revoked_at   INTEGER,
    CHECK ((role IS NULL) <> (permissions IS NULL))
) STRICT;

CREATE TABLE key_secrets (
    lookup     TEXT PRIMARY KEY NOT NULL,
    key_id     TEXT NOT NULL REFERENCES keys (id) ON DELETE CASCADE,
    hash       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX key_secrets_by_key ON key_secrets (key_id);

INSERT INTO keys (id, name, role, version, created_at, updated_at, revoked_at)
SELECT id, name, CASE role WHEN 'reader' THEN 'viewer' ELSE role END, 1, created_at, created_at, revoked_at
FROM api_keys;
INSERT INTO key_secrets (lookup, key_id, hash, created_at)
SELECT lookup, id, secret_hash, created_at FROM api_keys;
DROP TABLE api_keys;
CREATE UNIQUE INDEX keys_name ON keys (name) WHERE revoked_at IS NULL;
CREATE INDEX keys_by_created_at ON keys (created_at, id);
