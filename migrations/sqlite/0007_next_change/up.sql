-- When the next article appears or vanishes: what is kept of public answers ends then.
CREATE INDEX live_articles_by_visible_from ON live_articles (visible_from);
CREATE INDEX live_articles_by_visible_until ON live_articles (visible_until) WHERE visible_until IS NOT NULL;
