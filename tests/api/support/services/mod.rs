//! Services that a server calls: a mail server, a provider of single sign-on, a collector of traces.

pub mod collector;
pub mod provider;
pub mod smtp;
