//! Secrets are in no log, in no error and in no text that is made for people.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Stdio};

use diesel::QueryDsl as _;
use masthead::auth::credentials::key::NewKey;
use masthead::auth::credentials::random::secret;
use masthead::auth::password::{Attempt, Password};
use masthead::config::{Secret, Settings};
use masthead::db::schema::accounts::{
    key_secrets, one_time_tokens, refresh_tokens, secrets, signing_keys, users,
};
use masthead::db::{Conn, Database};
use serde_json::{Value, json};

use crate::support::program::{folder, program};
use crate::support::services::smtp::SmtpServer;
use crate::support::{Kind, Scratch, block_on, has_postgres};

/// A server that is killed if a test forgets it.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Sends JSON and reads JSON; null when there is none.
async fn send(call: reqwest::RequestBuilder, body: &Value) -> Value {
    let call = call
        .header("content-type", "application/json")
        .body(body.to_string());
    let answer = call.send().await.unwrap();
    serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

const FIRST: &str = "seven slow barges";
const SECOND: &str = "eight slow barges";
const WRONG: &str = "wrong slow barges";

/// Does all that has to do with secrets; gives those that were seen on the way.
async fn story(base: &str, setup: &str, smtp: &SmtpServer) -> Vec<String> {
    drop(rustls::crypto::ring::default_provider().install_default());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let post = |path: &str| client.post(format!("{base}{path}"));
    let email = "jane@example.org";
    let first = json!({"token": setup, "email": email, "name": "Jane", "password": FIRST});
    let made = send(post("/v1/auth/setup"), &first).await;
    let id = text(&made["id"]);
    let mut seen = vec![FIRST.to_owned(), SECOND.to_owned(), WRONG.to_owned()];
    let login = |password: &str| json!({"email": email, "password": password});
    send(post("/v1/auth/login"), &login(WRONG)).await;
    let one = send(post("/v1/auth/login"), &login(FIRST)).await;
    let (access, refresh) = (text(&one["access_token"]), text(&one["refresh_token"]));
    let two = send(post("/v1/auth/refresh"), &json!({"refresh_token": refresh})).await;
    seen.extend([access.clone(), refresh.clone(), text(&two["refresh_token"])]);
    let access = text(&two["access_token"]);
    let link = post(&format!("/v1/users/{id}/password-link")).bearer_auth(&access);
    seen.push(text(&send(link, &json!({})).await["token"]));
    let mail = smtp.next_mail().await;
    let token = mail
        .body
        .split_whitespace()
        .find_map(|word| word.split_once("#reset="))
        .unwrap();
    let (token, odd) = (token.1.to_owned(), "https://h:hunter2@x.example");
    let choose = json!({"token": token, "password": FIRST});
    send(post("/v1/auth/password"), &choose).await;
    send(post("/v1/auth/password"), &choose).await;
    let three = send(post("/v1/auth/login"), &login(FIRST)).await;
    let change = json!({"current_password": FIRST, "new_password": SECOND});
    let call = post("/v1/me/password").bearer_auth(text(&three["access_token"]));
    let four = send(call, &change).await;
    seen.extend([
        token,
        access,
        text(&three["access_token"]),
        text(&three["refresh_token"]),
    ]);
    seen.extend([text(&four["access_token"]), text(&four["refresh_token"])]);
    send(post("/v1/auth/password-reset"), &json!({"email": email})).await;
    smtp.next_mail().await;
    // What fails: by every way a secret may come in.
    send(post("/v1/auth/refresh"), &json!({"refresh_token": refresh})).await;
    send(
        post("/v1/auth/login"),
        &json!({"email": odd, "password": [WRONG]}),
    )
    .await;
    let key = NewKey::from_random(&[9; 40]).text;
    let get = |path: &str| client.get(format!("{base}{path}"));
    for call in [
        get("/v1/me").bearer_auth(&key),
        get("/v1/me").basic_auth("jane", Some("hunter2")),
        get("/v1/me").header("Cookie", "masthead_refresh=hunter2"),
        get("/v1/me?token=hunter2"),
        get("/v1/articles?filter=title%3Dhunter2"),
        post("/v1/auth/login").body(WRONG),
        post("/v1/auth/login")
            .header("content-type", "application/json")
            .body("{\"password\": \"hunter2"),
    ] {
        call.send().await.unwrap();
    }
    seen.extend([key, "hunter2".to_owned()]);
    seen
}

/// What a database keeps of secrets.
async fn kept(url: &str) -> Vec<String> {
    let mut settings = Settings::defaults().unwrap();
    settings.set_database_url(url);
    let (url, options) = (
        settings.database_url().unwrap(),
        settings.database_options(),
    );
    let db = Database::open(&url, &options).await.unwrap();
    let mut conn: Conn = db.read().await.unwrap();
    let mut all: Vec<String> = conn
        .load(signing_keys::table.select(signing_keys::seed))
        .await
        .unwrap();
    assert!(!all.is_empty(), "a login makes a key");
    all.extend(
        conn.load::<String>(secrets::table.select(secrets::value))
            .await
            .unwrap(),
    );
    all.extend(
        conn.load::<String>(refresh_tokens::table.select(refresh_tokens::hash))
            .await
            .unwrap(),
    );
    all.extend(
        conn.load::<String>(one_time_tokens::table.select(one_time_tokens::hash))
            .await
            .unwrap(),
    );
    all.extend(
        conn.load::<String>(key_secrets::table.select(key_secrets::hash))
            .await
            .unwrap(),
    );
    let hashes = conn
        .load::<Option<String>>(users::table.select(users::password_hash))
        .await;
    all.extend(hashes.unwrap().into_iter().flatten());
    all
}

/// Runs the program over this database, with everything logged, and checks what it printed.
async fn is_silent(scratch: &Scratch, format: &str) {
    let (smtp, folder) = (SmtpServer::start(), folder());
    let mut command = program(&folder);
    command
        .args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--log",
            "trace",
            "--database",
            &scratch.url,
        ])
        .env("MASTHEAD__MAIL__SMTP_URL", smtp.url())
        .env("MASTHEAD__MAIL__FROM", "desk@example.org")
        .env("MASTHEAD__SERVER__PUBLIC_URL", "https://api.example.org")
        .env("MASTHEAD__LOG__FORMAT", format)
        .env("MASTHEAD__PASSWORDS__ITERATIONS", "1")
        .env("MASTHEAD__PASSWORDS__MEMORY_KIB", "8192")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut running = Running(command.spawn().unwrap());
    let stderr = running.0.stderr.take().unwrap();
    let log = std::thread::spawn(move || {
        let mut log = Vec::new();
        BufReader::new(stderr).read_to_end(&mut log).unwrap();
        String::from_utf8_lossy(&log).into_owned()
    });
    let mut printed = String::new();
    let mut out = BufReader::new(running.0.stdout.take().unwrap());
    while !printed.contains("#setup=") {
        assert!(out.read_line(&mut printed).unwrap() > 0, "{printed}");
    }
    let base = printed
        .split(" listens on ")
        .nth(1)
        .unwrap()
        .lines()
        .next()
        .unwrap()
        .to_owned();
    let setup = printed.rsplit("#setup=").next().unwrap().trim().to_owned();
    let mut hidden = story(&base, &setup, &smtp).await;
    hidden.extend(kept(&scratch.url).await);
    drop(running);
    out.read_to_string(&mut printed).unwrap();
    let log = log.join().unwrap();
    assert!(
        log.contains("masthead::sql") && log.contains("/v1/auth/login"),
        "it logs: {log}"
    );
    assert!(
        !log.contains(&setup),
        "the set-up token is printed, not logged"
    );
    for secret in &hidden {
        for (where_, text) in [("stderr", &log), ("stdout", &printed)] {
            // As text, and as the numbers of its bytes.
            let bytes: Vec<String> = secret.bytes().map(|byte| byte.to_string()).collect();
            let bytes = bytes.join(", ");
            let holds = |line: &&str| line.contains(secret.as_str()) || line.contains(&bytes);
            let line = text.lines().find(holds);
            assert!(line.is_none(), "{secret} on {where_}: {line:?}");
        }
    }
    assert_eq!(printed.matches("mho_").count(), 1, "{printed}");
}

#[test]
fn d3_33_no_log_holds_a_secret_sqlite() {
    block_on(async {
        for format in ["text", "json"] {
            let scratch = Scratch::migrated(Kind::Sqlite).await;
            is_silent(&scratch, format).await;
            scratch.remove().await;
        }
    });
}

#[test]
fn d3_33_no_log_holds_a_secret_postgres() {
    if has_postgres() {
        block_on(async {
            let scratch = Scratch::migrated(Kind::Postgres).await;
            is_silent(&scratch, "text").await;
            scratch.remove().await;
        });
    }
}

#[test]
fn d3_33_nothing_made_for_people_holds_a_secret() {
    let mut settings = Settings::defaults().unwrap();
    settings.set_database_url("postgres://masthead:hunter2@db.example.org/masthead");
    settings
        .mail
        .set_smtp_url("smtps://desk:hunter2@mail.example.org");
    settings.oidc.client_secret = Secret::new("hunter2");
    let shown = format!(
        "{settings:?} {:?} {:?} {:?} {}",
        settings.mail,
        Password::parse("hunter2 quay ferries").unwrap(),
        Attempt::parse("hunter2").unwrap(),
        toml_of(&settings),
    );
    assert!(!shown.contains("hunter2"), "{shown}");
    assert!(shown.contains("db.example.org"), "{shown}");
    let made = secret("mho_").unwrap();
    assert!(!made.hash.contains(&made.text["mho_".len()..]));
}

/// The settings as `masthead config` shows them.
fn toml_of(settings: &Settings) -> String {
    serde_json::to_string(settings).unwrap()
}
