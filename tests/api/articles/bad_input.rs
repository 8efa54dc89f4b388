//! What is wrong with the body of an article is refused with all its places, and nothing of it
//! is written.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::workflow::path;
use crate::support::{Reply, TestApp};

on_both!(
    each_field_has_its_type,
    each_field_is_checked,
    rules_between_fields,
    all_errors_come_at_once,
    what_is_no_article_at_all,
);

/// Values that a field refuses, by field: the place and the code of the error, and the value.
const REFUSED: &str = r#"
    /featured            wrong_type         "true"
    /body                wrong_type         "text"
    /body/source         wrong_type         {"source": 1}
    /body/format         not_allowed        {"format": "rtf"}
    /body/text           unknown_field      {"text": "x"}
    /body/source         control_character  {"source": "a\u0000b"}
    /tags                wrong_type         "sea"
    /tags/0              wrong_type         [1]
    /tags/0              not_a_reference    ["Not a slug"]
    /authors/0           wrong_type         ["jane-doe"]
    /authors/0/author    missing            [{"role": "author"}]
    /authors/0/role      not_allowed        [{"author": "jane-doe", "role": "boss"}]
    /seo/x~1y~0z         unknown_field      {"x/y~z": 1}
    /seo/title           wrong_type         {"title": 1}
    /seo/image           not_a_url          {"image": "data:text/html,x"}
    /lead_image/media    missing            {"alt": "x"}
    /lead_image/media    not_a_url          {"media": "a.jpg"}
    /lead_image/media    not_a_url          {"media": "javascript:x"}
    /corrections/0/text  missing            [{"at": "2026-11-23T12:00:00Z"}]
    /corrections/0/at    not_a_time         [{"at": "today", "text": "x"}]
    /metadata            wrong_type         []
    /metadata            control_character  {"a": "x\u0000"}
    /metadata            too_deep           {"a": [[[[[[[[1]]]]]]]]}
    /headline            unknown_field      "x"
    /status              unknown_field      "published"
    /version             unknown_field      7
    /published_at        not_a_time         "soon"
    /published_at        not_a_time         "2026-02-30T00:00:00Z"
    /published_at        naive_time         "2026-02-03T00:00:00"
    /expires_at          naive_time         "2026-02-03"
    /locale              not_a_locale       "en_GB"
    /locale              not_a_locale       "english language"
    /slug                not_a_slug         "Not A Slug"
    /slug                not_a_slug         ""
    /slug                like_an_id         "00000000-0000-7000-8000-000000000002"
    /section             not_a_slug         "a--b"
    /title               too_short          ""
    /title               too_short          " \u00a0\t"
    /title               control_character  "a\nb"
    /title               control_character  "a\u0000b"
    /kicker              control_character  "a\u0007b"
    /standfirst          control_character  "a\u0000b"
    /canonical_url       not_a_url          "javascript:alert(1)"
    /canonical_url       not_a_url          "ftp://a.example/"
    /canonical_url       not_a_url          "/relative"
    /aliases/0           not_a_path         ["no-slash"]
    /aliases/1           not_a_path         ["/ok", "//evil.example"]
    /aliases/0           not_a_path         ["/a?b"]
"#;

pub const INVALID: &str = "invalid_fields";

/// An article that every bad body is sent against, and what it is like.
pub struct Target {
    pub path: String,
    pub before: Value,
}

pub async fn target(app: &TestApp) -> Target {
    app.tag("Sea").create().await;
    app.author("Jane Doe").create().await;
    let before = app.article("Target").create().await;
    let path = path(&before);
    Target { path, before }
}

impl Target {
    /// The answers to this body as a `POST`, a `PUT` and a `PATCH`.
    pub async fn sent(&self, app: &TestApp, body: &Value) -> [Reply; 3] {
        let call = || app.editor().if_match("*");
        [
            call().post("/v1/articles", body).await,
            call().put(&self.path, body).await,
            call().patch(&self.path, body).await,
        ]
    }

    /// Sends `members` beside a title in all three ways: each is refused at just these places.
    pub async fn refuses(&self, app: &TestApp, members: Value, places: &[(&str, &str)]) {
        let mut body = json!({"title": "Bad"});
        for (member, value) in members.as_object().unwrap() {
            body[member] = value.clone();
        }
        for reply in self.sent(app, &body).await {
            reply.refuses(422, INVALID, places);
        }
    }

    /// Nothing was written by any of the refused requests.
    pub async fn is_untouched(&self, app: &TestApp) {
        let now = app.editor().get(&self.path).await.expect(200).json();
        assert_eq!(now, self.before);
        let list = app.editor().get("/v1/articles?total=true").await;
        assert_eq!(list.json()["page"]["total"], 1, "{list}");
    }
}

async fn each_field_has_its_type(app: TestApp) {
    let target = target(&app).await;
    let not_text = [
        "title",
        "slug",
        "locale",
        "seo_title",
        "kicker",
        "standfirst",
        "byline",
        "dateline",
        "section",
        "published_at",
        "expires_at",
        "canonical_url",
        "translation_group",
        "translation_of",
    ];
    for field in not_text {
        for wrong in [json!(1), json!(true), json!(["a"]), json!({"a": 1})] {
            let place = format!("/{field}");
            target
                .refuses(&app, json!({field: wrong}), &[(&place, "wrong_type")])
                .await;
        }
    }
    target.is_untouched(&app).await;
}

async fn each_field_is_checked(app: TestApp) {
    let target = target(&app).await;
    let long = json!({"a": "x".repeat(16_384)}).to_string();
    let long = ["/metadata", "too_long", &long];
    let rows = REFUSED.lines().filter_map(|line| {
        let (place, rest) = line.trim().split_once(' ')?;
        let (code, value) = rest.trim().split_once(' ')?;
        Some([place, code, value])
    });
    let mut count = 0;
    for [place, code, value] in rows.chain([long]) {
        let field = place.split('/').nth(1).unwrap();
        let value: Value = serde_json::from_str(value).unwrap();
        let members = json!({field: value});
        target.refuses(&app, members, &[(place, code)]).await;
        count += 1;
    }
    assert_eq!(count, 49);
    target.is_untouched(&app).await;
}

async fn rules_between_fields(app: TestApp) {
    let target = target(&app).await;
    let at = "2026-11-23T12:00:00Z";
    for end in [at, "2026-11-23T12:30:00+01:00"] {
        let members = json!({"published_at": at, "expires_at": end});
        target
            .refuses(&app, members, &[("/expires_at", "contradiction")])
            .await;
    }
    let members = json!({"translation_group": "a-slug"});
    target
        .refuses(&app, members, &[("/translation_group", "not_an_id")])
        .await;
    let group = "00000000-0000-7000-8000-000000000009";
    let members = json!({"translation_group": group, "translation_of": "target"});
    target
        .refuses(&app, members, &[("/translation_of", "contradiction")])
        .await;
    target.is_untouched(&app).await;
}

async fn all_errors_come_at_once(app: TestApp) {
    let target = target(&app).await;
    let body = json!({
        "title": "", "slug": "A b", "locale": 1, "nope": 1, "published_at": "2026-01-01",
        "tags": ["sea", 5], "authors": [{"role": "boss", "x": 1}], "seo": {"title": ""},
        "lead_image": {"media": "x", "credit": "a\nb"}, "metadata": 1,
        "corrections": [{"at": 1, "text": ""}], "canonical_url": "data:x",
    });
    let places = [
        ("/title", "too_short"),
        ("/slug", "not_a_slug"),
        ("/locale", "wrong_type"),
        ("/nope", "unknown_field"),
        ("/published_at", "naive_time"),
        ("/tags/1", "wrong_type"),
        ("/authors/0/role", "not_allowed"),
        ("/authors/0/x", "unknown_field"),
        ("/authors/0/author", "missing"),
        ("/seo/title", "too_short"),
        ("/lead_image/media", "not_a_url"),
        ("/lead_image/credit", "control_character"),
        ("/metadata", "wrong_type"),
        ("/corrections/0/at", "wrong_type"),
        ("/corrections/0/text", "too_short"),
        ("/canonical_url", "not_a_url"),
    ];
    for reply in target.sent(&app, &body).await {
        reply.refuses(422, INVALID, &places);
    }
    target.is_untouched(&app).await;
}

async fn what_is_no_article_at_all(app: TestApp) {
    let target = target(&app).await;
    let big = format!("{{\"title\":\"{}\"}}", "x".repeat(2_097_152));
    let deep = format!("{{\"metadata\":{}1{}}}", "[".repeat(200), "]".repeat(200));
    for (body, status, code) in [
        (big.as_bytes(), 413, "payload_too_large"),
        (deep.as_bytes(), 400, "malformed_json"),
        (b"{\"title\":", 400, "malformed_json"),
        (b"{\"title\":\"a\"} {}", 400, "malformed_json"),
        (b"{\"title\":\"\xff\"}", 400, "malformed_request"),
        (b"[]", 422, INVALID),
        (b"null", 422, INVALID),
        (b"\"text\"", 422, INVALID),
    ] {
        for (method, path) in [
            (Method::POST, "/v1/articles"),
            (Method::PUT, target.path.as_str()),
            (Method::PATCH, target.path.as_str()),
        ] {
            let call = app
                .editor()
                .if_match("*")
                .with("Content-Type", "application/json");
            let problem = call
                .send(method, path, body.to_vec())
                .await
                .problem(status, code);
            if status == 413 {
                assert_eq!(problem["limit"], 2_097_152);
            }
        }
    }
    for action in ["publish", "unpublish"] {
        let path = format!("{}/{action}", target.path);
        let reply = app
            .editor()
            .if_match("*")
            .post(&path, &json!({"at": 1}))
            .await;
        reply.refuses(422, INVALID, &[("/at", "unknown_field")]);
    }
    let reply = app
        .editor()
        .post("/v1/articles?dry=1", &json!({"title": "X"}))
        .await;
    reply.problem(400, "invalid_parameter");
    target.is_untouched(&app).await;
}
