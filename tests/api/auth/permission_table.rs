//! The permission table: every route and method, for every kind of caller. What it expects
//! stands in `docs/permissions.md`, which is also what people read.

use std::collections::BTreeSet;

use masthead::auth::{Permission, Role};
use masthead::config::Settings;
use masthead::db::Json;
use masthead::keys::store::KeyRow;
use masthead::routes::TABLE;
use reqwest::Method;
use serde_json::{Value, json};

use crate::accounts::user_rights::key;
use crate::support::accounts::PASSWORD;
use crate::support::{Kind, Resource as _, TestApp, block_on, has_postgres};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/permissions.md");

/// Where the table begins and ends in the file.
const MARKS: (&str, &str) = ("<!-- table -->\n", "<!-- end -->");

/// The kinds of caller: a column each. Where ownership matters there are two.
const COLUMNS: [&str; 10] = [
    "anonymous",
    "read key",
    "viewer",
    "contributor, own",
    "contributor, other's",
    "author, own",
    "author, other's",
    "editor",
    "admin",
    "expired token",
];

/// A row: a method and path of the table of routes, and what state the article is in.
struct Row {
    method: &'static str,
    path: &'static str,
    state: Option<State>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Draft,
    Published,
}

impl Row {
    fn name(&self) -> String {
        let state = match self.state {
            None => "",
            Some(State::Draft) => " of a draft",
            Some(State::Published) => " of a published article",
        };
        format!("`{} {}`{state}", self.method, self.path)
    }
}

/// Every route; those of one article twice, since who may know of it depends on its state.
fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for (method, path) in TABLE {
        let states: &[Option<State>] = if path.contains("{article}") {
            &[Some(State::Draft), Some(State::Published)]
        } else {
            &[None]
        };
        rows.extend(states.iter().map(|state| Row {
            method,
            path,
            state: *state,
        }));
    }
    rows
}

/// A server with one of each kind of caller.
struct Newsroom {
    app: TestApp,
    read_key: String,
    /// An e-mail address for each role.
    people: Vec<(Role, String)>,
    expired: String,
    numbers: std::cell::Cell<u32>,
}

impl Newsroom {
    async fn open(kind: Kind) -> Self {
        let unlimited = |settings: &mut Settings| {
            settings.limits.login_account.requests = 0;
            settings.limits.login_address.requests = 0;
            settings.limits.reset_account.requests = 0;
            settings.limits.reset_address.requests = 0;
            settings.limits.writes.requests = 0;
        };
        let app = TestApp::start_with(kind, unlimited).await;
        app.tag("Sea").create().await;
        app.author("Jane Doe").create().await;
        let expired = app.named_user("expired", Role::Admin).await.access;
        app.advance(chrono::Duration::minutes(11));
        let mut people = Vec::new();
        for role in Role::ALL {
            people.push((*role, app.user(*role).await.email));
        }
        let read_key = read_key(&app).await;
        Self {
            app,
            read_key,
            people,
            expired,
            numbers: std::cell::Cell::new(0),
        }
    }

    /// A text that was not used before.
    fn fresh(&self, what: &str) -> String {
        self.numbers.set(self.numbers.get() + 1);
        format!("{what}-{}", self.numbers.get())
    }

    async fn token(&self, role: Role) -> String {
        let mut people = self.people.iter();
        let (_, email) = people.find(|(one, _)| *one == role).unwrap();
        self.app.sign_in(email).await.access
    }

    /// The credentials of a column.
    async fn credentials(&self, column: &str) -> Option<String> {
        match column {
            "anonymous" => None,
            "read key" => Some(self.read_key.clone()),
            "expired token" => Some(self.expired.clone()),
            column => {
                let role = column.split(',').next().unwrap();
                Some(self.token(Role::named(role).unwrap()).await)
            }
        }
    }

    /// An article in this state: the caller's own where the column says so.
    async fn article(&self, own: Option<&str>, state: State) -> String {
        let editor = || self.app.editor();
        let by = match own {
            Some(token) => self.app.anonymous().bearer(token),
            None => editor(),
        };
        let article = json!({"title": self.fresh("Story"), "body": {"source": "Text."}});
        let article = by.post("/v1/articles", &article).await.expect(201);
        let id = article.json().id().to_owned();
        if state == State::Published {
            let path = format!("/v1/articles/{id}/publish");
            let publish = editor().if_match("*").post(&path, &json!({})).await;
            publish.expect(200);
        }
        id
    }

    /// Makes what a path names, and returns the path to it.
    async fn path(&self, row: &Row, own: Option<&str>, token: Option<&str>) -> String {
        let mut path = row.path.to_owned();
        for (place, list) in [
            ("{tag}", "/v1/tags"),
            ("{author}", "/v1/authors"),
            ("{user}", "/v1/users"),
            ("{key}", "/v1/keys"),
        ] {
            if path.contains(place) {
                let body = self.body("POST", list);
                let made = self.app.admin().post(list, &body).await.expect(201);
                path = path.replace(place, made.json().id());
            }
        }
        if let Some(state) = row.state {
            path = path.replace("{article}", &self.article(own, state).await);
        }
        if path.contains("{session}") {
            let mut session = Value::Null;
            if let Some(token) = token.filter(|token| token.starts_with("ey")) {
                let list = self.app.anonymous().bearer(token);
                let list = list.get("/v1/auth/sessions").await;
                session = list.json()["data"][0]["id"].clone();
            }
            path = path.replace("{session}", session.as_str().unwrap_or("no-session"));
        }
        self.prepare(row, &path).await;
        if path.contains("{token}") {
            let list = path.replace("/{token}", "");
            let made = self.app.admin().post(&list, &json!({})).await.expect(201);
            path = path.replace("{token}", made.json().id());
        }
        path = path.replace("{number}", "1").replace("{other}", "1");
        let path = path.replace("{code}", "not_found");
        match row.path {
            "/v1/redirects" => format!("{path}?path=/no/such/page"),
            _ => path,
        }
    }

    /// Brings an article into the state that a route is for.
    async fn prepare(&self, row: &Row, path: &str) {
        let act = async |article: &str, action: &str, body: Value| {
            let call = self.app.admin().if_match("*");
            call.post(&format!("{article}/{action}"), &body)
                .await
                .expect(200);
        };
        let own = row.path.strip_prefix("/v1/articles/{article}");
        let article = path.trim_end_matches(own.unwrap_or_default());
        let draft = row.state == Some(State::Draft);
        match own {
            Some("/reopen") if draft => act(article, "archive", json!({})).await,
            Some("/send-back") if draft => act(article, "submit", json!({})).await,
            Some("/unschedule") if draft => {
                act(
                    article,
                    "schedule",
                    json!({"publish_at": "2030-01-01T00:00:00Z"}),
                )
                .await;
            }
            Some("/restore") => {
                self.app.admin().remove(article).await.expect(204);
            }
            _ if row.path == "/v1/trash/{article}" => {
                let article = path.replace("/v1/trash/", "/v1/articles/");
                self.app.admin().remove(&article).await.expect(204);
            }
            _ => {}
        }
    }

    /// A good body for a route.
    fn body(&self, method: &str, path: &str) -> Value {
        let somebody = |email: String| json!({"email": email, "name": "New", "role": "viewer"});
        match (method, path) {
            ("POST", "/v1/tags" | "/v1/authors") | ("PUT", "/v1/tags/{tag}") => {
                json!({"name": self.fresh("Name")})
            }
            ("PUT", "/v1/authors/{author}") => json!({"name": self.fresh("Name")}),
            ("POST", "/v1/tags/{tag}/merge") => json!({"into": "sea"}),
            ("POST", "/v1/authors/{author}/merge") => json!({"into": "jane-doe"}),
            ("POST", "/v1/articles") | ("PUT", "/v1/articles/{article}") => {
                json!({"title": self.fresh("Title")})
            }
            ("POST", "/v1/articles/{article}/schedule") => {
                json!({"publish_at": "2030-01-01T00:00:00Z"})
            }
            ("POST", "/v1/articles/{article}/corrections") => json!({"text": "It was 1912."}),
            ("POST", "/v1/articles/batch") => json!({
                "operations": [{"op": "delete", "id": "no-such-article", "if_match": "*"}],
            }),
            ("PATCH", "/v1/articles/{article}") => json!({"kicker": "New"}),
            ("POST", "/v1/users") | ("PUT", "/v1/users/{user}") => {
                somebody(format!("{}@example.org", self.fresh("somebody")))
            }
            ("POST", "/v1/keys") => json!({"name": self.fresh("key"), "role": "viewer"}),
            ("PATCH", _) => json!({"name": self.fresh("Name")}),
            ("POST", "/v1/auth/login") => {
                json!({"email": self.people[0].1, "password": PASSWORD})
            }
            ("POST", "/v1/auth/password-reset") => json!({"email": self.people[0].1}),
            ("POST", "/v1/auth/password") => {
                json!({"token": "mho_unknown", "password": "seven silent harbours"})
            }
            ("POST", "/v1/auth/setup") => json!({
                "token": "mho_unknown", "password": "seven silent harbours",
                "email": "first@example.org", "name": "First",
            }),
            ("POST", "/v1/me/password") => {
                json!({"current_password": PASSWORD, "new_password": PASSWORD})
            }
            _ => json!({}),
        }
    }

    /// The status of one cell.
    async fn ask(&self, row: &Row, column: &str) -> u16 {
        let token = self.credentials(column).await;
        let own = token.as_deref().filter(|_| column.ends_with("own"));
        let path = self.path(row, own, token.as_deref()).await;
        let mut call = self.app.anonymous();
        if let Some(token) = &token {
            call = call.bearer(token);
        }
        let method = Method::from_bytes(row.method.as_bytes()).unwrap();
        let kind = match row.method {
            "GET" | "DELETE" => None,
            "PATCH" => Some("application/merge-patch+json"),
            _ => Some("application/json"),
        };
        let mut body = Vec::new();
        if let Some(kind) = kind {
            call = call.with("Content-Type", kind);
            body = self.body(row.method, row.path).to_string().into_bytes();
        }
        if row.method != "GET" {
            call = call.if_match("*");
        }
        call.send(method, &path, body).await.status
    }
}

async fn read_key(app: &TestApp) -> String {
    let reads = |row: &mut KeyRow| {
        row.role = None;
        row.permissions = Some(Json(vec![Permission::ReadPublished]));
    };
    key(app, reads).await
}

/// The whole table as it is, in the form of the file.
async fn table(kind: Kind) -> String {
    let newsroom = Newsroom::open(kind).await;
    let mut text = format!("| route | {} |\n", COLUMNS.join(" | "));
    text.push_str(&format!("|---|{}\n", "---|".repeat(COLUMNS.len())));
    for row in rows() {
        let mut cells = Vec::new();
        for column in COLUMNS {
            cells.push(newsroom.ask(&row, column).await.to_string());
        }
        text.push_str(&format!("| {} | {} |\n", row.name(), cells.join(" | ")));
    }
    text
}

/// What the file says.
fn expected() -> String {
    let file = std::fs::read_to_string(FILE).unwrap();
    let (_, table) = file.split_once(MARKS.0).unwrap();
    let (table, _) = table.split_once(MARKS.1).unwrap();
    table.to_owned()
}

fn check(kind: Kind) {
    let found = block_on(table(kind));
    // `MASTHEAD_BLESS=1` writes the table; the change is then to be read in review.
    #[expect(
        clippy::disallowed_methods,
        reason = "the rule is for settings of the program"
    )]
    let bless = std::env::var("MASTHEAD_BLESS").is_ok_and(|value| value == "1");
    if bless {
        let file = std::fs::read_to_string(FILE).unwrap();
        let (before, rest) = file.split_once(MARKS.0).unwrap();
        let (_, after) = rest.split_once(MARKS.1).unwrap();
        let file = format!("{before}{}{found}{}{after}", MARKS.0, MARKS.1);
        std::fs::write(FILE, file).unwrap();
    }
    let expected = expected();
    for (expected, found) in expected.lines().zip(found.lines()) {
        assert_eq!(found, expected, "\ncolumns: {COLUMNS:?}");
    }
    assert_eq!(found.lines().count(), expected.lines().count());
}

#[test]
fn sqlite() {
    check(Kind::Sqlite);
}

#[test]
fn postgres() {
    if has_postgres() {
        check(Kind::Postgres);
    }
}

/// A route that is added needs its row, whatever the table says of the others.
#[test]
fn every_route_has_a_row() {
    let expected = expected();
    let named: BTreeSet<&str> = expected
        .lines()
        .filter_map(|line| line.split('`').nth(1))
        .collect();
    for (method, path) in TABLE {
        let route = format!("{method} {path}");
        assert!(named.contains(route.as_str()), "{route} has no row");
    }
    assert_eq!(named.len(), TABLE.len(), "a row without a route");
}
