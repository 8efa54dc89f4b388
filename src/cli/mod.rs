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

/// What a command that is not a server logs, unless `--log` says otherwise.
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

/// What every subcommand takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every command")]
struct Options {
    /// Settings file; masthead.toml in the working folder otherwise, if there is one
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// sqlite:PATH or postgres://user:password@host/name
    #[arg(long, global = true, value_name = "URL")]
    database: Option<String>,
    /// What is logged, e.g. info,masthead=debug
    #[arg(long, global = true, value_name = "FILTER")]
    log: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API and its documentation
    Serve(serve::Arguments),
    /// Bring the database to the schema of this version
    Migrate(migrate::Arguments),
    /// Print the API document (OpenAPI 3.1)
    Openapi,
    /// Print the settings in force, secrets hidden
    Config,
    /// Make, list, rotate and revoke the keys of the API
    #[command(subcommand)]
    Key(key::Action),
    /// Make, list and change the accounts of people
    #[command(subcommand)]
    User(user::Action),
    /// Bring in content from elsewhere
    #[command(subcommand)]
    Import(import::Kind),
    /// Write all of a SQLite database to a file; the server may run meanwhile
    Backup(backup::BackupArguments),
    /// Put a backup in the place of the SQLite database; the server must not run
    Restore(backup::RestoreArguments),
    /// Look whether all that is stored agrees with itself; the server may run meanwhile
    Check(check::Arguments),
    /// Ask a running server whether it can serve
    Health(health::Arguments),
    /// Fill an empty database with a large newspaper made by chance, to try things at scale
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
    log::start(&settings.log).map_err(Failure::new)?;
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
