//! Attacks on access control.

mod articles;
mod members;
mod roles;
