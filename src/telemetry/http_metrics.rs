//! Requests by route, method and status, and their durations.
//!
//! Each worker has counters of its own, so that no two threads write the same memory and a request
//! costs no lock and no allocation; a scrape adds them up.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use actix_web::http::{Method, StatusCode};

use super::histogram::{DurationHistogram, HistogramSnapshot};

/// A route, by its index in the table of routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route(pub u16);

/// The route label of a request that no route matches. Its own path must not become a label, since
/// anybody can choose it.
pub const UNMATCHED: &str = "unmatched";
/// The label of any other method or status.
const OTHER: &str = "other";

/// The methods with a label of their own.
pub const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// The statuses with a label of their own; the frequent ones first.
const STATUSES: [u16; 33] = [
    200, 304, 404, 201, 204, 401, 403, 429, 503, 400, 409, 412, 422, 202, 206, 207, 301, 302, 303,
    307, 308, 405, 406, 408, 410, 413, 415, 424, 428, 431, 500, 504, 507,
];

/// The counters of all workers.
#[derive(Debug)]
pub struct HttpMetrics {
    routes: Vec<&'static str>,
    shards: Mutex<Vec<Arc<WorkerHttpMetrics>>>,
}

/// The counters of one worker.
#[derive(Debug)]
pub struct WorkerHttpMetrics {
    names: Vec<&'static str>,
    /// One for each route, allocated at its first request, and a last one for unmatched requests.
    routes: Vec<OnceLock<Box<RouteCounters>>>,
    in_flight: AtomicI64,
    abandoned: AtomicU64,
}

#[derive(Debug)]
struct RouteCounters {
    /// By method, then by status; the last of each counts all others.
    answers: [[AtomicU64; STATUSES.len() + 1]; METHODS.len() + 1],
    took: DurationHistogram,
}

impl RouteCounters {
    fn new() -> Box<Self> {
        let none = |_place| AtomicU64::new(0);
        Box::new(Self {
            answers: std::array::from_fn(|_method| std::array::from_fn(none)),
            took: DurationHistogram::default(),
        })
    }
}

impl HttpMetrics {
    /// Counters for the routes of these templates.
    #[must_use]
    pub fn new(routes: Vec<&'static str>) -> Self {
        let shards = Mutex::default();
        Self { routes, shards }
    }

    /// The counters of another worker.
    #[must_use]
    pub fn worker(&self) -> Arc<WorkerHttpMetrics> {
        let mut routes = Vec::new();
        routes.resize_with(self.routes.len() + 1, OnceLock::new);
        let shard = Arc::new(WorkerHttpMetrics {
            names: self.routes.clone(),
            routes,
            in_flight: AtomicI64::new(0),
            abandoned: AtomicU64::new(0),
        });
        let mut shards = self.shards.lock().unwrap_or_else(PoisonError::into_inner);
        shards.push(Arc::clone(&shard));
        shard
    }

    fn shards(&self) -> Vec<Arc<WorkerHttpMetrics>> {
        let shards = self.shards.lock();
        shards.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The number of requests in progress: neither answered nor abandoned.
    #[must_use]
    pub fn in_flight(&self) -> i64 {
        let shards = self.shards();
        shards
            .iter()
            .map(|shard| shard.in_flight.load(Ordering::Relaxed))
            .sum()
    }

    /// The number of requests whose client left before the response.
    #[must_use]
    pub fn abandoned(&self) -> u64 {
        let shards = self.shards();
        shards
            .iter()
            .map(|shard| shard.abandoned.load(Ordering::Relaxed))
            .sum()
    }

    /// The number of requests answered, by route, method and status; without those that are zero.
    #[must_use]
    pub fn requests(&self) -> Vec<(RequestLabels, u64)> {
        let (mut all, shards) = (Vec::new(), self.shards());
        for (place, route) in self.named() {
            let figures = of_route(&shards, place);
            for (row, method) in METHODS.iter().chain([&OTHER]).enumerate() {
                let statuses = STATUSES.iter().map(ToString::to_string);
                for (column, status) in statuses.chain([OTHER.to_owned()]).enumerate() {
                    let count = |one: &&RouteCounters| -> Option<u64> {
                        let cell = one.answers.get(row)?.get(column)?;
                        Some(cell.load(Ordering::Relaxed))
                    };
                    let count = figures.iter().filter_map(count).sum();
                    if count > 0 {
                        let labels = RequestLabels {
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

    /// The durations of the requests of each route that has been requested.
    #[must_use]
    pub fn durations(&self) -> Vec<(&'static str, HistogramSnapshot)> {
        let (mut all, shards) = (Vec::new(), self.shards());
        for (place, route) in self.named() {
            let mut counted = HistogramSnapshot::default();
            for figures in of_route(&shards, place) {
                counted.add(&figures.took);
            }
            if counted.count() > 0 {
                all.push((route, counted));
            }
        }
        all
    }

    /// The route labels with their indexes.
    fn named(&self) -> impl Iterator<Item = (usize, &'static str)> {
        self.routes.iter().copied().chain([UNMATCHED]).enumerate()
    }
}

/// The counters of a route on all workers.
fn of_route(shards: &[Arc<WorkerHttpMetrics>], place: usize) -> Vec<&RouteCounters> {
    let mut all = Vec::new();
    for shard in shards {
        let figures = shard.routes.get(place).and_then(OnceLock::get);
        all.extend(figures.map(|one| &**one));
    }
    all
}

/// The labels of a count of requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestLabels {
    /// The route's template, or [`UNMATCHED`].
    pub route: &'static str,
    /// The method, or `other`.
    pub method: &'static str,
    /// The status, or `other`.
    pub status: String,
}

impl WorkerHttpMetrics {
    /// The template of a route.
    #[must_use]
    pub fn name(&self, route: Route) -> Option<&'static str> {
        self.names.get(usize::from(route.0)).copied()
    }

    /// Counts a response.
    pub fn observe(
        &self,
        route: Option<Route>,
        method: &Method,
        status: StatusCode,
        took: Duration,
    ) {
        let last = self.routes.len() - 1;
        let place = route.map_or(last, |route| usize::from(route.0).min(last));
        let Some(figures) = self.routes.get(place) else {
            return;
        };
        let figures = figures.get_or_init(RouteCounters::new);
        figures.took.observe(took);
        let row = METHODS.iter().position(|name| *name == method.as_str());
        let column = STATUSES.iter().position(|code| *code == status.as_u16());
        let row = figures.answers.get(row.unwrap_or(METHODS.len()));
        if let Some(cell) = row.and_then(|row| row.get(column.unwrap_or(STATUSES.len()))) {
            cell.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts a request as in progress until it is answered or dropped.
    #[must_use]
    pub fn begin(self: &Arc<Self>, method: Method, since: Instant) -> InFlight {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        InFlight {
            shard: Arc::clone(self),
            method,
            since,
            answered: false,
        }
    }
}

/// A request in progress. Dropped without a response, it counts as abandoned.
#[derive(Debug)]
pub struct InFlight {
    shard: Arc<WorkerHttpMetrics>,
    method: Method,
    since: Instant,
    answered: bool,
}

impl InFlight {
    /// Counts its response, which is complete now.
    pub fn answered(mut self, route: Option<Route>, status: StatusCode) {
        self.answered = true;
        let took = self.since.elapsed();
        self.shard.observe(route, &self.method, status, took);
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.shard.in_flight.fetch_sub(1, Ordering::Relaxed);
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
    fn every_status_of_a_problem_has_a_label() {
        for code in Code::ALL {
            assert!(STATUSES.contains(&code.status().as_u16()), "{code:?}");
        }
    }

    #[test]
    fn workers_are_added_up_and_an_unknown_method_is_no_label() {
        let metrics = HttpMetrics::new(vec!["/a", "/b/{b}"]);
        let (one, other) = (metrics.worker(), metrics.worker());
        let took = Duration::from_millis(1);
        for shard in [&one, &other] {
            shard.observe(Some(Route(1)), &Method::GET, StatusCode::OK, took);
        }
        let strange = Method::from_bytes(b"BREW").unwrap();
        one.observe(None, &strange, StatusCode::IM_A_TEAPOT, took);
        one.observe(Some(Route(77)), &Method::GET, StatusCode::OK, took);
        let told: Vec<_> = metrics
            .requests()
            .into_iter()
            .map(|(labels, count)| format!("{labels:?} {count}"))
            .collect();
        let line = |route, method, status, count| {
            format!(
                "RequestLabels {{ route: {route:?}, method: {method:?}, status: {status:?} }} {count}"
            )
        };
        let expected = [
            line("/b/{b}", "GET", "200", 2),
            line(UNMATCHED, "GET", "200", 1),
            line(UNMATCHED, OTHER, OTHER, 1),
        ];
        assert_eq!(told, expected);
        let took: Vec<_> = metrics
            .durations()
            .into_iter()
            .map(|(route, counted)| (route, counted.count()))
            .collect();
        assert_eq!(took, [("/b/{b}", 2), (UNMATCHED, 2)]);
    }

    #[test]
    fn a_dropped_request_is_abandoned() {
        let metrics = HttpMetrics::new(vec!["/a"]);
        let shard = metrics.worker();
        let begin = || shard.begin(Method::GET, Instant::now());
        let (one, other) = (begin(), begin());
        assert_eq!(metrics.in_flight(), 2);
        one.answered(Some(Route(0)), StatusCode::OK);
        drop(other);
        assert_eq!((metrics.in_flight(), metrics.abandoned()), (0, 1));
        assert_eq!(metrics.requests().len(), 1);
    }
}
