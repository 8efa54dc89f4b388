//! Four times as many requests as the server can answer, with the cache off: how many it serves, how
//! many it refuses, and how long those wait that it serves.

use std::thread;
use std::time::{Duration, Instant};

use crate::corpus::Corpus;
use crate::http::Client;
use crate::process::Process;
use crate::table::{Goal, Table};
use crate::wrk::{Target, measure as load};
use crate::{Effort, Outcome};

/// What is asked: a search, which costs the server much and whoever asks little. With cheap requests the
/// load generator is the first to have more to do than it can.
const SEARCH: &str = "/v1/articles?q=harbour%20quorum&limit=5";
/// How many times as much is asked as can be done.
const TIMES: f64 = 4.0;
/// How many connections ask: more than have a turn or a place in the queue.
const CONNECTIONS: u32 = 1_500;
/// For how long, at the least, in seconds: longer than a queue has to stand to count as one.
const LEAST: u32 = 10;

/// Adds the rows.
pub fn measure(table: &mut Table, corpus: &Corpus, effort: &Effort) -> Outcome<()> {
    let server = Process::uncached(&corpus.url)?;
    load(&Target::new(&server, SEARCH), 1, &effort.folder)?;
    let capacity = load(
        &Target::new(&server, SEARCH),
        effort.seconds,
        &effort.folder,
    )?
    .rate;
    let before = server.memory()?;
    let seconds = effort.seconds.max(LEAST);
    let met = offer(server.port(), capacity * TIMES, seconds)?;
    let memory = server.memory()?;
    let rate =
        |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / f64::from(seconds);
    let (served, refused) = (rate(met.served.len()), rate(met.refused));
    table.value("overload: capacity", "req/s", capacity, Goal::None);
    table.value("overload: offered", "req/s", capacity * TIMES, Goal::None);
    table.value("overload: sent", "req/s", served + refused, Goal::None);
    table.value("overload: served", "req/s", served, Goal::None);
    table.value("overload: refused", "req/s", refused, Goal::None);
    let [half, most] = [50, 99].map(|percent| percentile(&met.served, percent));
    table.value("overload: p50 of the served", "ms", half, Goal::None);
    table.value(
        "overload: p99 of the served",
        "ms",
        most,
        // As long as one may wait at the most, in a queue that does not stand yet, and the work.
        Goal::AtMost(1_200.0),
    );
    let growth = memory - before;
    table.value("overload: memory more", "MiB", growth, Goal::AtMost(60.0));
    Ok(())
}

/// What became of the requests.
#[derive(Default)]
struct Met {
    /// How long those took that were served, in milliseconds, in order.
    served: Vec<f64>,
    refused: usize,
}

/// Asks so many times a second, by the clock and not by the answers. What a connection cannot send in
/// time, since it still waits, it sends as soon as it can.
fn offer(port: u16, rate: f64, seconds: u32) -> Outcome<Met> {
    let pause = Duration::from_secs_f64(f64::from(CONNECTIONS) / rate);
    let begin = Instant::now() + Duration::from_millis(500);
    let end = begin + Duration::from_secs(u64::from(seconds));
    let asks = |number: u32| {
        let first = begin + pause * number / CONNECTIONS;
        thread::Builder::new()
            .stack_size(128 * 1_024)
            .spawn(move || ask(port, first, pause, end))
    };
    let asking: Vec<_> = (0..CONNECTIONS).map(asks).collect::<Result<_, _>>()?;
    let mut all = Met::default();
    for thread in asking {
        let met = thread
            .join()
            .map_err(|_panic| "a connection's thread ended")??;
        all.served.extend(met.served);
        all.refused += met.refused;
    }
    all.served.sort_by(f64::total_cmp);
    Ok(all)
}

fn ask(port: u16, mut next: Instant, pause: Duration, end: Instant) -> Outcome<Met> {
    let mut client = Client::new(port)?;
    let mut met = Met::default();
    while next < end {
        thread::sleep(next.saturating_duration_since(Instant::now()));
        let sent = Instant::now();
        let answer = client.send("GET", SEARCH, &[], "")?;
        match answer.status {
            200 => met.served.push(sent.elapsed().as_secs_f64() * 1e3),
            503 if answer.header("retry-after").is_some() => met.refused += 1,
            status => return Err(format!("under overload it answers {status}").into()),
        }
        next = (next + pause).max(Instant::now());
    }
    Ok(met)
}

fn percentile(sorted: &[f64], percent: usize) -> f64 {
    let place = sorted.len() * percent / 100;
    sorted.get(place).copied().unwrap_or(f64::NAN)
}
