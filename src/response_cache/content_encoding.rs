//! In which coding an answer is sent (RFC 9110, 8.4 and 12.5.3), and how it is put into it.

use std::io::Write as _;

use actix_web::http::header::{self, HeaderMap, HeaderValue};

/// The size below which encoding is not worth it, in bytes.
const WORTH: usize = 512;

/// A coding of a body. The order is that in which they are preferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// Brotli (RFC 7932).
    Brotli,
    /// Zstandard (RFC 8878).
    Zstd,
    /// gzip (RFC 1952).
    Gzip,
    /// As it is.
    Identity,
}

impl Coding {
    /// The codings that change something.
    pub const ALL: [Self; 3] = [Self::Brotli, Self::Zstd, Self::Gzip];

    /// Its name in `Content-Encoding`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Zstd => "zstd",
            Self::Gzip => "gzip",
            Self::Identity => "identity",
        }
    }

    /// The best that whoever asks takes. Who takes none at all is sent it as it is.
    pub fn chosen(headers: &HeaderMap) -> Self {
        let mut lines = headers.get_all(header::ACCEPT_ENCODING);
        match (lines.next(), lines.next()) {
            (None, _) => Self::Identity,
            (Some(line), None) => line.to_str().map_or(Self::Identity, Self::best),
            (Some(_), Some(_)) => {
                let all = headers.get_all(header::ACCEPT_ENCODING);
                let all: Vec<&str> = all.filter_map(|line| line.to_str().ok()).collect();
                Self::best(&all.join(","))
            }
        }
    }

    fn best(line: &str) -> Self {
        // What is said of `*` holds for what is not named; what weighs the same is ours to choose.
        let mut weights = [None; 3];
        let mut others = None;
        let mut identity = None;
        for part in line.split(',') {
            let (name, rest) = part.split_once(';').unwrap_or((part, ""));
            let weight = match rest.trim() {
                "" => 1_000,
                rest => thousandths(rest),
            };
            let name = name.trim();
            let place = Self::ALL
                .iter()
                .position(|one| one.name().eq_ignore_ascii_case(name));
            if let Some(place) = place.and_then(|place| weights.get_mut(place)) {
                *place = Some(weight);
            } else if name == "*" {
                others = Some(weight);
            } else if name.eq_ignore_ascii_case("identity") {
                identity = Some(weight);
            }
        }
        let weighed = Self::ALL.iter().zip(weights);
        let (mut best, mut most) = (Self::Identity, identity.unwrap_or(0));
        for (coding, weight) in weighed {
            let weight = weight.or(others).unwrap_or(0);
            if weight > most {
                (best, most) = (*coding, weight);
            }
        }
        best
    }

    /// A body in this coding; `None` when it is not worth it.
    pub fn apply(self, body: &[u8]) -> Option<Vec<u8>> {
        if body.len() < WORTH {
            return None;
        }
        let coded = match self {
            Self::Identity => return None,
            Self::Brotli => {
                let mut coded = Vec::new();
                // 5 of 11: beyond it takes ten times as long for a few parts in a hundred.
                let mut to = brotli::CompressorWriter::new(&mut coded, 16_384, 5, 22);
                to.write_all(body).ok()?;
                to.flush().ok()?;
                drop(to);
                coded
            }
            Self::Zstd => zstd::bulk::compress(body, 6).ok()?,
            Self::Gzip => {
                let level = flate2::Compression::new(6);
                let mut to = flate2::write::GzEncoder::new(Vec::new(), level);
                to.write_all(body).ok()?;
                to.finish().ok()?
            }
        };
        (coded.len() < body.len()).then_some(coded)
    }

    /// The entity tag of a body in this coding: another than that of the body as it is, since a
    /// strong tag is of the very bytes.
    pub fn tag(self, tag: &HeaderValue) -> Option<HeaderValue> {
        if self == Self::Identity {
            return Some(tag.clone());
        }
        let inner = tag.to_str().ok()?.strip_suffix('"')?;
        HeaderValue::from_str(&format!("{inner}-{}\"", self.name())).ok()
    }
}

/// A weight, in thousandths; what is not one counts as none.
fn thousandths(text: &str) -> u16 {
    let weight = text.strip_prefix("q=").or_else(|| text.strip_prefix("Q="));
    let weight = weight.and_then(|text| text.trim().parse::<f32>().ok());
    let weight = weight.filter(|weight| (0.0..=1.0).contains(weight));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is 0 to 1000"
    )]
    weight.map_or(0, |weight| (weight * 1_000.0).round() as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_that_is_taken() {
        for (line, best) in [
            ("", Coding::Identity),
            ("br", Coding::Brotli),
            ("gzip, deflate, br, zstd", Coding::Brotli),
            ("gzip, zstd", Coding::Zstd),
            ("GZIP", Coding::Gzip),
            ("br;q=0.5, gzip", Coding::Gzip),
            ("br;q=0, *", Coding::Zstd),
            ("*;q=0.5", Coding::Brotli),
            ("br;q=0.5, identity", Coding::Identity),
            ("identity;q=0.5, br", Coding::Brotli),
            ("br;q=0, zstd;q=0.000, gzip;q=0", Coding::Identity),
            ("br;q=x", Coding::Identity),
            ("deflate", Coding::Identity),
        ] {
            assert_eq!(Coding::best(line), best, "{line}");
        }
    }

    #[test]
    fn tags_differ_by_coding() {
        let tag = HeaderValue::from_static("\"p-x\"");
        assert_eq!(Coding::Gzip.tag(&tag).unwrap(), "\"p-x-gzip\"");
        assert_eq!(Coding::Identity.tag(&tag).unwrap(), "\"p-x\"");
    }

    #[test]
    fn what_is_coded_is_shorter() {
        let body = "a word and another word, ".repeat(100);
        for coding in Coding::ALL {
            assert!(coding.apply(body.as_bytes()).unwrap().len() < body.len() / 5);
            assert_eq!(coding.apply(b"short"), None);
        }
    }
}
