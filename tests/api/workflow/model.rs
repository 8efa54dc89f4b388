//! The lives of articles at random: each way to write is taken in any order, while the clock jumps,
//! and after each step what the public and the editors see is what a simple model says.
//!
//! `MASTHEAD_LIFE_SEQUENCES` is how many sequences are told on each database, and
//! `MASTHEAD_LIFE_SEED` with which they begin; a sequence that fails prints its own.

mod addresses;
mod editors;
mod looks;
mod simple;
mod plans;
pub(crate) mod random;
mod releases;
mod rules;
mod send;
mod steps;
mod story;

use chrono::Duration;
use serde_json::{Value, json};

use crate::support::TestApp;
use rules::{At, Op};
use simple::World;
use story::{Figures, Story};

on_both!(life_goes_as_the_model_says);

/// The steps of a sequence.
const STEPS: usize = 14;

fn from_environment(name: &str, default: u64) -> u64 {
    #[expect(
        clippy::disallowed_methods,
        reason = "the rule is for settings of the program"
    )]
    let value = std::env::var(name);
    value.map_or(default, |text| text.parse().unwrap())
}

async fn life_goes_as_the_model_says(app: TestApp) {
    // Thousands of writes, at whatever time the clock says.
    let server = app.second_with(|settings| settings.limits.writes.requests = 0);
    for name in ["Sea", "Sky"] {
        server.tag(name).create().await;
    }
    for name in ["Jane Doe", "Omar Key"] {
        server.author(name).create().await;
    }
    let world = bystanders(&server).await;
    let sequences = from_environment("MASTHEAD_LIFE_SEQUENCES", 30);
    let first = from_environment("MASTHEAD_LIFE_SEED", 1);
    let mut figures = Figures::default();
    for seed in first..first + sequences {
        server.clock_set("2027-01-01T12:00:00Z");
        server.advance(Duration::minutes(i64::try_from(seed - first).unwrap()));
        let story = Story::new(&server, world.clone(), seed, &mut figures);
        Box::pin(story.run(STEPS)).await;
    }
    server.is_sound().await;
    println!("{:?}: {figures:?}", server.kind);
}

/// Two articles that are translations of each other, published before all else.
async fn bystanders(app: &TestApp) -> World {
    let mut world = World::default();
    let mut original = Value::Null;
    for (number, locale) in [(1, "en"), (2, "de")] {
        let marker = simple::marker(number);
        let mut body = json!({
            "title": format!("Story {marker}"), "kicker": marker, "standfirst": marker,
            "metadata": {"word": marker}, "body": {"source": format!("Text {marker}.")},
            "locale": locale, "tags": ["sea"], "authors": [{"author": "jane-doe"}],
            "section": "world",
        });
        if original != Value::Null {
            body["translation_of"] = original.clone();
        }
        let article = app.create_published(body.clone()).await;
        original = article["id"].clone();
        let now = app.now().0;
        let index = world.articles.len();
        for op in [Op::Create(body), Op::Action("publish")] {
            world.apply(index, At { now, op: &op }).unwrap();
            world.name_last(original.as_str().unwrap());
        }
    }
    world
}
