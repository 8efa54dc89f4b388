//! The public tables: written when something is published, read by everybody.
//!
//! Every table here is a [`LiveTable`](crate::db::LiveTable): a column added to one is public.

#![allow(missing_docs, reason = "the columns are described in the migrations")]

use diesel::{allow_tables_to_appear_in_same_query, table};

table! {
    live_authors (id) {
        id -> Text,
        slug -> Text,
        name -> Text,
        updated_at -> BigInt,
        card -> Text,
    }
}

table! {
    live_author_slugs (slug) {
        slug -> Text,
        author_id -> Text,
    }
}

table! {
    live_tags (id) {
        id -> Text,
        slug -> Text,
        name -> Text,
        kind -> Text,
        parent_id -> Nullable<Text>,
        updated_at -> BigInt,
        card -> Text,
        translations -> Text,
    }
}

table! {
    live_tag_slugs (slug) {
        slug -> Text,
        tag_id -> Text,
    }
}

table! {
    live_articles (copy) {
        copy -> Text,
        id -> Text,
        locale -> Text,
        slug -> Text,
        title -> Text,
        section -> Nullable<Text>,
        featured -> Bool,
        translation_group -> Text,
        visible_from -> BigInt,
        visible_until -> Nullable<BigInt>,
        published_at -> BigInt,
        first_published_at -> BigInt,
        updated_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        word_count -> Integer,
        version -> BigInt,
        touched_at -> BigInt,
        lead_image -> Nullable<Text>,
        card -> Text,
        body -> Text,
        search_text -> Text,
        credits -> Text,
        tag_ids -> Text,
    }
}

table! {
    live_article_authors (author_id, published_at, article_id, copy) {
        author_id -> Text,
        published_at -> BigInt,
        article_id -> Text,
        copy -> Text,
        visible_from -> BigInt,
        visible_until -> Nullable<BigInt>,
        position -> Integer,
        role -> Text,
        locale -> Text,
        section -> Nullable<Text>,
    }
}

table! {
    live_article_tags (tag_id, published_at, article_id, copy) {
        tag_id -> Text,
        published_at -> BigInt,
        article_id -> Text,
        copy -> Text,
        visible_from -> BigInt,
        visible_until -> Nullable<BigInt>,
        position -> Integer,
        locale -> Text,
        section -> Nullable<Text>,
    }
}

table! {
    live_article_related (copy, position) {
        copy -> Text,
        position -> Integer,
        related_id -> Text,
    }
}

table! {
    live_article_slugs (locale, slug) {
        locale -> Text,
        slug -> Text,
        article_id -> Text,
    }
}

table! {
    live_article_aliases (path, copy) {
        path -> Text,
        copy -> Text,
    }
}

allow_tables_to_appear_in_same_query!(
    live_authors,
    live_author_slugs,
    live_tags,
    live_tag_slugs,
    live_articles,
    live_article_authors,
    live_article_tags,
    live_article_related,
    live_article_slugs,
    live_article_aliases,
);

impl crate::db::LiveTable for live_authors::table {}
impl crate::db::LiveTable for live_author_slugs::table {}
impl crate::db::LiveTable for live_tags::table {}
impl crate::db::LiveTable for live_tag_slugs::table {}
impl crate::db::LiveTable for live_articles::table {}
impl crate::db::LiveTable for live_article_authors::table {}
impl crate::db::LiveTable for live_article_tags::table {}
impl crate::db::LiveTable for live_article_related::table {}
impl crate::db::LiveTable for live_article_slugs::table {}
impl crate::db::LiveTable for live_article_aliases::table {}
