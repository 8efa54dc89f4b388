-- Names in other languages: JSON text, an object for each locale.
ALTER TABLE authors ADD COLUMN translations TEXT NOT NULL DEFAULT '{}';
ALTER TABLE tags ADD COLUMN translations TEXT NOT NULL DEFAULT '{}';
ALTER TABLE live_tags ADD COLUMN translations TEXT NOT NULL DEFAULT '{}';
UPDATE live_authors SET card = substr(card, 1, length(card) - 1) || ',"translations":{}}';
UPDATE live_tags SET card = substr(card, 1, length(card) - 1) || ',"translations":{}}';

-- What an author was found by who was merged into another: the id and the slug. What the public
-- may follow of it stands in live_author_slugs too, where an id is one more key.
CREATE TABLE merged_authors (
    former    TEXT PRIMARY KEY NOT NULL,
    author_id TEXT NOT NULL REFERENCES authors (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX merged_authors_by_author ON merged_authors (author_id);
CREATE INDEX live_author_slugs_by_author ON live_author_slugs (author_id);

-- Likewise of tags. What led to a tag that was internal when it was merged is here alone.
CREATE TABLE merged_tags (
    former TEXT PRIMARY KEY NOT NULL,
    tag_id TEXT NOT NULL REFERENCES tags (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX merged_tags_by_tag ON merged_tags (tag_id);
CREATE INDEX live_tag_slugs_by_tag ON live_tag_slugs (tag_id);
