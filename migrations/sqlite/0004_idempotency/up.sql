-- Requests with an Idempotency-Key. The id is a keyed hash of who called and of the key, which is
-- not stored itself; the answer is encrypted under the key (base64). A running request has
-- committed nothing; a committed one has, and has no answer yet; a done one has its answer.
CREATE TABLE idempotency (
    id          TEXT PRIMARY KEY NOT NULL CHECK (length(id) = 64),
    fingerprint TEXT NOT NULL CHECK (length(fingerprint) = 64),
    owner       TEXT NOT NULL CHECK (length(owner) = 32),
    state       TEXT NOT NULL CHECK (state IN ('running', 'committed', 'done')),
    started_at  INTEGER NOT NULL,
    answer      TEXT,
    CHECK ((state = 'done') = (answer IS NOT NULL))
) STRICT;
CREATE INDEX idempotency_by_started_at ON idempotency (started_at);
