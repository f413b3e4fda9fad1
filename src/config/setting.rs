//! The types that a setting can have: how each is read, and how it is shown.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use figment::value::{Num, Value};
use url::Url;

/// A type that a setting can have.
pub(super) trait Setting: Sized {
    /// What a value looks like, for the one who has to write it.
    const SHAPE: &'static str;

    /// Reads the value; `None` where it has another shape.
    fn read(text: &str) -> Option<Self>;

    /// Reads what stood in the file or in the environment.
    fn from_value(value: &Value) -> Option<Self> {
        Self::read(&text_of(value)?)
    }

    /// As it may stand in a log.
    fn show(&self) -> String;
}

/// The text of a single value. The environment has only texts; a file may write `8080` and
/// `"8080"` and mean the same.
pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(_, text) => Some(text.clone()),
        Value::Char(_, one) => Some(one.to_string()),
        Value::Bool(_, truth) => Some(truth.to_string()),
        Value::Num(_, number) => Some(number_text(*number)),
        Value::Empty(..) | Value::Dict(..) | Value::Array(..) => None,
    }
}

fn number_text(number: Num) -> String {
    if let Some(whole) = number.to_u128() {
        whole.to_string()
    } else if let Some(negative) = number.to_i128() {
        negative.to_string()
    } else {
        number.to_f64().unwrap_or(f64::NAN).to_string()
    }
}

/// What `Debug` shows of a setting.
pub(super) fn hide(setting: &impl Setting) -> impl fmt::Debug {
    struct Shown(String);
    impl fmt::Debug for Shown {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(&self.0)
        }
    }
    Shown(setting.show())
}

macro_rules! read_by_from_str {
    ($($ty:ty: $shape:literal),+ $(,)?) => {$(
        impl Setting for $ty {
            const SHAPE: &'static str = $shape;

            fn read(text: &str) -> Option<Self> {
                text.trim().parse().ok()
            }

            fn show(&self) -> String {
                self.to_string()
            }
        }
    )+};
}

read_by_from_str!(
    bool: "true or false",
    u32: "a whole number",
    u64: "a whole number",
    usize: "a whole number",
    SocketAddr: "HOST:PORT with the host as an address, such as 127.0.0.1:8080",
);

impl Setting for String {
    const SHAPE: &'static str = "text";

    fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    fn show(&self) -> String {
        format!("{self:?}")
    }
}

impl Setting for PathBuf {
    const SHAPE: &'static str = "a path";

    fn read(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self::from(text))
    }

    fn show(&self) -> String {
        self.display().to_string()
    }
}

impl Setting for Url {
    const SHAPE: &'static str = "a URL with its scheme, such as https://partners.example.com";

    fn read(text: &str) -> Option<Self> {
        text.trim().parse().ok()
    }

    /// Without the password, if it has one.
    fn show(&self) -> String {
        let mut url = self.clone();
        if url.password().is_some() && url.set_password(Some("…")).is_err() {
            return format!("{}:…", url.scheme());
        }
        url.to_string()
    }
}

impl Setting for Vec<String> {
    const SHAPE: &'static str = "a list with commas between";

    fn read(text: &str) -> Option<Self> {
        Some(
            text.split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty())
                .map(str::to_owned)
                .collect(),
        )
    }

    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Array(_, items) = value {
            items.iter().map(text_of).collect()
        } else {
            Self::read(&text_of(value)?)
        }
    }

    fn show(&self) -> String {
        format!("{self:?}")
    }
}

/// Where nothing stands, there is none.
impl<T: Setting> Setting for Option<T> {
    const SHAPE: &'static str = T::SHAPE;

    fn read(text: &str) -> Option<Self> {
        match text.trim() {
            "" => Some(None),
            _ => T::read(text).map(Some),
        }
    }

    fn show(&self) -> String {
        self.as_ref().map_or_else(|| "none".to_owned(), T::show)
    }
}

/// A text that must not be shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The text itself, for the one place that needs it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Setting for Secret {
    const SHAPE: &'static str = "text";

    /// As it is: a blank may belong to a password.
    fn read(text: &str) -> Option<Self> {
        Some(Self(text.to_owned()))
    }

    fn show(&self) -> String {
        format!("{self:?}")
    }
}

/// Declares a setting that is one of a few words.
macro_rules! choices {
    ($(#[doc = $about:literal])+ $name:ident {
        $(#[doc = $first_about:literal])+ $first:ident = $first_word:literal,
        $($(#[doc = $choice_about:literal])+ $choice:ident = $word:literal,)*
    }) => {
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $(#[doc = $first_about])+ $first,
            $($(#[doc = $choice_about])+ $choice,)*
        }

        impl Setting for $name {
            const SHAPE: &'static str = concat!("one of ", $first_word $(, ", ", $word)*);

            fn read(text: &str) -> Option<Self> {
                match text.trim() {
                    $first_word => Some(Self::$first),
                    $($word => Some(Self::$choice),)*
                    _ => None,
                }
            }

            fn show(&self) -> String {
                match self {
                    Self::$first => $first_word.to_owned(),
                    $(Self::$choice => $word.to_owned(),)*
                }
            }
        }
    };
}
pub(super) use choices;
