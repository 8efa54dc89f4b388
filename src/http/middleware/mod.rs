//! Middleware: concerns of every request, around the handlers.

pub mod accept;
pub mod cors;
pub mod headers;
pub mod methods;
pub mod overload;
pub mod problems;
pub mod rate_limit;
pub mod route;
