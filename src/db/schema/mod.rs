//! The tables, in three groups that are kept apart: [`editorial`], [`live`] and [`accounts`].

pub mod accounts;
pub mod editorial;
pub mod live;
