//! The command line, and the content that it imports and generates.

mod generate;
mod import;
mod import_blog;
mod keys;
mod program;
mod sample;
mod settings;
mod users;
