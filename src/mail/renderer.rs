//! From a letter and its reader to subject, HTML and text.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use css_inline::CSSInliner;
use entity::id::{CaseStudyConsentId, PersonId};
use entity::link::LinkPurpose;
use entity::membership::MemberRole;
use entity::plan_step::Performer;
use minijinja::value::{Kwargs, Object, Rest, Serde};
use minijinja::{Environment, ErrorKind, State, Value, context};
use url::Url;

use super::language::{self, LANGUAGES, Language};
use super::markdown::{self, Piece};
use super::{Addressee, template, text};
use crate::auth::link::LinkKey;
use crate::certification::proof::{day, last_day};
use crate::config::Portal;
use crate::error::{Error, Result};
use crate::notification::Letter;
use crate::notification::letter::{KINDS, Link};

/// A letter as it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The subject: one line.
    pub subject: String,
    /// What lists of mail show beside the subject: one line.
    pub preheader: String,
    /// A whole HTML document.
    pub html: String,
    /// The same as text.
    pub text: String,
    /// Switches such letters off, where its reader can.
    pub unsubscribe: Option<Url>,
}

/// Renders letters; made once, when the portal starts.
pub struct Renderer {
    environment: Environment<'static>,
    inliner: CSSInliner<'static>,
    program: String,
    addresses: Arc<Addresses>,
    language: &'static Language,
    zone: Tz,
}

impl fmt::Debug for Renderer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Renderer")
            .field("program", &self.program)
            .field("language", &self.language)
            .field("zone", &self.zone)
            .finish_non_exhaustive()
    }
}

/// Makes the addresses that letters link to. They begin with the configured one, never with what
/// a request said it was sent to.
struct Addresses {
    home: Url,
    links: LinkKey,
}

impl Addresses {
    /// A page of the front end.
    fn page(&self, segments: &[&str]) -> Url {
        let mut url = self.home.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }

    /// The page of a link, with its token in the fragment: browsers send that to no server.
    fn link(&self, link: Link) -> Url {
        let mut url = self.page(&[match link.purpose {
            LinkPurpose::ConfirmEmail => "confirm",
            LinkPurpose::EditApplication => "application",
            LinkPurpose::AcceptInvitation => "invitation",
            LinkPurpose::ResetPassword => "reset-password",
        }]);
        url.set_fragment(Some(&format!("token={}", self.links.token(link.id))));
        url
    }

    /// The page on which anybody sees whether a certificate is good.
    fn certificate(&self, number: &str) -> Url {
        self.page(&["certificates", number])
    }

    /// The page on which a customer consents.
    fn consent(&self, id: CaseStudyConsentId) -> Url {
        self.page(&["consent", &self.links.consent_token(id)])
    }

    /// What a mail program asks to switch the letter off.
    fn unsubscribe(&self, person: PersonId, letter: &str) -> Url {
        let token = self.links.unsubscribe_token(person, letter);
        self.page(&["unsubscribe", letter, &token])
    }
}

/// The reader's language and zone, where filters find them.
#[derive(Debug)]
struct Reading {
    language: &'static Language,
    zone: Tz,
}

impl Object for Reading {}

/// The name under which [`Reading`] stands among the values of a letter.
const READING: &str = "READING";

impl Renderer {
    /// Reads and checks every template.
    ///
    /// # Errors
    /// A fault that says which setting or template is wrong.
    pub fn new(portal: &Portal, links: LinkKey) -> Result<Self> {
        let zone = portal.default_time_zone.parse().map_err(|_| {
            Error::fault(format!(
                "`{}` is no time zone: write an IANA name, such as Europe/Berlin",
                portal.default_time_zone
            ))
        })?;
        let language = language::find(&portal.default_locale).ok_or_else(|| {
            Error::fault(format!(
                "there are no letters in `{}`: write one of {}",
                portal.default_locale,
                codes().join(", ")
            ))
        })?;
        let addresses = Arc::new(Addresses {
            home: portal.base_url.clone(),
            links,
        });
        let mut environment = template::letters(KINDS, &codes())?;
        add_filters(&mut environment, &addresses, zone);
        Ok(Self {
            environment,
            inliner: CSSInliner::options().load_remote_stylesheets(false).build(),
            program: portal.name.clone(),
            addresses,
            language,
            zone,
        })
    }

    /// The language in which this reader is written to: theirs or else the portal's.
    pub(super) fn language(&self, to: &Addressee) -> &'static Language {
        language::find(&to.locale).unwrap_or(self.language)
    }

    /// The program's name.
    pub(super) fn program(&self) -> &str {
        &self.program
    }

    /// The page on which anybody sees whether a certificate is good.
    pub(super) fn certificate_url(&self, number: &str) -> Url {
        self.addresses.certificate(number)
    }

    /// The zone of the portal.
    pub(super) const fn zone(&self) -> Tz {
        self.zone
    }

    /// The letter as this reader reads it: in their language or else the portal's, in their zone
    /// or else the portal's.
    ///
    /// # Errors
    /// A fault where a template asks for what the letter does not hold.
    pub fn render(&self, letter: &Letter, to: &Addressee) -> Result<Rendered> {
        let language = self.language(to);
        let zone = to.time_zone.parse().unwrap_or(self.zone);
        let part = |part: &str, values: &Value| {
            let name = template::name(letter.kind(), language.code, part);
            template::render(&self.environment, &name, values)
        };
        let home = self.addresses.page(&[]);
        let values = context! {
            program => self.program.as_str(),
            portal => destination(&home),
            READING => Value::from_object(Reading { language, zone }),
            ..Value::from(Serde(serde_json::to_value(letter)?))
        };
        let subject = markdown::fold(&part("subject", &values)?);
        let preheader = markdown::fold(&part("preheader", &values)?);
        let why = markdown::fold(&part("why", &values)?);
        let body = format!(
            "{},\n\n{}\n\n{}\\\n{}\n",
            hello(language, &to.name),
            part("body", &values)?.trim(),
            language.regards,
            markdown::escape(&self.program)
        );
        let unsubscribe = (to.person.filter(|_| !letter.is_security()))
            .map(|person| self.addresses.unsubscribe(person, letter.kind()));
        let pieces = markdown::pieces(&body, home.as_str());
        let html = template::render(
            &self.environment,
            "layout.html",
            &context! {
                lang => language.code,
                copy => language.copy,
                program => self.program.as_str(),
                portal => home.as_str(),
                subject => markdown::defuse(&subject),
                preheader => preheader.as_str(),
                why => why.as_str(),
                unsubscribe => unsubscribe.as_ref().map(Url::as_str),
                switch_off => language.switch_off,
                pieces => pieces.iter().map(html).collect::<Vec<_>>(),
            },
        )?;
        let html = self
            .inliner
            .inline(&html)
            .map_err(|error| Error::fault(format!("style of {}: {error}", letter.kind())))?;
        let switch_off = unsubscribe.as_ref().map_or_else(String::new, |link| {
            format!("{}:\n{link}\n", language.switch_off)
        });
        let (body, why) = (text::write(&pieces), text::paragraph(&why));
        let text = format!("{body}\n-- \n{why}{switch_off}");
        Ok(Rendered {
            subject,
            preheader,
            html,
            text,
            unsubscribe,
        })
    }
}

/// Codes of all languages.
fn codes() -> Vec<&'static str> {
    LANGUAGES.iter().map(|language| language.code).collect()
}

/// The words at the top, as Markdown.
fn hello(language: &Language, name: &str) -> String {
    match markdown::fold(name) {
        name if name.is_empty() => language.hello.to_owned(),
        name => format!("{} {}", language.hello, markdown::escape(&name)),
    }
}

/// A piece as the layout wants it.
fn html(piece: &Piece<'_>) -> Value {
    match piece {
        Piece::Prose(events) => {
            let mut html = String::new();
            pulldown_cmark::html::push_html(&mut html, events.iter().cloned());
            context! { html => Value::from_safe_string(html) }
        }
        Piece::Button { label, url } => context! { button => label, url },
        Piece::Bar {
            label,
            percent,
            caption,
        } => context! { bar => label, percent, caption },
    }
}

/// An address as the destination of a Markdown link.
fn destination(url: &Url) -> Value {
    Value::from_safe_string(markdown::backslash(url.as_str()))
}

/// What the filters of letters do. Those that take a typed value refuse any other.
fn add_filters(environment: &mut Environment<'static>, addresses: &Arc<Addresses>, zone: Tz) {
    environment.add_filter("date", |state: &State<'_, '_>, day: Serde<NaiveDate>| {
        Ok::<_, minijinja::Error>(reading(state)?.language.date(*day))
    });
    environment.add_filter(
        "instant",
        |state: &State<'_, '_>, at: Serde<DateTime<Utc>>| {
            let reading = reading(state)?;
            Ok::<_, minijinja::Error>(reading.language.instant(*at, reading.zone))
        },
    );
    environment.add_filter(
        "day",
        move |state: &State<'_, '_>, at: Serde<DateTime<Utc>>| {
            Ok::<_, minijinja::Error>(reading(state)?.language.date(day(*at, zone)))
        },
    );
    environment.add_filter(
        "last_day",
        move |state: &State<'_, '_>, until: Serde<DateTime<Utc>>| {
            let day = last_day(*until, zone);
            Ok::<_, minijinja::Error>(reading(state)?.language.date(day))
        },
    );
    environment.add_filter(
        "plural",
        |state: &State<'_, '_>, count: u64, forms: Rest<String>| {
            Ok::<_, minijinja::Error>(reading(state)?.language.plural(count, &forms).to_owned())
        },
    );
    environment.add_filter("role", |state: &State<'_, '_>, role: Serde<MemberRole>| {
        Ok::<_, minijinja::Error>((reading(state)?.language.role)(*role))
    });
    environment.add_filter(
        "performer",
        |state: &State<'_, '_>, who: Serde<Performer>| {
            Ok::<_, minijinja::Error>((reading(state)?.language.performer)(*who))
        },
    );
    environment.add_filter("field", |state: &State<'_, '_>, name: String| {
        let known = (reading(state)?.language.field)(&name);
        Ok::<_, minijinja::Error>(known.map_or(name, str::to_owned))
    });
    environment.add_filter("quote", |text: String, options: Kwargs| {
        let links = options.get::<Option<bool>>("links")?.unwrap_or(false);
        options.assert_all_used()?;
        Ok::<_, minijinja::Error>(Value::from_safe_string(markdown::quote(&text, links)))
    });
    environment.add_filter("number", |state: &State<'_, '_>, text: String| {
        Ok::<_, minijinja::Error>(reading(state)?.language.number(&text))
    });
    add_addresses(environment, addresses);
}

/// Pages of the front end to which letters lead, by the filters that make their addresses of an id.
const PAGES: [(&str, &[&str]); 13] = [
    ("step_url", &["onboarding", "steps"]),
    ("application_url", &["applications"]),
    ("enrollment_url", &["learning"]),
    ("evidence_url", &["evidence"]),
    ("playbook_url", &["playbooks"]),
    ("case_study_url", &["case-study"]),
    ("public_url", &["case-studies"]),
    ("asset_url", &["library"]),
    ("field_note_url", &["field-notes"]),
    ("standing_url", &["standings"]),
    ("appeal_url", &["appeals"]),
    ("notice_url", &["program-notices"]),
    ("override_url", &["standing-overrides"]),
];

/// What the filters do that make addresses.
fn add_addresses(environment: &mut Environment<'static>, addresses: &Arc<Addresses>) {
    for (filter, page) in PAGES {
        let to = Arc::clone(addresses);
        environment.add_filter(filter, move |id: String| {
            let segments: Vec<&str> = page.iter().copied().chain([id.as_str()]).collect();
            destination(&to.page(&segments))
        });
    }
    let to = Arc::clone(addresses);
    environment.add_filter("url", move |link: Serde<Link>| destination(&to.link(*link)));
    let to = Arc::clone(addresses);
    environment.add_filter("consent_url", move |id: Serde<CaseStudyConsentId>| {
        destination(&to.consent(*id))
    });
    let to = Arc::clone(addresses);
    environment.add_filter("certificate_url", move |number: String| {
        destination(&to.certificate(&number))
    });
}

/// Whose letter is being rendered.
fn reading(state: &State<'_, '_>) -> Result<Arc<Reading>, minijinja::Error> {
    state
        .lookup(READING)
        .and_then(|value| value.downcast_object::<Reading>())
        .ok_or_else(|| minijinja::Error::new(ErrorKind::UndefinedError, "nobody is reading"))
}
