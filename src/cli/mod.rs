//! The command line: a file for each subcommand.

mod backup;
mod check;
mod config;
mod database;
mod failure;
mod generate;
mod health;
mod import;
mod key;
mod migrate;
mod openapi;
mod output;
mod serve;
mod signals;
mod user;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use self::failure::Failure;
use crate::config::{Flags, Settings};
use crate::telemetry::log;

/// The default log filter of commands other than the server.
const QUIET: &str = "warn";

/// A headless CMS for newsrooms.
#[derive(Debug, Parser)]
#[command(name = "masthead", version)]
struct Cli {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Command,
}

/// The options of every subcommand.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
struct Options {
    /// Settings file [default: masthead.toml in the working directory, if it exists]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Database URL: sqlite:PATH or postgres://user:password@host/name
    #[arg(long, global = true, value_name = "URL")]
    database: Option<String>,
    /// Log filter, e.g. info,masthead=debug
    #[arg(long, global = true, value_name = "FILTER")]
    log: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API and its documentation
    Serve(serve::Arguments),
    /// Migrate the database to the schema of this version
    Migrate(migrate::Arguments),
    /// Print the API document (OpenAPI 3.1)
    Openapi,
    /// Print the effective settings, with secrets hidden
    Config,
    /// Create, list, rotate and revoke API keys
    #[command(subcommand)]
    Key(key::Action),
    /// Create, list and change user accounts
    #[command(subcommand)]
    User(user::Action),
    /// Import content from other systems
    #[command(subcommand)]
    Import(import::Kind),
    /// Back up a SQLite database to a file; the server may be running
    Backup(backup::BackupArguments),
    /// Restore a SQLite database from a backup; the server must not be running
    Restore(backup::RestoreArguments),
    /// Check the integrity of the stored content; the server may be running
    Check(check::Arguments),
    /// Check whether a running server is ready
    Health(health::Arguments),
    /// Fill an empty database with a large random newspaper, for tests at scale
    #[command(hide = true)]
    Generate(generate::Arguments),
}

/// Reads the command line and does what it says. Usage errors end the process with status 2,
/// as clap does; everything else that goes wrong is one line on standard error and status 1.
pub async fn run() -> ExitCode {
    let cli = Cli::parse();
    match Box::pin(dispatch(cli)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::note(&format!("masthead: {failure}"));
            ExitCode::FAILURE
        }
    }
}

async fn dispatch(cli: Cli) -> Result<(), Failure> {
    let Cli { options, command } = cli;
    let mut flags = Flags {
        config: options.config,
        database: options.database,
        log: options.log,
        listen: None,
    };
    let serves = match &command {
        Command::Serve(arguments) => {
            flags.listen.clone_from(&arguments.listen);
            true
        }
        _ => false,
    };
    if matches!(command, Command::Openapi) {
        return openapi::run();
    }
    let mut settings = Settings::load(&flags)?;
    if matches!(command, Command::Config) {
        return config::run(&settings);
    }
    if !serves && flags.log.is_none() {
        QUIET.clone_into(&mut settings.log.filter);
    }
    log::start(&settings.log.filter, settings.log.format).map_err(Failure::new)?;
    match command {
        Command::Serve(arguments) => serve::run(settings, &arguments).await,
        Command::Migrate(arguments) => migrate::run(&settings, &arguments).await,
        Command::Key(action) => key::run(&settings, &action).await,
        Command::User(action) => user::run(&settings, &action).await,
        Command::Import(kind) => import::run(&settings, &kind).await,
        Command::Backup(arguments) => backup::backup(&settings, &arguments),
        Command::Restore(arguments) => backup::restore(&settings, &arguments),
        Command::Check(arguments) => check::run(&settings, &arguments).await,
        Command::Health(arguments) => health::run(&settings, &arguments),
        Command::Generate(arguments) => generate::run(&settings, &arguments).await,
        Command::Openapi | Command::Config => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        use clap::CommandFactory as _;
        Cli::command().debug_assert();
    }

    #[test]
    fn options_of_every_command_stand_before_and_after() {
        for line in [
            "masthead --database sqlite:a.db --log debug --config c.toml key list",
            "masthead key --database sqlite:a.db list --log debug --config c.toml",
            "masthead key list --database sqlite:a.db --log debug --config c.toml",
        ] {
            let options = Cli::try_parse_from(line.split(' ')).expect(line).options;
            assert_eq!(options.database.as_deref(), Some("sqlite:a.db"), "{line}");
            assert_eq!(options.log.as_deref(), Some("debug"), "{line}");
            assert_eq!(options.config, Some(PathBuf::from("c.toml")), "{line}");
        }
    }
}
