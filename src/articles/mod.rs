//! Articles: working copies for editors, live copies for the public.

pub mod access;
pub mod actions;
pub mod api;
pub mod article;
pub mod batch;
pub mod corrections;
pub mod edit;
pub mod editorial_list;
mod editorial_parts;
pub mod filter;
mod groups;
pub mod life;
pub mod links;
pub mod list;
pub mod list_params;
pub mod live;
pub mod live_parts;
mod live_slugs;
pub mod lock;
pub mod lock_api;
pub mod preview;
pub mod preview_api;
mod preview_view;
pub mod publish;
pub mod publishable;
pub mod ready;
pub mod record;
pub mod redirects;
pub mod rendering;
pub mod revisions;
pub mod row;
pub mod shape;
pub mod slugs;
pub mod store;
pub mod transitions;
pub mod trash;
pub mod trash_api;
pub mod view;

/// Batches over HTTP, likewise.
pub use self::batch::api as batches;
/// The revisions over HTTP, by the depth that the table of routes has.
pub use self::revisions::api as history;
