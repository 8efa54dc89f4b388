//! Who calls and what they may do.
//!
//! A handler names what it needs in its signature: [`Caller<WriteArticles>`](Caller) cannot be
//! had without that permission, and without a caller there is no way to what is not public.
//! [`Reader`] serves both sides: the public, with a connection that reaches live tables only,
//! and editors.

mod caller;
pub mod key;
mod limit;
mod middleware;
pub mod permission;
pub mod store;

pub use self::caller::{Caller, Public, Reader, Visitor, unauthenticated};
pub use self::limit::limit;
pub use self::middleware::authenticate;
pub use self::permission::{Permission, Role};
