//! The program `masthead`.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    masthead::cli::run().await
}
