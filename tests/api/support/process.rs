//! A server that can be killed.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use tempfile::TempDir;

use super::database::Scratch;
use super::program::program;

/// The program as a process of its own, which serves until it is killed or dropped.
pub struct Process {
    process: Child,
    /// Where it answers.
    pub base: String,
}

impl Process {
    /// Starts the program over a database, with limits that stop no test.
    pub fn start(scratch: &Scratch, folder: &TempDir) -> Self {
        let mut command = program(folder);
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--log", "error"])
            .args(["--database", &scratch.url])
            .env("MASTHEAD__LIMITS__WRITES__REQUESTS", "0")
            .env("MASTHEAD__SERVER__WORKERS", "2")
            .stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut out = BufReader::new(process.stdout.take().unwrap());
        let mut printed = String::new();
        while !printed.contains(" listens on ") || !printed.ends_with('\n') {
            assert!(out.read_line(&mut printed).unwrap() > 0, "{printed}");
        }
        let base = printed.split(" listens on ").nth(1).unwrap();
        let base = base.split_whitespace().next().unwrap();
        let base = base.trim_end_matches([',', '.', '/']).to_owned();
        Self { process, base }
    }

    /// Kills it (SIGKILL).
    pub fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
