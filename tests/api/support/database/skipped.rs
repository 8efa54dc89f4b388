//! The number of stories that were skipped for want of PostgreSQL, printed when the tests end.

use std::io::Write as _;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::{Mutex, OnceLock};

/// Counts lines until the process that writes them has ended: a test harness of Rust calls nobody
/// then, but the kernel closes its pipes.
const COUNTER: &str = r#"count=$(wc -l); echo "PostgreSQL tests skipped: $((count)) in all" >&2"#;

/// Counts one more.
pub fn one_more() {
    static LINES: OnceLock<Mutex<ChildStdin>> = OnceLock::new();
    let lines = LINES.get_or_init(|| Mutex::new(start()));
    writeln!(lines.lock().unwrap()).unwrap();
}

fn start() -> ChildStdin {
    let mut command = Command::new("sh");
    command.args(["-c", COUNTER]).stdin(Stdio::piped());
    command
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
        .stdin
        .unwrap()
}
