//! What every story uses: a server of its own over a database of its own, and callers.

pub mod accounts;
mod app;
mod call;
mod content;
mod contract;
pub mod database;
pub mod forge;
pub mod process;
pub mod program;
mod reply;
pub mod services;
pub mod sign_on;
pub mod workflow;
pub mod writers;

pub use app::TestApp;
pub use call::Caller;
pub use database::{Kind, Replicated, Restartable, Scratch};
pub use reply::Reply;

/// Tells each of these stories on SQLite and on PostgreSQL. A story is an
/// `async fn(app: TestApp)` of the same module; one that is left out here is unused, which the
/// compiler refuses.
macro_rules! on_both {
    ($($story:ident),+ $(,)?) => {
        $(
            mod $story {
                #[test]
                fn sqlite() {
                    $crate::support::on_sqlite(super::$story);
                }

                #[test]
                fn postgres() {
                    $crate::support::on_postgres(super::$story);
                }
            }
        )+
    };
}

/// Tells a story to a server over a new SQLite file.
pub fn on_sqlite<F: Future<Output = ()>>(story: impl FnOnce(TestApp) -> F) {
    block_on(async { story(TestApp::start(Kind::Sqlite).await).await });
}

/// Tells a story to a server over a new PostgreSQL database, where there is PostgreSQL.
pub fn on_postgres<F: Future<Output = ()>>(story: impl FnOnce(TestApp) -> F) {
    if database::cluster().is_some() {
        block_on(async { story(TestApp::start(Kind::Postgres).await).await });
    }
}

/// The text of the key that `reader()`, `editor()` or `admin()` calls with.
pub fn key_of(name: &str) -> String {
    database::key_named(name)
}

/// Whether there is PostgreSQL to test with.
pub fn has_postgres() -> bool {
    database::cluster().is_some()
}

/// Runs a future on a runtime of its own.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().unwrap().block_on(future)
}
