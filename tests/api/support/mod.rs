//! What every story uses: a server of its own over a database of its own, and callers.

pub mod accounts;
mod app;
mod call;
mod content;
mod contract;
mod create;
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
pub use create::Resource;
pub use database::{Kind, Replicated, Restartable, Scratch, has_postgres};
pub use reply::Reply;

/// Tells each of these stories on SQLite and on PostgreSQL. A story is an `async fn` of the same
/// module that takes what is [`Given`]: a `TestApp`, or the `Kind` of database alone where it starts
/// servers with settings of its own. One that is left out here is unused, which the compiler refuses.
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

/// The argument of a story.
pub trait Given {
    /// Makes it for a story on this kind of database.
    async fn given(kind: Kind) -> Self;
}

impl Given for TestApp {
    async fn given(kind: Kind) -> Self {
        Self::start(kind).await
    }
}

impl Given for Kind {
    async fn given(kind: Kind) -> Self {
        kind
    }
}

/// Tells a story on SQLite.
pub fn on_sqlite<G: Given, F: Future<Output = ()>>(story: impl FnOnce(G) -> F) {
    block_on(async { story(G::given(Kind::Sqlite).await).await });
}

/// Tells a story on PostgreSQL, where there is PostgreSQL.
pub fn on_postgres<G: Given, F: Future<Output = ()>>(story: impl FnOnce(G) -> F) {
    if database::has_postgres() {
        block_on(async { story(G::given(Kind::Postgres).await).await });
    }
}

/// The text of the key that `reader()`, `editor()` or `admin()` calls with.
pub fn key_of(name: &str) -> String {
    database::key_named(name)
}

/// Runs a future on a runtime of its own.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().unwrap().block_on(future)
}
