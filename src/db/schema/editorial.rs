//! The working copies of articles, authors and tags, with what only editors see.

#![allow(missing_docs, reason = "the columns are described in the migrations")]

use diesel::{allow_tables_to_appear_in_same_query, joinable, table};

table! {
    authors (id) {
        id -> Text,
        slug -> Text,
        name -> Text,
        bio -> Nullable<Text>,
        title -> Nullable<Text>,
        avatar -> Nullable<Text>,
        website -> Nullable<Text>,
        social -> Text,
        email -> Nullable<Text>,
        seo -> Text,
        metadata -> Text,
        version -> BigInt,
        created_at -> BigInt,
        created_by -> Nullable<Text>,
        updated_at -> BigInt,
        updated_by -> Nullable<Text>,
        translations -> Text,
    }
}

table! {
    tags (id) {
        id -> Text,
        slug -> Text,
        name -> Text,
        description -> Nullable<Text>,
        kind -> Text,
        parent_id -> Nullable<Text>,
        image -> Nullable<Text>,
        seo -> Text,
        visibility -> Text,
        metadata -> Text,
        version -> BigInt,
        created_at -> BigInt,
        created_by -> Nullable<Text>,
        updated_at -> BigInt,
        updated_by -> Nullable<Text>,
        translations -> Text,
    }
}

table! {
    articles (id) {
        id -> Text,
        slug -> Text,
        locale -> Text,
        title -> Text,
        kicker -> Nullable<Text>,
        standfirst -> Nullable<Text>,
        section -> Nullable<Text>,
        status -> Text,
        featured -> Bool,
        published_at -> Nullable<BigInt>,
        first_published_at -> Nullable<BigInt>,
        expires_at -> Nullable<BigInt>,
        corrections -> Text,
        translation_group -> Text,
        word_count -> Integer,
        reading_minutes -> Integer,
        version -> BigInt,
        live_version -> Nullable<BigInt>,
        created_at -> BigInt,
        created_by -> Nullable<Text>,
        updated_at -> BigInt,
        updated_by -> Nullable<Text>,
        deleted_at -> Nullable<BigInt>,
        live_until -> Nullable<BigInt>,
        next_version -> Nullable<BigInt>,
        next_at -> Nullable<BigInt>,
        next_until -> Nullable<BigInt>,
        review -> Nullable<Text>,
        assignee -> Nullable<Text>,
    }
}

table! {
    article_contents (article_id) {
        article_id -> Text,
        seo_title -> Nullable<Text>,
        byline -> Nullable<Text>,
        dateline -> Nullable<Text>,
        canonical_url -> Nullable<Text>,
        seo -> Text,
        lead_image -> Nullable<Text>,
        metadata -> Text,
        outline -> Text,
        body_format -> Text,
        body_source -> Text,
        body_html -> Text,
        body_text -> Text,
        search_text -> Text,
    }
}

table! {
    article_authors (article_id, position) {
        article_id -> Text,
        position -> Integer,
        author_id -> Text,
        role -> Text,
    }
}

table! {
    article_tags (article_id, position) {
        article_id -> Text,
        position -> Integer,
        tag_id -> Text,
    }
}

table! {
    article_related (article_id, position) {
        article_id -> Text,
        position -> Integer,
        related_id -> Text,
    }
}

table! {
    article_slugs (locale, slug) {
        locale -> Text,
        slug -> Text,
        article_id -> Text,
    }
}

table! {
    article_aliases (path) {
        path -> Text,
        article_id -> Text,
        position -> Integer,
    }
}

table! {
    import_sources (source) {
        source -> Text,
        article_id -> Text,
        fingerprint -> Text,
        imported_at -> BigInt,
    }
}

table! {
    revisions (article_id, number) {
        article_id -> Text,
        number -> BigInt,
        version -> BigInt,
        action -> Text,
        autosave -> Bool,
        at -> BigInt,
        by -> Nullable<Text>,
        note -> Nullable<Text>,
        title -> Text,
        fields -> Text,
        body -> Text,
    }
}

table! {
    revision_bodies (article_id, digest) {
        article_id -> Text,
        digest -> Text,
        source -> Binary,
    }
}

table! {
    article_locks (article_id) {
        article_id -> Text,
        held_by -> Text,
        acquired_at -> BigInt,
        renewed_at -> BigInt,
        expires_at -> BigInt,
    }
}

table! {
    preview_tokens (id) {
        id -> Text,
        article_id -> Text,
        revision -> Nullable<BigInt>,
        hash -> Text,
        created_at -> BigInt,
        created_by -> Text,
        expires_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
    }
}

table! {
    purged_articles (id) {
        id -> Text,
        purged_at -> BigInt,
        purged_by -> Nullable<Text>,
    }
}

table! {
    merged_authors (former) {
        former -> Text,
        author_id -> Text,
    }
}

table! {
    merged_tags (former) {
        former -> Text,
        tag_id -> Text,
    }
}

joinable!(article_contents -> articles (article_id));
allow_tables_to_appear_in_same_query!(
    authors,
    tags,
    articles,
    article_contents,
    article_authors,
    article_tags,
    article_related,
    article_slugs,
    article_aliases,
    import_sources,
    revisions,
    revision_bodies,
    article_locks,
    preview_tokens,
    purged_articles,
    merged_authors,
    merged_tags,
);
