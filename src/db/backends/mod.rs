//! The two databases: pools of connections to SQLite and PostgreSQL, and read replicas.

pub(crate) mod instrument;
pub(crate) mod postgres;
pub(crate) mod replicas;
pub(crate) mod sqlite;
