use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use actix_web::http::header::{HeaderMap, RETRY_AFTER};

use super::clock::LimitClock;
use super::counter::Counter;
use super::*;
use crate::config::{Rate, Settings};
use crate::error::{Code, Error};

/// Limits by a clock that is set in milliseconds.
fn limits(change: impl FnOnce(&mut LimitsSettings)) -> (Limits, Arc<AtomicI64>) {
    let mut settings = Settings::defaults().expect("defaults").limits;
    change(&mut settings);
    let time = Arc::new(AtomicI64::new(1_000_000));
    let limits = Limits::new(&settings, &Clock::Manual(Arc::clone(&time)));
    (limits, time)
}

fn rate(requests: u32, seconds: u32) -> Rate {
    Rate { requests, seconds }
}

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

/// `RateLimit-Policy` and `RateLimit` of an answer.
fn told(standing: &Standing) -> [String; 2] {
    let mut headers = HeaderMap::new();
    standing.add_to(&mut headers);
    [RATE_LIMIT_POLICY, RATE_LIMIT].map(|name| {
        let value = headers.get(name).map(|value| value.to_str().expect("text"));
        value.unwrap_or_default().to_owned()
    })
}

/// `Retry-After`, `RateLimit-Policy` and `RateLimit` of a refusal.
fn refused(outcome: Result<Standing>) -> [String; 3] {
    let error = outcome.expect_err("refused");
    assert_eq!(error.code(), Code::TooManyRequests);
    let response = error.response("/", "");
    [RETRY_AFTER, RATE_LIMIT_POLICY, RATE_LIMIT].map(|name| {
        let value = response.headers().get(name).expect("a header");
        value.to_str().expect("text").to_owned()
    })
}

#[test]
fn an_account_has_its_attempts_and_gets_them_back_one_by_one() {
    let (limits, time) = limits(|limits| limits.login_address.requests = 0);
    let login = || limits.login("jane@example.org", ip("192.0.2.1"));
    let policy = "\"login\";q=10;w=900";
    assert_eq!(
        told(&login().expect("allowed")),
        [policy, "\"login\";r=9;t=90"]
    );
    time.fetch_add(30_500, Ordering::SeqCst);
    assert_eq!(
        told(&login().expect("allowed")),
        [policy, "\"login\";r=8;t=60"]
    );
    for _ in 0..8 {
        let _standing = login().expect("allowed");
    }
    assert_eq!(refused(login()), ["60", policy, "\"login\";r=0;t=60"]);
    // A refusal costs nothing, and another account is another matter.
    assert_eq!(refused(login()), ["60", policy, "\"login\";r=0;t=60"]);
    let other = limits.login("joe@example.org", ip("192.0.2.1"));
    assert!(other.is_ok());
    time.fetch_add(59_499, Ordering::SeqCst);
    assert_eq!(refused(login()), ["1", policy, "\"login\";r=0;t=1"]);
    time.fetch_add(1, Ordering::SeqCst);
    assert_eq!(
        told(&login().expect("allowed")),
        [policy, "\"login\";r=0;t=90"]
    );
    time.fetch_add(900_000, Ordering::SeqCst);
    assert_eq!(
        told(&login().expect("allowed")),
        [policy, "\"login\";r=9;t=90"]
    );
}

#[test]
fn an_account_is_one_however_it_is_written() {
    let (limits, _) = limits(|limits| limits.login_account = rate(1, 60));
    let address = ip("192.0.2.1");
    let _standing = limits.login("Jane@Example.org", address).expect("allowed");
    for same in ["jane@example.org", " JANE@EXAMPLE.ORG\n"] {
        refused(limits.login(same, address));
    }
}

#[test]
fn both_limits_count_and_refusals_look_alike() {
    let strict = |limits: &mut LimitsSettings| {
        limits.login_account = rate(2, 900);
        limits.login_address = rate(3, 900);
    };
    let (limits, _) = limits(strict);
    let (here, there) = (ip("192.0.2.1"), ip("192.0.2.2"));
    assert_eq!(
        told(&limits.login("a@b.cd", here).expect("allowed")),
        [
            "\"login\";q=2;w=900, \"login-address\";q=3;w=900",
            "\"login\";r=1;t=450, \"login-address\";r=2;t=300"
        ]
    );
    let _standing = limits.login("a@b.cd", here).expect("allowed");
    // The account refuses; the address counts all the same, and then refuses too.
    let by_account = limits.login("a@b.cd", here).expect_err("refused");
    let by_address = limits.login("e@f.gh", here).expect_err("refused");
    let body = |error: &Error| error.detail().replace(char::is_numeric, "");
    assert_eq!(body(&by_account), body(&by_address));
    let [wait, policies, left] = refused(limits.login("e@f.gh", here));
    let same = format!("\"login\";r=0;t={wait}, \"login-address\";r=0;t={wait}");
    assert_eq!(left, same);
    let [_, other_policies, other_left] = refused(limits.login("a@b.cd", there));
    assert_eq!(policies, other_policies);
    assert_eq!(
        left.replace(char::is_numeric, ""),
        other_left.replace(char::is_numeric, "")
    );
    // What the address refused was counted for the account.
    refused(limits.login("e@f.gh", there));
}

#[test]
fn resets_count_with_and_without_an_account() {
    let strict = |limits: &mut LimitsSettings| limits.reset_address = rate(4, 3_600);
    let (limits, _) = limits(strict);
    let here = ip("192.0.2.1");
    assert_eq!(
        told(&limits.reset(None, here).expect("allowed"))[1],
        "\"reset-address\";r=3;t=900"
    );
    assert_eq!(
        told(&limits.reset(Some("a@b.cd"), here).expect("allowed"))[1],
        "\"reset-address\";r=2;t=900, \"reset\";r=4;t=720"
    );
    for _ in 0..2 {
        let _standing = limits.reset(None, here).expect("allowed");
    }
    refused(limits.reset(None, here));
    refused(limits.reset(Some("x@y.za"), here));
    // Logins are another matter.
    assert!(limits.login("a@b.cd", here).is_ok());
}

#[test]
fn writes_count_by_caller_or_else_by_address() {
    let (limits, _) = limits(|limits| limits.writes = rate(1, 60));
    let here = ip("192.0.2.1");
    let standing = limits.write(Some("key"), here).expect("allowed");
    assert_eq!(
        told(&standing),
        ["\"writes\";q=1;w=60", "\"writes\";r=0;t=60"]
    );
    refused(limits.write(Some("key"), ip("192.0.2.2")));
    assert!(limits.write(Some("other"), here).is_ok());
    assert!(limits.write(None, here).is_ok());
    refused(limits.write(None, here));
}

#[test]
fn an_ipv6_address_counts_by_its_network() {
    let (limits, _) = limits(|limits| limits.public_reads = rate(1, 60));
    let read = |address| limits.public_read(ip(address));
    assert!(read("2001:db8:0:1::1").is_ok());
    refused(read("2001:db8:0:1:ffff::2"));
    assert!(read("2001:db8:0:2::1").is_ok());
    assert!(read("192.0.2.1").is_ok());
    refused(read("::ffff:192.0.2.1"));
    assert!(read("192.0.2.2").is_ok());
}

#[test]
fn nothing_is_said_where_there_is_no_limit() {
    let (limits, _) = limits(|limits| {
        for limit in [&mut limits.login_account, &mut limits.login_address] {
            limit.requests = 0;
        }
    });
    assert!(!limits.counts_public_reads());
    for _ in 0..100 {
        let standing = limits.login("a@b.cd", ip("192.0.2.1")).expect("allowed");
        assert_eq!(told(&standing), ["", ""]);
    }
}

#[test]
fn a_clock_that_is_set_anyhow_breaks_nothing() {
    let (limits, time) = limits(|limits| limits.writes = rate(2, 60));
    let write = || limits.write(None, ip("192.0.2.1"));
    assert!(write().is_ok());
    // Set back, it stands still.
    time.store(0, Ordering::SeqCst);
    assert!(write().is_ok());
    refused(write());
    for millis in [i64::MIN, -1, i64::MAX, 5, i64::MAX - 1] {
        time.store(millis, Ordering::SeqCst);
        let _outcome = write();
    }
}

#[test]
fn the_extremes_of_the_settings_can_be_counted_with() {
    for rate in [
        rate(1_000_000, 1),
        rate(1_000_000, 86_400),
        rate(1, 86_400),
        rate(u32::MAX, 1),
    ] {
        let (limits, _) = limits(|limits| limits.writes = rate);
        let counted = limits.write(None, ip("192.0.2.1"));
        assert!(counted.is_ok(), "{rate:?}");
    }
}

#[test]
fn the_system_clock_serves() {
    let mut settings = Settings::defaults().expect("defaults").limits;
    settings.writes = rate(1, 3_600);
    let limits = Limits::new(&settings, &Clock::System);
    assert!(limits.write(None, ip("192.0.2.1")).is_ok());
    let [wait, ..] = refused(limits.write(None, ip("192.0.2.1")));
    assert_eq!(wait, "3600");
}

#[test]
fn counters_that_are_full_again_are_dropped() {
    let time = Arc::new(AtomicI64::new(0));
    let clock = LimitClock::new(&Clock::Manual(Arc::clone(&time)));
    let counter = Counter::new("x", rate(1, 1), &clock).expect("a limit");
    for hash in 0..20_480 {
        let _counted = counter.count(hash);
    }
    assert_eq!(counter.len(), 20_480, "none is full again");
    time.store(10_000, Ordering::SeqCst);
    let _counted = counter.count(0);
    assert_eq!(counter.len(), 1);
    // Hashes beyond the slots share them.
    assert!(!counter.count(1 << 20).allowed);
}
