//! A large newspaper made by chance, to see how the program does at scale.
//!
//! The stored rows are those that writing and publishing each article would make. The same seed and
//! the same options give the same newspaper, ids and dates included.

mod dice;
mod names;
mod prose;
mod story;
mod words;

use std::collections::VecDeque;
use std::ops::RangeInclusive;
use std::sync::Arc;

use tokio::task::JoinHandle;

use self::dice::Zipf;
use crate::articles::bulk_insert::{self, Ready};
use crate::db::invalidation::SurrogateKey;
use crate::db::{Conn, Database, Sql, Time};
use crate::error::{Error, Result};
use crate::sample::is_empty;

/// The `created_by` of all generated rows.
const BY: &str = "generate";
/// Articles that one statement stores.
const CHUNK: usize = 200;
/// Statements of that kind in a transaction.
const CHUNKS_A_TRANSACTION: usize = 5;
/// Chunks that are being made while another is stored.
const AHEAD: usize = 3;

/// How large the newspaper is to be, and how it is made.
#[derive(Debug, Clone)]
pub struct Options {
    /// Articles, drafts among them.
    pub articles: usize,
    /// Authors, one at least.
    pub authors: usize,
    /// Tags, one at least; some are internal.
    pub tags: usize,
    /// Another seed gives another newspaper.
    pub seed: u64,
    /// How long bodies are, in bytes of their sources. Most are near the lower end.
    pub body_bytes: RangeInclusive<usize>,
    /// The moment after the last publication.
    pub until: Time,
    /// The years before that moment over which publications spread, more to the end.
    pub years: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            articles: 1_000,
            authors: 50,
            tags: 200,
            seed: 1,
            body_bytes: 3_000..=30_000,
            // 2026-07-01T00:00:00Z
            until: Time(1_782_864_000_000),
            years: 12,
        }
    }
}

/// The material that articles are made of and refer to.
struct World {
    options: Options,
    authors: Vec<String>,
    tags: Vec<String>,
    by_author: Zipf,
    by_tag: Zipf,
    by_section: Zipf,
}

/// Fills a database that is up to date, and tells the planner of the database what it holds.
/// `progress` is told how many articles are stored. `None` when the database has content already.
///
/// # Errors
/// Errors of the database, which keeps the articles that were stored before.
pub async fn fill(
    db: &Database,
    options: &Options,
    progress: impl Fn(usize),
) -> Result<Option<usize>> {
    let mut conn = db.write().await?;
    let names = async |conn: &mut Conn| {
        if !is_empty(conn).await? {
            return Ok::<_, Error>(None);
        }
        let authors = names::authors(conn, options).await?;
        Ok(Some((authors, names::tags(conn, options).await?)))
    };
    let Some((authors, tags)) = Box::pin(conn.transaction(names)).await? else {
        return Ok(None);
    };
    let world = World {
        by_author: Zipf::new(authors.len()),
        by_tag: Zipf::new(tags.len()),
        by_section: Zipf::new(words::SECTIONS.len()),
        options: options.clone(),
        authors,
        tags,
    };
    let mut ahead = Ahead::new(world);
    let mut stored = 0;
    while stored < options.articles {
        let some = async |conn: &mut Conn| {
            let mut some = 0;
            conn.changed(SurrogateKey::ALL);
            for _ in 0..CHUNKS_A_TRANSACTION {
                let Some(chunk) = ahead.next().await? else {
                    break;
                };
                some += chunk.len();
                bulk_insert::store(conn, chunk).await?;
            }
            Ok::<_, Error>(some)
        };
        stored += Box::pin(conn.transaction(some)).await?;
        progress(stored);
    }
    conn.execute(Sql::<()>::new("ANALYZE")).await?;
    Ok(Some(stored))
}

/// Makes chunks of articles on other threads, some ahead of the one that is wanted next.
struct Ahead {
    world: Arc<World>,
    begun: usize,
    under_way: VecDeque<JoinHandle<Result<Vec<Ready>>>>,
}

impl Ahead {
    fn new(world: World) -> Self {
        Self {
            world: Arc::new(world),
            begun: 0,
            under_way: VecDeque::new(),
        }
    }

    async fn next(&mut self) -> Result<Option<Vec<Ready>>> {
        let total = self.world.options.articles;
        while self.under_way.len() < AHEAD && self.begun < total {
            let range = self.begun..total.min(self.begun + CHUNK);
            self.begun = range.end;
            let world = Arc::clone(&self.world);
            let make = move || range.map(|number| story::make(&world, number)).collect();
            self.under_way.push_back(tokio::task::spawn_blocking(make));
        }
        match self.under_way.pop_front() {
            Some(making) => making.await.map_err(Error::internal)?.map(Some),
            None => Ok(None),
        }
    }
}
