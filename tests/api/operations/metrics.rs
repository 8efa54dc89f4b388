//! Figures for Prometheus, on an address of their own.

use crate::support::workflow::path;
use crate::support::{Kind, TestApp};

on_both!(
    figures_are_not_served_unless_asked_for,
    what_is_overdue_is_a_figure,
    figures_go_on_without_the_database,
    requests_are_counted_by_the_template_of_their_route,
    what_is_kept_is_counted_like_what_is_made,
    pools_of_connections_are_told,
);

async fn with_metrics(kind: Kind) -> TestApp {
    TestApp::start_with(kind, |settings| {
        settings.metrics.listen = Some("127.0.0.1:0".parse().unwrap());
    })
    .await
}

/// The value of a figure.
fn value(text: &str, name: &str) -> Option<i64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim().parse().unwrap())
}

async fn figures_are_not_served_unless_asked_for(app: TestApp) {
    app.admin().get("/metrics").await.problem(404, "not_found");
}

async fn what_is_overdue_is_a_figure(kind: Kind) {
    let app = with_metrics(kind).await;
    // Not on the address of the API.
    app.admin().get("/metrics").await.problem(404, "not_found");
    let text = app.metrics().await;
    assert!(text.ends_with("# EOF\n"), "{text}");
    assert_eq!(value(&text, "masthead_up "), Some(1));
    assert_eq!(value(&text, "masthead_overdue_transitions "), Some(0));
    // The old name, for one version more.
    for name in ["masthead_invalidation_connected ", "masthead_others_heard "] {
        assert!(value(&text, name).is_some(), "{text}");
    }

    let article = app.article("In an hour").create().await;
    let at = "2026-11-23T13:00:00Z";
    app.editor().schedule(&path(&article), at).await.expect(200);
    app.clock_set("2026-11-23T13:00:02Z");
    let text = app.metrics().await;
    assert_eq!(value(&text, "masthead_overdue_transitions "), Some(1));
    let late = "masthead_overdue_transitions_oldest_milliseconds ";
    assert_eq!(value(&text, late), Some(2_000));

    app.upkeep().await;
    let text = app.metrics().await;
    assert_eq!(value(&text, "masthead_overdue_transitions "), Some(0));
    assert_eq!(value(&text, late), Some(0));
    let before = value(&text, "masthead_statements_total ").unwrap();
    app.editor().get("/v1/articles").await.expect(200);
    let after = value(&app.metrics().await, "masthead_statements_total ").unwrap();
    assert!(after > before, "{before} {after}");
}

async fn figures_go_on_without_the_database(kind: Kind) {
    // Only a server of PostgreSQL can go away.
    if kind == Kind::Sqlite {
        return;
    }
    let app = with_metrics(kind).await;
    app.break_database().await;
    let text = app.metrics().await;
    assert_eq!(value(&text, "masthead_up "), Some(0));
    assert_eq!(value(&text, "masthead_overdue_transitions "), None);
}

/// How many answers of a route, method and status there were.
fn answers(text: &str, route: &str, method: &str, status: u16) -> i64 {
    let labels = format!("route=\"{route}\",method=\"{method}\",status=\"{status}\"");
    let name = format!("masthead_http_requests_total{{{labels}}} ");
    value(text, &name).unwrap_or(0)
}

/// How many durations of a route were counted, and how many of them below a bound in seconds.
fn durations(text: &str, route: &str, bound: &str) -> (i64, i64) {
    let name = "masthead_http_request_duration_seconds";
    let count = format!("{name}_count{{route=\"{route}\"}} ");
    let bucket = format!("{name}_bucket{{le=\"{bound}\",route=\"{route}\"}} ");
    (value(text, &count).unwrap(), value(text, &bucket).unwrap())
}

async fn requests_are_counted_by_the_template_of_their_route(kind: Kind) {
    let app = with_metrics(kind).await;
    let article = app.article("Counted").create().await;
    let reader = app.reader();
    reader.clone().get(&path(&article)).await.expect(200);
    for id in ["no-such-thing", "nor-this"] {
        let path = format!("/v1/articles/{id}?fields=title");
        reader.clone().get(&path).await.expect(404);
    }
    // Refused before it comes to a route, and a method that the route has not.
    let stranger = app.anonymous().bearer("mast_wrong");
    stranger.get("/v1/articles/secret").await.expect(401);
    let delete = reqwest::Method::DELETE;
    let reply = app.admin().send(delete, "/v1/tags", Vec::new()).await;
    reply.expect(405);
    let head = reqwest::Method::HEAD;
    reader
        .send(head, "/health/live", Vec::new())
        .await
        .expect(200);
    let nowhere = "/wp-login.php?user=alice";
    app.anonymous().get(nowhere).await.expect(404);
    app.anonymous()
        .with("Accept", "text/html")
        .get("/docs/")
        .await
        .expect(200);

    let text = app.metrics().await;
    let one = "/v1/articles/{article}";
    assert_eq!(answers(&text, "/v1/articles", "POST", 201), 1, "{text}");
    assert_eq!(answers(&text, one, "GET", 200), 1);
    assert_eq!(answers(&text, one, "GET", 404), 2);
    assert_eq!(answers(&text, one, "GET", 401), 1);
    assert_eq!(answers(&text, "/v1/tags", "DELETE", 405), 1);
    assert_eq!(answers(&text, "/health/live", "HEAD", 200), 1);
    assert_eq!(answers(&text, "/docs/{file:.*}", "GET", 200), 1);
    assert_eq!(answers(&text, "unmatched", "GET", 404), 1);
    assert_eq!(durations(&text, one, "+Inf"), (4, 4));
    assert_eq!(value(&text, "masthead_http_requests_in_flight "), Some(0));
    for secret in [
        "no-such-thing",
        "nor-this",
        "secret",
        "wp-login",
        "alice",
        "Counted",
    ] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}

async fn what_is_kept_is_counted_like_what_is_made(kind: Kind) {
    let app = with_metrics(kind).await;
    app.until(async || app.db.changes().is_heard()).await;
    for (path, status) in [("fwd=miss; stored", 1), ("hit", 2), ("hit", 3)] {
        let reply = app.anonymous().get("/v1/authors").await.expect(200);
        assert!(reply.header("cache-status").ends_with(path), "{reply}");
        let text = app.metrics().await;
        assert_eq!(answers(&text, "/v1/authors", "GET", 200), status);
        assert_eq!(durations(&text, "/v1/authors", "+Inf"), (status, status));
    }
    let reply = app.anonymous().get("/v1/authors").await.expect(200);
    let known = app.anonymous().with("If-None-Match", reply.header("etag"));
    known.get("/v1/authors").await.expect(304);
    let text = app.metrics().await;
    assert_eq!(answers(&text, "/v1/authors", "GET", 304), 1);
    assert_eq!(
        value(&text, "masthead_public_reads_total{outcome=\"hit\"} "),
        Some(4)
    );
}

async fn pools_of_connections_are_told(kind: Kind) {
    let app = with_metrics(kind).await;
    app.reader().get("/v1/articles").await.expect(200);
    let (pool, other) = match kind {
        Kind::Sqlite => ("writer", Some("readers")),
        Kind::Postgres => ("primary", None),
    };
    let figure = |text: &str, name: &str, pool: &str| {
        value(text, &format!("masthead_db_{name}{{pool=\"{pool}\"}} "))
    };
    let text = app.metrics().await;
    assert!(
        figure(&text, "connection_wait_seconds_count", pool).unwrap() > 0,
        "{text}"
    );
    assert!(figure(&text, "connections_max", pool).unwrap() > 0);
    assert_eq!(figure(&text, "connections_waiting", pool), Some(0));
    if let Some(readers) = other {
        assert!(
            figure(&text, "connections_idle", readers).unwrap() > 0,
            "{text}"
        );
        assert_eq!(figure(&text, "connections_max", readers), None);
    }
    // One that is held is in use, until it is given back; upkeep may use another for a moment.
    let in_use = async || figure(&app.metrics().await, "connections_in_use", pool).unwrap();
    let held = app.db.write().await.unwrap();
    assert!(in_use().await >= 1);
    drop(held);
    app.until(async || in_use().await == 0).await;
}

#[cfg(target_os = "linux")]
#[test]
fn the_process_is_told_by_the_names_that_all_use() {
    crate::support::on_sqlite(async |kind: Kind| {
        let text = with_metrics(kind).await.metrics().await;
        for name in [
            "process_start_time_seconds ",
            "process_cpu_seconds_total ",
            "process_resident_memory_bytes ",
            "process_virtual_memory_bytes ",
            "process_open_fds ",
            "process_threads ",
        ] {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            let value: f64 = line
                .unwrap_or_else(|| panic!("{name}: {text}"))
                .parse()
                .unwrap();
            assert!(value > 0.0 || name.contains("cpu"), "{name}{value}");
        }
    });
}
