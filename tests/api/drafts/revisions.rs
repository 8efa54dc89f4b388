//! Every change of an article is kept: to be listed, read, compared and brought back.

use chrono::Duration;

use masthead::auth::Role;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::workflow::path;

on_both!(
    every_change_is_listed_and_read,
    a_list_of_revisions_comes_in_pages,
    revisions_are_compared,
    an_earlier_revision_comes_back_as_a_new_one,
    what_is_gone_since_is_left_out_and_named,
    there_is_no_such_revision,
    revisions_are_for_those_who_read_the_article,
);
async fn every_change_is_listed_and_read(app: TestApp) {
    app.tag("Sea").create().await;
    let article = app
        .create_article(json!({"title": "One", "tags": ["sea"]}))
        .await;
    let path = path(&article);
    app.advance(Duration::minutes(1));
    app.change(
        &path,
        json!({"title": "Two", "body": {"source": "Ärger 漢字"}}),
    )
    .await;
    app.act(&path, "publish").await;
    // What changes nothing is no revision.
    app.change(&path, json!({"title": "Two"})).await;
    app.act(&path, "publish").await;
    app.change(&path, json!({"kicker": "K"})).await;
    let list = app.reader().get(&format!("{path}/revisions")).await;
    let list = list.expect(200);
    assert_eq!(list.each("action"), ["save", "publish", "save", "create"]);
    let revisions = list.data();
    let numbers: Vec<_> = revisions.iter().map(|one| one["number"].clone()).collect();
    assert_eq!(numbers, [4, 3, 2, 1]);
    let by = &article["created_by"];
    assert_eq!(
        revisions[1],
        json!({"number": 3, "version": 3, "action": "publish", "autosave": false,
            "at": "2026-11-23T12:01:00Z", "by": by, "note": null, "title": "Two",
            "is_live": true, "is_scheduled": false})
    );
    assert!(revisions.iter().all(|one| one.get("article").is_none()));
    let one = app.reader().get(&format!("{path}/revisions/1")).await;
    let one = one.expect(200).json();
    assert_eq!(
        (&one["title"], &one["is_live"]),
        (&json!("One"), &json!(false))
    );
    let kept = &one["article"];
    assert_eq!(
        (&kept["title"], &kept["slug"], &kept["published_at"]),
        (&json!("One"), &json!("one"), &Value::Null)
    );
    assert_eq!(kept["tags"], json!([article["tags"][0]["id"]]));
    assert_eq!(
        kept["body"],
        json!({"format": "markdown", "source": "Text."})
    );
    let three = app.reader().get(&format!("{path}/revisions/3")).await;
    let three = three.expect(200).json()["article"].clone();
    assert_eq!(three["body"]["source"], "Ärger 漢字");
    assert_eq!(three["published_at"], "2026-11-23T12:01:00Z");
    // What was kept can be sent.
    let reply = app.editor().replace(&path, &three).await;
    assert_eq!(reply.expect(200).json()["kicker"], Value::Null);
}

async fn a_list_of_revisions_comes_in_pages(app: TestApp) {
    let article = app.article("T0").create().await;
    let path = path(&article);
    for index in 1..5 {
        app.change(&path, json!({"title": format!("T{index}")}))
            .await;
    }
    let list = format!("{path}/revisions");
    let first = app
        .reader()
        .get(&format!("{list}?limit=2&total=true"))
        .await;
    assert_eq!(first.each("title"), ["T4", "T3"]);
    let page = first.json()["page"].clone();
    assert_eq!(
        (&page["total"], &page["prev"]),
        (&json!(5), &Value::Null),
        "{first}"
    );
    let cursor = page["next"].as_str().unwrap();
    let next = format!("{list}?limit=2&cursor={cursor}");
    let next = app.reader().get(&next).await;
    assert_eq!(next.each("title"), ["T2", "T1"]);
    let oldest = format!("{list}?sort=number&limit=1");
    let oldest = app.reader().get(&oldest).await;
    assert_eq!(oldest.each("title"), ["T0"]);
    for (odd, place, code) in [
        ("sort=at", "sort", "sort_unknown"),
        ("limit=0", "limit", "out_of_range"),
        ("autosave=true", "autosave", "unknown_parameter"),
    ] {
        let reply = app.reader().get(&format!("{list}?{odd}")).await;
        reply.refuses(400, "invalid_parameter", &[(place, code)]);
    }
}

async fn revisions_are_compared(app: TestApp) {
    for name in ["Sea", "Port", "Rail"] {
        app.tag(name).create().await;
    }
    let article = json!({"title": "The bridge is open", "tags": ["sea", "port"],
        "kicker": "K", "body": {"source": "It rains today."}});
    let article = app.create_article(article).await;
    let path = path(&article);
    let change = json!({"title": "The old bridge is open", "tags": ["port", "rail"],
        "kicker": null, "featured": true, "body": {"source": "It snows today."}});
    let changed = app.change(&path, change).await;
    let diff = app
        .reader()
        .get(&format!("{path}/revisions/1/diff/2"))
        .await;
    let diff = diff.expect(200).json();
    assert_eq!(
        (&diff["from"]["number"], &diff["to"]["number"]),
        (&json!(1), &json!(2))
    );
    let of = |diff: &Value, field: &str| {
        let changes = diff["changes"].as_array().unwrap();
        let found = changes.iter().find(|change| change["field"] == field);
        found.cloned().unwrap_or_else(|| panic!("{field}: {diff}"))
    };
    assert_eq!(diff["changes"].as_array().unwrap().len(), 5, "{diff}");
    let words = of(&diff, "title")["words"].clone();
    let text = |gone: &str| -> String {
        let pieces = words.as_array().unwrap().iter();
        let kept = pieces.filter(|piece| piece["op"] != gone);
        kept.map(|piece| piece["text"].as_str().unwrap()).collect()
    };
    assert_eq!(text("insert"), "The bridge is open");
    assert_eq!(text("delete"), "The old bridge is open");
    let tags = of(&diff, "tags");
    assert_eq!(tags["added"], json!([changed["tags"][1]["id"]]));
    assert_eq!(tags["removed"], json!([article["tags"][0]["id"]]));
    assert_eq!(
        of(&diff, "kicker"),
        json!({"field": "kicker", "from": "K", "to": null})
    );
    assert_eq!(
        of(&diff, "featured"),
        json!({"field": "featured", "from": false, "to": true})
    );
    assert_eq!(
        of(&diff, "body.source")["words"],
        json!([{"op": "equal", "text": "It "}, {"op": "delete", "text": "rains"},
            {"op": "insert", "text": "snows"}, {"op": "equal", "text": " today."}])
    );
    // Backwards, and with itself.
    let back = app
        .reader()
        .get(&format!("{path}/revisions/2/diff/1"))
        .await;
    let back = of(&back.expect(200).json(), "tags");
    assert_eq!(back["added"], json!([article["tags"][0]["id"]]));
    let same = app
        .reader()
        .get(&format!("{path}/revisions/2/diff/2"))
        .await;
    assert_eq!(same.expect(200).json()["changes"], json!([]));
}

async fn an_earlier_revision_comes_back_as_a_new_one(app: TestApp) {
    let somebody = app.user(Role::Editor).await;
    let first = json!({"title": "One", "slug": "one", "kicker": "K", "metadata": {"a": 1}});
    let article = app.create_article(first).await;
    let path = path(&article);
    let change = json!({"title": "Two", "slug": "two", "kicker": null, "metadata": null,
        "body": {"format": "html", "source": "<p>Other.</p>"}, "assignee": somebody.id,
        "aliases": ["/two"], "expires_at": "2027-01-01T00:00:00Z"});
    app.change(&path, change).await;
    app.act(&path, "publish").await;
    let reply = app
        .editor()
        .act(&path, "corrections", json!({"text": "No."}));
    reply.await.expect(200);
    let public = app.anonymous().get(&path).await.expect(200);
    let before = app.draft(&path).await;
    let to = "revisions/1/restore";
    let reply = app.editor().act(&path, to, json!({})).await;
    let back = reply.expect(200).json();
    for (name, value) in [
        ("title", json!("One")),
        ("kicker", json!("K")),
        ("metadata", json!({"a": 1})),
        ("version", json!(5)),
        ("status", json!("published")),
        ("has_unpublished_changes", json!(true)),
    ] {
        assert_eq!(back[name], value, "{name}");
    }
    assert_eq!(back["body"]["source"], "Text.");
    for kept in [
        "slug",
        "locale",
        "published_at",
        "first_published_at",
        "expires_at",
        "corrections",
        "assignee",
        "aliases",
        "translation_group",
    ] {
        assert_eq!(back[kept], before[kept], "{kept}");
    }
    let last = &app.revisions(&path).await[0];
    assert_eq!(
        (&last["action"], &last["note"], &last["number"]),
        (&json!("restore"), &json!("Revision 1."), &json!(5))
    );
    assert_eq!(app.anonymous().get(&path).await.etag(), public.etag());
    // Once more changes nothing.
    let reply = app.editor().act(&path, to, json!({})).await;
    assert_eq!(reply.expect(200).json()["version"], 5);

    let call = || app.editor().if_match("\"4\"");
    let reply = call().post(&format!("{path}/{to}"), &json!({})).await;
    assert_eq!(reply.problem(412, "stale_version")["current_version"], 5);
    let reply = app.editor().post(&format!("{path}/{to}"), &json!({})).await;
    reply.problem(428, "precondition_required");
    let reply = app.editor().act(&path, to, json!({"note": "x"})).await;
    reply.refuses(422, "invalid_fields", &[("/note", "unknown_field")]);
}

async fn what_is_gone_since_is_left_out_and_named(app: TestApp) {
    for name in ["Sea", "Port"] {
        app.tag(name).create().await;
    }
    app.author("Jane").create().await;
    app.article("Other").create().await;
    let article = json!({"title": "One", "tags": ["sea", "port"], "related": ["other"],
        "authors": [{"author": "jane"}]});
    let article = app.create_article(article).await;
    let path = path(&article);
    app.change(&path, json!({"tags": [], "authors": [], "related": []}))
        .await;
    for gone in ["/v1/tags/sea", "/v1/authors/jane", "/v1/articles/other"] {
        app.editor().remove(gone).await.expect(204);
    }
    let reply = app.editor().act(&path, "revisions/1/restore", json!({}));
    let back = reply.await.expect(200).json();
    assert_eq!(back["tags"].as_array().unwrap().len(), 1);
    assert_eq!(back["tags"][0]["slug"], "port");
    assert_eq!(
        (&back["authors"], &back["related"]),
        (&json!([]), &json!([]))
    );
    assert_eq!(
        app.revisions(&path).await[0]["note"],
        "Revision 1, without an author, a tag, a related article."
    );
}

async fn there_is_no_such_revision(app: TestApp) {
    let one = app.in_state(app.editor(), "draft").await;
    let other = app.in_state(app.editor(), "published").await;
    for number in [
        "0",
        "2",
        "-1",
        "x",
        "1.0",
        "01x",
        "99999999999999999999",
        "1%20",
    ] {
        let of = format!("{one}/revisions/{number}");
        app.reader().get(&of).await.problem(404, "not_found");
        let with = format!("{one}/revisions/1/diff/{number}");
        app.reader().get(&with).await.problem(404, "not_found");
        let with = format!("{one}/revisions/{number}/diff/1");
        app.reader().get(&with).await.problem(404, "not_found");
        let to = format!("revisions/{number}/restore");
        let reply = app.editor().act(&one, &to, json!({})).await;
        reply.problem(404, "not_found");
    }
    // The other article has a second one.
    let of = format!("{other}/revisions/2");
    app.reader().get(&of).await.expect(200);
    let none = "/v1/articles/none/revisions";
    app.reader().get(none).await.problem(404, "not_found");
    app.editor().remove(&other).await.expect(204);
    app.reader().get(&of).await.problem(404, "not_found");
}

async fn revisions_are_for_those_who_read_the_article(app: TestApp) {
    let author = app.user(Role::Author).await;
    let viewer = app.user(Role::Viewer).await;
    let own = app.in_state(app.as_user(&author), "draft").await;
    let hidden = app.in_state(app.editor(), "draft").await;
    let public = app.in_state(app.editor(), "published").await;
    for what in ["revisions", "revisions/1", "revisions/1/diff/1"] {
        let of = |path: &str| format!("{path}/{what}");
        app.as_user(&author).get(&of(&own)).await.expect(200);
        app.as_user(&viewer).get(&of(&own)).await.expect(200);
        let reply = app.as_user(&author).get(&of(&hidden)).await;
        reply.problem(404, "not_found");
        let reply = app.as_user(&author).get(&of(&public)).await;
        reply.problem(403, "forbidden");
        let reply = app.anonymous().get(&of(&public)).await;
        reply.problem(401, "unauthorized");
    }
    let to = "revisions/1/restore";
    for (user, path, status, code) in [
        (&author, &hidden, 404, "not_found"),
        (&author, &public, 403, "forbidden"),
        (&viewer, &own, 403, "forbidden"),
    ] {
        let reply = app.as_user(user).act(path, to, json!({})).await;
        reply.problem(status, code);
    }
    let reply = app.anonymous().act(&own, to, json!({})).await;
    reply.problem(401, "unauthorized");
}
