//! Output of commands.

use std::io::{self, ErrorKind, Write as _};

use super::failure::Failure;

/// Prints a line, or several, on standard output. A reader who has left (`| head`) is no error.
///
/// # Errors
/// When standard output cannot be written, for want of space say.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let written = out
        .write_all(text.trim_end_matches('\n').as_bytes())
        .and_then(|()| out.write_all(b"\n"))
        .and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::new(format!("standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Prints a line on standard error. There is nobody left to tell when that fails.
pub fn note(line: &str) {
    drop(writeln!(io::stderr().lock(), "{line}"));
}
