//! Instants, as callers write them.

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, Utc};
use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use serde::{Deserialize, Deserializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

use super::{Refusal, from_text};
use crate::db::Time;
use crate::error::FieldErrors;

/// Reads an instant as RFC 3339 writes it, with an offset or `Z`; to the millisecond.
///
/// # Errors
/// When it is no date and time, has no offset (it would mean another instant in each time
/// zone), or lies outside the years 1 to 9999.
pub fn in_rfc3339(text: &str) -> Result<Time, Refusal> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        let at = at.with_timezone(&Utc);
        if (1..=9999).contains(&at.year()) && text.as_bytes().get(10) == Some(&b'T') {
            return Ok(Time::from(at));
        }
    }
    let naive = [
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%dT%H:%M",
    ];
    if naive
        .iter()
        .any(|form| NaiveDateTime::parse_from_str(text, form).is_ok())
    {
        return Err(Refusal::new(
            "naive_time",
            "needs an offset: end it with “Z” or “+02:00”.",
        ));
    }
    if NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok() {
        return Err(Refusal::new(
            "naive_time",
            "is only a date: add the time and its offset.",
        ));
    }
    let rule = "must be a date and time such as “2026-11-23T06:30:00Z” (RFC 3339).";
    Err(Refusal::new("not_a_time", rule))
}

impl Deserr<FieldErrors> for Time {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, FieldErrors> {
        from_text(value, location, in_rfc3339)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        in_rfc3339(&text).map_err(|refusal| serde::de::Error::custom(refusal.detail))
    }
}

impl PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .examples(["2026-11-23T06:30:00Z"])
            .build()
            .into()
    }
}

impl ToSchema for Time {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_comes_back_in_utc() {
        for (given, utc) in [
            ("2026-11-23T06:30:00Z", "2026-11-23T06:30:00Z"),
            ("2026-11-23T06:30:00.25+02:00", "2026-11-23T04:30:00.250Z"),
            ("2026-11-23T06:30:00.123456Z", "2026-11-23T06:30:00.123Z"),
        ] {
            assert_eq!(in_rfc3339(given).unwrap().to_string(), utc);
        }
    }

    #[test]
    fn a_time_without_an_offset_is_refused() {
        for naive in ["2026-11-23T06:30:00", "2026-11-23 06:30:00", "2026-11-23"] {
            assert_eq!(in_rfc3339(naive).unwrap_err().code, "naive_time", "{naive}");
        }
        for wrong in [
            "",
            "soon",
            "2026-13-01T00:00:00Z",
            "2026-02-30T00:00:00Z",
            "1764000000",
        ] {
            assert_eq!(in_rfc3339(wrong).unwrap_err().code, "not_a_time", "{wrong}");
        }
    }
}
