//! Generates the client from the API document of this repository.

use std::error::Error;
use std::path::Path;
use std::process::Command;

const DOCUMENT: &str = "../../openapi/openapi.json";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed={DOCUMENT}");
    println!("cargo:rerun-if-changed=downgrade.py");
    let downgraded = Command::new("python3")
        .args(["downgrade.py", DOCUMENT])
        .output()?;
    if !downgraded.status.success() {
        return Err(String::from_utf8_lossy(&downgraded.stderr).into());
    }
    let document = serde_json::from_slice(&downgraded.stdout)?;
    let mut settings = progenitor::GenerationSettings::new();
    settings.with_interface(progenitor::InterfaceStyle::Builder);
    let code = progenitor::Generator::new(&settings).generate_tokens(&document)?;
    let file = Path::new(&std::env::var("OUT_DIR")?).join("client.rs");
    Ok(std::fs::write(file, code.to_string())?)
}
