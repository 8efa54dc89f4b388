//! Many changes of articles in one request.

pub mod api;
mod apply;
mod operation;
