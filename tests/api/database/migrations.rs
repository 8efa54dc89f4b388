//! The schema: up, down and up again, and the same on both databases.

use std::collections::BTreeSet;

use diesel::sql_types::{Integer, Text};
use diesel::{Connection as _, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_query};
use masthead::db::migrate;
use masthead::db::{Database, Step};
use tokio_postgres::NoTls;

use crate::support::{Kind, Scratch, block_on, has_postgres};

/// A column: its table, name, whether it may be NULL, and the class of its type.
type Column = (String, String, bool, &'static str);

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Info {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Integer)]
    required: i32,
}

/// The classes of types that the code tells apart.
fn class(kind: &str) -> &'static str {
    match kind {
        "TEXT" | "text" | "character varying" => "text",
        "INTEGER" | "bigint" | "integer" | "boolean" => "number",
        "BLOB" | "bytea" => "bytes",
        other => panic!("a type that is not used elsewhere: {other}"),
    }
}

/// The columns of a SQLite file, table by table, each in its order; and the indexes.
fn sqlite_schema(scratch: &Scratch) -> (Vec<Column>, BTreeSet<String>) {
    let path = scratch.url.strip_prefix("sqlite:").unwrap();
    let mut conn = SqliteConnection::establish(path).unwrap();
    let mut names = |sql: &str| -> Vec<String> {
        let rows: Vec<Name> = sql_query(sql).load(&mut conn).unwrap();
        rows.into_iter().map(|row| row.name).collect()
    };
    let indexes = names("SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL");
    let tables = names(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_\\_%' ESCAPE '\\' \
         AND name NOT LIKE 'sqlite%' ORDER BY name",
    );
    let mut columns = Vec::new();
    for table in tables {
        let info = "SELECT name, type AS kind, \"notnull\" AS required FROM pragma_table_info(?) ORDER BY cid";
        let rows: Vec<Info> = sql_query(info)
            .bind::<Text, _>(&table)
            .load(&mut conn)
            .unwrap();
        for row in rows {
            let nullable = row.required == 0;
            columns.push((table.clone(), row.name, nullable, class(&row.kind)));
        }
    }
    (columns, indexes.into_iter().collect())
}

/// The same of a PostgreSQL database.
async fn postgres_schema(scratch: &Scratch) -> (Vec<Column>, BTreeSet<String>) {
    let (client, connection) = tokio_postgres::connect(&scratch.url, NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    let columns = "SELECT table_name::text, column_name::text, is_nullable = 'YES', data_type::text \
                   FROM information_schema.columns \
                   WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_%' \
                   ORDER BY table_name COLLATE \"C\", ordinal_position";
    let columns = client.query(columns, &[]).await.unwrap();
    let columns = columns
        .iter()
        .map(|row| (row.get(0), row.get(1), row.get(2), class(row.get(3))));
    let columns: Vec<Column> = columns.collect();
    let indexes = "SELECT indexname::text FROM pg_indexes WHERE schemaname = 'public' \
                   AND indexname NOT IN (SELECT conname FROM pg_constraint)";
    let indexes = client.query(indexes, &[]).await.unwrap();
    let indexes = indexes.iter().map(|row| row.get(0)).collect();
    drop(client);
    let _ended = connection.await;
    (columns, indexes)
}

async fn schema(kind: Kind, scratch: &Scratch) -> (Vec<Column>, BTreeSet<String>) {
    match kind {
        Kind::Sqlite => sqlite_schema(scratch),
        Kind::Postgres => postgres_schema(scratch).await,
    }
}

/// The migrations' folders of a database.
fn folders(kind: Kind) -> Vec<String> {
    let folder = match kind {
        Kind::Sqlite => "migrations/sqlite",
        Kind::Postgres => "migrations/postgres",
    };
    let folder = format!("{}/{folder}", env!("CARGO_MANIFEST_DIR"));
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

async fn up_down_up(kind: Kind) {
    let scratch = Scratch::empty(kind).await;
    let settings = scratch.settings();
    let (url, options) = (
        settings.database_url().unwrap(),
        settings.database_options(),
    );
    let step = async |step: Step| migrate(&url, &options, step).await.unwrap();
    assert_eq!(step(Step::Check).await, folders(kind), "all are pending");
    assert_eq!(step(Step::Up).await, folders(kind));
    assert!(step(Step::Check).await.is_empty());
    assert!(
        step(Step::Up).await.is_empty(),
        "there is nothing more to do"
    );
    let first = schema(kind, &scratch).await;
    assert!(first.0.len() > 100, "the schema is read: {first:?}");
    assert_eq!(step(Step::Down).await.len(), folders(kind).len());
    let nothing = schema(kind, &scratch).await;
    assert!(
        nothing.0.is_empty() && nothing.1.is_empty(),
        "left over: {nothing:?}"
    );
    assert_eq!(step(Step::Up).await, folders(kind));
    assert_eq!(schema(kind, &scratch).await, first);
    let db = Database::open(&url, &options).await.unwrap();
    db.close().await;
    scratch.remove().await;
}

#[test]
fn up_down_up_on_sqlite() {
    block_on(up_down_up(Kind::Sqlite));
}

#[test]
fn up_down_up_on_postgres() {
    if has_postgres() {
        block_on(up_down_up(Kind::Postgres));
    }
}

#[test]
fn instances_that_start_together_migrate_once() {
    if !has_postgres() {
        return;
    }
    block_on(async {
        let scratch = Scratch::empty(Kind::Postgres).await;
        let settings = scratch.settings();
        let (url, options) = (
            settings.database_url().unwrap(),
            settings.database_options(),
        );
        let one = || migrate(&url, &options, Step::Up);
        let (a, b, c) = tokio::join!(one(), one(), one());
        let mut done = [a.unwrap(), b.unwrap(), c.unwrap()].concat();
        done.sort();
        assert_eq!(done, folders(Kind::Postgres));
        scratch.remove().await;
    });
}

#[test]
fn both_databases_have_the_same_migrations() {
    assert_eq!(folders(Kind::Sqlite), folders(Kind::Postgres));
}

#[test]
fn both_databases_have_the_same_schema() {
    if !has_postgres() {
        return;
    }
    block_on(async {
        let (lite, post) = (
            Scratch::migrated(Kind::Sqlite).await,
            Scratch::migrated(Kind::Postgres).await,
        );
        let (of_lite, of_post) = (sqlite_schema(&lite), postgres_schema(&post).await);
        assert_eq!(of_lite.0, of_post.0, "columns");
        assert_eq!(of_lite.1, of_post.1, "indexes");
        post.remove().await;
    });
}
