//! What a database says about how it runs a statement.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use diesel::connection::SimpleConnection as _;
use diesel::sql_types::{Integer, Text};
use diesel::{Connection as _, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_query};
use serde_json::Value;
use tokio_postgres::NoTls;

use super::scratch::Kind;
use crate::support::app::TestApp;

/// Rows of articles or links that may be sorted: those that meet a condition that few meet.
const FEW: u64 = 2_000;
/// Rows that one statement may visit in all.
const VISITED: u64 = 2 * FEW;

/// Hears the statements of a server from now on.
pub struct Ear(Arc<Mutex<Vec<String>>>);

impl Ear {
    /// Listens. A server has one ear.
    pub fn of(app: &TestApp) -> Self {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let hears = Arc::clone(&heard);
        let hear = move |statement: &str| hears.lock().unwrap().push(statement.to_owned());
        app.db.statements().listen(hear);
        Self(heard)
    }

    /// What was said since this was asked last.
    pub fn heard(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl TestApp {
    /// The path or URL of the database.
    fn place(&self) -> String {
        let url = self.settings.database_url().unwrap();
        match url.sqlite_path() {
            Some(path) => path.display().to_string(),
            None => {
                let name = url.to_string();
                let name = name.rsplit('/').next().unwrap().to_owned();
                super::postgres::cluster().unwrap().url(&name)
            }
        }
    }

    /// Tells the planner what there is, or on SQLite lets it know nothing.
    pub async fn analyse(&self, known: bool) {
        match self.kind {
            Kind::Sqlite => {
                let mut conn = SqliteConnection::establish(&self.place()).unwrap();
                let forget = "ANALYZE; DELETE FROM sqlite_stat1; DELETE FROM sqlite_stat4";
                let statement = if known { "ANALYZE" } else { forget };
                conn.batch_execute(statement).unwrap();
            }
            Kind::Postgres => {
                let (client, connection) =
                    tokio_postgres::connect(&self.place(), NoTls).await.unwrap();
                let connection = tokio::spawn(connection);
                client.batch_execute("VACUUM ANALYZE").await.unwrap();
                drop(client);
                let _ended = connection.await;
            }
        }
    }

    /// What is wrong with how the database runs a statement: reading or sorting articles or their
    /// links without a bound. One that `counts` may visit all entries of an index.
    pub async fn faults(&self, statement: &str, counts: bool) -> Vec<String> {
        match self.kind {
            Kind::Sqlite => self.faults_on_sqlite(statement),
            Kind::Postgres => self.faults_on_postgres(statement, counts).await,
        }
    }

    fn faults_on_sqlite(&self, statement: &str) -> Vec<String> {
        #[derive(QueryableByName)]
        struct Line {
            #[diesel(sql_type = Integer)]
            parent: i32,
            #[diesel(sql_type = Text)]
            detail: String,
        }
        let sql = statement.split(" -- binds: ").next().unwrap();
        let mut conn = SqliteConnection::establish(&self.place()).unwrap();
        let lines = sql_query(format!("EXPLAIN QUERY PLAN {sql}")).load::<Line>(&mut conn);
        let lines = lines.unwrap_or_else(|error| panic!("{sql}: {error}"));
        let mut levels: HashMap<i32, Vec<&str>> = HashMap::new();
        for line in &lines {
            levels.entry(line.parent).or_default().push(&line.detail);
        }
        let mut faults = Vec::new();
        // A page of all articles that begins after a row is searched from that row on, not from the
        // newest. (Of a section in a language SQLite, which knows nothing of either, may not.)
        let begins = sql.contains(") < (");
        let passes_over = |line: &&str| line.contains("(published_at<?");
        let details = lines.iter().map(|line| line.detail.as_str());
        faults.extend(
            details
                .filter(|line| begins && passes_over(line))
                .map(|line| format!("passes over what is before the page: {line}")),
        );
        for level in levels.values() {
            // The names of sub-selects of this level, which have their own bounds.
            let parts: Vec<&str> = level
                .iter()
                .filter_map(|line| {
                    let name = line.strip_prefix("CO-ROUTINE ");
                    name.or_else(|| line.strip_prefix("MATERIALIZE "))
                })
                .collect();
            let is_part = |name: &str| parts.contains(&name) || ["one", "walk"].contains(&name);
            let mut bounded = true;
            for line in level {
                let mut words = line.split(' ');
                let (verb, name) = (words.next().unwrap(), words.next().unwrap_or_default());
                let of_articles =
                    name.starts_with("live_article") || ["link", "linked", "other"].contains(&name);
                match verb {
                    "SCAN" if of_articles && !is_part(name) => {
                        bounded = false;
                        let walks_index = line.contains(" USING ") && name == "live_articles";
                        if !walks_index {
                            faults.push((*line).to_owned());
                        }
                    }
                    "SEARCH" if of_articles && !by_row(line) => bounded = false,
                    "MULTI-INDEX" => bounded = false,
                    _ => {}
                }
            }
            let sorts = level
                .iter()
                .any(|line| line.starts_with("USE TEMP B-TREE FOR ORDER BY"));
            if sorts && !bounded {
                faults.push(format!("sorts: {level:?}"));
            }
        }
        faults
    }

    async fn faults_on_postgres(&self, statement: &str, counts: bool) -> Vec<String> {
        let sql = with_values(statement);
        let (client, connection) = tokio_postgres::connect(&self.place(), NoTls).await.unwrap();
        let connection = tokio::spawn(connection);
        let explain = format!("EXPLAIN (ANALYZE, FORMAT JSON) {sql}");
        let rows = client.query(&explain, &[]).await;
        let rows = rows.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        let plan: Json = rows[0].get(0);
        drop(client);
        let _ended = connection.await;
        let mut faults = Vec::new();
        let mut visited = 0;
        look_at(&plan.0[0]["Plan"], &mut visited, &mut faults);
        if visited > VISITED && !counts {
            faults.push(format!("visits {visited} rows"));
        }
        if !faults.is_empty() {
            faults.push(format!("{:#}", brief(&plan.0[0]["Plan"])));
        }
        faults
    }
}

/// Whether a line is a look-up of what belongs to rows that were found before.
fn by_row(line: &str) -> bool {
    line.contains("(copy=?") || line.contains("(translation_group=?")
}

/// JSON as PostgreSQL sends it.
struct Json(Value);

impl<'a> tokio_postgres::types::FromSql<'a> for Json {
    fn from_sql(
        _: &tokio_postgres::types::Type,
        raw: &'a [u8],
    ) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(serde_json::from_slice(raw)?))
    }

    fn accepts(kind: &tokio_postgres::types::Type) -> bool {
        *kind == tokio_postgres::types::Type::JSON
    }
}

/// The statement with what is bound in the place of `$1` and so on.
fn with_values(statement: &str) -> String {
    let (sql, binds) = statement.split_once(" -- binds: ").unwrap();
    let binds: Vec<Value> = serde_json::from_str(binds).unwrap_or_else(|_| panic!("{binds}"));
    let text = |value: &Value| match value {
        Value::String(text) => format!("'{}'", text.replace('\'', "''")),
        other => other.to_string(),
    };
    let mut sql = sql.to_owned();
    for (index, value) in binds.iter().enumerate().rev() {
        let literal = match value {
            Value::Array(all) => {
                let all: Vec<String> = all.iter().map(text).collect();
                format!("ARRAY[{}]::text[]", all.join(","))
            }
            Value::Number(number) => format!("{number}::bigint"),
            other => text(other),
        };
        sql = sql.replace(&format!("${}", index + 1), &literal);
    }
    sql
}

fn children(node: &Value) -> impl Iterator<Item = &Value> {
    node["Plans"].as_array().into_iter().flatten()
}

fn look_at(node: &Value, visited: &mut u64, faults: &mut Vec<String>) {
    let number = |name: &str| node[name].as_f64().unwrap_or_default();
    let kind = node["Node Type"].as_str().unwrap();
    let of = node["Relation Name"].as_str().unwrap_or_default();
    if of.starts_with("live_article") {
        let rows = number("Actual Rows")
            + number("Rows Removed by Filter")
            + number("Rows Removed by Index Recheck");
        let rows = rows * number("Actual Loops");
        *visited += rows as u64;
        if kind == "Seq Scan" && number("Actual Loops") > 0.0 {
            faults.push(format!("Seq Scan of {of}"));
        }
    }
    if kind == "Sort" {
        for child in children(node) {
            let rows = child["Actual Rows"].as_f64().unwrap_or_default();
            if rows > FEW as f64 {
                faults.push(format!("sorts {rows} rows"));
            }
        }
    }
    for child in children(node) {
        look_at(child, visited, faults);
    }
}

/// What tells most of a plan.
fn brief(node: &Value) -> Value {
    let mut kept = serde_json::Map::new();
    for name in [
        "Node Type",
        "Relation Name",
        "Index Name",
        "Actual Rows",
        "Rows Removed by Filter",
        "Actual Loops",
    ] {
        if let Some(value) = node.get(name) {
            kept.insert(name.to_owned(), value.clone());
        }
    }
    let below: Vec<Value> = children(node).map(brief).collect();
    if !below.is_empty() {
        kept.insert("Plans".to_owned(), Value::Array(below));
    }
    Value::Object(kept)
}
