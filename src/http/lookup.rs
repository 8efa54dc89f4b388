//! The result of a lookup by id or slug.

/// A resource, or its current address; by default that is its slug.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup<T, A = String> {
    /// The resource.
    Found(T),
    /// The slug is an old one of the resource; this is its address now.
    Redirect(A),
}
