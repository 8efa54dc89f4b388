//! Articles: working copies for editors, live copies for the public.

pub mod access;
pub mod api;
pub mod article;
pub mod batch;
pub mod bulk_insert;
mod bylines;
pub(crate) mod check;
pub mod drafts;
pub mod edit;
pub mod filter;
pub mod list;
pub mod list_params;
pub mod live;
pub mod locks;
pub mod previews;
pub mod rendering;
pub mod response;
pub mod revisions;
pub mod row;
pub mod selection;
pub mod trash;
pub mod workflow;
