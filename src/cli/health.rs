//! `masthead health`: asks a server whether it can serve, as a container's health check does.
//!
//! One request of HTTP/1.1, of which the status line is read, needs no HTTP library.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::time::{Duration, Instant};

use clap::Args;
use url::Url;

use super::failure::Failure;
use super::output;
use crate::config::Settings;

/// How long the whole question may take.
const MAX_WAIT: Duration = Duration::from_secs(5);
/// A status line is shorter than this.
const LONGEST_STATUS_LINE: usize = 1_024;

/// Arguments of `masthead health`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// URL of the server, e.g. http://127.0.0.1:8080 [default: the address in the settings]
    #[arg(long, value_name = "URL", value_parser = web_address)]
    url: Option<Url>,
}

fn web_address(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    if url.scheme() != "http" || url.host().is_none() {
        return Err("must start with http:// and contain a host".to_owned());
    }
    Ok(url)
}

/// Asks, and prints `ok`.
///
/// # Errors
/// When there is no answer in time, or one other than 200.
pub fn run(settings: &Settings, arguments: &Arguments) -> Result<(), Failure> {
    let mut url = match &arguments.url {
        Some(url) => url.clone(),
        None => Url::parse(&format!("http://{}", reachable(settings.server.listen)))
            .map_err(Failure::new)?,
    };
    if url.path() == "/" {
        url.set_path("/health/ready");
    }
    let status = ask(&url).map_err(|why| Failure::new(format!("{url}: {why}")))?;
    if status == "200" {
        output::print("ok")
    } else {
        Err(Failure::new(format!("{url} responded with {status}")))
    }
}

/// Where a server that listens at `listen` is reached from its own machine.
pub fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

/// The status of the answer.
fn ask(url: &Url) -> Result<String, String> {
    let deadline = Instant::now() + MAX_WAIT;
    let left = || match deadline.saturating_duration_since(Instant::now()) {
        Duration::ZERO => Err("timed out waiting for a response".to_owned()),
        left => Ok(left),
    };
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut => {
            "timed out waiting for a response".to_owned()
        }
        _ => error.to_string(),
    };
    let host = url.host_str().unwrap_or_default();
    let port = url.port_or_known_default().unwrap_or(80);
    let authority = format!("{host}:{port}");
    let mut stream = Err("the host name cannot be resolved".to_owned());
    for address in authority.to_socket_addrs().map_err(failed)? {
        stream = TcpStream::connect_timeout(&address, left()?).map_err(failed);
        if stream.is_ok() {
            break;
        }
    }
    let mut stream = stream?;
    stream.set_write_timeout(Some(left()?)).map_err(failed)?;
    let path = url.path();
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\nUser-Agent: masthead-health\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).map_err(failed)?;
    let mut answer = Vec::new();
    let mut part = [0; 256];
    while !answer.contains(&b'\n') && answer.len() < LONGEST_STATUS_LINE {
        stream.set_read_timeout(Some(left()?)).map_err(failed)?;
        let count = stream.read(&mut part).map_err(failed)?;
        if count == 0 {
            break;
        }
        answer.extend_from_slice(part.get(..count).unwrap_or_default());
    }
    status(&answer).ok_or_else(|| "the response is not HTTP".to_owned())
}

/// The status in the first line of an answer (RFC 9112, section 4).
fn status(answer: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(answer);
    let mut words = text.lines().next()?.split(' ');
    words.next().filter(|word| word.starts_with("HTTP/1."))?;
    let status = words.next()?;
    let digits = status.len() == 3 && status.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| status.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    fn answering(answer: &'static str) -> Result<String, String> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 512];
            let length = stream.read(&mut request).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
            String::from_utf8_lossy(&request[..length]).into_owned()
        });
        let url = web_address(&format!("http://{address}/health/ready")).unwrap();
        let status = ask(&url);
        let request = server.join().unwrap();
        assert!(
            request.starts_with("GET /health/ready HTTP/1.1\r\n"),
            "{request}"
        );
        status
    }

    #[test]
    fn the_status_is_read() {
        assert_eq!(answering("HTTP/1.1 200 OK\r\n\r\n"), Ok("200".to_owned()));
        assert_eq!(answering("HTTP/1.1 503 Gone\r\n\r\n"), Ok("503".to_owned()));
        assert!(answering("SSH-2.0-x\r\n").is_err());
        assert!(answering("").is_err());
    }

    #[test]
    fn every_address_is_asked_on_this_machine() {
        let at = |text: &str| reachable(text.parse().unwrap()).to_string();
        assert_eq!(at("0.0.0.0:8080"), "127.0.0.1:8080");
        assert_eq!(at("[::]:8080"), "[::1]:8080");
        assert_eq!(at("192.0.2.7:80"), "192.0.2.7:80");
    }

    #[test]
    fn other_schemes_are_refused() {
        for wrong in ["https://a.example", "a.example:8080", "ftp://a", ""] {
            assert!(web_address(wrong).is_err(), "{wrong}");
        }
    }
}
