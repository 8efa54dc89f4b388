//! The rules of every request: methods, headers, limits, idempotency, and the OpenAPI document.

mod document;
mod health;
mod idempotency;
mod idempotency_crash;
mod limits;
mod methods;
mod requests;
