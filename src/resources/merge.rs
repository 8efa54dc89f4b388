//! Merging one into another: all that referred to it refers to that one.

use super::reassign::{Target, Uses};
use super::resource::{Pair, Resource};
use super::tables::{Row as _, WorkingRow as _};
use super::{live, lookup, store};
use crate::app::Edit;
use crate::auth::Caller;
use crate::db::invalidation::SurrogateKey;
use crate::db::{Conn, Sql};
use crate::error::Result;
use crate::http::precondition::IfMatch;
use crate::values::Reference;

/// Makes the one of a path part of another, in a transaction of its own; gives its connection, too.
///
/// # Errors
/// Errors of [`into`].
pub(super) async fn carry_out<R: Resource>(
    caller: &Caller<R::Write>,
    reference: &Reference,
    if_match: &IfMatch,
    target: &Target,
) -> Result<(Conn, R::Row)> {
    let mut conn = caller.write().await?;
    let edit = caller.edit_all()?;
    let row = conn
        .transaction(async |conn: &mut Conn| {
            let old = lookup::require::<R>(conn, reference).await?;
            into::<R>(conn, edit, &old, if_match, target).await
        })
        .await?;
    R::after_merge(caller);
    Ok((conn, row))
}

/// Makes `old` part of the one that `target` names, and returns that one.
///
/// # Errors
/// 412 when it changed meanwhile, 404 when it is gone; [`Target::refuse`] when the other is not
/// there or is the same.
async fn into<R: Resource>(
    conn: &mut Conn,
    edit: Edit<'_>,
    old: &R::Row,
    if_match: &IfMatch,
    target: &Target,
) -> Result<R::Row> {
    let tables = R::TABLES;
    // Nobody merges one of the two away meanwhile, nor moves it in a tree.
    conn.advisory_lock(R::LOCK).await?;
    // Whoever gives it to an article comes before all that follows, or finds it gone.
    let row = Sql::<()>::new("SELECT id FROM ").sql(tables.table);
    conn.lock_rows(row.sql(" WHERE id = ").text(old.id()))
        .await?;
    let old = &lookup::by_id::<R>(conn, old.id()).await?;
    if_match.check(old.version())?;
    let kept = lookup::get::<R>(conn, &target.reference).await?;
    let kept = kept.ok_or_else(|| target.unknown(R::INFO.name))?;
    let pair = Pair {
        gone: old.id(),
        kept: kept.id(),
    };
    if pair.gone == pair.kept {
        return Err(target.refuse("itself", R::ITSELF));
    }
    R::prepare_merge(conn, edit, pair, target).await?;
    conn.advisory_lock("live").await?;

    if R::is_public(old) || R::is_public(&kept) {
        live::touch::<R>(conn, pair.gone, edit.now).await?;
    }
    if let Some(links) = R::LINKS {
        links.reassign(conn, pair).await?;
    }
    R::reassign(conn, pair).await?;
    tables.merged.reassign(conn, old.slug(), pair).await?;
    if R::is_public(old) {
        tables.former.reassign(conn, old.slug(), pair).await?;
    } else {
        // That there was an internal one of this name is nothing that the public may find out.
        tables.merged.adopt(conn, tables.former, pair).await?;
    }
    store::remove::<R>(conn, old).await?;
    // The other one stands wherever it stood.
    conn.changed(SurrogateKey::ALL);
    Ok(kept)
}

/// Lets one go that nothing uses.
///
/// # Errors
/// 409 when it is in use, with the number of uses of each kind.
pub(super) async fn refuse_in_use<R: Resource>(conn: &mut Conn, id: &str) -> Result<()> {
    let uses = match R::LINKS {
        Some(links) => Uses::count(conn, links.drafts, links.live, id).await?,
        None => Uses::default(),
    };
    uses.refuse(R::OTHER_USES, R::other_uses(conn, id).await?)
}
