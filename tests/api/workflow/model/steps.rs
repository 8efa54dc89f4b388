//! Steps at random.

use chrono::{DateTime, SecondsFormat};
use serde_json::{Value, json};

use super::rules::Op;
use super::simple::marker;
use super::story::Story;

/// The texts that steps choose from: few, so that articles meet.
pub const SLUGS: [&str; 3] = ["alpha", "beta", "gamma"];
/// The slugs that only plans give besides.
pub const BETWEEN: [&str; 2] = ["between", "after"];
pub const LOCALES: [&str; 3] = ["en", "de", "fr"];
pub const TAGS: [&str; 2] = ["sea", "sky"];
pub const AUTHORS: [&str; 2] = ["jane-doe", "omar-key"];
pub const SECTIONS: [&str; 2] = ["world", "cities"];
pub const ALIASES: [&str; 2] = ["/old/one", "/old/two"];

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
}
