//! Values as they are written: words, numbers, names, and tables of them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Named;
use crate::program::number::Number;

/// A word, a number, or yes or no.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(untagged)]
pub enum Scalar {
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Whole(i64),
    /// Anything else.
    Text(String),
}

/// A number, a metric, or one of these by an attribute of the partner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "write a number such as 12, 1.5, 15/7 or 70 %, the name of a metric, or {by: segment, values: {SMB: 10}}"
)]
pub enum Limit {
    /// A number, or the name of a metric.
    One(NumberOrName),
    /// By the value of an attribute of the partner.
    By(Table<NumberOrName>),
}

/// A number as people write it, or the name of a metric.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum NumberOrName {
    /// The number.
    Number(Number),
    /// The name.
    Name(String),
}

/// Something for each value of an attribute of the partner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    rename_all = "camelCase",
    deny_unknown_fields,
    bound(deserialize = "V: Deserialize<'de>")
)]
#[schemars(rename = "TableOf{V}")]
pub struct Table<V> {
    /// The attribute: kind, region, country, or what was told of it, such as segment or currency.
    pub by: String,
    /// What it is for each value.
    pub values: Named<V>,
    /// And for all others. Where it is left out, nothing is brought to them, and as nothing is known of
    /// them, no requirement is met; of a number `not applicable` says that they are not asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<V>,
}

impl<V> Table<V> {
    /// What it is for a value of the attribute.
    pub fn of(&self, value: Option<&str>) -> Option<&V> {
        let own = value.and_then(|it| self.values.get(it));
        own.or(self.otherwise.as_ref())
    }
}

/// One value or several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "write a word, or a list of words such as [DE, AT]"
)]
pub enum OneOrMany {
    /// This one.
    One(String),
    /// Any of these.
    Many(Vec<String>),
}

impl OneOrMany {
    pub(in crate::program) fn values(&self) -> &[String] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Many(values) => values,
        }
    }
}

impl<'de> Deserialize<'de> for NumberOrName {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl serde::de::Visitor<'_> for Either {
            type Value = NumberOrName;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a number such as 12, 1.5, 15/7 or 70 %, or a name")
            }
            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<NumberOrName, E> {
                Ok(NumberOrName::Number(number.into()))
            }
            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<NumberOrName, E> {
                self.visit_str(&number.to_string())
            }
            fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<NumberOrName, E> {
                self.visit_str(&number.to_string())
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<NumberOrName, E> {
                Ok(match Number::parse(text) {
                    Some(number) => NumberOrName::Number(number),
                    None => NumberOrName::Name(text.to_owned()),
                })
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct One;
        impl serde::de::Visitor<'_> for One {
            type Value = Scalar;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a word, a number, true or false")
            }
            fn visit_bool<E: serde::de::Error>(self, flag: bool) -> Result<Scalar, E> {
                Ok(Scalar::Flag(flag))
            }
            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Scalar, E> {
                Ok(Scalar::Whole(number))
            }
            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Scalar, E> {
                let whole = i64::try_from(number).map(Scalar::Whole);
                Ok(whole.unwrap_or_else(|_| Scalar::Text(number.to_string())))
            }
            fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Scalar, E> {
                Ok(Scalar::Text(number.to_string()))
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Scalar, E> {
                Ok(Scalar::Text(text.to_owned()))
            }
        }
        deserializer.deserialize_any(One)
    }
}

impl JsonSchema for Scalar {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Scalar".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A word, a number, or yes or no.",
            "type": ["boolean", "number", "string"],
        })
    }
}

impl JsonSchema for NumberOrName {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "NumberOrName".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A number such as 12, 1.5, 15/7 or 70 %, or a name.",
            "type": ["number", "string"],
        })
    }
}

impl JsonSchema for Number {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Number".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A number: 12, 1.5, 15/7 or 70 %. It is exact.",
            "type": ["number", "string"],
        })
    }
}
