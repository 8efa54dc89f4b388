//! Many changes of articles in one request; here over HTTP.

use actix_web::{HttpRequest, HttpResponse};

use super::apply::apply;
use super::operation::{BatchInput, BatchResult, MOST, Outcome};
use crate::articles::row::ArticleRow;
use crate::auth::Caller;
use crate::auth::permission::ChangeArticles;
use crate::db::Conn;
use crate::error::{Code, Error, Result};
use crate::http::body::Body;
use crate::http::client::client_address;
use crate::http::middleware::problems::request_id;
use crate::http::params::NoParams;
use crate::http::respond;

/// Carries out up to 100 operations on articles, in order. Each requires the same permission and
/// precondition, and has the same result, as a separate request; the response is 200 even if some
/// were rejected, and `complete` tells whether all were carried out. An atomic batch carries out
/// either all operations or, if one is rejected, none.
#[utoipa::path(post, path = "/v1/articles/batch", operation_id = "batchArticles", tag = "Articles",
    request_body = BatchInput,
    responses((status = 200, description = "The result of each operation.", body = BatchResult)),
    security(("bearer" = [])))]
pub async fn run(
    caller: Caller<ChangeArticles>,
    request: HttpRequest,
    _params: NoParams,
    Body(batch): Body<BatchInput>,
) -> Result<HttpResponse> {
    let count = batch.operations.len();
    if !(1..=MOST).contains(&count) {
        let detail = format!("has {count} items; the number must be between 1 and {MOST}.");
        return Err(Error::field("/operations", "out_of_range", detail));
    }
    // The request itself was counted; a batch is no way round the limit of writes.
    let (app, id) = (caller.app(), &caller.principal().id);
    for _ in 1..count {
        let _standing = app.limits.write(Some(id), client_address(app, &request))?;
    }
    let results = if batch.atomic {
        Box::pin(together(&caller, &request, &batch)).await?
    } else {
        one_by_one(&caller, &request, &batch).await?
    };
    let result = BatchResult {
        complete: results.iter().all(|one| one.problem.is_none()),
        results,
    };
    Ok(respond::unversioned(&request, respond::json(&result)?))
}

async fn one_by_one(
    caller: &Caller<ChangeArticles>,
    request: &HttpRequest,
    batch: &BatchInput,
) -> Result<Vec<Outcome>> {
    let mut results = Vec::with_capacity(batch.operations.len());
    for (index, operation) in batch.operations.iter().enumerate() {
        // Others write in between.
        let mut conn = caller.write().await?;
        let work = async |conn: &mut Conn| apply(conn, caller, operation).await;
        results.push(match Box::pin(conn.transaction(work)).await {
            Ok(row) => Outcome::done(index, operation.op, row),
            Err(error) => {
                if error.code().status().is_server_error() {
                    tracing::error!(index, %error, "an operation of a batch");
                }
                Outcome::refused(
                    index,
                    operation,
                    error.problem(request.path(), &request_id(request)),
                )
            }
        });
    }
    Ok(results)
}

async fn together(
    caller: &Caller<ChangeArticles>,
    request: &HttpRequest,
    batch: &BatchInput,
) -> Result<Vec<Outcome>> {
    let mut conn = caller.write().await?;
    let done = conn
        .transaction(async |conn: &mut Conn| -> std::result::Result<_, Refused> {
            let mut rows: Vec<ArticleRow> = Vec::with_capacity(batch.operations.len());
            for (index, operation) in batch.operations.iter().enumerate() {
                match apply(conn, caller, operation).await {
                    Ok(row) => rows.push(row),
                    Err(error) => return Err(Refused { index, error }),
                }
            }
            Ok(rows)
        })
        .await;
    let operations = batch.operations.iter().enumerate();
    Ok(match done {
        Ok(rows) => operations
            .zip(rows)
            .map(|((index, operation), row)| Outcome::done(index, operation.op, row))
            .collect(),
        // The commit itself failed: that is of no operation.
        Err(Refused { index, error })
            if index == COMMIT || error.code().status().is_server_error() =>
        {
            return Err(error);
        }
        Err(Refused { index: at, error }) => operations
            .map(|(index, operation)| {
                let given_up = Error::new(
                    Code::GivenUp,
                    format!("Operation {at} was rejected, so none of the batch was carried out."),
                );
                let error = if index == at { &error } else { &given_up };
                Outcome::refused(
                    index,
                    operation,
                    error.problem(request.path(), &request_id(request)),
                )
            })
            .collect(),
    })
}

/// Stands for the commit among the operations.
const COMMIT: usize = usize::MAX;

/// Which operation was refused, and why.
struct Refused {
    index: usize,
    error: Error,
}

impl From<diesel::result::Error> for Refused {
    fn from(error: diesel::result::Error) -> Self {
        Self {
            index: COMMIT,
            error: error.into(),
        }
    }
}
