//! Enums of the rows as enums of the API: the same names, with a description for each value.

use std::borrow::Cow;

use async_graphql::registry::{EnumBuilder, MetaEnumValue, MetaTypeId, Registry};
use async_graphql::{InputType, InputValueError, InputValueResult, Name, OutputType, Value};
use sea_orm::{ActiveEnum, Iterable};

/// A stored enum that clients see: its rows hold the very names that the API writes.
pub trait Choice: ActiveEnum<Value = String> + Iterable + Copy + Send + Sync + 'static {
    /// The type's name in the API.
    const NAME: &'static str;
    /// What is chosen, for front-end developers.
    const ABOUT: &'static str;

    /// What this value means, for front-end developers.
    fn about(&self) -> &'static str;
}

/// Says how stored enums are shown: `choices! { PartnerKind, "PartnerKind", "…" { Reseller: "…" } }`.
macro_rules! choices {
    ($($ty:ty, $name:literal, $about:literal { $($value:ident: $value_about:literal),+ $(,)? })+) => {$(
        impl $crate::shape::Choice for $ty {
            const NAME: &'static str = $name;
            const ABOUT: &'static str = $about;

            fn about(&self) -> &'static str {
                match self { $(Self::$value => $value_about),+ }
            }
        }
    )+};
}
pub(crate) use choices;

/// A value of an enum, as the API takes and gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Chosen<T>(pub T);

impl<T: Choice> Chosen<T> {
    /// The value of that name.
    pub(super) fn named(name: &str) -> Option<T> {
        T::iter().find(|value| value.to_value() == name)
    }

    fn register(registry: &mut Registry) {
        // Rust's name of the type is left out: it is registered as input and as output.
        registry.create_output_type::<Self, _>(MetaTypeId::Enum, |_| {
            let values = T::iter().map(|value| {
                let mut meta = MetaEnumValue::new(value.to_value());
                meta.description = Some(value.about().to_owned());
                (value.to_value(), meta)
            });
            EnumBuilder::new(T::NAME, values.collect())
                .description(Some(T::ABOUT.to_owned()))
                .build()
        });
    }
}

impl<T: Choice> InputType for Chosen<T> {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        T::NAME.into()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        Self::register(registry);
        <Self as InputType>::qualified_type_name()
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        let value = value.unwrap_or_default();
        let chosen = super::text_of(&value).and_then(Self::named);
        chosen
            .map(Self)
            .ok_or_else(|| InputValueError::expected_type(value))
    }

    fn to_value(&self) -> Value {
        Value::Enum(Name::new(self.0.to_value()))
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

impl<T: Choice> OutputType for Chosen<T> {
    fn type_name() -> Cow<'static, str> {
        T::NAME.into()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        Self::register(registry);
        <Self as OutputType>::qualified_type_name()
    }

    async fn resolve(
        &self,
        _: &async_graphql::ContextSelectionSet<'_>,
        _: &async_graphql::Positioned<async_graphql::parser::types::Field>,
    ) -> async_graphql::ServerResult<Value> {
        Ok(self.to_value())
    }
}

impl<T: Choice> serde::Serialize for Chosen<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_value())
    }
}

impl<'de, T: Choice> serde::Deserialize<'de> for Chosen<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::named(&name)
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom(format!("`{name}` is no {}", T::NAME)))
    }
}
