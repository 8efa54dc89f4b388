//! The program itself: what it prints, and with what status it ends.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::support::program::{err, fails, folder, out, program, run, succeeds};

/// A server that is killed if a test forgets it.
struct Server {
    child: Child,
    out: BufReader<ChildStdout>,
}

impl Server {
    fn start(folder: &TempDir, arguments: &[&str]) -> Self {
        let mut command = program(folder);
        command.args(arguments).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Self { child, out }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Sends a signal and waits for the end: the status, and what is left on standard error.
    fn stop(mut self, signal: &str) -> (Option<i32>, String) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status();
        assert!(sent.unwrap().success());
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "it goes on");
            std::thread::sleep(Duration::from_millis(20));
        };
        let mut rest = String::new();
        let mut stderr = self.child.stderr.take().unwrap();
        stderr.read_to_string(&mut rest).unwrap();
        (status.code(), rest)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn it_serves_at_once_and_stops_when_told() {
    for signal in ["-TERM", "-INT"] {
        let folder = folder();
        let arguments = ["serve", "--sample", "--listen", "127.0.0.1:0"];
        let mut server = Server::start(&folder, &arguments);
        let loaded = server.line();
        assert!(loaded.contains("14 articles"), "{loaded}");
        let first = server.line();
        let base = first.split_once(" listens on ").unwrap().1.to_owned();
        assert!(base.starts_with("http://127.0.0.1:"), "{first}");
        assert_eq!(server.line(), "database        sqlite:data/masthead.db");
        let docs = format!("documentation   {base}/docs/");
        assert_eq!(server.line(), docs);
        let first_try = format!("to try          curl '{base}/v1/articles?limit=3'");
        assert_eq!(server.line(), first_try);
        assert_eq!(server.line().trim(), format!("curl '{base}/v1/tags'"));
        let key = "to write        masthead key create --name NAME --role editor";
        assert_eq!(server.line(), key);
        assert_eq!(server.line(), "");
        let none = server.line();
        assert!(none.starts_with("There are no accounts yet."), "{none}");
        let link = server.line();
        let page = format!("{base}/account#setup=mho_");
        assert!(link.trim().starts_with(&page), "{link}");

        assert_eq!(out(&succeeds(&folder, &["health", "--url", &base])), "ok\n");
        // The key that another process makes is good at once.
        let key = ["key", "create", "--name", "a", "--role", "editor"];
        succeeds(&folder, &key);
        let (status, said) = server.stop(signal);
        assert_eq!(status, Some(0), "{said}");
        assert!(said.contains("Shutting down"), "{said}");
        assert!(folder.path().join("data/masthead.db").exists());
        let health = run(&folder, &["health", "--url", &base]);
        fails(&health);

        // The sample is for an empty database.
        let mut server = Server::start(&folder, &arguments);
        let line = server.line();
        assert!(line.contains("is not empty"), "{line}");
        server.line();
        assert_eq!(server.stop(signal).0, Some(0));
    }
}

#[test]
fn keys_are_made_listed_and_revoked() {
    let folder = folder();
    let create = |name: &str| {
        run(
            &folder,
            &["key", "create", "--name", name, "--role", "editor"],
        )
    };
    let made = create("desk");
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    let key = out(&made);
    let key = key.strip_suffix('\n').unwrap();
    assert!(key.starts_with("mhk_") && key.len() > 40, "{key}");
    assert!(
        key.bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
    );
    assert!(!err(&made).contains(key));
    let taken = fails(&create("desk"));
    assert!(taken.contains("desk") && !taken.contains("mhk_"), "{taken}");

    let list = out(&succeeds(&folder, &["key", "list"]));
    assert!(list.contains("desk") && list.contains("editor"), "{list}");
    assert!(!list.contains(key), "{list}");
    let file = fs::read(folder.path().join("data/masthead.db")).unwrap();
    let kept = file.windows(key.len()).any(|bytes| bytes == key.as_bytes());
    assert!(!kept, "only a hash is kept");

    succeeds(&folder, &["key", "revoke", "desk"]);
    let again = fails(&run(&folder, &["key", "revoke", "desk"]));
    assert!(again.contains("desk"), "{again}");
    let list = out(&succeeds(&folder, &["key", "list"]));
    let line = list.lines().find(|line| line.starts_with("desk")).unwrap();
    assert!(
        line.ends_with('Z'),
        "it tells since when it is void: {line}"
    );
    assert_eq!(create("desk").status.code(), Some(0), "the name is free");
    let usage = run(&folder, &["key", "create", "--name", "x", "--role", "king"]);
    assert_eq!(usage.status.code(), Some(2));
    let unnamed = run(&folder, &["key", "create", "--role", "viewer"]);
    assert_eq!(unnamed.status.code(), Some(2));
}

#[test]
fn migrations_are_checked_and_run() {
    let folder = folder();
    let check = ["migrate", "--check"];
    let before = run(&folder, &check);
    fails(&before);
    assert!(out(&before).starts_with("pending: "), "{before:?}");
    let file = folder.path().join("data");
    assert!(!file.exists(), "a check makes nothing");
    fails(&run(&folder, &["key", "list"]));
    assert!(!file.exists());
    let done = out(&succeeds(&folder, &["migrate"]));
    assert!(done.starts_with("done: "), "{done}");
    for arguments in [&check[..], &["migrate"]] {
        let output = succeeds(&folder, arguments);
        assert_eq!(out(&output), "the database is up to date\n");
        assert_eq!(err(&output), "");
    }
    succeeds(&folder, &["key", "list"]);
}

#[test]
fn the_document_is_printed() {
    let folder = folder();
    let output = succeeds(&folder, &["openapi"]);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi/openapi.json");
    let file = fs::read_to_string(file).unwrap();
    assert!(
        out(&output) == file,
        "run `masthead openapi > openapi/openapi.json`"
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn an_import_tells_what_it_did() {
    let folder = folder();
    let posts = folder.path().join("posts");
    fs::create_dir(&posts).unwrap();
    fs::write(
        posts.join("a.md"),
        "+++\ntitle = 'A'\ndate = 2020-01-02\n+++\nText.\n",
    )
    .unwrap();
    fs::write(posts.join("_index.md"), "+++\n+++\n").unwrap();
    let import = ["import", "markdown", "posts", "--publish"];
    let dry = [&import[..], &["--dry-run"]].concat();
    let output = succeeds(&folder, &dry);
    assert!(out(&output).contains("created          1"), "{output:?}");
    assert!(out(&output).starts_with("dry run: nothing was written"));
    let left = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 1, "a dry run without a database makes none");

    let output = succeeds(&folder, &import);
    assert_eq!(err(&output), "", "quiet when nobody watches");
    let said = out(&output);
    for line in [
        "files            2",
        "created          1",
        "skipped          1",
    ] {
        assert!(said.contains(line), "{said}");
    }
    assert!(said.contains("_index.md: a section page"), "{said}");
    fs::write(posts.join("b.md"), "+++\ntitle = = 3\n+++\n").unwrap();
    for arguments in [&import[..], &dry] {
        let output = run(&folder, arguments);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(err(&output).starts_with("b.md:2: "), "{output:?}");
        assert!(out(&output).contains("unchanged        1"), "{output:?}");
        assert!(out(&output).contains("failed           1"), "{output:?}");
    }
    let line = fails(&run(&folder, &["import", "markdown", "nowhere"]));
    assert!(line.contains("nowhere"), "{line}");
    let wrong = run(
        &folder,
        &["import", "markdown", "posts", "--locale", "no language"],
    );
    assert_eq!(wrong.status.code(), Some(2));
}
