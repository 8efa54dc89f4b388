//! Preview tokens: who may see one article before it is published.

use diesel::prelude::{Insertable, Queryable, Selectable};
use diesel::{ExpressionMethods as _, QueryDsl as _};
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::credentials::random::{NewSecret, hash, secret};
use crate::db::schema::editorial::preview_tokens;
use crate::db::{Conn, Time, columns};
use crate::error::{Code, Error, Result};

/// How every preview token begins.
pub const PREFIX: &str = "mhp_";
/// How long a token is kept after its end, so that its holder is told that it ended.
const MEMORY: i64 = 7 * 86_400_000;

/// A row of `preview_tokens`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = preview_tokens, check_for_backend(diesel::sqlite::Sqlite, diesel::pg::Pg))]
#[expect(missing_docs, reason = "the columns are described in the migrations")]
pub struct TokenRow {
    pub id: String,
    pub article_id: String,
    pub revision: Option<i64>,
    pub hash: String,
    pub created_at: Time,
    pub created_by: String,
    pub expires_at: Time,
    pub revoked_at: Option<Time>,
}

/// The details of a preview token, without the token itself.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PreviewToken {
    /// Id, for revoking the token.
    #[schema(value_type = uuid::Uuid)]
    pub id: String,
    /// Number of the revision shown; null for the working copy at the time of viewing.
    pub revision: Option<i64>,
    /// Time of creation.
    pub created_at: Time,
    /// Id of the user or key that created the token.
    #[schema(value_type = uuid::Uuid)]
    pub created_by: String,
    /// Time of expiry.
    pub expires_at: Time,
    /// Time of revocation.
    pub revoked_at: Option<Time>,
}

impl From<TokenRow> for PreviewToken {
    fn from(row: TokenRow) -> Self {
        Self {
            id: row.id,
            revision: row.revision,
            created_at: row.created_at,
            created_by: row.created_by,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
        }
    }
}

/// Stores a token; gives its text, which is nowhere kept. `row.hash` is filled in.
///
/// # Errors
/// Those of the database.
pub async fn issue(conn: &mut Conn, row: TokenRow) -> Result<(TokenRow, NewSecret)> {
    let secret = secret(PREFIX)?;
    let row = TokenRow {
        hash: secret.hash.clone(),
        ..row
    };
    conn.execute(diesel::insert_into(preview_tokens::table).values(row.clone()))
        .await?;
    Ok((row, secret))
}

/// The tokens of an article, the newest first.
///
/// # Errors
/// Those of the database.
pub async fn list(conn: &mut Conn, article: &str) -> Result<Vec<TokenRow>> {
    let query = preview_tokens::table
        .filter(preview_tokens::article_id.eq(article.to_owned()))
        .order((preview_tokens::created_at.desc(), preview_tokens::id.desc()))
        .limit(100)
        .select(columns::<TokenRow>());
    Ok(conn.load(query).await?)
}

/// Ends a token of an article at once.
///
/// # Errors
/// 404 when the article has no such token.
pub async fn revoke(conn: &mut Conn, article: &str, id: &str, now: Time) -> Result<()> {
    let own = preview_tokens::table
        .filter(preview_tokens::article_id.eq(article.to_owned()))
        .filter(preview_tokens::id.eq(id.to_owned()));
    let there = own.select(preview_tokens::id);
    if conn.first::<String>(there).await?.is_none() {
        return Err(Error::not_found("preview token"));
    }
    let fresh = preview_tokens::table
        .filter(preview_tokens::id.eq(id.to_owned()))
        .filter(preview_tokens::revoked_at.is_null());
    let end = diesel::update(fresh).set(preview_tokens::revoked_at.eq(Some(now)));
    conn.execute(end).await?;
    Ok(())
}

/// The token of this text, if it is good.
///
/// # Errors
/// 403 `preview_unknown`, `preview_revoked` or `preview_expired`.
pub async fn good(conn: &mut Conn, text: &str, now: Time) -> Result<TokenRow> {
    let query = preview_tokens::table
        .filter(preview_tokens::hash.eq(hash(text)))
        .select(columns::<TokenRow>());
    let found: Option<TokenRow> = match text.starts_with(PREFIX) {
        true => conn.first(query).await?,
        false => None,
    };
    let Some(row) = found else {
        let detail = "The token is not a preview token of this service.";
        return Err(Error::new(Code::PreviewUnknown, detail));
    };
    if let Some(at) = row.revoked_at {
        let detail = format!("The preview token was revoked at {at}.");
        return Err(Error::new(Code::PreviewRevoked, detail));
    }
    if row.expires_at <= now {
        let detail = format!("The preview token expired at {}.", row.expires_at);
        return Err(Error::new(Code::PreviewExpired, detail));
    }
    Ok(row)
}

/// Clears the tokens that ended a week ago.
///
/// # Errors
/// Those of the database.
pub async fn clear(conn: &mut Conn, now: Time) -> Result<()> {
    let ended = preview_tokens::table.filter(preview_tokens::expires_at.lt(Time(now.0 - MEMORY)));
    conn.execute(diesel::delete(ended)).await?;
    Ok(())
}
