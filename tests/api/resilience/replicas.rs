//! Read replicas: a primary, a hot standby of it, and three instances of the service.

use serde_json::{Value, json};

use crate::support::workflow::path;
use crate::support::{Kind, Replicated, Resource as _, Scratch, TestApp, block_on};

/// Three instances over the primary, each with the standby as its replica and without a cache, so
/// that every public read is one of a database.
async fn instances(servers: &Replicated) -> [TestApp; 3] {
    let scratch = Scratch::at(servers.primary()).await;
    let first = TestApp::start_over_with(Kind::Postgres, scratch, |settings| {
        settings.set_replica_urls(&[servers.standby()]);
        settings.cache.memory_mib = 0;
        settings.metrics.listen = Some("127.0.0.1:0".parse().unwrap());
    });
    let (second, third) = (first.second(), first.second());
    let all = [first, second, third];
    all_use_it(&all).await;
    all
}

fn current(app: &TestApp) -> usize {
    app.db.replicas().current
}

fn reads(app: &TestApp) -> u64 {
    app.db.replicas().reads
}

async fn all_use_it(all: &[TestApp]) {
    for app in all {
        app.until(async || current(app) == 1).await;
    }
}

async fn none_uses_it(all: &[TestApp]) {
    for app in all {
        app.until(async || current(app) == 0).await;
    }
}

async fn title(app: &TestApp, article: &Value) -> String {
    let reply = app.anonymous().get(&path(article)).await.expect(200);
    reply.json()["title"].as_str().unwrap().to_owned()
}

/// Publishes a new title on one instance; gives when all have heard of it.
async fn retitle(all: &[TestApp], by: usize, article: &Value, title: &str) {
    let before: Vec<u64> = all.iter().map(|app| app.db.changes().last()).collect();
    all[by]
        .change(&path(article), json!({"title": title}))
        .await;
    all[by].publish(article.id()).await;
    for (app, before) in all.iter().zip(before) {
        app.until(async || app.db.changes().last() > before).await;
    }
}

#[test]
fn public_reads_go_to_a_replica_that_has_what_changed() {
    let Some(servers) = Replicated::start() else {
        return;
    };
    block_on(async {
        let all = instances(&servers).await;
        let article = all[0].article("Edition 0").publish().await;
        all_use_it(&all).await;
        for app in &all {
            let before = reads(app);
            assert_eq!(title(app, &article).await, "Edition 0");
            app.anonymous().get("/v1/articles").await.expect(200);
            assert_eq!(reads(app), before + 2);
            // Whoever sends credentials is answered by the primary.
            app.reader().get(&path(&article)).await.expect(200);
            app.reader().get("/v1/articles").await.expect(200);
            assert_eq!(reads(app), before + 2);
        }
        // Whoever writes reads it at once, and nobody reads what was before: while the replica does
        // not have it, the primary is asked.
        for edition in 1..=30 {
            let name = format!("Edition {edition}");
            retitle(&all, edition % 3, &article, &name).await;
            for app in &all {
                assert_eq!(title(app, &article).await, name);
            }
        }
        all_use_it(&all).await;
        let figures = all[0].metrics().await;
        for line in ["masthead_replicas 1", "masthead_replicas_current 1"] {
            assert!(figures.contains(line), "{figures}");
        }
    });
}

#[test]
fn a_replica_that_lags_is_left_out_until_it_has_caught_up() {
    let Some(servers) = Replicated::start() else {
        return;
    };
    block_on(async {
        let all = instances(&servers).await;
        let article = all[0].article("Before").publish().await;
        all_use_it(&all).await;
        servers.on_standby("SELECT pg_wal_replay_pause()").await;
        // It lags by nothing that the public sees.
        all[0]
            .change(&path(&article), json!({"title": "A draft"}))
            .await;
        let before = reads(&all[1]);
        assert_eq!(title(&all[1], &article).await, "Before");
        assert_eq!(reads(&all[1]), before + 1);

        retitle(&all, 0, &article, "After").await;
        none_uses_it(&all).await;
        let before = reads(&all[1]);
        for app in &all {
            assert_eq!(title(app, &article).await, "After");
        }
        assert_eq!(reads(&all[1]), before);

        servers.on_standby("SELECT pg_wal_replay_resume()").await;
        all_use_it(&all).await;
        for app in &all {
            assert_eq!(title(app, &article).await, "After");
        }
        assert_eq!(reads(&all[1]), before + 1);
    });
}

#[test]
fn a_replica_that_dies_fails_no_read_and_is_used_again() {
    let Some(mut servers) = Replicated::start() else {
        return;
    };
    block_on(async {
        let all = instances(&servers).await;
        let article = all[0].article("Steady").publish().await;
        all_use_it(&all).await;
        // Readers who do not stop while the replica is killed and comes back.
        let ask = async |app: &TestApp, times: usize| {
            for _ in 0..times {
                assert_eq!(title(app, &article).await, "Steady");
            }
        };
        for _ in 0..3 {
            let before: Vec<u64> = all.iter().map(reads).collect();
            tokio::join!(ask(&all[0], 50), ask(&all[1], 50), ask(&all[2], 50));
            assert!(
                all.iter()
                    .zip(&before)
                    .all(|(app, before)| reads(app) > *before)
            );
            let killed = tokio::task::spawn_blocking(move || {
                servers.stop();
                servers
            });
            let (_, _, _, killed) = tokio::join!(
                ask(&all[0], 200),
                ask(&all[1], 200),
                ask(&all[2], 200),
                killed
            );
            servers = killed.unwrap();
            none_uses_it(&all).await;
            let before: Vec<u64> = all.iter().map(reads).collect();
            retitle(&all, 1, &article, "Alone").await;
            for (app, before) in all.iter().zip(before) {
                assert_eq!(title(app, &article).await, "Alone");
                assert_eq!(reads(app), before);
            }
            retitle(&all, 2, &article, "Steady").await;
            servers.start_again();
            all_use_it(&all).await;
            ask(&all[0], 1).await;
        }
    });
}

#[test]
fn a_replica_that_follows_no_longer_is_left_out() {
    let Some(servers) = Replicated::start() else {
        return;
    };
    block_on(async {
        let all = instances(&servers).await;
        let article = all[0].article("Ours").publish().await;
        all_use_it(&all).await;
        servers.on_standby("SELECT pg_promote()").await;
        none_uses_it(&all).await;
        // What is written there is not ours.
        servers.on_standby("DELETE FROM live_articles").await;
        for app in &all {
            assert_eq!(title(app, &article).await, "Ours");
        }
    });
}

#[test]
fn another_database_is_no_replica() {
    let Some(servers) = Replicated::start() else {
        return;
    };
    block_on(async {
        let scratch = Scratch::at(servers.primary()).await;
        let elsewhere = servers.standby().replace("/postgres", "/template1");
        let app = TestApp::start_over_with(Kind::Postgres, scratch, |settings| {
            settings.set_replica_urls(&[&elsewhere]);
            settings.cache.memory_mib = 0;
        });
        let article = app.article("Here").publish().await;
        app.until(async || app.db.changes().is_heard()).await;
        for _ in 0..20 {
            assert_eq!(title(&app, &article).await, "Here");
        }
        assert_eq!(reads(&app), 0);
        assert_eq!(app.db.replicas().known, 1);
    });
}
