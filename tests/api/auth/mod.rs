//! Authentication by sessions and single sign-on, and the permission table.

mod oidc;
mod oidc_returns;
mod oidc_roles;
mod oidc_tokens;
mod permission_table;
mod session_cookie;
mod session_list;
mod sessions;
