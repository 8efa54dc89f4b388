-- A live copy names whom it credits and its tags, so that a read needs no look at its links:
-- `role:author` and the ids of tags, in order, with spaces between them.
ALTER TABLE live_articles ADD COLUMN credits TEXT NOT NULL DEFAULT '';
ALTER TABLE live_articles ADD COLUMN tag_ids TEXT NOT NULL DEFAULT '';
UPDATE live_articles SET
    credits = coalesce((SELECT string_agg(link.role || ':' || link.author_id, ' ' ORDER BY link.position)
        FROM live_article_authors AS link WHERE link.copy = live_articles.copy), ''),
    tag_ids = coalesce((SELECT string_agg(link.tag_id, ' ' ORDER BY link.position)
        FROM live_article_tags AS link WHERE link.copy = live_articles.copy), '');
