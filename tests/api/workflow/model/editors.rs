//! What editors are told, compared with the model.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::rules::millis;
use super::story::Story;

const STATES: [&str; 6] = [
    "draft",
    "in_review",
    "scheduled",
    "published",
    "unpublished",
    "archived",
];

impl Story<'_> {
    /// What editors are told of each article, and how many there are in each state.
    pub async fn editors(&mut self) {
        let fields = "id,title,slug,locale,status,version,live_version,scheduled,\
            has_unpublished_changes,published_at,expires_at,translation_group";
        let path = format!("/v1/articles?limit=100&counts=true&total=true&fields={fields}");
        let reply = self.app.reader().get(&path).await.expect(200);
        let now = self.now();
        let mut counts: BTreeMap<&str, u64> = STATES.iter().map(|state| (*state, 0)).collect();
        let all = reply.data();
        let there = self.world.articles.iter().filter(|one| one.is_there());
        assert_eq!(all.len(), there.clone().count(), "{reply}");
        let time = |value: &Value| value.as_str().map(millis);
        for article in there {
            let told = all.iter().find(|one| one["id"] == article.id.as_str());
            let told = told.unwrap_or_else(|| panic!("{} is not there: {reply}", article.id));
            let state = article.state(now);
            *counts.get_mut(state).unwrap() += 1;
            assert_eq!(told["status"], state, "{told}");
            assert_eq!(told["version"], article.version, "{told}");
            let live = article.seen(now).map(|copy| copy.version);
            assert_eq!(told["live_version"], json!(live), "{told}");
            let released = article.released(now);
            let changed = released.is_some_and(|version| version < article.version);
            assert_eq!(told["has_unpublished_changes"], changed, "{told}");
            let next = article.next(now);
            let scheduled = &told["scheduled"];
            assert_eq!(scheduled["version"].as_i64(), next.map(|next| next.version));
            assert_eq!(time(&scheduled["publish_at"]), next.map(|next| next.from));
            let until = next.and_then(|next| next.until);
            assert_eq!(time(&scheduled["expires_at"]), until, "{told}");
            let content = &article.content;
            assert_eq!(told["title"], content.title.as_str(), "{told}");
            assert_eq!(told["slug"], content.slug.as_str(), "{told}");
            assert_eq!(told["locale"], content.locale.as_str(), "{told}");
            assert_eq!(told["translation_group"], content.group.as_str(), "{told}");
            assert_eq!(time(&told["published_at"]), content.published_at, "{told}");
            assert_eq!(time(&told["expires_at"]), content.expires_at, "{told}");
        }
        assert_eq!(reply.json()["counts"], json!(counts), "{reply}");
    }
}
