//! Dates as static site generators write them, in front matter and in paths.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Utc};

/// Reads a date, or a date and a time, as front matter has it.
///
/// Understood: RFC 3339, TOML's local dates and times, what Jekyll writes
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
    let by_name = segments
        .iter()
        .rev()
        .find_map(|segment| dated_name(segment));
    let by_folders = || {
        segments.windows(3).rev().find_map(|window| match window {
            [year, month, day] => calendar_date(year, month, day),
            _ => None,
        })
    };
    let midnight = by_name.or_else(by_folders)?.and_time(NaiveTime::MIN);
    Some(midnight.and_utc())
}

/// `2019-05-15-title`, `2019-05-15_title`, `2019-05-15.md` and `2019-05-15` alone.
fn dated_name(segment: &str) -> Option<NaiveDate> {
    let (year, rest) = segment.split_once('-')?;
    let (month, rest) = rest.split_once('-')?;
    let end = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    let (day, after) = rest.split_at_checked(end)?;
    if !after.is_empty() && !after.starts_with(['-', '_', '.', ' ']) {
        return None;
    }
    calendar_date(year, month, day)
}

fn year_first(text: &str) -> Option<DateTime<FixedOffset>> {
    let (date, clock) = text.split_once([' ', 'T', 't']).unwrap_or((text, ""));
    let mut parts = date.split(['-', '/']);
    let date = calendar_date(parts.next()?, parts.next()?, parts.next()?)?;
    if parts.next().is_some() {
        return None;
    }
    let clock = clock.trim();
    let end = clock.find([' ', '+', '-', 'Z', 'z']).unwrap_or(clock.len());
    let (time, zone) = clock.split_at_checked(end)?;
    let moment = NaiveDateTime::new(date, time_of_day(time)?);
    moment.and_local_timezone(offset(zone.trim())?).single()
}

/// Four digits, then one or two, then one or two: a day that the calendar has.
fn calendar_date(year: &str, month: &str, day: &str) -> Option<NaiveDate> {
    let number = |text: &str, lengths: std::ops::RangeInclusive<usize>| {
        let digits = lengths.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| text.parse::<u32>().ok()).flatten()
    };
    let year = i32::try_from(number(year, 4..=4)?).ok()?;
    NaiveDate::from_ymd_opt(year, number(month, 1..=2)?, number(day, 1..=2)?)
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
    let (sign, figures) = match (zone.strip_prefix('+'), zone.strip_prefix('-')) {
        (Some(figures), _) => (1, figures),
        (_, Some(figures)) => (-1, figures),
        _ => return None,
    };
    let (hours, minutes) = match figures.split_once(':') {
        Some(parts) => parts,
        None => figures.split_at_checked(2)?,
    };
    let minutes = if minutes.is_empty() { "00" } else { minutes };
    let whole = |text: &str| {
        let digits = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| text.parse::<i32>().ok()).flatten()
    };
    let minutes = whole(minutes).filter(|&minutes| minutes < 60)?;
    FixedOffset::east_opt(sign * (whole(hours)? * 3600 + minutes * 60))
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
    fn what_is_no_date_is_refused() {
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
    fn a_path_tells_its_date() {
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
