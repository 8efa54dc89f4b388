//! Sending steps, by themselves and in batches.

use serde_json::{Value, json};

use super::rules::Op;
use super::steps::rfc3339;
use super::story::Story;
use crate::support::Reply;

impl Story<'_> {
    /// Sends a step, based on a version.
    pub async fn send(&self, index: usize, op: &Op, version: i64) -> Reply {
        let admin = || self.app.admin();
        if let Op::Create(body) = op {
            return admin().post("/v1/articles", body).await;
        }
        let id = &self.world.articles[index].id;
        let path = format!("/v1/articles/{id}");
        let call = admin().if_match(&format!("\"{version}\""));
        match op {
            Op::Create(_) => panic!("it was sent"),
            Op::Patch(body) => call.patch(&path, body).await,
            Op::Put(body) => call.put(&path, body).await,
            Op::Correct(text) => {
                let body = json!({"text": text});
                call.post(&format!("{path}/corrections"), &body).await
            }
            Op::Action(action) => call.post(&format!("{path}/{action}"), &json!({})).await,
            Op::Schedule(..) => {
                let path = format!("{path}/schedule");
                call.post(&path, &body_of_schedule(op)).await
            }
            Op::Discard => call.post(&format!("{path}/discard"), &json!({})).await,
            Op::Revision(number) => {
                let path = format!("{path}/revisions/{number}/restore");
                call.post(&path, &json!({})).await
            }
            Op::Delete => call.delete(&path).await,
            Op::Restore(slug) => {
                let body = slug
                    .as_ref()
                    .map_or(json!({}), |slug| json!({"slug": slug}));
                call.post(&format!("{path}/restore"), &body).await
            }
            Op::Purge => call.delete(&format!("/v1/trash/{id}")).await,
            Op::Tag(_) | Op::Untag(_) => panic!("{op:?} is for a batch"),
        }
    }

    /// A step as an operation of a batch.
    pub fn operation(&self, index: usize, op: &Op, version: i64) -> Value {
        if let Op::Create(body) = op {
            return json!({"op": "create", "body": body});
        }
        let (name, body) = match op {
            Op::Patch(body) => ("patch", body.clone()),
            Op::Schedule(..) => ("schedule", body_of_schedule(op)),
            Op::Tag(tag) => ("tag", json!({"tags": [tag]})),
            Op::Untag(tag) => ("untag", json!({"tags": [tag]})),
            Op::Delete => ("delete", json!({})),
            Op::Action(action) => (*action, json!({})),
            _ => panic!("{op:?} is not for a batch"),
        };
        let id = &self.world.articles[index].id;
        json!({"op": name, "id": id, "if_match": version, "body": body})
    }
}

fn body_of_schedule(op: &Op) -> Value {
    match op {
        Op::Schedule(from, Some(until)) => {
            json!({"publish_at": rfc3339(*from), "expires_at": rfc3339(*until)})
        }
        Op::Schedule(from, None) => json!({"publish_at": rfc3339(*from)}),
        _ => json!({}),
    }
}
