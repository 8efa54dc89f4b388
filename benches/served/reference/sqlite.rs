//! Three prepared queries by rusqlite, inline on the actix worker.

use std::cell::RefCell;
use std::path::Path;

use actix_web::{HttpResponse, web};
use masthead::db::Time;
use rusqlite::{Connection, params, params_from_iter};

use super::answer::{Article, List, article, author, place, tag};
use super::queries::Queries;
use super::{LIMIT, answered, now};
use crate::Outcome;

/// What a worker has.
struct Worker {
    conn: Connection,
    /// For a page, and for a single article.
    queries: [Queries; 2],
}

type Own = web::Data<RefCell<Worker>>;

/// Mounts the list and the single article; called by each worker.
pub fn mount(config: &mut web::ServiceConfig, file: &Path) {
    let conn = open(file).expect("the database of the corpus opens");
    let many = vec!["?"; LIMIT].join(", ");
    let queries =
        [format!("IN ({many})"), "= ?".to_owned()].map(|these| Queries::new(&these, LIMIT + 1));
    config
        .app_data(Own::new(RefCell::new(Worker { conn, queries })))
        .route("/list", web::get().to(list))
        .route("/one/{slug}", web::get().to(one));
}

fn open(file: &Path) -> Outcome<Connection> {
    let conn = Connection::open(file)?;
    conn.execute_batch(
        "PRAGMA busy_timeout=5000; PRAGMA journal_mode=WAL; PRAGMA temp_store=MEMORY; \
         PRAGMA cache_size=-16000; PRAGMA mmap_size=268435456; PRAGMA query_only=ON",
    )?;
    Ok(conn)
}

async fn list(own: Own) -> actix_web::Result<HttpResponse> {
    answered(articles(&own.borrow()))
}

async fn one(own: Own, slug: web::Path<String>) -> actix_web::Result<HttpResponse> {
    answered(by_slug(&own.borrow(), &slug))
}

fn articles(
    Worker {
        conn,
        queries: [queries, _],
    }: &Worker,
) -> Outcome<List> {
    let mut found = Vec::with_capacity(LIMIT + 1);
    let mut query = conn.prepare_cached(&queries.list)?;
    let mut rows = query.query(params![now().0])?;
    while let Some(row) = rows.next()? {
        found.push(article!(row.get, false));
    }
    let mut list = List::of(found, LIMIT);
    complete(conn, queries, &mut list.data)?;
    Ok(list)
}

fn by_slug(
    Worker {
        conn,
        queries: [_, queries],
    }: &Worker,
    slug: &str,
) -> Outcome<Article> {
    let mut query = conn.prepare_cached(&queries.one)?;
    let mut rows = query.query(params![now().0, slug])?;
    let row = rows.next()?.ok_or("there is no such article")?;
    let mut found = [article!(row.get, true)];
    complete(conn, queries, &mut found)?;
    let [found] = found;
    Ok(found)
}

/// Adds authors and tags.
fn complete(conn: &Connection, queries: &Queries, articles: &mut [Article]) -> Outcome<()> {
    let ids: Vec<String> = articles.iter().map(|article| article.id.clone()).collect();
    let mut query = conn.prepare_cached(&queries.authors)?;
    let mut rows = query.query(params_from_iter(&ids))?;
    while let Some(row) = rows.next()? {
        let id = row.get_ref(0)?.as_str()?;
        place(articles, id, author!(row.get), |article| {
            &mut article.authors
        });
    }
    let mut query = conn.prepare_cached(&queries.tags)?;
    let mut rows = query.query(params_from_iter(&ids))?;
    while let Some(row) = rows.next()? {
        let id = row.get_ref(0)?.as_str()?;
        place(articles, id, tag!(row.get), |article| &mut article.tags);
    }
    Ok(())
}
