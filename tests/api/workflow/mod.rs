//! The workflow of articles: states, schedules, trash and batches.

mod batch;
mod batch_refused;
mod clock;
mod contested;
pub mod model;
mod offsets;
mod schedules;
mod states;
mod trash;
