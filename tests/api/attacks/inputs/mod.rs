//! Attacks by injection and by malformed text.

mod injection;
mod texts;
