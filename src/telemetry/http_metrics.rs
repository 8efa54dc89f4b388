//! What was asked and answered: requests by route, method and status, and how long they took.
//!
//! Each worker counts in a shard of its own, so that no two threads write the same memory and an
//! answer costs no lock and no allocation; whoever reads adds the shards up.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use actix_web::http::{Method, StatusCode};

use super::histogram::{Counted, Durations};

/// A route, by its place in the table of routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route(pub u16);

/// What stands for the path of a request that no route is for: it must not be told by its own,
/// since strangers choose it.
pub const UNMATCHED: &str = "unmatched";
/// What stands for a method or a status that is counted with others.
const OTHER: &str = "other";

/// The methods that are told apart: others are made up by strangers.
pub const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// The statuses that are told apart; the frequent ones first.
const STATUSES: [u16; 33] = [
    200, 304, 404, 201, 204, 401, 403, 429, 503, 400, 409, 412, 422, 202, 206, 207, 301, 302, 303,
    307, 308, 405, 406, 408, 410, 413, 415, 424, 428, 431, 500, 504, 507,
];

/// The figures of all workers.
#[derive(Debug)]
pub struct Traffic {
    routes: Vec<&'static str>,
    shards: Mutex<Vec<Arc<Shard>>>,
}

/// The figures of one worker.
#[derive(Debug)]
pub struct Shard {
    names: Vec<&'static str>,
    /// One a route, made when it is first asked for, and a last one for what has no route.
    routes: Vec<OnceLock<Box<OfRoute>>>,
    under_way: AtomicI64,
    abandoned: AtomicU64,
}

#[derive(Debug)]
struct OfRoute {
    /// By method; in each by status, and a last one for others.
    answers: [[AtomicU64; STATUSES.len() + 1]; METHODS.len() + 1],
    took: Durations,
}

impl OfRoute {
    fn new() -> Box<Self> {
        let none = |_place| AtomicU64::new(0);
        Box::new(Self {
            answers: std::array::from_fn(|_method| std::array::from_fn(none)),
            took: Durations::default(),
        })
    }
}

impl Traffic {
    /// No requests so far, to routes of these templates.
    #[must_use]
    pub fn new(routes: Vec<&'static str>) -> Self {
        let shards = Mutex::default();
        Self { routes, shards }
    }

    /// The figures of another worker.
    #[must_use]
    pub fn shard(&self) -> Arc<Shard> {
        let mut routes = Vec::new();
        routes.resize_with(self.routes.len() + 1, OnceLock::new);
        let shard = Arc::new(Shard {
            names: self.routes.clone(),
            routes,
            under_way: AtomicI64::new(0),
            abandoned: AtomicU64::new(0),
        });
        let mut shards = self.shards.lock().unwrap_or_else(PoisonError::into_inner);
        shards.push(Arc::clone(&shard));
        shard
    }

    fn shards(&self) -> Vec<Arc<Shard>> {
        let shards = self.shards.lock();
        shards.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many requests are under way: neither answered nor given up.
    #[must_use]
    pub fn under_way(&self) -> i64 {
        let shards = self.shards();
        shards
            .iter()
            .map(|shard| shard.under_way.load(Ordering::Relaxed))
            .sum()
    }

    /// How many callers left before they were answered.
    #[must_use]
    pub fn abandoned(&self) -> u64 {
        let shards = self.shards();
        shards
            .iter()
            .map(|shard| shard.abandoned.load(Ordering::Relaxed))
            .sum()
    }

    /// How many answers there were, by route, method and status; those that were.
    #[must_use]
    pub fn answers(&self) -> Vec<(Labels, u64)> {
        let (mut all, shards) = (Vec::new(), self.shards());
        for (place, route) in self.named() {
            let figures = of_route(&shards, place);
            for (row, method) in METHODS.iter().chain([&OTHER]).enumerate() {
                let statuses = STATUSES.iter().map(ToString::to_string);
                for (column, status) in statuses.chain([OTHER.to_owned()]).enumerate() {
                    let count = |one: &&OfRoute| -> Option<u64> {
                        let cell = one.answers.get(row)?.get(column)?;
                        Some(cell.load(Ordering::Relaxed))
                    };
                    let count = figures.iter().filter_map(count).sum();
                    if count > 0 {
                        let labels = Labels {
                            route,
                            method,
                            status,
                        };
                        all.push((labels, count));
                    }
                }
            }
        }
        all
    }

    /// How long the answers of each route took that was asked for.
    #[must_use]
    pub fn took(&self) -> Vec<(&'static str, Counted)> {
        let (mut all, shards) = (Vec::new(), self.shards());
        for (place, route) in self.named() {
            let mut counted = Counted::default();
            for figures in of_route(&shards, place) {
                counted.add(&figures.took);
            }
            if counted.count() > 0 {
                all.push((route, counted));
            }
        }
        all
    }

    /// The routes' names with their places.
    fn named(&self) -> impl Iterator<Item = (usize, &'static str)> {
        self.routes.iter().copied().chain([UNMATCHED]).enumerate()
    }
}

/// The figures of a route in all shards.
fn of_route(shards: &[Arc<Shard>], place: usize) -> Vec<&OfRoute> {
    let mut all = Vec::new();
    for shard in shards {
        let figures = shard.routes.get(place).and_then(OnceLock::get);
        all.extend(figures.map(|one| &**one));
    }
    all
}

/// Which answers a count is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    /// The route's template, or [`UNMATCHED`].
    pub route: &'static str,
    /// The method, or `other`.
    pub method: &'static str,
    /// The status, or `other`.
    pub status: String,
}

impl Shard {
    /// The template of a route.
    #[must_use]
    pub fn name(&self, route: Route) -> Option<&'static str> {
        self.names.get(usize::from(route.0)).copied()
    }

    /// Counts an answer.
    pub fn note(&self, route: Option<Route>, method: &Method, status: StatusCode, took: Duration) {
        let last = self.routes.len() - 1;
        let place = route.map_or(last, |route| usize::from(route.0).min(last));
        let Some(figures) = self.routes.get(place) else {
            return;
        };
        let figures = figures.get_or_init(OfRoute::new);
        figures.took.note(took);
        let row = METHODS.iter().position(|name| *name == method.as_str());
        let column = STATUSES.iter().position(|code| *code == status.as_u16());
        let row = figures.answers.get(row.unwrap_or(METHODS.len()));
        if let Some(cell) = row.and_then(|row| row.get(column.unwrap_or(STATUSES.len()))) {
            cell.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts a request as under way until it is answered or dropped.
    #[must_use]
    pub fn begin(self: &Arc<Self>, method: Method, since: Instant) -> UnderWay {
        self.under_way.fetch_add(1, Ordering::Relaxed);
        UnderWay {
            shard: Arc::clone(self),
            method,
            since,
            answered: false,
        }
    }
}

/// A request that is under way. Dropped without an answer, it counts as abandoned.
#[derive(Debug)]
pub struct UnderWay {
    shard: Arc<Shard>,
    method: Method,
    since: Instant,
    answered: bool,
}

impl UnderWay {
    /// It was answered now.
    pub fn answered(mut self, route: Option<Route>, status: StatusCode) {
        self.answered = true;
        let took = self.since.elapsed();
        self.shard.note(route, &self.method, status, took);
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.shard.under_way.fetch_sub(1, Ordering::Relaxed);
        if !self.answered {
            self.shard.abandoned.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    #[test]
    fn every_status_of_a_problem_is_told_apart() {
        for code in Code::ALL {
            assert!(STATUSES.contains(&code.status().as_u16()), "{code:?}");
        }
    }

    #[test]
    fn workers_are_added_up_and_what_strangers_choose_is_no_label() {
        let traffic = Traffic::new(vec!["/a", "/b/{b}"]);
        let (one, other) = (traffic.shard(), traffic.shard());
        let took = Duration::from_millis(1);
        for shard in [&one, &other] {
            shard.note(Some(Route(1)), &Method::GET, StatusCode::OK, took);
        }
        let strange = Method::from_bytes(b"BREW").unwrap();
        one.note(None, &strange, StatusCode::IM_A_TEAPOT, took);
        one.note(Some(Route(77)), &Method::GET, StatusCode::OK, took);
        let told: Vec<_> = traffic
            .answers()
            .into_iter()
            .map(|(labels, count)| format!("{labels:?} {count}"))
            .collect();
        let line = |route, method, status, count| {
            format!("Labels {{ route: {route:?}, method: {method:?}, status: {status:?} }} {count}")
        };
        let expected = [
            line("/b/{b}", "GET", "200", 2),
            line(UNMATCHED, "GET", "200", 1),
            line(UNMATCHED, OTHER, OTHER, 1),
        ];
        assert_eq!(told, expected);
        let took: Vec<_> = traffic
            .took()
            .into_iter()
            .map(|(route, counted)| (route, counted.count()))
            .collect();
        assert_eq!(took, [("/b/{b}", 2), (UNMATCHED, 2)]);
    }

    #[test]
    fn what_is_dropped_is_abandoned() {
        let traffic = Traffic::new(vec!["/a"]);
        let shard = traffic.shard();
        let begin = || shard.begin(Method::GET, Instant::now());
        let (one, other) = (begin(), begin());
        assert_eq!(traffic.under_way(), 2);
        one.answered(Some(Route(0)), StatusCode::OK);
        drop(other);
        assert_eq!((traffic.under_way(), traffic.abandoned()), (0, 1));
        assert_eq!(traffic.answers().len(), 1);
    }
}
