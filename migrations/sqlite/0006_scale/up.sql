-- Lists of a million articles: each is led to by an index that ends with the date.

-- The links repeat what lists of a tag or an author are narrowed by.
ALTER TABLE live_article_authors ADD COLUMN locale TEXT NOT NULL DEFAULT '';
ALTER TABLE live_article_authors ADD COLUMN section TEXT;
ALTER TABLE live_article_tags ADD COLUMN locale TEXT NOT NULL DEFAULT '';
ALTER TABLE live_article_tags ADD COLUMN section TEXT;
UPDATE live_article_authors SET (locale, section) =
    (SELECT live.locale, live.section FROM live_articles AS live WHERE live.copy = live_article_authors.copy);
UPDATE live_article_tags SET (locale, section) =
    (SELECT live.locale, live.section FROM live_articles AS live WHERE live.copy = live_article_tags.copy);

-- What is counted is whether it is seen, so the indexes hold that too.
CREATE INDEX live_article_authors_by_locale
    ON live_article_authors (author_id, locale, published_at, article_id, visible_from, visible_until);
CREATE INDEX live_article_tags_by_locale
    ON live_article_tags (tag_id, locale, published_at, article_id, visible_from, visible_until);
DROP INDEX live_articles_by_published_at;
DROP INDEX live_articles_by_locale;
DROP INDEX live_articles_by_section;
DROP INDEX live_articles_featured;
CREATE INDEX live_articles_by_published_at
    ON live_articles (published_at, id, visible_from, visible_until);
CREATE INDEX live_articles_by_locale
    ON live_articles (locale, published_at, id, visible_from, visible_until);
CREATE INDEX live_articles_by_section
    ON live_articles (section, published_at, id, visible_from, visible_until);
CREATE INDEX live_articles_by_section_and_locale
    ON live_articles (section, locale, published_at, id, visible_from, visible_until);
CREATE INDEX live_articles_featured
    ON live_articles (published_at, id, section, locale, visible_from, visible_until) WHERE featured;
