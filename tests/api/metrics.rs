//! Figures for Prometheus, on an address of their own.

use serde_json::json;

use crate::support::life::path;
use crate::support::{Kind, TestApp};

on_both!(
    figures_are_not_served_unless_asked_for,
    what_is_overdue_is_a_figure,
    figures_go_on_without_the_database,
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

async fn what_is_overdue_is_a_figure(app: TestApp) {
    let app = with_metrics(app.kind).await;
    // Not on the address of the API.
    app.admin().get("/metrics").await.problem(404, "not_found");
    let text = app.metrics().await;
    assert!(text.ends_with("# EOF\n"), "{text}");
    assert_eq!(value(&text, "masthead_up "), Some(1));
    assert_eq!(value(&text, "masthead_overdue_transitions "), Some(0));

    let article = app.create_article(json!({"title": "In an hour"})).await;
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

async fn figures_go_on_without_the_database(app: TestApp) {
    // Only a server of PostgreSQL can go away.
    if app.kind == Kind::Sqlite {
        return;
    }
    let app = with_metrics(app.kind).await;
    app.break_database().await;
    let text = app.metrics().await;
    assert_eq!(value(&text, "masthead_up "), Some(0));
    assert_eq!(value(&text, "masthead_overdue_transitions "), None);
}
