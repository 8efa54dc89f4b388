-- Nothing but time is lost.
DROP INDEX live_articles_by_visible_until;
DROP INDEX live_articles_by_visible_from;
