//! What came of looking something up by its id or slug.

/// What was looked up, or where it is now; by default that is told by its slug.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup<T, A = String> {
    /// It is here.
    Found(T),
    /// The slug is an old one of it: it is there now.
    Redirect(A),
}
