//! Processes that are measured: they run beside this one and end with it.

use std::cell::Cell;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::http;

/// A server in a process of its own.
pub struct Process {
    child: Child,
    port: u16,
    dumps: Cell<u32>,
}

impl Process {
    /// Starts Masthead on a database, with these settings besides (`SECTION__NAME`, value).
    pub fn masthead(database: &str, settings: &[(&str, &str)]) -> Outcome<Self> {
        let port = free_port()?;
        let mut command = Command::new(masthead());
        command
            .args(["serve", "--listen", &format!("127.0.0.1:{port}")])
            .env("DATABASE_URL", database)
            .env("MASTHEAD__LIMITS__WRITES__REQUESTS", "0");
        for (name, value) in settings {
            command.env(format!("MASTHEAD__{name}"), value);
        }
        Self::start(command, port)
    }

    /// Starts Masthead without a cache: what is measured is how answers are made.
    pub fn uncached(database: &str) -> Outcome<Self> {
        let off = [("CACHE__MEMORY_MIB", "0")];
        Self::masthead(database, if knows("memory_mib")? { &off } else { &[] })
    }

    /// Starts this program as a reference: its name, and what it takes after the port.
    pub fn reference(name: &str, rest: &[&str]) -> Outcome<Self> {
        let port = free_port()?;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(name).arg(port.to_string()).args(rest);
        Self::start(command, port)
    }

    /// Starts Masthead without a cache and with one worker under callgrind, whose files go to
    /// `folder`.
    pub fn counted(database: &str, folder: &Path) -> Outcome<Self> {
        let port = free_port()?;
        let mut command = Command::new("valgrind");
        command
            .arg("--tool=callgrind")
            .arg(format!(
                "--callgrind-out-file={}/callgrind.%p",
                folder.display()
            ))
            .arg(masthead())
            .args(["serve", "--listen", &format!("127.0.0.1:{port}")])
            .env("DATABASE_URL", database)
            .env("MASTHEAD__SERVER__WORKERS", "1");
        if knows("memory_mib")? {
            command.env("MASTHEAD__CACHE__MEMORY_MIB", "0");
        }
        Self::start(command, port)
    }

    /// How many instructions a [`counted`](Self::counted) process ran since it was last asked.
    pub fn dump(&self, folder: &Path) -> Outcome<u64> {
        let pid = self.child.id().to_string();
        let done = Command::new("callgrind_control")
            .args(["--dump", &pid])
            .output()?;
        if !done.status.success() {
            return Err(String::from_utf8_lossy(&done.stderr).into());
        }
        self.dumps.set(self.dumps.get() + 1);
        let file = folder.join(format!("callgrind.{pid}.{}", self.dumps.get()));
        let text = std::fs::read_to_string(file)?;
        let total = text.lines().find_map(|line| line.strip_prefix("totals: "));
        Ok(total.ok_or("the dump has no total")?.trim().parse()?)
    }

    fn start(mut command: Command, port: u16) -> Outcome<Self> {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let dumps = Cell::new(0);
        let mut process = Self { child, port, dumps };
        let started = Instant::now();
        while http::Client::new(port).is_err() {
            if let Some(status) = process.child.try_wait()? {
                return Err(format!("{command:?} ended: {status}").into());
            }
            if started.elapsed() > Duration::from_secs(60) {
                return Err(format!("{command:?} does not answer").into());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        Ok(process)
    }

    /// The port that it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// How long its threads have worked so far.
    pub fn cpu(&self) -> Outcome<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // After the name, which may hold anything: the 14th and 15th fields, in hundredths.
        let rest = stat.rsplit(") ").next().ok_or("no name in stat")?;
        let fields: Vec<&str> = rest.split(' ').collect();
        let ticks = |index: usize| -> Outcome<u64> {
            Ok(fields.get(index).ok_or("too few fields in stat")?.parse()?)
        };
        Ok(Duration::from_millis((ticks(11)? + ticks(12)?) * 10))
    }

    /// How much memory it has for itself now, in MiB.
    pub fn memory(&self) -> Outcome<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let anonymous = status
            .lines()
            .find_map(|line| line.strip_prefix("RssAnon:"))
            .and_then(|rest| rest.trim().strip_suffix(" kB"))
            .ok_or("no RssAnon in status")?;
        Ok(anonymous.trim().parse::<f64>()? / 1_024.0)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The server's program: as it was built with this one, or another to compare with.
pub fn masthead() -> PathBuf {
    let other = std::env::var_os("BENCH_MASTHEAD").map(PathBuf::from);
    other.unwrap_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_masthead")))
}

/// Whether this Masthead has a setting of this name.
pub fn knows(setting: &str) -> Outcome<bool> {
    let output = Command::new(masthead()).arg("config").output()?;
    Ok(String::from_utf8_lossy(&output.stdout).contains(setting))
}

fn free_port() -> Outcome<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
