-- Nothing but time is lost.
ALTER TABLE live_articles DROP COLUMN tag_ids;
ALTER TABLE live_articles DROP COLUMN credits;
