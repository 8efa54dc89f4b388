//! Purging the response cache, for operators.

use actix_web::{HttpResponse, web};
use deserr::Deserr;
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::auth::permission::PurgeCache;
use crate::db::Conn;
use crate::db::invalidation::{KeyKind, SurrogateKey};
use crate::error::{Code, Error, FieldError, FieldErrors, Result};
use crate::http::body::Body;
use crate::http::params::NoParams;
use crate::http::respond;
use crate::resources::info::Resources;

/// The most keys of one purge.
const MAX_KEYS: usize = 200;

/// Cached responses to purge.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(example = json!({"keys": ["articles", "tag:0199e7a2-6f4e-7c3b-8a51-2d1f6f1f9b10"]}))]
pub struct PurgeInput {
    /// Surrogate keys, as in the header `Surrogate-Key`: `articles`, `authors`, `tags`, or
    /// `article:`, `author:`, `tag:`, `author-articles:` or `tag-articles:` with an id, `slug:`
    /// with a slug, `translations:` with the id of a group. Everything by default.
    #[deserr(default)]
    #[schema(required = false, max_items = 200)]
    pub keys: Option<Vec<String>>,
}

/// Purges cached public responses on all instances. Changes made through the API need no purge;
/// this is for a database that was changed by other means.
#[utoipa::path(post, path = "/v1/cache/purge", operation_id = "purgeCache", tag = "Service",
    request_body = PurgeInput,
    responses((status = 204, description = "The cached responses were purged.")),
    security(("bearer" = [])))]
pub async fn purge(
    caller: Caller<PurgeCache>,
    resources: web::Data<Resources>,
    _params: NoParams,
    Body(input): Body<PurgeInput>,
) -> Result<HttpResponse> {
    let words = input
        .keys
        .unwrap_or_else(|| vec![SurrogateKey::ALL.to_string()]);
    let kinds = resources.key_kinds();
    let errors = faults(&words, &kinds);
    if !errors.is_empty() {
        return Err(Error::fields(Code::InvalidFields, errors));
    }
    let mut conn = caller.write().await?;
    let work = async |conn: &mut Conn| -> Result<()> {
        words
            .iter()
            .filter_map(|word| SurrogateKey::parse(word, &kinds))
            .for_each(|key| conn.changed(key));
        Ok(())
    };
    conn.transaction(work).await?;
    Ok(respond::deleted())
}

fn faults(words: &[String], kinds: &[KeyKind]) -> Vec<FieldError> {
    if words.len() > MAX_KEYS {
        let detail = format!("has {} items; the maximum is {MAX_KEYS}.", words.len());
        return vec![FieldError::at("/keys", "too_many", detail)];
    }
    let unknown = words.iter().enumerate();
    let unknown = unknown.filter(|(_, word)| SurrogateKey::parse(word, kinds).is_none());
    unknown
        .map(|(index, _)| {
            let place = format!("/keys/{index}");
            FieldError::at(place, "not_allowed", "is not a surrogate key.")
        })
        .collect()
}
