//! Resources: what has a name and a slug, is public as soon as it is written and may become part of
//! another. A resource says what it is ([`Resource`](resource::Resource)); what it does is here, once.

pub mod handlers;
pub mod info;
pub mod integrity;
pub mod list;
pub mod live;
pub mod lookup;
pub mod merge;
pub mod reassign;
pub mod resource;
pub mod slugs;
pub mod store;
pub mod tables;
