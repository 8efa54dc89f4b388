//! The client address of a request.

use std::future::{Ready, ready};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderMap, HeaderName, X_FORWARDED_FOR};
use actix_web::{FromRequest, HttpRequest, web};

use crate::app::App;
use crate::error::{Error, Result};
use crate::values::Network;

/// The header to which each proxy appends the address of its client.
const FORWARDED: HeaderName = X_FORWARDED_FOR;

/// The client address of a request, as far as the proxies of `server.trusted_proxies` report it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl FromRequest for ClientAddress {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let app = request.app_data::<web::Data<App>>();
        let address = app.map(|app| Self(client_address(app, request)));
        ready(address.ok_or_else(|| Error::internal("no App was given to the server")))
    }
}

/// The client address of a request, by the settings of this app.
#[must_use]
pub fn client_address(app: &App, request: &HttpRequest) -> IpAddr {
    address_of(app, request.peer_addr(), request.headers())
}

/// The client address by the peer and the headers of a request.
#[must_use]
pub fn address_of(app: &App, peer: Option<SocketAddr>, headers: &HeaderMap) -> IpAddr {
    let nobody = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    let peer = peer.map_or(nobody, |peer| peer.ip());
    let lines: Vec<Option<&str>> = headers
        .get_all(FORWARDED)
        .map(|line| line.to_str().ok())
        .collect();
    behind(peer, &lines, &app.settings.server.trusted_proxies)
}

/// Walks from the peer towards the client, as long as the proxy that reports the next address is
/// trusted. A line is `None` where it is not text. Anything but an address ends the walk at the last
/// address before it.
pub fn behind(peer: IpAddr, lines: &[Option<&str>], trusted: &[Network]) -> IpAddr {
    let mut address = peer.to_canonical();
    let told = lines.iter().rev().flat_map(|line| match line {
        Some(line) => line.rsplit(',').map(Some).collect(),
        None => vec![None],
    });
    for next in told {
        if !trusted.iter().any(|network| network.contains(address)) {
            break;
        }
        match next.and_then(|text| one(text.trim())) {
            Some(next) => address = next.to_canonical(),
            None => break,
        }
    }
    address
}

/// An address as proxies write it: alone, in brackets, or with a port.
fn one(text: &str) -> Option<IpAddr> {
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    let with_port = || text.parse().ok().map(|socket: SocketAddr| socket.ip());
    text.parse().ok().or_else(bracketed).or_else(with_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(peer: &str, lines: &[&str], trusted: &[&str]) -> String {
        let lines: Vec<Option<&str>> = lines
            .iter()
            .map(|line| Some(*line).filter(|line| *line != "no text"))
            .collect();
        let trusted: Vec<Network> = trusted
            .iter()
            .map(|network| network.parse().expect("a network"))
            .collect();
        behind(peer.parse().expect("an address"), &lines, &trusted).to_string()
    }

    #[test]
    fn a_stranger_tells_nothing() {
        for trusted in [&[][..], &["10.0.0.0/8"]] {
            assert_eq!(from("192.0.2.1", &["203.0.113.9"], trusted), "192.0.2.1");
        }
        assert_eq!(from("::ffff:192.0.2.1", &[], &[]), "192.0.2.1");
        assert_eq!(from("2001:db8::1", &["203.0.113.9"], &[]), "2001:db8::1");
    }

    #[test]
    fn a_trusted_proxy_tells_the_client() {
        let trusted = ["10.0.0.0/8", "2001:db8:1::/48", "192.0.2.7"];
        for (lines, client) in [
            (&[][..], "10.0.0.1"),
            (&["203.0.113.9"], "203.0.113.9"),
            (&["6.6.6.6, 203.0.113.9"], "203.0.113.9"),
            (&["6.6.6.6,203.0.113.9 ,10.1.1.1"], "203.0.113.9"),
            (&["6.6.6.6", "203.0.113.9, 192.0.2.7"], "203.0.113.9"),
            (&["203.0.113.9", "10.0.0.2", "10.0.0.3"], "203.0.113.9"),
            (&["2001:db8:2::9, 2001:db8:1::2"], "2001:db8:2::9"),
            (&["::ffff:203.0.113.9, ::ffff:10.0.0.2"], "203.0.113.9"),
            (&["203.0.113.9:4711"], "203.0.113.9"),
            (&["[2001:db8:2::9]"], "2001:db8:2::9"),
            (&["[2001:db8:2::9]:4711"], "2001:db8:2::9"),
            // All are trusted: the farthest.
            (&["10.0.0.9, 10.0.0.2"], "10.0.0.9"),
        ] {
            assert_eq!(from("10.0.0.1", lines, &trusted), client, "{lines:?}");
            assert_eq!(from("::ffff:10.0.0.1", lines, &trusted), client);
        }
    }

    #[test]
    fn garbage_ends_the_walk() {
        let trusted = ["10.0.0.0/8"];
        for (lines, client) in [
            (&["unknown"][..], "10.0.0.1"),
            (&[""], "10.0.0.1"),
            (&["no text"], "10.0.0.1"),
            (&["203.0.113.9", "no text"], "10.0.0.1"),
            (&["203.0.113.9, unknown, 10.0.0.2"], "10.0.0.2"),
            (&["203.0.113.9, , 10.0.0.2"], "10.0.0.2"),
            (&["203.0.113.9, 10.0.0.999, 10.0.0.2"], "10.0.0.2"),
            (&["unknown, 203.0.113.9"], "203.0.113.9"),
            (&["for=203.0.113.9"], "10.0.0.1"),
            (&["203.0.113.9 10.0.0.2"], "10.0.0.1"),
        ] {
            assert_eq!(from("10.0.0.1", lines, &trusted), client, "{lines:?}");
        }
    }
}
