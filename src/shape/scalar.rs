//! Scalars of the API: what a text means, said in the schema.
//!
//! A text scalar takes any text on input. Whether it is a good address or a known zone is for the
//! action to say, which answers with all faults at once and the field of each; a scalar that
//! refused would answer before the action could.

use std::borrow::Cow;

use async_graphql::registry::{MetaType, MetaTypeId, Registry};
use async_graphql::{InputType, InputValueError, InputValueResult, Value};
use chrono::{NaiveDate, SecondsFormat, Utc};

/// The longest text of an input scalar, in bytes; longer ones are refused unread.
const LONGEST: usize = 64 * 1024;

macro_rules! text_scalars {
    ($($(#[doc = $doc:literal])+ $name:ident = $graphql:literal, $specified_by:literal, $about:literal;)+) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl InputType for $name {
            type RawValueType = Self;

            fn type_name() -> Cow<'static, str> {
                $graphql.into()
            }

            fn create_type_info(registry: &mut Registry) -> String {
                scalar::<Self>(registry, $about, $specified_by)
            }

            fn parse(value: Option<Value>) -> InputValueResult<Self> {
                match value {
                    Some(Value::String(text)) if text.len() <= LONGEST => Ok(Self(text)),
                    other => Err(InputValueError::expected_type(other.unwrap_or_default())),
                }
            }

            fn to_value(&self) -> Value {
                Value::String(self.0.clone())
            }

            fn as_raw_value(&self) -> Option<&Self> {
                Some(self)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }
    )+};
}

text_scalars! {
    /// An absolute address on the web.
    Url = "URL", "https://url.spec.whatwg.org/",
        "An absolute `http` or `https` address, such as `https://example.com/`.";
    /// An address for mail.
    EmailAddress = "EmailAddress", "https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address",
        "An e-mail address as HTML forms accept it. The portal keeps it in lower case.";
    /// A country.
    CountryCode = "CountryCode", "https://www.iso.org/iso-3166-country-codes.html",
        "A country by its ISO 3166-1 alpha-2 code, such as `DE`.";
    /// A language.
    Locale = "Locale", "https://www.rfc-editor.org/info/bcp47",
        "A language by its BCP 47 tag, such as `en` or `de`.";
    /// A time zone.
    TimeZone = "TimeZone", "https://www.iana.org/time-zones",
        "A time zone by its IANA name, such as `Europe/Berlin`.";
    /// An exact number.
    Decimal = "Decimal", "https://www.w3.org/TR/xmlschema11-2/#decimal",
        "An exact decimal number as a text, such as `1500.25` or `-3`: at most 15 digits before the point and 6 behind it.";
    /// A currency.
    CurrencyCode = "CurrencyCode", "https://www.iso.org/iso-4217-currency-codes.html",
        "A currency by its ISO 4217 code, such as `EUR`.";
    /// Text with simple formatting.
    Markdown = "Markdown", "https://spec.commonmark.org/",
        "Text in CommonMark. It may hold anything that its writer put there: render it without raw HTML.";
}

/// An instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DateTime(pub chrono::DateTime<Utc>);

impl InputType for DateTime {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        "DateTime".into()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        scalar::<Self>(
            registry,
            "An instant in UTC as RFC 3339 writes it, such as `2026-11-05T09:30:00Z`, to the \
             microsecond. On input any offset is taken.",
            "https://scalars.graphql.org/andimarek/date-time.html",
        )
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        parse_text(value, |text| {
            let instant = chrono::DateTime::parse_from_rfc3339(text).ok()?;
            // Four digits of year, so that instants sort as text where they are kept as text.
            let utc = crate::clock::cut(instant.to_utc());
            (0..=9999)
                .contains(&chrono::Datelike::year(&utc))
                .then_some(Self(utc))
        })
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

/// A day of the calendar, in no zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date(pub NaiveDate);

impl InputType for Date {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        "Date".into()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        scalar::<Self>(
            registry,
            "A day of the calendar, such as `2026-11-05`. It has no zone: what it is the day of says \
             in whose calendar.",
            "https://scalars.graphql.org/andimarek/local-date.html",
        )
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        parse_text(value, |text| {
            let day: NaiveDate = text.parse().ok()?;
            // `2026-1-5` is the same day, and not how it is written.
            (day.to_string() == text).then_some(Self(day))
        })
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

/// A value whose form is said where it stands.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Json(pub serde_json::Value);

impl InputType for Json {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        "JSON".into()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        scalar::<Self>(
            registry,
            "A JSON value. The description of the field says what is in it.",
            "https://www.rfc-editor.org/info/rfc8259",
        )
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        Ok(Self(value.unwrap_or_default().into_json()?))
    }

    fn to_value(&self) -> Value {
        Value::from_json(self.0.clone()).unwrap_or_default()
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

macro_rules! output {
    ($($name:ident),+) => {$(
        impl async_graphql::OutputType for $name {
            fn type_name() -> Cow<'static, str> {
                <Self as InputType>::type_name()
            }

            fn create_type_info(registry: &mut Registry) -> String {
                <Self as InputType>::create_type_info(registry)
            }

            async fn resolve(
                &self,
                _: &async_graphql::ContextSelectionSet<'_>,
                _: &async_graphql::Positioned<async_graphql::parser::types::Field>,
            ) -> async_graphql::ServerResult<Value> {
                Ok(self.to_value())
            }
        }
    )+};
}
output!(
    Url,
    EmailAddress,
    CountryCode,
    Locale,
    TimeZone,
    Decimal,
    CurrencyCode,
    Markdown,
    DateTime,
    Date,
    Json
);

fn scalar<T: InputType>(registry: &mut Registry, about: &str, specified_by: &str) -> String {
    registry.create_input_type::<T, _>(MetaTypeId::Scalar, |_| MetaType::Scalar {
        name: T::type_name().into_owned(),
        description: Some(about.to_owned()),
        is_valid: Some(std::sync::Arc::new(|value: &Value| {
            T::parse(Some(value.clone())).is_ok()
        })),
        visible: None,
        inaccessible: false,
        tags: Vec::new(),
        specified_by_url: Some(specified_by.to_owned()),
        directive_invocations: Vec::new(),
        requires_scopes: Vec::new(),
    })
}

fn parse_text<T: InputType>(
    value: Option<Value>,
    read: impl Fn(&str) -> Option<T>,
) -> InputValueResult<T> {
    let value = value.unwrap_or_default();
    let text = if let Value::String(text) = &value {
        Some(text)
    } else {
        None
    };
    let parsed = text.and_then(|text| read(text));
    parsed.ok_or_else(|| InputValueError::expected_type(value))
}
