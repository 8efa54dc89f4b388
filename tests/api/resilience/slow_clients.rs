//! Callers who are slow, silent or gone take nothing from others.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crate::support::process::Process;
use crate::support::program::folder;
use crate::support::{Kind, Scratch, TestApp, block_on, key_of, on_postgres, on_sqlite};

/// How many connections are idle: 200, or as many as `MASTHEAD_IDLE_CONNECTIONS` says.
fn idle() -> usize {
    #[expect(
        clippy::disallowed_methods,
        reason = "the rule is for settings of the program"
    )]
    let idle = std::env::var("MASTHEAD_IDLE_CONNECTIONS");
    idle.ok().and_then(|text| text.parse().ok()).unwrap_or(200)
}

/// The most files that this process may have open.
fn files() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().nth(3));
    soft.and_then(|soft| soft.parse().ok()).unwrap_or(1_024)
}

fn connect(app: &TestApp) -> TcpStream {
    let stream = TcpStream::connect(app.host()).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    stream
}

/// Others are served: readers, and whoever writes.
async fn others_are_served(app: &TestApp, name: &str) {
    app.tag(name).create().await;
    let list = app
        .anonymous()
        .get("/v1/tags?fields=name")
        .await
        .expect(200);
    assert!(list.data().iter().any(|tag| tag["name"] == name), "{list}");
}

async fn slow_callers_hold_up_nobody(app: TestApp) {
    let whole = format!(
        "POST /v1/tags HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: 14\r\n\r\n{{\"name\":\"Sea\"}}",
        key_of("editor")
    );
    let whole = whole.as_bytes();
    // Each has sent another part of the same request: half a head, a whole one, half a body.
    let mut slow: Vec<(TcpStream, usize)> = (1..whole.len())
        .step_by(3)
        .map(|sent| {
            let mut stream = connect(&app);
            stream.write_all(&whole[..sent]).unwrap();
            (stream, sent)
        })
        .collect();
    assert!(slow.len() > 40);
    others_are_served(&app, "Sky").await;
    // Byte by byte one of them comes to its end, and is answered.
    let (mut one, sent) = slow.remove(slow.len() / 2);
    for byte in &whole[sent..] {
        one.write_all(&[*byte]).unwrap();
    }
    let mut answer = [0; 12];
    one.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 201");
    // The others go without a word, some of them in the midst of their answer.
    for (mut stream, sent) in slow {
        if sent % 2 == 0 {
            stream.write_all(&whole[sent..]).unwrap();
        }
        drop(stream);
    }
    others_are_served(&app, "Fog").await;
    app.is_sound().await;
}

async fn heads_that_are_too_large_are_refused(app: TestApp) {
    let long = format!(
        "GET /v1/tags HTTP/1.1\r\nHost: a\r\nX-Long: {}",
        "a".repeat(200_000)
    );
    let many: String = (0..200).map(|n| format!("X-{n}: a\r\n")).collect();
    let many = format!("GET /v1/tags HTTP/1.1\r\nHost: a\r\n{many}\r\n");
    for request in [long, many] {
        let mut stream = connect(&app);
        // The server may close before it has read all.
        drop(stream.write_all(request.as_bytes()));
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(String::from_utf8_lossy(&answer), "HTTP/1.1 431");
        others_are_served(&app, &format!("After {} bytes", request.len())).await;
    }
}

#[test]
fn slow_callers() {
    on_sqlite(slow_callers_hold_up_nobody);
    on_postgres(slow_callers_hold_up_nobody);
}

#[test]
fn heads_that_are_too_large() {
    on_sqlite(heads_that_are_too_large_are_refused);
}

#[test]
fn idle_connections() {
    block_on(async {
        let (scratch, place) = (Scratch::migrated(Kind::Sqlite).await, folder());
        let server = Process::start(&scratch, &place);
        drop(rustls::crypto::ring::default_provider().install_default());
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let is_served = async || {
            let list = http.get(format!("{}/v1/tags", server.base)).send().await;
            assert_eq!(list.unwrap().status(), 200);
            let tag = http.post(format!("{}/v1/tags", server.base));
            let tag = tag.bearer_auth(key_of("editor")).body("{\"name\":\"Sea\"}");
            let tag = tag.header("Content-Type", "application/json").send().await;
            assert_eq!(tag.unwrap().status(), 201);
        };
        // The server, which is a process of its own, has the same limit.
        let count = idle().min(files().saturating_sub(300));
        if count < idle() {
            let asked = idle();
            println!("{asked} idle connections are asked for; the limit of files allows {count}");
        }
        let address = server.base.trim_start_matches("http://").to_owned();
        let mut held = Vec::with_capacity(count);
        for number in 0..count {
            let mut stream = TcpStream::connect(&address).unwrap();
            // Some were served once, and are kept alive.
            if number % 10 == 0 {
                stream
                    .write_all(b"GET /v1/tags HTTP/1.1\r\nHost: a\r\n\r\n")
                    .unwrap();
                let mut answer = [0; 12];
                stream.read_exact(&mut answer).unwrap();
                assert_eq!(&answer, b"HTTP/1.1 200");
            }
            held.push(stream);
        }
        is_served().await;
        drop(held);
        is_served().await;
        println!("{count} idle connections");
        server.kill();
    });
}
