//! Steps at random, and sending them.

use chrono::{DateTime, SecondsFormat};
use serde_json::{Value, json};

use super::model::marker;
use super::rules::Op;
use super::story::Story;
use crate::support::Reply;

/// The texts that steps choose from: few, so that articles meet.
pub const SLUGS: [&str; 3] = ["alpha", "beta", "gamma"];
/// The slugs that only plans give besides.
pub const BETWEEN: [&str; 2] = ["between", "after"];
pub const LOCALES: [&str; 3] = ["en", "de", "fr"];
pub const TAGS: [&str; 2] = ["sea", "sky"];
pub const AUTHORS: [&str; 2] = ["jane-doe", "omar-key"];
pub const SECTIONS: [&str; 2] = ["world", "cities"];
pub const ALIASES: [&str; 2] = ["/old/one", "/old/two"];
/// The most articles that a story has of its own, and the least that all may have.
const MOST: usize = 5;
const LEAST: usize = 2;

/// A generator of numbers that is the same everywhere (SplitMix64).
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below a bound.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % u64::try_from(bound).unwrap()).unwrap()
    }

    pub fn one_in(&mut self, number: usize) -> bool {
        self.below(number) == 0
    }

    pub fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    fn some_of(&mut self, all: &[&str]) -> Vec<String> {
        let mut some: Vec<String> = Vec::new();
        for one in all {
            if self.one_in(2) {
                let place = self.below(some.len() + 1);
                some.insert(place, (*one).to_owned());
            }
        }
        some
    }
}

/// How close the articles of a story are to each other: in how few of the locales and slugs.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    most: usize,
    locales: usize,
    slugs: usize,
}

impl Room {
    pub fn any(random: &mut Random) -> Self {
        Self {
            most: LEAST + random.below(MOST - LEAST + 1),
            locales: 1 + random.below(LOCALES.len()),
            slugs: 2 + random.below(SLUGS.len() - 1),
        }
    }

    /// How many of the locales articles are in.
    pub fn locales(self) -> usize {
        self.locales
    }
}

/// A time as it is sent.
pub fn rfc3339(millis: i64) -> String {
    let time = DateTime::from_timestamp_millis(millis).unwrap();
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

impl Story<'_> {
    /// The article that a step is for, and the step.
    pub fn step(&mut self) -> (usize, Op) {
        if self.plan.is_empty() && self.random.one_in(12) {
            self.plan = self.plan();
        }
        if !self.plan.is_empty() && !self.random.one_in(6) {
            return self.plan.remove(0);
        }
        let own = self.world.articles.len() - self.bystanders;
        if own == 0 || (own < self.room.most && self.random.one_in(4)) {
            return (usize::MAX, self.create());
        }
        let mut index = self.bystanders + self.random.below(own);
        if !self.world.articles[index].is_there() && !self.random.one_in(4) {
            index = self.bystanders + self.random.below(own);
        }
        let trashed = !self.world.articles[index].is_there();
        let op = match self.random.below(if trashed { 60 } else { 56 }) {
            0..12 => self.patch(index),
            12..14 => self.put(),
            14..22 => Op::Action("publish"),
            22..32 => self.schedule(),
            32..36 => Op::Action("unschedule"),
            36..39 => Op::Action("unpublish"),
            39..41 => Op::Action("submit"),
            41 => Op::Action("send-back"),
            42 => Op::Action("archive"),
            43..45 => Op::Action("reopen"),
            45..48 => Op::Discard,
            48..50 => {
                let version = usize::try_from(self.world.articles[index].version).unwrap();
                let number = 1 + self.random.below(version);
                Op::Revision(i64::try_from(number).unwrap())
            }
            50..52 => Op::Correct(format!("Wrong {}", self.marker())),
            52..54 => Op::Delete,
            54 | 57 => Op::Purge,
            _ => Op::Restore((self.random.one_in(2)).then(|| self.slug().to_owned())),
        };
        (index, op)
    }

    /// What is seldom done by chance: steps by which articles meet.
    fn plan(&mut self) -> Vec<(usize, Op)> {
        let own = self.bystanders..self.world.articles.len();
        let mut there: Vec<usize> = own
            .filter(|one| self.world.articles[*one].is_there())
            .collect();
        if there.len() < 2 {
            return Vec::new();
        }
        let one = there.remove(self.random.below(there.len()));
        let other = self.random.of(&there);
        let [first, second] = [one, other].map(|index| self.world.articles[index].content.clone());
        let slug = |slug: &str| Op::Patch(json!({"slug": slug}));
        let same_locale = (other, Op::Patch(json!({"locale": first.locale})));
        let publish = Op::Action("publish");
        let now = self.now();
        let at = |moment: i64| Op::Schedule(now + moment * 1_000, None);
        match self.random.below(4) {
            // They swap their slugs.
            0 => vec![
                (one, publish.clone()),
                (other, publish.clone()),
                (one, slug("between")),
                (other, slug(&first.slug)),
                (one, slug(&second.slug)),
                (other, publish.clone()),
                (one, publish),
            ],
            // One is to have the slug of another, which was to have a new one, and keeps it.
            1 => {
                let last = match self.random.below(3) {
                    0 => at(30),
                    1 => Op::Discard,
                    _ => Op::Action("unschedule"),
                };
                vec![
                    same_locale,
                    (one, publish),
                    (one, slug("between")),
                    (one, at(10)),
                    (other, slug(&first.slug)),
                    (other, at(10 + i64::from(self.random.one_in(2)))),
                    (one, last),
                ]
            }
            // One becomes a translation of another, which moves to its locale.
            2 => vec![
                (
                    other,
                    Op::Patch(json!({"translation_of": self.world.articles[one].id})),
                ),
                (one, Op::Patch(json!({"locale": second.locale}))),
                (one, publish.clone()),
                (other, publish),
            ],
            // One is found under a slug for a while, then another.
            _ => vec![
                same_locale,
                (one, Op::Schedule(now + 1_000, Some(now + 2_000))),
                (one, slug("between")),
                (other, slug(&first.slug)),
                (other, at(3)),
                (other, slug("after")),
                (one, at(6)),
                (other, at(5)),
            ],
        }
    }

    fn slug(&mut self) -> &'static str {
        self.random.of(&SLUGS[..self.room.slugs])
    }

    fn locale(&mut self) -> &'static str {
        self.random.of(&LOCALES[..self.room.locales])
    }

    /// A step that a batch knows.
    pub fn step_of_batch(&mut self) -> (usize, Op) {
        loop {
            let (index, op) = self.step();
            let op = match op {
                Op::Put(_) => Op::Tag(self.random.of(&TAGS)),
                Op::Correct(_) => Op::Untag(self.random.of(&TAGS)),
                other => other,
            };
            match op {
                Op::Create(_)
                | Op::Patch(_)
                | Op::Schedule(..)
                | Op::Tag(_)
                | Op::Untag(_)
                | Op::Delete
                | Op::Action("publish" | "unpublish") => return (index, op),
                _ => {}
            }
        }
    }

    pub fn marker(&mut self) -> String {
        self.markers += 1;
        marker(self.markers)
    }

    fn texts(&mut self) -> Value {
        let marker = self.marker();
        json!({
            "title": format!("Story {marker}"), "kicker": marker, "standfirst": marker,
            "metadata": {"word": marker}, "body": {"source": format!("Text {marker}.")},
        })
    }

    fn moment(&mut self) -> i64 {
        let steps = i64::try_from(self.random.below(24)).unwrap() - 3;
        self.now() + steps * 500
    }

    fn links(&mut self, body: &mut Value) {
        body["tags"] = json!(self.random.some_of(&TAGS));
        let authors = self.random.some_of(&AUTHORS);
        let credit = |author: &String| json!({"author": author, "role": "editor"});
        body["authors"] = authors.iter().map(credit).collect();
        body["section"] = json!(self.random.of(&SECTIONS));
    }

    fn create(&mut self) -> Op {
        let mut body = self.texts();
        self.links(&mut body);
        body["locale"] = json!(self.locale());
        if !self.random.one_in(4) {
            body["slug"] = json!(self.slug());
        }
        if self.random.one_in(6) {
            body["body"] = json!({"source": ""});
        }
        if self.random.one_in(3) {
            body["aliases"] = json!([self.random.of(&ALIASES)]);
        }
        if self.random.one_in(6) {
            body["published_at"] = json!(rfc3339(self.moment()));
        }
        if self.random.one_in(6) {
            body["expires_at"] = json!(rfc3339(self.moment() + 4_000));
        }
        if self.random.one_in(3) {
            body["translation_of"] = json!(self.any_id());
        }
        Op::Create(body)
    }

    fn any_id(&mut self) -> String {
        let index = self.random.below(self.world.articles.len());
        self.world.articles[index].id.clone()
    }

    fn put(&mut self) -> Op {
        let mut body = self.texts();
        self.links(&mut body);
        if self.random.one_in(3) {
            body["slug"] = json!(self.slug());
        }
        if self.random.one_in(4) {
            body["related"] = json!([self.any_id()]);
        }
        Op::Put(body)
    }

    fn patch(&mut self, index: usize) -> Op {
        let mut body = json!({});
        for _ in 0..=self.random.below(2) {
            match self.random.below(14) {
                0..3 => {
                    let texts = self.texts();
                    for (name, value) in texts.as_object().unwrap() {
                        body[name] = value.clone();
                    }
                }
                3..6 => body["slug"] = json!(self.slug()),
                6 => body["slug"] = Value::Null,
                7 => body["locale"] = json!(self.locale()),
                8 => match self.random.one_in(3) {
                    true => body["translation_group"] = Value::Null,
                    false => body["translation_of"] = json!(self.any_id()),
                },
                9 => self.links(&mut body),
                10 => body["aliases"] = json!(self.random.some_of(&ALIASES)),
                11 => {
                    let all: Vec<String> = self
                        .world
                        .articles
                        .iter()
                        .map(|one| one.id.clone())
                        .collect();
                    let all: Vec<&str> = all.iter().map(String::as_str).collect();
                    let mut some = self.random.some_of(&all);
                    if !self.random.one_in(5) {
                        some.retain(|id| *id != self.world.articles[index].id);
                    }
                    body["related"] = json!(some);
                }
                12 => {
                    let none = self.random.one_in(3);
                    let at = self.moment();
                    body["published_at"] = if none {
                        Value::Null
                    } else {
                        json!(rfc3339(at))
                    };
                }
                _ => {
                    let none = self.random.one_in(3);
                    let at = self.moment() + 2_000;
                    body["expires_at"] = if none {
                        Value::Null
                    } else {
                        json!(rfc3339(at))
                    };
                }
            }
        }
        if body.get("translation_of").is_some()
            && let Some(members) = body.as_object_mut()
        {
            members.remove("translation_group");
        }
        Op::Patch(body)
    }

    fn schedule(&mut self) -> Op {
        let from = self.moment();
        let length = 500 * (1 + i64::try_from(self.random.below(12)).unwrap());
        let until = self.random.one_in(3).then_some(from + length);
        Op::Schedule(from, until)
    }

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
