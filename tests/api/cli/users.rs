//! `masthead user`: accounts on the command line.

use std::io::Write as _;
use std::process::{Output, Stdio};

use tempfile::TempDir;

use crate::support::program::{err, fails, folder, out, program, run, succeeds};

/// Runs the program with a line on its standard input.
fn says(folder: &TempDir, arguments: &[&str], line: &str) -> Output {
    let mut command = program(folder);
    command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(line.as_bytes()).unwrap();
    drop(input);
    child.wait_with_output().unwrap()
}

const CREATE: [&str; 9] = [
    "user",
    "create",
    "--email",
    "Ada@Example.org",
    "--name",
    "Ada Lovelace",
    "--role",
    "admin",
    "--password-stdin",
];

#[test]
fn accounts_are_made_and_changed() {
    let folder = folder();
    for weak in ["short\n", "password1234\n", "ada@example.org\n", "\n"] {
        let line = fails(&says(&folder, &CREATE, weak));
        assert!(line.contains("password"), "{line}");
        assert!(!line.contains(weak.trim()) || weak.len() < 3, "{line}");
    }
    let made = says(&folder, &CREATE, "nine quiet ferries\n");
    assert_eq!(out(&made), "created: ada@example.org (admin)\n", "{made:?}");
    let again = fails(&says(&folder, &CREATE, "nine quiet ferries\n"));
    assert!(again.contains("e-mail address"), "{again}");

    let list = || out(&succeeds(&folder, &["user", "list"]));
    let shown = list();
    assert!(shown.contains("ada@example.org  Ada Lovelace"), "{shown}");
    assert!(!shown.contains("argon2"), "{shown}");

    // The last admin stays one, and active.
    for change in [
        vec!["user", "suspend", "ada@example.org"],
        vec!["user", "set-role", "ada@example.org", "viewer"],
    ] {
        let line = fails(&run(&folder, &change));
        assert!(line.contains("last active admin"), "{line}");
    }
    let invited = ["user", "create", "--email", "tobias@example.org"];
    let invited = [&invited[..], &["--name", "Tobias", "--role", "author"]].concat();
    let made = succeeds(&folder, &invited);
    let printed = out(&made);
    assert!(printed.starts_with("created: tobias@example.org (author)\n"));
    assert!(printed.contains("/account#invitation=mho_"), "{printed}");
    assert!(err(&made).contains("server.public_url"), "{made:?}");

    let address = "tobias@example.org";
    succeeds(&folder, &["user", "set-role", address, "editor"]);
    succeeds(&folder, &["user", "suspend", address]);
    assert!(list().contains("editor       suspended"), "{}", list());
    let link = fails(&run(&folder, &["user", "reset-link", address]));
    assert!(link.contains("suspended"), "{link}");
    succeeds(&folder, &["user", "reactivate", address]);
    let other = says(
        &folder,
        &["user", "set-password", address],
        "seven silent harbours\n",
    );
    assert_eq!(other.status.code(), Some(0), "{other:?}");
    let link = out(&succeeds(&folder, &["user", "reset-link", address]));
    assert!(link.starts_with("/account#reset=mho_"), "{link}");

    let nobody = fails(&run(&folder, &["user", "suspend", "nobody@example.org"]));
    assert!(nobody.contains("nobody@example.org"), "{nobody}");
    let usage = run(&folder, &["user", "set-role", address, "king"]);
    assert_eq!(usage.status.code(), Some(2));
}

#[test]
fn a_link_names_the_address_of_the_settings() {
    let folder = folder();
    let settings = "[server]\npublic_url = \"https://api.example.org/\"\n";
    std::fs::write(folder.path().join("masthead.toml"), settings).unwrap();
    let arguments = ["user", "create", "--email", "a@example.org"];
    let arguments = [&arguments[..], &["--name", "A", "--role", "viewer"]].concat();
    let made = out(&succeeds(&folder, &arguments));
    assert!(
        made.contains("\nhttps://api.example.org/account#invitation=mho_"),
        "{made}"
    );
}
