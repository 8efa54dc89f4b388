//! Content that is created with few words.

use serde_json::{Value, json};

use super::app::TestApp;

/// Something that is to be created, with its members so far.
pub struct New<'a> {
    app: &'a TestApp,
    list: &'static str,
    body: Value,
}

impl TestApp {
    /// An article with this title and a short body.
    pub fn article(&self, title: &str) -> New<'_> {
        let body = json!({"title": title, "body": {"source": "Text."}});
        self.new_in("/v1/articles", body)
    }

    /// A tag with this name.
    pub fn tag(&self, name: &str) -> New<'_> {
        self.new_in("/v1/tags", json!({"name": name}))
    }

    /// An author with this name.
    pub fn author(&self, name: &str) -> New<'_> {
        self.new_in("/v1/authors", json!({"name": name}))
    }

    fn new_in(&self, list: &'static str, body: Value) -> New<'_> {
        let app = self;
        New { app, list, body }
    }
}

impl New<'_> {
    /// Creates it as an editor; gives it as it was answered. An article is a draft.
    pub async fn create(self) -> Value {
        let reply = self.app.editor().post(self.list, &self.body).await;
        reply.expect(201).json()
    }

    /// Creates an article and publishes it; gives it as it was answered then.
    pub async fn publish(self) -> Value {
        let app = self.app;
        app.publish(self.create().await.id()).await
    }
}

/// A resource as it was answered.
pub trait Resource {
    /// Its id.
    fn id(&self) -> &str;
}

impl Resource for Value {
    #[track_caller]
    fn id(&self) -> &str {
        let id = self["id"].as_str();
        id.unwrap_or_else(|| panic!("no id: {self}"))
    }
}
