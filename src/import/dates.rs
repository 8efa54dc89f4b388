//! Dates as static site generators write them, in front matter and in paths.

use chrono::format::{self, Parsed, StrftimeItems};
use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Utc};

/// Reads a date, or a date and a time, as front matter has it.
///
/// It may be RFC 3339, a local date or time of TOML, Jekyll's form
/// (`2019-05-15 10:00:00 +0100`), the same with slashes or without seconds, and RFC 2822
/// (`Wed, 15 May 2019 10:00:00 +0000`). A date alone is midnight; without a zone it is UTC.
/// `None` for everything else, named zones such as `EST` included, and for years outside
/// 1 to 9999, which RFC 3339 cannot write.
pub fn parse(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    let moment = DateTime::parse_from_rfc2822(text)
        .ok()
        .or_else(|| year_first(text))?;
    let moment = moment.to_utc();
    (1..=9999).contains(&moment.year()).then_some(moment)
}

/// The date in a path: a last segment that begins with one (`_posts/2019-05-15-title.md`, as
/// Jekyll and Zola have it) or, failing that, three segments year, month and day
/// (`inside-rust/2020/01/02/title`). Midnight UTC.
///
/// A dated folder around an `index.md` counts as a last segment.
pub fn date_from_path(path: &str) -> Option<DateTime<Utc>> {
    let segments: Vec<&str> = path
        .split(['/', '\\'])
        .filter(|part| !part.is_empty())
        .collect();
    let by_name = segments.iter().rev().find_map(|name| dated_name(name));
    let by_folders = || {
        let mut windows = segments.windows(3).rev();
        windows.find_map(|window| calendar_date(&window.join("-")))
    };
    let midnight = by_name.or_else(by_folders)?.and_time(NaiveTime::MIN);
    Some(midnight.and_utc())
}

/// `2019-05-15-title`, `2019-05-15_title`, `2019-05-15.md` and `2019-05-15` alone.
fn dated_name(segment: &str) -> Option<NaiveDate> {
    let mut others = segment.match_indices(|c: char| !c.is_ascii_digit());
    let end = others.nth(2).map_or(segment.len(), |(at, _)| at);
    let (date, after) = segment.split_at_checked(end)?;
    let is_whole = after.is_empty() || after.starts_with(['-', '_', '.', ' ']);
    is_whole.then(|| calendar_date(date))?
}

fn year_first(text: &str) -> Option<DateTime<FixedOffset>> {
    let (date, clock) = text.split_once([' ', 'T', 't']).unwrap_or((text, ""));
    let date = calendar_date(&date.replace('/', "-"))?;
    let clock = clock.trim();
    let end = clock.find([' ', '+', '-', 'Z', 'z']).unwrap_or(clock.len());
    let (time, zone) = clock.split_at_checked(end)?;
    let moment = NaiveDateTime::new(date, time_of_day(time)?);
    moment.and_local_timezone(offset(zone.trim())?).single()
}

/// A day such as `2019-05-15` or `2019-5-15`. chrono alone would also take signs, blanks and years of
/// other lengths.
fn calendar_date(text: &str) -> Option<NaiveDate> {
    let is_plain = |byte: u8| byte.is_ascii_digit() || byte == b'-';
    let is_date = text.bytes().all(is_plain) && text.find('-') == Some(4);
    is_date.then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())?
}

fn time_of_day(text: &str) -> Option<NaiveTime> {
    if text.is_empty() {
        return Some(NaiveTime::MIN);
    }
    let with_seconds = NaiveTime::parse_from_str(text, "%H:%M:%S%.f");
    with_seconds
        .or_else(|_| NaiveTime::parse_from_str(text, "%H:%M"))
        .ok()
}

/// `Z`, `UTC`, `GMT`, nothing, `+01`, `+0100`, `+01:00`.
fn offset(zone: &str) -> Option<FixedOffset> {
    if ["", "Z", "UTC", "GMT"]
        .iter()
        .any(|name| zone.eq_ignore_ascii_case(name))
    {
        return FixedOffset::east_opt(0);
    }
    if zone.contains(char::is_whitespace) {
        return None;
    }
    let mut parsed = Parsed::new();
    format::parse(&mut parsed, zone, StrftimeItems::new("%#z")).ok()?;
    parsed.to_fixed_offset().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> Option<DateTime<Utc>> {
        Some(DateTime::parse_from_rfc3339(text).unwrap().to_utc())
    }

    #[test]
    fn dates_of_all_kinds_are_read() {
        let morning = utc("2019-05-15T09:00:00Z");
        for text in [
            "2019-05-15T09:00:00Z",
            "2019-05-15T10:00:00+01:00",
            "2019-05-15t09:00:00z",
            "2019-05-15 10:00:00 +0100",
            "2019-05-15 10:00 +01",
            "2019-05-15 04:00:00 -0500",
            "2019-05-15 09:00",
            "2019-05-15T09:00:00.000",
            "2019-05-15 09:00:00 UTC",
            "2019/05/15 09:00:00",
            "2019-5-15 09:00",
            "Wed, 15 May 2019 09:00:00 +0000",
            "  2019-05-15T09:00:00Z ",
        ] {
            assert_eq!(parse(text), morning, "{text}");
        }
        assert_eq!(parse("2019-05-15"), utc("2019-05-15T00:00:00Z"));
        assert_eq!(parse("2020-02-29"), utc("2020-02-29T00:00:00Z"));
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "soon",
            "2019",
            "2019-05",
            "2019-02-29",
            "2019-13-01",
            "19-05-15",
            "2019-05-15-16",
            "2019-05-15 25:00",
            "2019-05-15 10:00 EST",
            "2019-05-15 10:00 +1",
            "2019-05-15 10:00 +01:75",
            "2019-05-15 10:00 +99:00",
            "2019-05-15 10:00 é",
            "2019-05-15 10:00 +é9",
            "0000-01-01",
            "0001-01-01 00:00 +02:00",
            "07:32:00",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_path_has_a_date() {
        let day = utc("2019-05-15T00:00:00Z");
        for path in [
            "2019/05/15/4-Years-Of-Rust",
            "inside-rust/2019/05/15/x",
            "/2019/5/15/",
            "_posts/2019-05-15-title.md",
            "2019-05-15_title.md",
            "notes/2019-05-15.md",
            "notes/2019-05-15/index.md",
            "2018/01/01/2019-05-15-title.md",
        ] {
            assert_eq!(date_from_path(path), day, "{path}");
        }
        for path in [
            "",
            "about.md",
            "2019/05/title",
            "2019-05-32-x.md",
            "2019-05-15x.md",
            "a-b-c",
        ] {
            assert_eq!(date_from_path(path), None, "{path}");
        }
    }
}
