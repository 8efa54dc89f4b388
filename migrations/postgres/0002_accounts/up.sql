-- Accounts: who may sign in and with what. No content query names these tables, and what
-- somebody proves who they are with is stored as hashes only.

-- E-mail addresses are case-folded; two that differ in case are one.
CREATE TABLE users (
    id            TEXT COLLATE "C" PRIMARY KEY NOT NULL CHECK (length(id) = 36),
    email         TEXT COLLATE "C" NOT NULL UNIQUE CHECK (length(email) BETWEEN 3 AND 254),
    name          TEXT COLLATE "C" NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    role          TEXT NOT NULL CHECK (role IN ('admin', 'editor', 'author', 'contributor', 'viewer')),
    status        TEXT NOT NULL CHECK (status IN ('active', 'suspended')),
    locale        TEXT COLLATE "C",
    author_id     TEXT COLLATE "C" UNIQUE REFERENCES authors (id) ON DELETE SET NULL,
    password_hash TEXT,
    version       BIGINT NOT NULL CHECK (version > 0),
    created_at    BIGINT NOT NULL,
    created_by    TEXT COLLATE "C",
    updated_at    BIGINT NOT NULL,
    updated_by    TEXT COLLATE "C",
    last_login_at BIGINT
);
CREATE INDEX users_by_name ON users (name, id);
CREATE INDEX users_by_created_at ON users (created_at, id);
CREATE INDEX users_by_role ON users (role, status);

-- The account that an author has is kept with the account.
ALTER TABLE authors DROP COLUMN user_id;

-- A session begins with a login; its refresh tokens are one family.
CREATE TABLE sessions (
    id           TEXT COLLATE "C" PRIMARY KEY NOT NULL CHECK (length(id) = 36),
    user_id      TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    revoked_at   BIGINT,
    device       TEXT,
    address      TEXT
);
CREATE INDEX sessions_by_user ON sessions (user_id, created_at, id);
CREATE INDEX sessions_by_expires_at ON sessions (expires_at);

CREATE TABLE refresh_tokens (
    hash       TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    session_id TEXT COLLATE "C" NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    issued_at  BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT
);
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);

-- What a link carries that sets the service up, invites somebody, or lets them choose another
-- password.
CREATE TABLE one_time_tokens (
    hash       TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    purpose    TEXT NOT NULL CHECK (purpose IN ('setup', 'invitation', 'reset')),
    user_id    TEXT COLLATE "C" REFERENCES users (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT,
    CHECK ((purpose = 'setup') = (user_id IS NULL))
);
CREATE INDEX one_time_tokens_by_user ON one_time_tokens (user_id);

-- Keys that sign access tokens: the seed of an Ed25519 key pair, in hexadecimal.
CREATE TABLE signing_keys (
    kid         TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    seed        TEXT NOT NULL,
    created_at  BIGINT NOT NULL,
    active_from BIGINT NOT NULL,
    retires_at  BIGINT
);

-- Who somebody is to a provider of single sign-on.
CREATE TABLE identities (
    issuer     TEXT COLLATE "C" NOT NULL,
    subject    TEXT COLLATE "C" NOT NULL,
    user_id    TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX identities_by_user ON identities (user_id);

-- Single sign-ons under way.
CREATE TABLE sign_ons (
    state_hash   TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    browser_hash TEXT COLLATE "C" NOT NULL,
    nonce        TEXT NOT NULL,
    verifier     TEXT NOT NULL,
    return_to    TEXT,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL
);
CREATE INDEX sign_ons_by_expires_at ON sign_ons (expires_at);

-- Keys have a role or a list of permissions, bounds, an end, and secrets of their own, so that
-- two are good while one replaces the other.
CREATE TABLE keys (
    id           TEXT COLLATE "C" PRIMARY KEY NOT NULL CHECK (length(id) = 36),
    name         TEXT COLLATE "C" NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    role         TEXT CHECK (role IN ('admin', 'editor', 'author', 'contributor', 'viewer')),
    permissions  TEXT,
    sections     TEXT,
    locales      TEXT,
    version      BIGINT NOT NULL CHECK (version > 0),
    created_at   BIGINT NOT NULL,
    created_by   TEXT COLLATE "C",
    updated_at   BIGINT NOT NULL,
    updated_by   TEXT COLLATE "C",
    expires_at   BIGINT,
    last_used_at BIGINT,
    revoked_at   BIGINT,
    CHECK ((role IS NULL) <> (permissions IS NULL))
);

CREATE TABLE key_secrets (
    lookup     TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    key_id     TEXT COLLATE "C" NOT NULL REFERENCES keys (id) ON DELETE CASCADE,
    hash       TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT
);
CREATE INDEX key_secrets_by_key ON key_secrets (key_id);

INSERT INTO keys (id, name, role, version, created_at, updated_at, revoked_at)
SELECT id, name, CASE role WHEN 'reader' THEN 'viewer' ELSE role END, 1, created_at, created_at, revoked_at
FROM api_keys;
INSERT INTO key_secrets (lookup, key_id, hash, created_at)
SELECT lookup, id, secret_hash, created_at FROM api_keys;
DROP TABLE api_keys;
CREATE UNIQUE INDEX keys_name ON keys (name) WHERE revoked_at IS NULL;
CREATE INDEX keys_by_created_at ON keys (created_at, id);
