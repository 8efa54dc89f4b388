//! Credentials and secrets. No content query names these.

#![allow(missing_docs, reason = "the columns are described in the migrations")]

use diesel::table;

table! {
    api_keys (id) {
        id -> Text,
        name -> Text,
        role -> Text,
        lookup -> Text,
        secret_hash -> Text,
        created_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
    }
}

table! {
    secrets (name) {
        name -> Text,
        value -> Text,
        created_at -> BigInt,
    }
}
