//! `masthead key`: what the program does about keys, beside making and revoking them.

use std::fs;

use masthead::auth::credentials::signing::{self, SigningKeys};
use masthead::db::{Conn, Time};
use tempfile::TempDir;

use crate::support::TestApp;
use crate::support::program::{err, fails, folder, out, run, succeeds};

on_both!(signing_keys_overlap, a_rotation_at_once_ends_all_others);

/// The line of a key in the list.
fn line_of(folder: &TempDir, name: &str) -> String {
    let list = out(&succeeds(folder, &["key", "list"]));
    let line = list.lines().find(|line| line.starts_with(name));
    line.unwrap_or_else(|| panic!("no {name}: {list}"))
        .to_owned()
}

#[test]
fn keys_may_be_narrow() {
    let folder = folder();
    let create = |arguments: &[&str]| {
        let all = [&["key", "create", "--name", "desk"][..], arguments].concat();
        run(&folder, &all)
    };
    for wrong in [
        &[][..],
        &["--role", "viewer", "--permission", "write_tags"],
        &["--permission", "everything"],
        &["--role", "viewer", "--section", "Sport"],
        &["--role", "viewer", "--locale", "no language"],
        &["--role", "viewer", "--expires", "tomorrow"],
        &["--role", "viewer", "--expires", "2999-01-01"],
    ] {
        let output = create(wrong);
        assert_eq!(output.status.code(), Some(2), "{wrong:?}: {output:?}");
    }
    let line = fails(&create(&[
        "--role",
        "viewer",
        "--expires",
        "2020-01-01T00:00:00Z",
    ]));
    assert!(line.contains("--expires must be in the future"), "{line}");
    let twice = ["--role", "viewer", "--section", "a", "--section", "a"];
    let line = fails(&create(&twice));
    assert!(line.contains("--section"), "{line}");
    let narrow = [
        "--permission",
        "write_articles",
        "--permission",
        "read_drafts",
        "--section",
        "sport",
        "--section",
        "culture",
        "--locale",
        "EN",
        "--expires",
        "2999-01-01T00:00:00Z",
    ];
    let made = create(&narrow);
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    assert!(out(&made).starts_with("mhk_"));
    let line = line_of(&folder, "desk");
    for says in [
        "read_published,read_drafts,write_articles",
        "sections sport,culture; locales en",
        "2999-01-01T00:00:00Z",
    ] {
        assert!(line.contains(says), "{says}: {line}");
    }
    let cells: Vec<&str> = line.split_whitespace().collect();
    assert!(
        cells.ends_with(&["-", "-"]),
        "neither used nor revoked: {line}"
    );
}

#[test]
fn keys_are_rotated() {
    let folder = folder();
    let make = ["key", "create", "--name", "desk", "--role", "editor"];
    let first = out(&succeeds(&folder, &make));
    let rotated = succeeds(&folder, &["key", "rotate", "desk"]);
    let second = out(&rotated);
    assert!(second.starts_with("mhk_") && second != first, "{rotated:?}");
    assert!(err(&rotated).contains("valid until"), "{rotated:?}");
    let line = line_of(&folder, "desk");
    let id = line
        .split_whitespace()
        .find(|cell| cell.len() == 36)
        .unwrap();
    let rotated = succeeds(&folder, &["key", "rotate", id, "--overlap-hours", "0"]);
    assert!(err(&rotated).contains("no longer valid"), "{rotated:?}");
    let usage = run(
        &folder,
        &["key", "rotate", "desk", "--overlap-hours", "721"],
    );
    assert_eq!(usage.status.code(), Some(2));
    succeeds(&folder, &["key", "revoke", id]);
    for name in ["desk", id, "nobody"] {
        let line = fails(&run(&folder, &["key", "rotate", name]));
        assert!(line.contains(name) || line.contains("revoked"), "{line}");
        fails(&run(&folder, &["key", "revoke", name]));
    }
}

#[test]
fn signing_keys_are_rotated() {
    let folder = folder();
    fails(&run(&folder, &["key", "rotate-signing"]));
    succeeds(&folder, &["migrate"]);
    let slowly = out(&succeeds(&folder, &["key", "rotate-signing"]));
    let at_once = out(&succeeds(&folder, &["key", "rotate-signing", "--at-once"]));
    let value = |text: &str, name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_else(|| panic!("no {name}: {text}"))
            .trim()
            .to_owned()
    };
    for text in [&slowly, &at_once] {
        assert_eq!(value(text, "new key").len(), 43, "{text}");
    }
    assert_ne!(value(&slowly, "new key"), value(&at_once, "new key"));
    assert!(value(&slowly, "signs from") < value(&slowly, "others until"));
    assert_eq!(
        value(&at_once, "signs from"),
        value(&at_once, "others until")
    );

    let setting = "[auth]\nsigning_key_file = 'signing.pem'\n";
    fs::write(folder.path().join("masthead.toml"), setting).unwrap();
    let line = fails(&run(&folder, &["key", "rotate-signing"]));
    assert!(line.contains("auth.signing_key_file"), "{line}");
    assert!(line.contains("signing.pem"), "{line}");
}

const TOKEN_MS: i64 = 600_000;

/// Rotates; gives the id of the new key and from when it signs.
async fn rotate(app: &TestApp, at_once: bool) -> (String, Time) {
    let mut conn = app.db.write().await.unwrap();
    let now = app.now();
    let rotation = conn
        .transaction(async |conn: &mut Conn| signing::rotate(conn, now, at_once, TOKEN_MS).await)
        .await
        .unwrap();
    (rotation.kid, rotation.active_from)
}

/// Whether a server that starts now accepts what this key signed.
async fn accepts(app: &TestApp, kid: &str) -> bool {
    let keys = SigningKeys::new(None).unwrap();
    keys.find(&app.db, kid, app.now()).await.unwrap().is_some()
}

/// The id of the key that a server which starts now signs with.
async fn signs(app: &TestApp) -> String {
    let keys = SigningKeys::new(None).unwrap();
    keys.current(&app.db, app.now()).await.unwrap().kid.clone()
}

async fn signing_keys_overlap(app: TestApp) {
    let first = signs(&app).await;
    let (second, from) = rotate(&app, false).await;
    assert_eq!(signs(&app).await, first);
    assert!(
        accepts(&app, &second).await,
        "it is published before it signs"
    );
    app.advance(chrono::Duration::milliseconds(from.0 - app.now().0));
    assert_eq!(signs(&app).await, second);
    app.advance(chrono::Duration::milliseconds(TOKEN_MS));
    assert!(accepts(&app, &first).await, "its last tokens are good");
    app.advance(chrono::Duration::minutes(2));
    assert!(!accepts(&app, &first).await);
    assert!(accepts(&app, &second).await);
}

async fn a_rotation_at_once_ends_all_others(app: TestApp) {
    let first = signs(&app).await;
    let (second, _) = rotate(&app, false).await;
    // The first one signs still when it turns out to be stolen.
    app.advance(chrono::Duration::minutes(1));
    let (third, _) = rotate(&app, true).await;
    for stolen in [first, second] {
        assert!(!accepts(&app, &stolen).await);
    }
    assert_eq!(signs(&app).await, third);
    assert!(accepts(&app, &third).await);
}
