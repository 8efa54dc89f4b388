//! Who calls and what they may do.
//!
//! A handler names what it needs in its signature: [`Caller<WriteArticles>`](Caller) cannot be
//! had without that permission, and without a caller there is no way to what is not public.
//! [`Reader`] serves both sides: the public, with a connection that reaches live tables only,
//! and editors. How far a permission reaches for one article is decided in [`ownership`].

mod caller;
pub mod credentials;
mod grant;
mod guest;
pub mod linked;
pub mod lookup;
mod middleware;
pub mod ownership;
pub mod password;
pub mod permission;
mod previewer;
pub mod principal;
mod recent;
mod role;
mod state;

pub use self::caller::{Caller, Person, Public, Reader, Visitor, unauthenticated};
pub use self::grant::Grant;
pub use self::guest::Guest;
pub use self::middleware::{Identity, authenticate};
pub use self::permission::{Needs, Permission, Permissions};
pub use self::previewer::Previewer;
pub use self::principal::Principal;
pub use self::role::Role;
pub use self::state::Auth;
