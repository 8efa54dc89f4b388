//! One sequence of steps: each is sent, done to the model, and what it left is compared.

use serde_json::json;

use super::random::{Random, Room};
use super::rules::{At, Op, Refusal};
use super::simple::World;
use super::steps::rfc3339;
use crate::support::TestApp;

/// What was done in all sequences.
#[derive(Debug, Clone, Copy, Default)]
pub struct Figures {
    pub sequences: u64,
    pub steps: u64,
    pub refused: u64,
    pub reads: u64,
}

/// A sequence of steps; it is told when it fails.
pub struct Story<'a> {
    pub app: &'a TestApp,
    pub world: World,
    pub random: Random,
    pub room: Room,
    /// The steps that come next.
    pub plan: Vec<(usize, Op)>,
    pub markers: u32,
    /// How many articles at the beginning no step touches.
    pub bystanders: usize,
    pub figures: &'a mut Figures,
    seed: u64,
    told: Vec<String>,
    /// The clock goes back to the last change at most.
    written: i64,
}

impl Drop for Story<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("MASTHEAD_LIFE_SEED={} tells it again:", self.seed);
            for line in &self.told {
                eprintln!("  {line}");
            }
            eprintln!("at {} it is thought that", rfc3339(self.now()));
            for (index, article) in self.world.articles.iter().enumerate() {
                let (state, version) = (article.state(self.now()), article.version);
                eprintln!("  {index}: {state} {version} {:?}", article.content);
                for copy in &article.copies {
                    let (from, until) = (rfc3339(copy.from), copy.until.map(rfc3339));
                    eprintln!("    {from} to {until:?}: {copy:?}");
                }
            }
        }
    }
}

impl<'a> Story<'a> {
    pub fn new(app: &'a TestApp, world: World, seed: u64, figures: &'a mut Figures) -> Self {
        let mut random = Random::new(seed);
        let room = Room::any(&mut random);
        Self {
            app,
            bystanders: world.articles.len(),
            world,
            random,
            room,
            plan: Vec::new(),
            markers: 100,
            figures,
            seed,
            told: Vec::new(),
            written: app.now().0,
        }
    }

    pub fn now(&self) -> i64 {
        self.app.now().0
    }

    fn tell(&mut self, what: &str) {
        let at = rfc3339(self.now());
        self.told.push(format!("{at} {what}"));
    }

    /// Does so many steps and looks at everything in the end; then its articles are deleted.
    pub async fn run(mut self, steps: usize) {
        for _ in 0..steps {
            match self.random.below(20) {
                0..5 => self.jump().await,
                5 => self.record().await,
                6..8 => self.batch().await,
                _ => self.one().await,
            }
            self.figures.steps += 1;
            self.look().await;
        }
        self.look_everywhere().await;
        self.clear().await;
        self.figures.sequences += 1;
    }

    /// A step by itself; now and then based on a version that is not the article's.
    async fn one(&mut self) {
        let (index, op) = self.step();
        let article = self.world.articles.get(index);
        let is_stale = article.is_some() && self.random.one_in(20);
        let version = article.map_or(0, |one| one.version) + i64::from(is_stale);
        self.tell(&format!("{index}: {op:?} stale={is_stale}"));
        let reply = self.send(index, &op, version).await;
        let now = self.now();
        let mut after = self.world.clone();
        let done = after.apply(index, At { now, op: &op });
        let done = match done {
            Ok(()) if is_stale => Err(vec![412]),
            Err(mut statuses) if is_stale => {
                statuses.push(412);
                Err(statuses)
            }
            done => done,
        };
        if done.is_ok() {
            if matches!(op, Op::Create(_)) {
                let id = reply.json()["id"].as_str().unwrap_or_default().to_owned();
                after.name_last(&id);
            }
            self.world = after;
            self.written = now;
        }
        self.agree(reply.status, &done, &reply.to_string());
    }

    /// Whether a step was refused as it should be.
    fn agree(&mut self, status: u16, done: &Result<(), Refusal>, shown: &str) {
        match done {
            Ok(()) => assert!((200..300).contains(&status), "refused {status}: {shown}"),
            Err(statuses) => {
                assert!(statuses.contains(&status), "not as {statuses:?}: {shown}");
                self.figures.refused += 1;
            }
        }
    }

    async fn batch(&mut self) {
        let atomic = self.random.one_in(2);
        let mut steps: Vec<(usize, Op)> = Vec::new();
        let mut created = false;
        for _ in 0..=self.random.below(3) {
            let (index, op) = self.step_of_batch();
            let is_new = matches!(op, Op::Create(_));
            // Each is based on a version that is known before.
            if steps.iter().any(|(other, _)| *other == index) || (is_new && created) {
                continue;
            }
            created |= is_new;
            steps.push((index, op));
        }
        self.tell(&format!("batch atomic={atomic} {steps:?}"));
        let version = |index: usize| self.world.articles.get(index).map_or(0, |one| one.version);
        let operations: Vec<_> = steps
            .iter()
            .map(|(index, op)| self.operation(*index, op, version(*index)))
            .collect();
        let body = json!({"atomic": atomic, "operations": operations});
        let reply = self.app.admin().post("/v1/articles/batch", &body).await;
        let reply = reply.expect(200);
        let results = reply.json()["results"].as_array().unwrap().clone();
        let (now, before) = (self.now(), self.world.clone());
        let mut all = Vec::new();
        for ((index, op), result) in steps.iter().zip(&results) {
            let done = self.world.apply(*index, At { now, op });
            if done.is_ok() && matches!(op, Op::Create(_)) {
                self.world
                    .name_last(result["id"].as_str().unwrap_or("none"));
            }
            let failed = done.is_err();
            all.push(done);
            if atomic && failed {
                break;
            }
        }
        let refused = all.iter().position(Result::is_err);
        if atomic && let Some(refused) = refused {
            self.world = before;
            all = vec![Err(vec![424]); refused]
                .into_iter()
                .chain(all.pop())
                .chain(vec![Err(vec![424]); steps.len() - refused - 1])
                .collect();
        }
        self.written = now;
        for (done, result) in all.iter().zip(&results) {
            let status = result["status"].as_u64().unwrap();
            self.agree(u16::try_from(status).unwrap(), done, &reply.to_string());
        }
        assert_eq!(all.len(), results.len(), "{reply}");
    }

    /// Records what became due; nobody can tell.
    async fn record(&mut self) {
        self.tell("record");
        if self.app.upkeep().await.recorded > 0 {
            self.written = self.now();
        }
        let ready = self.app.anonymous().get("/health/ready").await.json();
        assert_eq!(ready["overdue_transitions"]["count"], 0, "{ready}");
    }

    /// Moves the clock: to a moment at which something becomes public or ends, just before or
    /// after it, a while on, or back.
    async fn jump(&mut self) {
        let now = self.now();
        let copies = self.world.articles.iter().flat_map(|one| &one.copies);
        let moments: Vec<i64> = copies
            .flat_map(|copy| [Some(copy.from), copy.until])
            .flatten()
            .filter(|at| *at > self.written)
            .collect();
        let to = match self.random.below(8) {
            0 => {
                self.written
                    + i64::try_from(
                        self.random
                            .below(usize::try_from(now - self.written).unwrap() + 1),
                    )
                    .unwrap()
            }
            1 => now + i64::try_from(self.random.below(5_000)).unwrap(),
            _ if moments.is_empty() => now + 500,
            choice => {
                let moment = self.random.of(&moments);
                match choice {
                    2..5 => moment,
                    5..7 => moment - 1,
                    _ => moment + 1,
                }
            }
        };
        self.tell(&format!("jump to {}", rfc3339(to)));
        self.app.clock_set(&rfc3339(to));
        self.look_everywhere().await;
    }

    /// Deletes the articles of the story for good.
    async fn clear(&mut self) {
        let own = self.world.articles.iter().skip(self.bystanders);
        for article in own.filter(|one| !one.is_purged) {
            let admin = || self.app.admin();
            if !article.is_trashed {
                let path = format!("/v1/articles/{}", article.id);
                admin().remove(&path).await.expect(204);
            }
            let path = format!("/v1/trash/{}", article.id);
            admin().remove(&path).await.expect(204);
        }
    }
}
