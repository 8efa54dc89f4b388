//! `X-Forwarded-For`: only proxies that are trusted tell who calls.

use std::net::IpAddr;

use masthead::http::client::behind;
use masthead::values::Network;

/// Whether an address stands somewhere in what was told, in whichever notation.
fn is_told(lines: &[Option<&str>], address: IpAddr) -> bool {
    lines
        .iter()
        .flatten()
        .flat_map(|line| line.split(','))
        .any(|part| {
            let part = part.trim();
            let bare = part
                .strip_prefix('[')
                .and_then(|rest| Some(rest.split_once(']')?.0));
            let before_port = part.rsplit_once(':').map(|(address, _)| address);
            [Some(part), bare, before_port]
                .into_iter()
                .flatten()
                .any(|text| {
                    text.parse()
                        .is_ok_and(|told: IpAddr| told.to_canonical() == address)
                })
        })
}

/// Checks one input.
pub fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let lines: Vec<Option<&str>> = text
        .split('\n')
        .map(|line| Some(line).filter(|line| !line.contains('\0')))
        .collect();
    let stranger: IpAddr = "192.0.2.1".parse().expect("an address");
    let proxy: IpAddr = "10.0.0.1".parse().expect("an address");
    let trusted: Vec<Network> = ["10.0.0.0/8", "fd00::/8"]
        .map(|network| network.parse().expect("a network"))
        .to_vec();
    assert_eq!(behind(stranger, &lines, &trusted), stranger);
    assert_eq!(behind(proxy, &lines, &[]), proxy);
    let caller = behind(proxy, &lines, &trusted);
    assert!(
        caller == proxy || is_told(&lines, caller),
        "{caller} of {text:?}"
    );
    assert_eq!(caller, caller.to_canonical());
    // A network is read back as it is written.
    if let Some(Ok(network)) = lines[0].map(str::parse::<Network>) {
        let written = String::from(network);
        assert_eq!(written.parse::<Network>().ok(), Some(network), "{written}");
    }
}
