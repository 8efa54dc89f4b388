//! Articles: working copies for editors, live copies for the public.

pub mod access;
pub mod api;
pub mod article;
pub mod batch;
pub mod bulk_insert;
mod bylines;
mod card;
pub(crate) mod check;
pub mod context;
pub mod drafts;
pub mod edit;
pub mod links;
pub mod list;
pub mod list_params;
pub mod live;
pub mod locks;
pub mod previews;
pub mod rendering;
mod respond;
pub mod response;
pub mod revisions;
pub mod row;
pub mod selection;
mod slug_lookup;
pub mod trash;
mod visibility;
pub mod workflow;
