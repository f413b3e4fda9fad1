//! The merge fields of templates: an allow-list, checked when a playbook is saved, filled in with
//! what a reader's own partner is called.
//!
//! A value takes the place of its field in what was understood of the Markdown, never in the
//! source: a name with stars or brackets in it stays a name.

use std::borrow::Cow;
use std::fmt;

use pulldown_cmark::Event;

use crate::markdown;

macro_rules! fields {
    ($($(#[doc = $about:literal])+ $name:ident = $text:literal),+ $(,)?) => {
        /// What a template can name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Field { $($(#[doc = $about])+ $name),+ }

        impl Field {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// As templates write it.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }
        }
    };
}

fields!(
    /// The reader's address.
    ContactEmail = "contact.email",
    /// The reader's name.
    ContactName = "contact.name",
    /// The day on which it is filled in, in words.
    Date = "date",
    /// The partner's country, as its code.
    PartnerCountry = "partner.country",
    /// The partner's logo; nothing where it has none.
    PartnerLogo = "partner.logo",
    /// The partner's name.
    PartnerName = "partner.name",
    /// The partner's web site.
    PartnerWebsite = "partner.website",
    /// The name of the vendor's program.
    ProgramName = "program.name",
);

/// What takes the place of the fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values {
    /// The reader's address.
    pub contact_email: String,
    /// The reader's name.
    pub contact_name: String,
    /// The day.
    pub date: String,
    /// The partner's country.
    pub partner_country: String,
    /// The partner's name.
    pub partner_name: String,
    /// The partner's web site.
    pub partner_website: String,
    /// The name of the vendor's program.
    pub program_name: String,
}

impl Values {
    /// The text for a field; a logo is no text.
    fn of(&self, field: Field) -> &str {
        match field {
            Field::ContactEmail => &self.contact_email,
            Field::ContactName => &self.contact_name,
            Field::Date => &self.date,
            Field::PartnerCountry => &self.partner_country,
            Field::PartnerLogo => "",
            Field::PartnerName => &self.partner_name,
            Field::PartnerWebsite => &self.partner_website,
            Field::ProgramName => &self.program_name,
        }
    }
}

/// What is wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateFault {
    line: usize,
    unknown: Option<String>,
}

impl fmt::Display for TemplateFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = self.line;
        match &self.unknown {
            Some(name) => {
                let known: Vec<_> = Field::ALL.iter().map(|field| field.name()).collect();
                let known = known.join(", ");
                write!(
                    f,
                    "Line {line}: there is no merge field `{name}`. There are: {known}."
                )
            }
            None => write!(
                f,
                "Line {line}: a merge field that begins with {{{{ ends with }}}} on the same line."
            ),
        }
    }
}

/// A piece of a text.
enum Piece<'t> {
    Text(&'t str),
    /// A field's name.
    Name(&'t str),
    /// What begins a field and does not end it.
    Open(&'t str),
}

fn pieces(mut text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    while let Some((before, rest)) = text.split_once("{{") {
        pieces.push(Piece::Text(before));
        let line = rest.lines().next().unwrap_or_default();
        if let Some((name, _)) = line.split_once("}}") {
            pieces.push(Piece::Name(name.trim()));
            text = &rest[name.len() + 2..];
        } else {
            pieces.push(Piece::Open("{{"));
            text = rest;
        }
    }
    pieces.push(Piece::Text(text));
    pieces
}

fn known(name: &str) -> Option<Field> {
    let mut all = Field::ALL.iter().copied();
    all.find(|field| field.name() == name)
}

/// What is wrong with the fields of a source, line by line.
#[must_use]
pub fn faults(source: &str) -> Vec<TemplateFault> {
    let mut faults = Vec::new();
    for (line, text) in (1..).zip(source.lines()) {
        for piece in pieces(text) {
            let unknown = match piece {
                Piece::Text(_) => continue,
                Piece::Name(name) if known(name).is_some() => continue,
                // Enough to be recognized by.
                Piece::Name(name) => Some(name.chars().take(60).collect()),
                Piece::Open(_) => None,
            };
            faults.push(TemplateFault { line, unknown });
        }
    }
    faults
}

/// Whether a text is the logo and nothing else.
pub(super) fn is_logo(text: &str) -> bool {
    let name = text.trim().strip_prefix("{{");
    let name = name.and_then(|rest| rest.strip_suffix("}}"));
    name.is_some_and(|name| name.trim() == Field::PartnerLogo.name())
}

/// The text with its fields filled in; what is no field stays as it is.
#[must_use]
pub fn fill<'t>(text: &'t str, values: &Values) -> Cow<'t, str> {
    if !text.contains("{{") {
        return Cow::Borrowed(text);
    }
    let mut filled = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) | Piece::Open(text) => filled.push_str(text),
            Piece::Name(name) => {
                if let Some(field) = known(name) {
                    filled.push_str(values.of(field));
                } else {
                    filled.push_str("{{ ");
                    filled.push_str(name);
                    filled.push_str(" }}");
                }
            }
        }
    }
    Cow::Owned(filled)
}

/// The source with a gap in the place of each field, as it is searched: what will stand there is
/// nobody's to find.
#[must_use]
pub(super) fn blank(source: &str) -> String {
    let mut blank = String::with_capacity(source.len());
    for piece in pieces(source) {
        match piece {
            Piece::Text(text) | Piece::Open(text) => blank.push_str(text),
            Piece::Name(name) => match known(name) {
                Some(Field::PartnerLogo) => (),
                Some(_) => blank.push('…'),
                None => {
                    blank.push_str("{{ ");
                    blank.push_str(name);
                    blank.push_str(" }}");
                }
            },
        }
    }
    blank
}

/// What is understood of a source, with its fields filled in.
pub(super) fn events<'s>(source: &'s str, values: &Values) -> impl Iterator<Item = Event<'s>> {
    markdown::events(source).map(|event| {
        if let Event::Text(text) = &event
            && text.contains("{{")
            && !is_logo(text)
        {
            return Event::Text(fill(text, values).into_owned().into());
        }
        event
    })
}

/// A template as HTML that cannot harm; the logo is for papers alone.
#[must_use]
pub fn to_html(source: &str, values: &Values) -> String {
    let events = events(source, values).filter(|event| {
        let is_logo = matches!(event, Event::Text(text) if is_logo(text));
        !is_logo
    });
    markdown::clean(source.len(), events)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn values() -> Values {
        Values {
            contact_email: "ana@example.com".to_owned(),
            contact_name: "Ana Lima".to_owned(),
            partner_name: "Stars *and* [Links](https://evil.example) <b> {{ date }}".to_owned(),
            ..Values::default()
        }
    }

    #[test]
    fn a_value_is_a_text_whatever_is_in_it() {
        let source = "# For {{ partner.name }}\n\n{{partner.logo}}\n\n- {{  contact.name}}, \
                      {{contact.email}} {{ nothing }}\n";
        insta::assert_snapshot!(to_html(source, &values()), @r"
        <h1>For Stars *and* [Links](https://evil.example) &lt;b&gt; {{ date }}</h1>
        <p></p>
        <ul>
        <li>Ana Lima, ana@example.com {{ nothing }}</li>
        </ul>
        ");
    }

    #[test]
    fn what_is_searched_has_gaps_for_its_fields() {
        let source =
            "{{ partner.logo }}\n\nFor {{ partner.name }}, on {{date}}. {{ nothing }} {{\n";
        assert_eq!(blank(source), "\n\nFor …, on …. {{ nothing }} {{\n");
    }

    #[test]
    fn every_field_is_known_by_its_name_alone() {
        for field in Field::ALL {
            assert_eq!(faults(&format!("a {{{{{}}}}} b", field.name())), []);
            assert_eq!(faults(&format!("{{{{ x{} }}}}", field.name())).len(), 1);
        }
        assert_eq!(faults("}} is fine, { too"), []);
    }

    proptest! {
        #[test]
        fn what_has_no_faults_has_no_fields_left(
            parts in prop::collection::vec(
                prop_oneof!["[a-z {}.\n]{0,12}", Just("{{ partner.name }}".to_owned()), Just("{{date}}".to_owned())],
                0..8,
            )
        ) {
            let source = parts.concat();
            let blank = Values::default();
            if faults(&source).is_empty() {
                prop_assert!(!fill(&source, &blank).contains("partner.name }}"));
            }
            // Each fault is in a line that is there.
            for fault in faults(&source) {
                prop_assert!(fault.line <= source.lines().count());
            }
        }
    }
}
