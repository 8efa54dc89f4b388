//! Accounts, credentials and secrets. No content query names these.

#![allow(missing_docs, reason = "the columns are described in the migrations")]

use diesel::{allow_tables_to_appear_in_same_query, table};

table! {
    users (id) {
        id -> Text,
        email -> Text,
        name -> Text,
        role -> Text,
        status -> Text,
        locale -> Nullable<Text>,
        author_id -> Nullable<Text>,
        password_hash -> Nullable<Text>,
        version -> BigInt,
        created_at -> BigInt,
        created_by -> Nullable<Text>,
        updated_at -> BigInt,
        updated_by -> Nullable<Text>,
        last_login_at -> Nullable<BigInt>,
    }
}

table! {
    sessions (id) {
        id -> Text,
        user_id -> Text,
        created_at -> BigInt,
        last_used_at -> BigInt,
        expires_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
        device -> Nullable<Text>,
        address -> Nullable<Text>,
    }
}

table! {
    refresh_tokens (hash) {
        hash -> Text,
        session_id -> Text,
        issued_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

table! {
    one_time_tokens (hash) {
        hash -> Text,
        purpose -> Text,
        user_id -> Nullable<Text>,
        created_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

table! {
    signing_keys (kid) {
        kid -> Text,
        seed -> Text,
        created_at -> BigInt,
        active_from -> BigInt,
        retires_at -> Nullable<BigInt>,
    }
}

table! {
    identities (issuer, subject) {
        issuer -> Text,
        subject -> Text,
        user_id -> Text,
        created_at -> BigInt,
    }
}

table! {
    sign_ons (state_hash) {
        state_hash -> Text,
        browser_hash -> Text,
        nonce -> Text,
        verifier -> Text,
        return_to -> Nullable<Text>,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

table! {
    keys (id) {
        id -> Text,
        name -> Text,
        role -> Nullable<Text>,
        permissions -> Nullable<Text>,
        sections -> Nullable<Text>,
        locales -> Nullable<Text>,
        version -> BigInt,
        created_at -> BigInt,
        created_by -> Nullable<Text>,
        updated_at -> BigInt,
        updated_by -> Nullable<Text>,
        expires_at -> Nullable<BigInt>,
        last_used_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
    }
}

table! {
    key_secrets (lookup) {
        lookup -> Text,
        key_id -> Text,
        hash -> Text,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
    }
}

table! {
    secrets (name) {
        name -> Text,
        value -> Text,
        created_at -> BigInt,
    }
}

table! {
    idempotency (id) {
        id -> Text,
        fingerprint -> Text,
        owner -> Text,
        state -> Text,
        started_at -> BigInt,
        answer -> Nullable<Text>,
    }
}

allow_tables_to_appear_in_same_query!(users, sessions, refresh_tokens, one_time_tokens, identities);
allow_tables_to_appear_in_same_query!(keys, key_secrets);
