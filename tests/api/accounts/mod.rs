//! Accounts of people: management, profile, passwords and the mail that goes with them.

mod mail;
mod me;
mod page;
mod password_links;
mod user_list;
pub mod user_rights;
mod users;
