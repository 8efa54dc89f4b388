//! The account that an author has: whose articles those are that credit them.

use diesel::{ExpressionMethods as _, QueryDsl as _};

use crate::app::Edit;
use crate::db::Conn;
use crate::db::schema::accounts::users;
use crate::error::Result;

/// How many accounts are linked to an author: one, or none.
///
/// # Errors
/// Errors of the database.
pub async fn accounts_of(conn: &mut Conn, author: &str) -> Result<i64> {
    let linked = users::table.filter(users::author_id.eq(Some(author.to_owned())));
    Ok(conn.one(linked.count()).await?)
}

/// Links the account of one author to another, who has none.
///
/// # Errors
/// Errors of the database; 409 when the other got an account a moment ago.
pub async fn relink(conn: &mut Conn, edit: Edit<'_>, from: &str, to: &str) -> Result<()> {
    let linked = users::table.filter(users::author_id.eq(Some(from.to_owned())));
    let change = (
        users::author_id.eq(Some(to.to_owned())),
        users::version.eq(users::version + 1),
        users::updated_at.eq(edit.now),
        users::updated_by.eq(Some(edit.by.to_owned())),
    );
    conn.execute(diesel::update(linked).set(change)).await?;
    Ok(())
}
