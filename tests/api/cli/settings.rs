//! Settings of the program: where they come from, which win, and what is refused.

use std::fs;
use std::process::Command;

use crate::support::program::{err, fails, folder, out, program, run, succeeds};

/// Every subcommand, with what it cannot do without.
const SUBCOMMANDS: [&[&str]; 11] = [
    &["serve", "--listen", "127.0.0.1:0"],
    &["migrate"],
    &["migrate", "--check"],
    &["config"],
    &["key", "create", "--name", "a", "--role", "viewer"],
    &["key", "list"],
    &["key", "revoke", "a"],
    &["key", "rotate", "a"],
    &["key", "rotate-signing"],
    &["import", "markdown", "."],
    &["health", "--url", "http://127.0.0.1:1"],
];

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
        assert!(shown.contains("postgres://me@db.example.org"), "{shown}");
    }
    // What is shown is a file of settings.
    let smtp = "[mail]\nsmtp_url = 'smtps://me:hunter2@mail.example.org'\nfrom = 'a@example.org'\n";
    fs::write(folder.path().join("masthead.toml"), smtp).unwrap();
    let shown = out(&succeeds(&folder, &["config"]));
    assert!(shown.contains("smtps://me@mail.example.org:465"), "{shown}");
    assert!(!shown.contains("hunter2"), "{shown}");
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
    let mut proxies = program(&folder);
    proxies.env(
        "MASTHEAD__SERVER__TRUSTED_PROXIES",
        "10.0.0.0/8,2001:db8::7",
    );
    proxies.env("MASTHEAD__LIMITS__WRITES__REQUESTS", "7");
    let shown = out(&proxies.arg("config").output().unwrap());
    let shown: toml::Table = shown.parse().unwrap();
    let trusted = shown["server"]["trusted_proxies"].as_array().unwrap();
    let trusted: Vec<_> = trusted.iter().map(|one| one.as_str().unwrap()).collect();
    assert_eq!(trusted, ["10.0.0.0/8", "2001:db8::7/128"]);
    let writes = shown["limits"]["writes"].as_table().unwrap();
    assert_eq!(writes["requests"].as_integer(), Some(7));
    assert_eq!(writes["seconds"].as_integer(), Some(60));
}

#[test]
fn settings_that_cannot_be_used_are_refused_by_name() {
    let folder = folder();
    for (text, name) in [
        ("[server]\nlisten_on = 'x'\n", "listen_on"),
        ("[sevrer]\n", "sevrer"),
        ("[server]\nlisten = 'nowhere'\n", "server.listen"),
        ("[server]\nworkers = 'many'\n", "server.workers"),
        (
            "[server]\ntrusted_proxies = ['10.0.0.1', 'proxy']\n",
            "server.trusted_proxies[1]",
        ),
        ("[limits]\nlogins = 3\n", "logins"),
        ("[limits]\nwrites = 3\n", "limits.writes"),
        (
            "[limits]\nwrites = { seconds = 0 }\n",
            "limits.writes.seconds",
        ),
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
        (
            "MASTHEAD__PASSWORDS__MEMORY_KIB",
            "8191",
            "passwords.memory_kib",
        ),
        (
            "MASTHEAD__PASSWORDS__MEMORY_KIB",
            "1048577",
            "passwords.memory_kib",
        ),
        (
            "MASTHEAD__PASSWORDS__ITERATIONS",
            "0",
            "passwords.iterations",
        ),
        (
            "MASTHEAD__PASSWORDS__PARALLELISM",
            "17",
            "passwords.parallelism",
        ),
        (
            "MASTHEAD__MAIL__SMTP_URL",
            "http://me:hunter2@h",
            "mail.smtp_url",
        ),
        (
            "MASTHEAD__MAIL__SMTP_URL",
            "smtp://me:hunter2@h?tls=no",
            "mail.smtp_url",
        ),
        (
            "MASTHEAD__MAIL__SMTP_URL",
            "smtp://me:hunter2@h",
            "mail.from",
        ),
        ("MASTHEAD__MAIL__FROM", "The Desk", "mail.from"),
    ] {
        let output = program(&folder).arg("config").env(variable, value).output();
        let line = fails(&output.unwrap());
        assert!(line.contains(name), "{line}");
        assert!(!line.contains("hunter2"), "{line}");
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
