//! Crashes, restarts, overload and full disks.

mod database_restarts;
mod disk_full;
mod killed_batches;
mod killed_writers;
mod overload;
mod replicas;
mod slow_clients;
