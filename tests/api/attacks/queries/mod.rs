//! Attacks by queries: filters, sorts, cursors and lists as an oracle for hidden content.

mod drafts;
mod filters;
mod hidden;
mod lists;
