//! The server's own signals: its log, spans of requests and statements, counters and histograms.

pub mod histogram;
pub mod http_metrics;
pub mod log;
pub mod trace_context;
pub mod traces;
