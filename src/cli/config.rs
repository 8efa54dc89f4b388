//! `masthead config`: the settings in force.

use super::failure::Failure;
use super::output;
use crate::config::Settings;

/// Prints the settings as TOML; passwords are hidden.
///
/// # Errors
/// When they cannot be written.
pub fn run(settings: &Settings) -> Result<(), Failure> {
    output::print(&toml::to_string(settings).map_err(Failure::new)?)
}
