//! Texts and lists of an article are bounded, and what it refers to must be there; nothing is
//! written otherwise.

use serde_json::json;

use crate::articles::bad_input::{INVALID, target};
use crate::support::TestApp;

on_both!(
    texts_are_bounded,
    lists_are_bounded,
    references_must_lead_somewhere,
);

async fn texts_are_bounded(app: TestApp) {
    let target = target(&app).await;
    for (pointer, most) in [
        ("/title", 300),
        ("/seo_title", 300),
        ("/kicker", 100),
        ("/standfirst", 1_000),
        ("/byline", 300),
        ("/dateline", 100),
        ("/body/source", 1_000_000),
        ("/lead_image/alt", 1_000),
        ("/lead_image/caption", 2_000),
        ("/lead_image/credit", 300),
        ("/corrections/0/text", 2_000),
    ] {
        let with = |length: usize| {
            let text = json!("é".repeat(length));
            match pointer.split('/').skip(1).collect::<Vec<_>>()[..] {
                [field] => json!({field: text}),
                ["lead_image", part] => {
                    let mut image = json!({"media": "/a.jpg"});
                    image[part] = text;
                    json!({"lead_image": image})
                }
                ["corrections", ..] => {
                    json!({"corrections": [{"at": "2026-11-23T12:00:00Z", "text": text}]})
                }
                [outer, inner] => json!({outer: {inner: text}}),
                _ => panic!("{pointer}"),
            }
        };
        let over = with(most + 1);
        if most < 1_000_000 {
            target.refuses(&app, over, &[(pointer, "too_long")]).await;
        } else {
            let body = json!({"body": {"source": "x".repeat(most + 1)}});
            target.refuses(&app, body, &[(pointer, "too_long")]).await;
            continue;
        }
        // Just as long as it may be, in characters: the rest of the body is what is wrong.
        let mut full = with(most);
        full["featured"] = json!("no");
        target
            .refuses(&app, full, &[("/featured", "wrong_type")])
            .await;
    }
    for (pointer, value) in [
        ("/slug", "a".repeat(101)),
        ("/section", "a".repeat(101)),
        (
            "/canonical_url",
            format!("https://a.example/{}", "a".repeat(2_048)),
        ),
    ] {
        let field = &pointer[1..];
        target
            .refuses(&app, json!({field: value}), &[(pointer, "too_long")])
            .await;
    }
    let alias = format!("/{}", "a".repeat(500));
    target
        .refuses(
            &app,
            json!({"aliases": [alias]}),
            &[("/aliases/0", "too_long")],
        )
        .await;
    target.is_untouched(&app).await;
}

async fn lists_are_bounded(app: TestApp) {
    let target = target(&app).await;
    let at = "2026-11-23T12:00:00Z";
    for (field, item) in [
        ("tags", json!("sea")),
        ("authors", json!({"author": "jane-doe"})),
        ("related", json!("target")),
        ("aliases", json!("/a")),
        ("corrections", json!({"at": at, "text": "x"})),
    ] {
        let place = format!("/{field}");
        let items = vec![item; 51];
        target
            .refuses(&app, json!({field: items}), &[(&place, "too_many")])
            .await;
    }
    target.is_untouched(&app).await;
}

async fn references_must_lead_somewhere(app: TestApp) {
    let target = target(&app).await;
    let nobody = "00000000-0000-7000-8000-000000000009";
    let id = target.before["id"].clone();
    for (members, places) in [
        (
            json!({"tags": ["sea", "nope"]}),
            vec![("/tags/1", "unknown_reference")],
        ),
        (
            json!({"tags": [nobody]}),
            vec![("/tags/0", "unknown_reference")],
        ),
        (
            json!({"authors": [{"author": "nope"}]}),
            vec![("/authors/0/author", "unknown_reference")],
        ),
        (
            json!({"related": ["nope"]}),
            vec![("/related/0", "unknown_reference")],
        ),
        (
            json!({"translation_of": "nope"}),
            vec![("/translation_of", "unknown_reference")],
        ),
        (
            json!({"tags": ["sea", "sea"]}),
            vec![("/tags/1", "duplicate")],
        ),
        (
            json!({"authors": [{"author": "jane-doe"}, {"author": "jane-doe", "role": "editor"}]}),
            vec![("/authors/1/author", "duplicate")],
        ),
        (
            json!({"related": ["target", nobody]}),
            vec![("/related/1", "unknown_reference")],
        ),
        (
            json!({"tags": ["a", "b"], "authors": [{"author": "c"}], "related": [nobody]}),
            vec![
                ("/tags/0", "unknown_reference"),
                ("/tags/1", "unknown_reference"),
                ("/authors/0/author", "unknown_reference"),
                ("/related/0", "unknown_reference"),
            ],
        ),
    ] {
        let mut body = json!({"title": "Bad"});
        for (member, value) in members.as_object().unwrap() {
            body[member] = value.clone();
        }
        let itself = body["related"][0] == "target";
        let replies = target.sent(&app, &body).await;
        for (number, reply) in replies.iter().enumerate() {
            let mut places = places.clone();
            if itself && number > 0 {
                places.push(("/related/0", "itself"));
            }
            reply.refuses(422, INVALID, &places);
        }
    }
    // The same one by id and by slug is there twice, too.
    let reply = app
        .editor()
        .post(
            "/v1/articles",
            &json!({"title": "B", "related": [id, "target"]}),
        )
        .await;
    reply.refuses(422, INVALID, &[("/related/1", "duplicate")]);
    target.is_untouched(&app).await;
}
