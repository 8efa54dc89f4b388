//! Articles in each state of their life.

use masthead::clock::{Clock, Ids};
use masthead::config::Settings;
use masthead::jobs::{self, Done};
use serde_json::{Value, json};

use super::app::TestApp;
use super::call::{ANY_VERSION, Caller};
use super::create::Resource as _;
use super::reply::Reply;

/// A week after the clock of a new server.
pub const LATER: &str = "2026-11-30T12:00:00Z";

/// Every state of an article.
pub const STATES: [&str; 6] = [
    "draft",
    "in_review",
    "scheduled",
    "published",
    "unpublished",
    "archived",
];

/// The address of an article.
pub fn path(article: &Value) -> String {
    format!("/v1/articles/{}", article.id())
}

impl Caller<'_> {
    /// Does something to an article, whatever version it has.
    pub async fn act(self, path: &str, action: &str, body: Value) -> Reply {
        let to = format!("{path}/{action}");
        self.if_match(ANY_VERSION).post(&to, &body).await
    }

    /// Schedules an article, whatever version it has.
    pub async fn schedule(self, path: &str, at: &str) -> Reply {
        self.act(path, "schedule", json!({"publish_at": at})).await
    }
}

impl TestApp {
    /// Does what is done from time to time, by these settings.
    pub async fn upkeep_by(&self, settings: &Settings) -> Done {
        let ids = Ids::new(Clock::System);
        let done = jobs::once(&self.db, settings, &ids, self.now()).await;
        done.unwrap()
    }

    /// Does what is done from time to time.
    pub async fn upkeep(&self) -> Done {
        self.upkeep_by(&Settings::defaults().unwrap()).await
    }

    /// Does something to an article as an editor; gives it as it was answered.
    pub async fn act(&self, path: &str, action: &str) -> Value {
        let reply = self.editor().act(path, action, json!({})).await;
        reply.expect(200).json()
    }

    /// Creates an article as somebody and brings it into a state as an editor; gives its address.
    pub async fn in_state(&self, creator: Caller<'_>, state: &str) -> String {
        let article = json!({"title": "Harbour bridge", "body": {"source": "It is open."}});
        let article = creator.post("/v1/articles", &article).await.expect(201);
        let path = path(&article.json());
        let steps: &[&str] = match state {
            "draft" => &[],
            "in_review" => &["submit"],
            "published" => &["publish"],
            "unpublished" => &["publish", "unpublish"],
            "archived" => &["archive"],
            _ => {
                self.editor().schedule(&path, LATER).await.expect(200);
                &[]
            }
        };
        for step in steps {
            self.act(&path, step).await;
        }
        path
    }

    /// What editors see of an article.
    pub async fn draft(&self, path: &str) -> Value {
        self.editor().get(path).await.expect(200).json()
    }

    /// What the public sees of an article; null when it sees nothing.
    pub async fn public(&self, path: &str) -> Value {
        let reply = self.anonymous().get(path).await;
        match reply.status {
            404 => Value::Null,
            _ => reply.expect(200).json(),
        }
    }

    /// The revisions of an article, the newest first.
    pub async fn revisions(&self, path: &str) -> Vec<Value> {
        let all = format!("{path}/revisions?limit=100");
        self.reader().get(&all).await.expect(200).data()
    }
}
