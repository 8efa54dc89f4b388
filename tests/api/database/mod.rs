//! The schema, its migrations, and the cost of queries on both databases.

mod database_parity;
mod migrations;
mod query_plans;
mod statements;
mod upgrade;
