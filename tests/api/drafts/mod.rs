//! Working copies of articles: versions, conflicts, locks, previews and revisions.

mod beside_live;
mod conflicts;
mod edit_locks;
mod many_editors;
mod preview_tokens;
mod previews;
mod readers;
mod revision_retention;
mod revisions;
mod versions;
