//! Resources: entities with a name and a slug, public as soon as they are written, that can be merged.
//! A resource describes itself ([`Resource`](resource::Resource)); its behaviour is here, once.

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
