//! The program itself: what it prints, and with what status it ends.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Every subcommand, with what it cannot do without.
const SUBCOMMANDS: [&[&str]; 9] = [
    &["serve", "--listen", "127.0.0.1:0"],
    &["migrate"],
    &["migrate", "--check"],
    &["config"],
    &["key", "create", "--name", "a", "--role", "reader"],
    &["key", "list"],
    &["key", "revoke", "a"],
    &["import", "markdown", "."],
    &["health", "--url", "http://127.0.0.1:1"],
];

/// The program in a folder, with nothing of our environment.
fn program(folder: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_masthead"));
    command.current_dir(folder.path()).env_clear();
    command.stdin(Stdio::null());
    command
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn run(folder: &TempDir, arguments: &[&str]) -> Output {
    program(folder).args(arguments).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[track_caller]
fn succeeds(folder: &TempDir, arguments: &[&str]) -> Output {
    let output = run(folder, arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {output:?}");
    output
}

/// Checks that the program fails and says why in one line, which it returns.
#[track_caller]
fn fails(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let line = err(output);
    assert_eq!(line.trim_end().lines().count(), 1, "{line}");
    assert!(line.starts_with("masthead: "), "{line}");
    line
}

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

        assert_eq!(out(&succeeds(&folder, &["health", "--url", &base])), "ok\n");
        // The key that another process makes is good at once.
        let key = ["key", "create", "--name", "a", "--role", "editor"];
        succeeds(&folder, &key);
        let (status, said) = server.stop(signal);
        assert_eq!(status, Some(0), "{said}");
        assert!(said.contains("Stopping"), "{said}");
        assert!(folder.path().join("data/masthead.db").exists());
        let health = run(&folder, &["health", "--url", &base]);
        fails(&health);

        // The sample is for an empty database.
        let mut server = Server::start(&folder, &arguments);
        let line = server.line();
        assert!(line.contains("has content already"), "{line}");
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
    let unnamed = run(&folder, &["key", "create", "--role", "reader"]);
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
fn settings_are_shown_without_secrets() {
    let folder = folder();
    let secret = "postgres://me:hunter2@db.example.org/news?password=hunter2";
    let mut by_environment = program(&folder);
    by_environment.args(["config"]).env("DATABASE_URL", secret);
    let mut by_section = program(&folder);
    by_section
        .args(["config"])
        .env("MASTHEAD__DATABASE__URL", secret);
    let mut by_flag = program(&folder);
    by_flag.args(["config", "--database", secret]);
    for mut command in [by_environment, by_section, by_flag] {
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let shown = out(&output) + &err(&output);
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(shown.contains("postgres://me:***@db.example.org/news"));
    }
    // What is shown is a file of settings.
    let shown = out(&succeeds(&folder, &["config"]));
    fs::write(folder.path().join("masthead.toml"), &shown).unwrap();
    assert_eq!(out(&succeeds(&folder, &["config"])), shown);
}

#[test]
fn later_settings_win() {
    let folder = folder();
    let listen = |command: &mut Command| {
        let output = command.output().unwrap();
        let shown: toml::Table = out(&output).parse().unwrap();
        shown["server"]["listen"].as_str().unwrap().to_owned()
    };
    let config = ["config", "--config", "a.toml"];
    fs::write(
        folder.path().join("masthead.toml"),
        "[server]\nlisten = '127.0.0.1:1'\n",
    )
    .unwrap();
    assert_eq!(listen(program(&folder).arg("config")), "127.0.0.1:1");
    fs::write(
        folder.path().join("a.toml"),
        "[server]\nlisten = '127.0.0.1:2'\n",
    )
    .unwrap();
    assert_eq!(listen(program(&folder).args(config)), "127.0.0.1:2");
    let mut by_environment = program(&folder);
    by_environment.env("MASTHEAD__SERVER__LISTEN", "127.0.0.1:3");
    assert_eq!(listen(by_environment.args(config)), "127.0.0.1:3");
    let mut several = program(&folder);
    several.env(
        "MASTHEAD__CORS__ALLOWED_ORIGINS",
        "https://a.example,https://b.example",
    );
    let shown = out(&several.arg("config").output().unwrap());
    assert!(shown.contains("https://a.example") && shown.contains("https://b.example"));
}

#[test]
fn settings_that_cannot_be_used_are_refused_by_name() {
    let folder = folder();
    for (text, name) in [
        ("[server]\nlisten_on = 'x'\n", "listen_on"),
        ("[sevrer]\n", "sevrer"),
        ("[server]\nlisten = 'nowhere'\n", "server.listen"),
        ("[server]\nworkers = 'many'\n", "server.workers"),
        ("[server\n", "masthead.toml"),
    ] {
        fs::write(folder.path().join("masthead.toml"), text).unwrap();
        for arguments in [&["config"][..], &["migrate"], &["serve"]] {
            let line = fails(&run(&folder, arguments));
            assert!(line.contains(name), "{line}");
        }
    }
    fs::remove_file(folder.path().join("masthead.toml")).unwrap();
    for (variable, value, name) in [
        ("MASTHEAD__SERVER__LISTEN_ON", "x", "listen_on"),
        ("MASTHEAD__SEVRER__LISTEN", "x", "sevrer"),
        ("MASTHEAD__SERVER__LISTEN", "nowhere", "server.listen"),
        ("MASTHEAD__DATABASE__URL", "mysql://h/d", "sqlite:PATH"),
    ] {
        let output = program(&folder).arg("config").env(variable, value).output();
        let line = fails(&output.unwrap());
        assert!(line.contains(name), "{line}");
    }
    let line = fails(&run(&folder, &["config", "--config", "none.toml"]));
    assert!(line.contains("none.toml"), "{line}");
}

#[test]
fn a_database_that_cannot_be_used_is_one_line() {
    let folder = folder();
    for (database, says) in [
        ("mysql://me:hunter2@h/d", "mysql"),
        ("news.db", "sqlite:PATH"),
        ("postgres://me:hunter2@127.0.0.1:1/news", "127.0.0.1:1"),
        ("sqlite:no/such/folder/a.db", "no/such/folder/a.db"),
    ] {
        for command in [&["serve"][..], &["migrate"], &["key", "list"]] {
            let output = program(&folder)
                .args(command)
                .env("MASTHEAD__DATABASE__CONNECT_TIMEOUT_SECONDS", "2")
                .args(["--database", database])
                .output();
            let line = fails(&output.unwrap());
            assert!(line.contains(says), "{line}");
            assert!(!line.contains("hunter2"), "{line}");
        }
    }
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let line = fails(&run(&folder, &["serve", "--listen", &address]));
    assert!(line.contains(&address), "{line}");
}

/// Each way to put an option around a subcommand: before it and at its end.
fn around(subcommand: &[&str], option: [&str; 2]) -> [Vec<String>; 2] {
    let owned = |parts: [&[&str]; 2]| parts.concat().iter().map(|s| (*s).to_owned()).collect();
    [owned([&option, subcommand]), owned([subcommand, &option])]
}

#[test]
fn every_subcommand_takes_the_common_options() {
    let folder = folder();
    for subcommand in SUBCOMMANDS {
        for (option, says) in [
            (["--database", "mysql://h/d"], "mysql"),
            (["--config", "none.toml"], "none.toml"),
        ] {
            for arguments in around(subcommand, option) {
                let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
                let line = fails(&run(&folder, &arguments));
                assert!(line.contains(says), "{arguments:?}: {line}");
            }
        }
        if subcommand == ["config"] {
            continue;
        }
        for arguments in around(subcommand, ["--log", "a=b=c"]) {
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let line = fails(&run(&folder, &arguments));
            assert!(line.contains("log.filter"), "{arguments:?}: {line}");
        }
    }
    for option in [
        ["--database", "sqlite:a.db"],
        ["--config", "a.toml"],
        ["--log", "debug"],
    ] {
        for command in ["config", "openapi"] {
            fs::write(folder.path().join("a.toml"), "").unwrap();
            for arguments in around(&[command], option) {
                let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
                succeeds(&folder, &arguments);
            }
        }
    }
    assert!(!folder.path().join("a.db").exists());
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
