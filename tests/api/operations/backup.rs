//! Backups of SQLite by the program, made while the server runs, and put back.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::support::program::{fails, folder, out, run, succeeds};
use crate::support::workflow::path;
use crate::support::{Kind, TestApp, block_on};

#[test]
fn a_backup_holds_what_was_there_and_is_put_back() {
    block_on(async {
        let app = TestApp::start(Kind::Sqlite).await;
        let before = app.article("Before").publish().await;
        let place = folder();
        let url = app.database_url();
        let backup = |file: &str| run(&place, &["--database", &url, "backup", file]);
        let written = backup("one.db");
        assert!(
            out(&written).starts_with("written: one.db ("),
            "{written:?}"
        );
        let mode = fs::metadata(place.path().join("one.db")).unwrap();
        assert_eq!(mode.permissions().mode() & 0o077, 0, "it is for its owner");
        // None is overwritten.
        let refused = fails(&backup("one.db"));
        assert_eq!(refused.trim_end(), "masthead: one.db already exists");

        let after = app.article("After").publish().await;
        // Not while it is in use, whoever insists.
        let restore = ["--database", &url, "restore", "one.db"];
        let refused = fails(&run(&place, &restore));
        assert!(refused.contains("--force"), "{refused}");
        let forced = [&restore[..], &["--force"]].concat();
        let refused = fails(&run(&place, &forced));
        assert!(refused.contains("is in use"), "{refused}");
        app.anonymous().get(&path(&after)).await.expect(200);

        // Elsewhere it is a database like any other.
        succeeds(
            &place,
            &["--database", "sqlite:new/two.db", "restore", "one.db"],
        );
        let again = app.over_file(&place.path().join("new/two.db"));
        let found = again.anonymous().get(&path(&before)).await.expect(200);
        assert_eq!(found.json()["title"], "Before");
        again
            .anonymous()
            .get(&path(&after))
            .await
            .problem(404, "not_found");
        drop(again);

        // In the place of one that nobody uses.
        let forced = [
            "--database",
            "sqlite:new/two.db",
            "restore",
            "one.db",
            "--force",
        ];
        let restored = succeeds(&place, &forced);
        assert!(
            out(&restored).starts_with("restored: new/two.db ("),
            "{restored:?}"
        );
        assert!(only(&place.path().join("new"), "two.db"));
    });
}

#[test]
fn what_is_no_backup_is_not_put_back() {
    let place = folder();
    succeeds(&place, &["--database", "sqlite:ours.db", "migrate"]);
    let ours = fs::read(place.path().join("ours.db")).unwrap();
    fs::write(place.path().join("text.db"), "This is no database.").unwrap();
    let mut torn = ours.clone();
    let length = torn.len();
    torn[length / 2..].fill(0xA5);
    fs::write(place.path().join("torn.db"), torn).unwrap();
    fs::write(place.path().join("empty.db"), "").unwrap();
    for file in ["text.db", "torn.db", "empty.db", "missing.db"] {
        let to = ["--database", "sqlite:ours.db", "restore", file, "--force"];
        let refused = fails(&run(&place, &to));
        assert!(refused.contains(file), "{refused}");
        assert_eq!(fs::read(place.path().join("ours.db")).unwrap(), ours);
    }
    let none = fails(&run(
        &place,
        &["--database", "sqlite:none.db", "backup", "b.db"],
    ));
    assert!(none.contains("the file none.db does not exist"), "{none}");
}

#[test]
fn postgresql_has_its_own() {
    let place = folder();
    for (command, instead) in [("backup", "pg_dump"), ("restore", "pg_restore")] {
        // Nothing is asked of it.
        let url = "postgres://nobody@127.0.0.1:1/nothing";
        let refused = fails(&run(&place, &["--database", url, command, "file"]));
        assert!(refused.contains(instead), "{refused}");
    }
}

/// Whether a folder holds just this file.
fn only(folder: &Path, name: &str) -> bool {
    let names = fs::read_dir(folder).unwrap();
    let names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
    names == [name]
}
