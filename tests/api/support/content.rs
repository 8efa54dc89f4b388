//! Content to test with.

use serde_json::{Value, json};

use super::app::TestApp;

impl TestApp {
    /// Creates a tag; gives it as it was answered.
    pub async fn create_tag(&self, tag: Value) -> Value {
        self.create("/v1/tags", &tag).await
    }

    /// Creates an author; gives it as it was answered.
    pub async fn create_author(&self, author: Value) -> Value {
        self.create("/v1/authors", &author).await
    }

    /// Creates an article, which is a draft; gives it as it was answered.
    pub async fn create_article(&self, article: Value) -> Value {
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
        self.publish(article["id"].as_str().unwrap()).await
    }

    /// Patches something at whatever version it has; gives it as it was answered.
    pub async fn change(&self, path: &str, patch: Value) -> Value {
        let call = self.editor().if_match("*");
        call.patch(path, &patch).await.expect(200).json()
    }

    async fn create(&self, path: &str, body: &Value) -> Value {
        self.editor().post(path, body).await.expect(201).json()
    }
}
