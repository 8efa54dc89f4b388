//! The program itself, run in a folder of its own.

use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// The program in a folder, with nothing of our environment.
pub fn program(folder: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_masthead"));
    command.current_dir(folder.path()).env_clear();
    command.stdin(Stdio::null());
    command
}

/// A new folder.
pub fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// Runs it to its end.
pub fn run(folder: &TempDir, arguments: &[&str]) -> Output {
    program(folder).args(arguments).output().unwrap()
}

/// What it printed on standard output.
pub fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What it printed on standard error.
pub fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Runs it to its end, which must be a good one.
#[track_caller]
pub fn succeeds(folder: &TempDir, arguments: &[&str]) -> Output {
    let output = run(folder, arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {output:?}");
    output
}

/// Checks that the program fails and says why in one line, which it returns.
#[track_caller]
pub fn fails(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let line = err(output);
    assert_eq!(line.trim_end().lines().count(), 1, "{line}");
    assert!(line.starts_with("masthead: "), "{line}");
    line
}
