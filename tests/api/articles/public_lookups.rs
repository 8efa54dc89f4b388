//! Every way in which the public finds an article.

use serde_json::{Value, json};

use crate::support::{Resource as _, TestApp};

/// A tag and an author.
pub async fn seed(app: &TestApp) {
    app.tag("Sea").create().await;
    app.author("Jane Doe").create().await;
}

/// An article that could be found in every way there is.
pub fn findable(title: &str) -> Value {
    json!({
        "title": title, "slug": "story", "tags": ["sea"], "section": "world", "featured": true,
        "authors": [{"author": "jane-doe", "role": "photographer"}],
        "body": {"source": "Embargoed *text*."}, "aliases": ["/old/story.html"],
        "lead_image": {"media": "/a.jpg", "caption": "A boat"},
    })
}

pub const LISTS: [&str; 7] = [
    "/v1/articles?total=true",
    "/v1/articles?tag=sea&total=true",
    "/v1/articles?q=embargoed&total=true",
    "/v1/articles?author=jane-doe&total=true",
    "/v1/articles?filter=featured%3Dtrue&total=true&page=1",
    "/v1/tags/sea/articles?total=true",
    "/v1/authors/jane-doe/articles?total=true",
];

pub const ALIAS: &str = "/v1/redirects?path=/old/story.html";

/// What the public finds of the article with this id: in each way it is there, or in none.
/// `pointer` is the slug of a published article that has it as related.
pub async fn is_public(app: &TestApp, id: &str, pointer: &str) -> bool {
    let by_id = app.anonymous().get(&format!("/v1/articles/{id}")).await;
    let found = by_id.status == 200;
    let path = format!("/v1/articles/{pointer}?include=related");
    let related = app.anonymous().get(&path).await.expect(200).json()["related"].clone();
    assert_eq!(related.as_array().unwrap().len(), usize::from(found));
    for path in ["/v1/articles/story", ALIAS] {
        let reply = app.anonymous().get(path).await;
        if found {
            reply.expect(200);
        } else {
            reply.problem(404, "not_found");
        }
    }
    for path in LISTS {
        let list = app.anonymous().get(path).await.expect(200);
        // The one that points to it is in the list of all only.
        let others = usize::from(path == LISTS[0]);
        assert_eq!(
            list.json()["page"]["total"],
            others + usize::from(found),
            "{list}"
        );
        assert_eq!(list.each("id").contains(&id.to_owned()), found, "{list}");
    }
    if !found {
        by_id.problem(404, "not_found");
    }
    found
}

/// An article, and a published one that has it as related; gives the id of the first.
pub async fn draft_and_pointer(app: &TestApp, article: Value) -> String {
    seed(app).await;
    let article = app.create_article(article).await;
    let id = article.id();
    app.create_published(json!({"title": "Pointer", "related": [id]}))
        .await;
    id.to_owned()
}
