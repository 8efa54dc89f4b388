//! Instants: how they are stored, read and written.

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, SecondsFormat, Utc};
use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::BigInt;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

use super::{Refusal, from_text};
use crate::error::FieldErrors;

/// An instant: milliseconds since the Unix epoch, UTC. In JSON it is RFC 3339 with `Z` and
/// milliseconds only where they are not zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = BigInt)]
pub struct Time(pub i64);

impl Time {
    /// The instant as chrono's type; out of chrono's range it is the epoch.
    #[must_use]
    pub fn to_utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).unwrap_or_default()
    }
}

impl From<DateTime<Utc>> for Time {
    fn from(at: DateTime<Utc>) -> Self {
        Self(at.timestamp_millis())
    }
}

impl std::fmt::Display for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.to_utc().to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<DB: Backend> FromSql<BigInt, DB> for Time
where
    i64: FromSql<BigInt, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        i64::from_sql(bytes).map(Time)
    }
}

impl<DB: Backend> ToSql<BigInt, DB> for Time
where
    i64: ToSql<BigInt, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.to_sql(out)
    }
}

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
