//! Three prepared queries by tokio-postgres with deadpool; those of authors and tags are sent
//! together.

use actix_web::{HttpResponse, web};
use deadpool_postgres::{ManagerConfig, Pool, RecyclingMethod, Runtime};
use masthead::db::Time;
use tokio_postgres::NoTls;

use super::answer::{Article, List, article, author, place, tag};
use super::queries::Queries;
use super::{LIMIT, answered, now};
use crate::Outcome;

/// As many as Masthead takes without a setting.
const CONNECTIONS: usize = 16;

/// What the workers share.
#[derive(Clone)]
pub struct Shared {
    pool: Pool,
    queries: Queries,
}

impl Shared {
    /// A pool for this database; it connects when it is first asked to.
    pub fn new(url: &str) -> Outcome<Self> {
        let config = url.parse::<tokio_postgres::Config>()?;
        let recycling_method = RecyclingMethod::Fast;
        let manager = deadpool_postgres::Manager::from_config(
            config,
            NoTls,
            ManagerConfig { recycling_method },
        );
        let pool = Pool::builder(manager)
            .max_size(CONNECTIONS)
            .runtime(Runtime::Tokio1)
            .build()?;
        let queries = Queries::new("= ANY($1)", LIMIT + 1);
        Ok(Self { pool, queries })
    }

    /// Mounts the list and the single article.
    pub fn mount(self, config: &mut web::ServiceConfig) {
        config
            .app_data(web::Data::new(self))
            .route("/list", web::get().to(list))
            .route("/one/{slug}", web::get().to(one));
    }
}

async fn list(shared: web::Data<Shared>) -> actix_web::Result<HttpResponse> {
    answered(articles(&shared).await)
}

async fn one(
    shared: web::Data<Shared>,
    slug: web::Path<String>,
) -> actix_web::Result<HttpResponse> {
    answered(by_slug(&shared, &slug).await)
}

async fn articles(shared: &Shared) -> Outcome<List> {
    let conn = shared.pool.get().await?;
    let query = conn.prepare_cached(&shared.queries.list).await?;
    let mut found = Vec::with_capacity(LIMIT + 1);
    for row in conn.query(&query, &[&now().0]).await? {
        found.push(article!(row.try_get, false));
    }
    let mut list = List::of(found, LIMIT);
    complete(&conn, &shared.queries, &mut list.data).await?;
    Ok(list)
}

async fn by_slug(shared: &Shared, slug: &str) -> Outcome<Article> {
    let conn = shared.pool.get().await?;
    let query = conn.prepare_cached(&shared.queries.one).await?;
    let row = conn.query_one(&query, &[&now().0, &slug]).await?;
    let mut found = [article!(row.try_get, true)];
    complete(&conn, &shared.queries, &mut found).await?;
    let [found] = found;
    Ok(found)
}

/// Adds authors and tags.
async fn complete(
    conn: &deadpool_postgres::Object,
    queries: &Queries,
    articles: &mut [Article],
) -> Outcome<()> {
    let ids: Vec<String> = articles.iter().map(|article| article.id.clone()).collect();
    let authors = conn.prepare_cached(&queries.authors).await?;
    let tags = conn.prepare_cached(&queries.tags).await?;
    let these: [&(dyn tokio_postgres::types::ToSql + Sync); 1] = [&ids];
    let (authors, tags) =
        tokio::try_join!(conn.query(&authors, &these), conn.query(&tags, &these))?;
    for row in &authors {
        place(articles, row.try_get(0)?, author!(row.try_get), |article| {
            &mut article.authors
        });
    }
    for row in &tags {
        place(articles, row.try_get(0)?, tag!(row.try_get), |article| {
            &mut article.tags
        });
    }
    Ok(())
}
