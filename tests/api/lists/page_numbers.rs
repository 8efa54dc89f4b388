//! Numbered pages, limits and orders that are refused.

use crate::lists::paging::{cursor, page, seed};
use crate::support::TestApp;

on_both!(
    a_limit_is_from_1_to_100,
    pages_are_numbered,
    numbered_pages_have_a_depth,
    odd_orders_are_refused,
);

async fn a_limit_is_from_1_to_100(app: TestApp) {
    seed(&app).await;
    for limit in [
        "0",
        "-1",
        "101",
        "abc",
        "",
        "1.5",
        "99999999999999999999",
        "0x10",
        "+ 5",
    ] {
        let reply = app.anonymous().query("/v1/tags", &[("limit", limit)]).await;
        reply.refuses(400, "invalid_parameter", &[("limit", "out_of_range")]);
    }
    for (query, length) in [
        ("", 15),
        ("limit=1", 1),
        ("limit=100", 20),
        ("limit=20", 20),
    ] {
        let reply = page(&app.anonymous(), query).await;
        assert_eq!(reply.data().len(), length, "{reply}");
        assert_eq!(cursor(&reply, "prev"), None);
        assert_eq!(cursor(&reply, "next").is_some(), length < 20, "{reply}");
        assert_eq!(reply.json()["page"].get("total"), None);
    }
}

async fn pages_are_numbered(app: TestApp) {
    seed(&app).await;
    let caller = app.anonymous();
    let expected = page(&caller, "limit=100").await.each("id");
    for (number, range) in [(1, 0..6), (2, 6..12), (3, 12..18), (4, 18..20), (5, 20..20)] {
        let reply = page(&caller, &format!("limit=6&page={number}")).await;
        assert_eq!(reply.each("id"), expected[range]);
        assert_eq!(cursor(&reply, "next").is_some(), number < 4, "{reply}");
    }
    // From a numbered page the cursors go on.
    let second = page(&caller, "limit=6&page=2").await;
    let next = cursor(&second, "next").unwrap();
    let third = page(&caller, &format!("limit=6&cursor={next}")).await;
    assert_eq!(third.each("id"), expected[12..18]);
    let prev = cursor(&second, "prev").unwrap();
    let first = page(&caller, &format!("limit=6&cursor={prev}")).await;
    assert_eq!(first.each("id"), expected[0..6]);
    assert_eq!(cursor(&first, "prev"), None);
}

async fn numbered_pages_have_a_depth(app: TestApp) {
    app.tag("Only").create().await;
    for (query, code) in [
        ("page=0", "out_of_range"),
        ("page=-1", "out_of_range"),
        ("page=x", "out_of_range"),
        ("page=", "out_of_range"),
        ("page=101&limit=100", "too_deep"),
        ("page=10001&limit=1", "too_deep"),
        ("page=667", "too_deep"),
        ("page=4294967295&limit=100", "too_deep"),
    ] {
        let reply = app.anonymous().get(&format!("/v1/tags?{query}")).await;
        reply.refuses(400, "invalid_parameter", &[("page", code)]);
    }
    for query in ["page=100&limit=100", "page=10000&limit=1", "page=666"] {
        assert!(page(&app.anonymous(), query).await.data().is_empty());
    }
    let shallow = TestApp::start_with(app.kind, |settings| settings.paging.max_depth = 100).await;
    let reply = shallow.anonymous().get("/v1/tags?page=2&limit=100").await;
    reply.refuses(400, "invalid_parameter", &[("page", "too_deep")]);
}

async fn odd_orders_are_refused(app: TestApp) {
    for (sort, code) in [
        ("", "sort_empty"),
        ("name,", "sort_empty"),
        ("-", "sort_empty"),
        ("colour", "sort_unknown"),
        ("NAME", "sort_unknown"),
        ("created_at", "sort_unknown"),
        ("id", "sort_unknown"),
        ("name;drop table tags", "sort_unknown"),
        ("name,-name", "sort_repeated"),
    ] {
        let reply = app.anonymous().query("/v1/tags", &[("sort", sort)]).await;
        reply.refuses(400, "invalid_parameter", &[("sort", code)]);
        if sort != "created_at" {
            let reply = app.editor().query("/v1/tags", &[("sort", sort)]).await;
            reply.refuses(400, "invalid_parameter", &[("sort", code)]);
        }
    }
}
