//! Live copies: the articles that the public reads.
//!
//! The names that this file exports are all that other subjects (feeds, search, synchronisation,
//! importers of other APIs) use of live articles. The rest of the folder serves `articles` alone.

mod bylines;
mod conditions;
pub(in crate::articles) mod copy;
mod filter;
mod find;
mod includes;
mod invalidation;
mod list;
mod planner_hints;
pub(in crate::articles) mod publish;
mod query_plan;
pub mod redirects_api;
pub(in crate::articles) mod slugs;

pub use self::filter::{ArticleField, ArticleSort};
pub use self::find::{LiveArticle, LiveArticleRow, by_alias, find, next_change};
pub use self::includes::{complete, complete_one};
pub(in crate::articles) use self::includes::{summaries, translations};
pub(in crate::articles) use self::invalidation::invalidate;
pub use self::list::{LiveListPage, LiveListQuery};
pub use self::publish::clear_retired;
pub use super::response::{Article as Card, ArticleSummary};
pub use super::selection::Selection;
pub use super::visibility::visible;
