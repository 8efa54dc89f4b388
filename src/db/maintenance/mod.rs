//! Maintenance of a database: migrations, backups, integrity of the file.

pub mod backup;
pub(crate) mod integrity;
pub(crate) mod migrate;
