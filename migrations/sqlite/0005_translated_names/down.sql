-- Names in other languages go, and what was merged is not found by what it was any more.
DROP INDEX live_tag_slugs_by_tag;
DROP INDEX live_author_slugs_by_author;
DROP TABLE merged_tags;
DROP TABLE merged_authors;
DELETE FROM live_tag_slugs WHERE length(slug) = 36 AND slug LIKE '________-____-____-____-____________';
DELETE FROM live_author_slugs WHERE length(slug) = 36 AND slug LIKE '________-____-____-____-____________';
UPDATE live_tags SET card = json_remove(card, '$.translations');
UPDATE live_authors SET card = json_remove(card, '$.translations');
ALTER TABLE live_tags DROP COLUMN translations;
ALTER TABLE tags DROP COLUMN translations;
ALTER TABLE authors DROP COLUMN translations;
