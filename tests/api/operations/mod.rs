//! Operation of the service: backup, integrity check, metrics, traces and secrets.

mod backup;
mod check;
mod check_damage;
mod metrics;
mod secrets;
mod traces;
