//! The response cache and the fragment cache.

mod fragment_cache;
mod response_cache;
mod response_cache_wire;
