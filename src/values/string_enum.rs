//! Closed lists of values.

/// Writes an enum of values that are texts on the wire and in the database, with all that such
/// an enum needs: `ALL`, `NAMES`, `name`, and reading and writing as JSON and as a column.
// The names are taken as `tt`: as `literal` they would reach the derive of the schema in a group,
// which it does not look into, and the document would have the Rust names.
macro_rules! string_enum {
    ($(#[$meta:meta])* $vis:vis enum $Enum:ident {
        $( $(#[$member_meta:meta])* $Member:ident => $name:tt, )+
    }) => {
        $(#[$meta])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash,
            serde::Serialize, serde::Deserialize,
            diesel::expression::AsExpression, diesel::deserialize::FromSqlRow,
        )]
        #[diesel(sql_type = diesel::sql_types::Text)]
        $vis enum $Enum {
            $( $(#[$member_meta])* #[serde(rename = $name)] $Member, )+
        }

        impl $Enum {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$Member),+];
            /// The names of the values, as they are on the wire.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            /// The value as it is on the wire.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$Member => $name,)+ }
            }

            /// The value of this name.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.name() == name)
            }
        }

        impl utoipa::PartialSchema for $Enum {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::schema::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .enum_values(Some(Self::NAMES.iter().copied()))
                    .build()
                    .into()
            }
        }

        impl utoipa::ToSchema for $Enum {}

        impl deserr::Deserr<$crate::error::FieldErrors> for $Enum {
            fn deserialize_from_value<V: deserr::IntoValue>(
                value: deserr::Value<V>,
                location: deserr::ValuePointerRef<'_>,
            ) -> std::result::Result<Self, $crate::error::FieldErrors> {
                use deserr::DeserializeError as _;
                let wrong = match value {
                    deserr::Value::String(text) => match Self::named(&text) {
                        Some(value) => return Ok(value),
                        None => $crate::error::FieldErrors::error::<V>(
                            None,
                            deserr::ErrorKind::UnknownValue { value: &text, accepted: Self::NAMES },
                            location,
                        ),
                    },
                    other => $crate::error::FieldErrors::error(
                        None,
                        deserr::ErrorKind::IncorrectValueKind {
                            actual: other,
                            accepted: &[deserr::ValueKind::String],
                        },
                        location,
                    ),
                };
                Err(deserr::take_cf_content(wrong))
            }
        }

        impl<DB: diesel::backend::Backend> diesel::deserialize::FromSql<diesel::sql_types::Text, DB> for $Enum
        where
            String: diesel::deserialize::FromSql<diesel::sql_types::Text, DB>,
        {
            fn from_sql(bytes: DB::RawValue<'_>) -> diesel::deserialize::Result<Self> {
                let name = String::from_sql(bytes)?;
                Self::named(&name).ok_or_else(|| format!("an unknown {}: {name}", stringify!($Enum)).into())
            }
        }

        impl<DB: diesel::backend::Backend> diesel::serialize::ToSql<diesel::sql_types::Text, DB> for $Enum
        where
            str: diesel::serialize::ToSql<diesel::sql_types::Text, DB>,
        {
            fn to_sql<'b>(
                &'b self,
                out: &mut diesel::serialize::Output<'b, '_, DB>,
            ) -> diesel::serialize::Result {
                self.name().to_sql(out)
            }
        }
    };
}

pub(crate) use string_enum;
