//! Articles: working copies for editors, live copies for the public.

pub mod access;
pub mod actions;
pub mod api;
pub mod article;
pub mod editorial_list;
pub mod filter;
pub mod life;
pub mod links;
pub mod list;
pub mod live;
pub mod publish;
pub mod redirects;
pub mod shape;
pub mod slugs;
pub mod store;
pub mod view;
