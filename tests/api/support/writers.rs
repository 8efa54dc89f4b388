//! Several people who write at the same time, and what each of them was told: whatever happens to the
//! server or its database meanwhile, what was acknowledged is there, and nothing is there by halves.

mod thing;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::sync::Notify;

use self::thing::{State, Thing, number_of};
use super::create::Resource as _;
use super::key_of;
use crate::workflow::model::random::Random;

/// Those who write articles, and those who write tags and authors.
const ARTICLES: usize = 5;
const OTHERS: usize = 2;
/// The title of an article that nobody changes, and its address.
const ANCHOR: &str = "Anchor";
const ANCHOR_PATH: &str = "/v1/articles/anchor";

/// What was done in all rounds.
#[derive(Debug, Default)]
pub struct Figures {
    /// Rounds that were ended by a disturbance.
    pub rounds: usize,
    /// Writes that were acknowledged.
    pub acknowledged: usize,
    /// Writes that were cut short and took place.
    pub cut_done: usize,
    /// Writes that were cut short and did not take place.
    pub cut_undone: usize,
    /// Reads of the public that were answered.
    pub reads: usize,
    /// Acknowledged writes that were not there.
    pub lost: usize,
    /// Things that were neither as before nor as after a change.
    pub half_written: usize,
}

/// The writers.
pub struct Writers {
    http: reqwest::Client,
    things: Vec<Thing>,
    numbers: AtomicUsize,
    figures: Figures,
}

/// One answer: nothing when there was none.
type Answer = Option<(u16, Value)>;

impl Writers {
    /// Writers who begin with a published article that nobody changes.
    pub async fn new(base: &str, seed: u64) -> Self {
        drop(rustls::crypto::ring::default_provider().install_default());
        let http = reqwest::Client::builder().no_proxy();
        let http = http.timeout(Duration::from_secs(60)).build().unwrap();
        let thing = |writer: usize| Thing {
            collection: match writer {
                writer if writer < ARTICLES => "/v1/articles",
                writer if writer % 2 == 0 => "/v1/tags",
                _ => "/v1/authors",
            },
            slug: format!("w{writer}-0"),
            id: None,
            acknowledged: None,
            pending: None,
            random: Random::new(seed * 100 + u64::try_from(writer).unwrap()),
            writer,
            begun: 0,
        };
        let writers = Self {
            http,
            things: (0..ARTICLES + OTHERS).map(thing).collect(),
            numbers: AtomicUsize::new(1),
            figures: Figures::default(),
        };
        let article = json!({"title": ANCHOR, "body": {"source": "It holds."}});
        let made = writers
            .send(base, "POST", "/v1/articles", None, &article)
            .await;
        assert_eq!(made.unwrap().0, 201);
        let publish = format!("{ANCHOR_PATH}/publish");
        let made = writers
            .send(base, "POST", &publish, Some("*"), &json!({}))
            .await;
        assert_eq!(made.unwrap().0, 200);
        writers
    }

    async fn send(
        &self,
        base: &str,
        method: &str,
        path: &str,
        if_match: Option<&str>,
        body: &Value,
    ) -> Answer {
        let method: reqwest::Method = method.parse().unwrap();
        let mut call = self.http.request(method.clone(), format!("{base}{path}"));
        call = call.bearer_auth(key_of("editor"));
        if method != reqwest::Method::GET && method != reqwest::Method::DELETE {
            let kind = match method.as_str() {
                "PATCH" => "application/merge-patch+json",
                _ => "application/json",
            };
            call = call.header("Content-Type", kind).body(body.to_string());
        }
        if let Some(version) = if_match {
            call = call.header("If-Match", version);
        }
        answer(call).await
    }

    /// Lets all write, and a reader read, until `enough` writes are acknowledged in all and a moment
    /// has passed; then `disturb` happens while they go on. A writer stops at an answer that is not a
    /// good one, which must be one that `may_be` takes, or once the disturbance is over.
    pub async fn round(
        &mut self,
        base: &str,
        enough: usize,
        moment: Duration,
        disturb: impl AsyncFnOnce(),
        may_be: fn(&Answer) -> bool,
    ) {
        let (notify, over) = (Notify::new(), AtomicBool::new(false));
        let acknowledged = AtomicUsize::new(0);
        let mut things = std::mem::take(&mut self.things);
        let this = &*self;
        let write = async |thing: &mut Thing| {
            while !over.load(Ordering::SeqCst) {
                let answer = this.write(base, thing).await;
                let is_good = matches!(answer, Some((200..=299, _)));
                assert!(is_good || may_be(&answer), "{}: {answer:?}", thing.slug);
                if !is_good {
                    break;
                }
                if acknowledged.fetch_add(1, Ordering::SeqCst) + 1 == enough {
                    notify.notify_one();
                }
            }
        };
        let writing = join_all(things.iter_mut().map(write));
        let reading = async {
            let mut reads = 0;
            while !over.load(Ordering::SeqCst) {
                let call = this.http.get(format!("{base}{ANCHOR_PATH}"));
                let answer = answer(call).await;
                match &answer {
                    Some((200, body)) => {
                        assert_eq!(body["title"], ANCHOR, "{body}");
                        reads += 1;
                    }
                    other => assert!(may_be(other), "{other:?}"),
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            reads
        };
        let disturbing = async {
            notify.notified().await;
            tokio::time::sleep(moment).await;
            disturb().await;
            over.store(true, Ordering::SeqCst);
        };
        let (_, reads, ()) = tokio::join!(writing, reading, disturbing);
        self.things = things;
        self.figures.rounds += 1;
        self.figures.reads += reads;
        self.figures.acknowledged += acknowledged.into_inner();
    }

    /// The next change of something.
    async fn write(&self, base: &str, thing: &mut Thing) -> Answer {
        let number = u64::try_from(self.numbers.fetch_add(1, Ordering::SeqCst)).unwrap();
        let (request, next) = thing.next(number);
        thing.pending = Some(next);
        let (method, path, version, body) = request;
        let answer = self
            .send(base, method, &path, version.as_deref(), &body)
            .await;
        if let Some((200..=299, body)) = &answer {
            if let Some(id) = body["id"].as_str() {
                thing.id = Some(id.to_owned());
            }
            thing.acknowledged = thing.pending.take();
        }
        answer
    }

    /// Looks at all that was written last; what was not acknowledged is as it was or as it was to be.
    ///
    /// # Panics
    /// When something that was acknowledged is lost, or something is half-written.
    pub async fn look(&mut self, base: &str) {
        let mut things = std::mem::take(&mut self.things);
        for thing in &mut things {
            let found = self.find(base, thing).await;
            let is_pending = thing.pending.is_some();
            match found {
                Ok(found) if found == thing.acknowledged => {
                    self.figures.cut_undone += usize::from(is_pending);
                }
                Ok(found) if is_pending && found == thing.pending => {
                    self.figures.cut_done += 1;
                    thing.acknowledged = found;
                }
                other => {
                    let version =
                        |state: &Option<State>| state.as_ref().map_or(0, |one| one.version);
                    let is_older = other
                        .as_ref()
                        .is_ok_and(|found| version(found) < version(&thing.acknowledged));
                    self.figures.lost += usize::from(is_older);
                    self.figures.half_written += usize::from(!is_older);
                    let Figures {
                        lost, half_written, ..
                    } = &self.figures;
                    panic!(
                        "lost {lost}, half-written {half_written}: {} is {other:?}, was {:?} or {:?}",
                        thing.slug, thing.acknowledged, thing.pending
                    );
                }
            }
            thing.pending = None;
        }
        self.things = things;
    }

    /// What something is now; an error when its parts contradict each other.
    async fn find(&self, base: &str, thing: &mut Thing) -> Result<Option<State>, String> {
        let Thing {
            collection, slug, ..
        } = &*thing;
        let one = format!("{collection}/{slug}");
        let known = thing.acknowledged.as_ref().or(thing.pending.as_ref());
        let was_live =
            |live: Option<u64>| live.is_some() || known.is_some_and(|known| known.was_live);
        let (status, body) = self
            .send(base, "GET", &one, None, &Value::Null)
            .await
            .unwrap();
        if status == 404 {
            return self.find_in_trash(base, thing).await;
        }
        assert_eq!(status, 200, "{body}");
        let id = body.id().to_owned();
        let number = number_of(&body)?;
        let live = match self.public(format!("{base}{collection}/{id}")).await {
            (404, _) => None,
            (200, body) => Some(number_of(&body)?),
            other => return Err(format!("{other:?}")),
        };
        let is_article = *collection == "/v1/articles";
        if is_article {
            // A batch makes two more articles with what it changes, or nothing.
            let list = format!("/v1/articles?section=batch-{number}&total=true&fields=id");
            let (_, made) = self
                .send(base, "GET", &list, None, &Value::Null)
                .await
                .unwrap();
            let by_batch = body["metadata"]["batch"] == number;
            let expected = if by_batch { 2 } else { 0 };
            if made["page"]["total"] != expected {
                return Err(format!(
                    "a batch made {} of {expected}",
                    made["page"]["total"]
                ));
            }
        }
        let state = State {
            version: body["version"].as_u64().unwrap(),
            number,
            status: body["status"].as_str().unwrap_or_default().to_owned(),
            live,
            was_live: if is_article {
                body["first_published_at"].is_string() || was_live(live)
            } else {
                true
            },
            trashed: false,
        };
        thing.id = Some(id);
        Ok(Some(state))
    }

    /// What the public reads now. As long as the server says of an answer that it may be stale, since it
    /// does not hear of its database again yet, another is asked for.
    async fn public(&self, url: String) -> (u16, Value) {
        for _ in 0..3_000 {
            let call = self.http.get(&url).send().await.unwrap();
            let cached = call.headers().get("cache-status").cloned();
            let is_stale = cached.is_some_and(|how| how.to_str().unwrap().contains("stale"));
            let status = call.status().as_u16();
            let text = call.text().await.unwrap();
            if !is_stale {
                return (status, serde_json::from_str(&text).unwrap_or_default());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{url} is stale for good");
    }

    async fn find_in_trash(&self, base: &str, thing: &Thing) -> Result<Option<State>, String> {
        let Some(id) = &thing.id else {
            return Ok(None);
        };
        let one = format!("{base}{}/{id}", thing.collection);
        if let (200, body) = self.public(one).await {
            return Err(format!("the public finds what is in the trash: {body}"));
        }
        let list = "/v1/trash?limit=100";
        let (_, trash) = self
            .send(base, "GET", list, None, &Value::Null)
            .await
            .unwrap();
        let trash = trash["data"].as_array().unwrap().clone();
        let Some(body) = trash.into_iter().find(|one| one["id"] == id.as_str()) else {
            return Ok(None);
        };
        Ok(Some(State {
            version: body["version"].as_u64().unwrap(),
            number: number_of(&body)?,
            status: body["status"].as_str().unwrap_or_default().to_owned(),
            live: None,
            was_live: body["first_published_at"].is_string(),
            trashed: true,
        }))
    }

    /// What was done so far.
    pub fn figures(&self) -> &Figures {
        &self.figures
    }
}

async fn answer(call: reqwest::RequestBuilder) -> Answer {
    let answer = call.send().await.ok()?;
    let status = answer.status().as_u16();
    let body = answer.text().await.ok()?;
    Some((status, serde_json::from_str(&body).unwrap_or_default()))
}
