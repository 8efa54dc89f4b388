//! Content to test with.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use masthead::app::Edit;
use masthead::clock::{Clock, Ids};
use masthead::config::Settings;
use masthead::import::markdown::{self, Options, Report};
use masthead::sample::{self, Loaded};
use serde_json::{Value, json};

use super::app::TestApp;
use super::call::Caller;
use super::create::Resource as _;

impl TestApp {
    /// Makes a key as an admin; gives it as it was answered, with its secret.
    pub async fn create_key(&self, key: Value) -> Value {
        let reply = self.admin().post("/v1/keys", &key).await;
        reply.expect(201).json()
    }

    /// Calls with a new key.
    pub async fn with_new_key(&self, key: Value) -> Caller<'_> {
        let key = self.create_key(key).await;
        self.anonymous().bearer(key["secret"].as_str().unwrap())
    }

    /// Creates a tag; gives it as it was answered.
    pub async fn create_tag(&self, tag: Value) -> Value {
        self.create("/v1/tags", &tag).await
    }

    /// Creates an author; gives it as it was answered.
    pub async fn create_author(&self, author: Value) -> Value {
        self.create("/v1/authors", &author).await
    }

    /// Creates an article, which is a draft; gives it as it was answered. Without a body it gets
    /// one, since nothing is published without.
    pub async fn create_article(&self, mut article: Value) -> Value {
        if article.get("body").is_none() {
            article["body"] = json!({"source": "Text."});
        }
        self.create("/v1/articles", &article).await
    }

    /// Publishes an article at whatever version it has; gives it as it was answered.
    pub async fn publish(&self, id: &str) -> Value {
        let path = format!("/v1/articles/{id}/publish");
        let call = self.editor().if_match("*");
        call.post(&path, &json!({})).await.expect(200).json()
    }

    /// Creates an article and publishes it; gives it as it was answered then.
    pub async fn create_published(&self, article: Value) -> Value {
        let article = self.create_article(article).await;
        self.publish(article.id()).await
    }

    /// Patches something at whatever version it has; gives it as it was answered.
    pub async fn change(&self, path: &str, patch: Value) -> Value {
        self.editor().change(path, &patch).await.expect(200).json()
    }

    async fn create(&self, path: &str, body: &Value) -> Value {
        self.editor().post(path, body).await.expect(201).json()
    }

    /// Loads the sample newspaper; `None` when there is content already.
    pub async fn load_sample(&self) -> Option<Loaded> {
        let ids = self.ids();
        let settings = Settings::defaults().unwrap();
        let load = sample::load(&self.db, &settings, self.edit(&ids, "sample"));
        Box::pin(load).await.unwrap()
    }

    /// Imports a folder of Markdown.
    pub async fn import(&self, folder: &Path, options: &Options) -> Report {
        let ids = self.ids();
        let settings = Settings::defaults().unwrap();
        let edit = self.edit(&ids, "import");
        let import = markdown::import(&self.db, &settings, edit, folder, options, |_, _| ());
        Box::pin(import).await.unwrap()
    }

    fn ids(&self) -> Ids {
        Ids::new(Clock::Manual(Arc::new(AtomicI64::new(self.now().0))))
    }

    fn edit<'a>(&self, ids: &'a Ids, by: &'a str) -> Edit<'a> {
        let now = self.now();
        Edit { ids, now, by }
    }
}
