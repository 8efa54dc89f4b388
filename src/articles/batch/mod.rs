//! Batches: many changes in one request.

pub mod api;
mod apply;
pub mod operation;
