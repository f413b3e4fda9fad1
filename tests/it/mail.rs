//! Letters: what they say, that nobody can make them say anything else, and how they leave.

use std::path::Path;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use entente::auth::link::LinkKey;
use entente::config::{Mail, MailTransport, Portal, Secret};
use entente::mail::{Addressee, Delivery, Mailer, Rendered, Renderer, mailbox, preview, sample};
use entente::notification::Letter;
use entente::notification::letter::KINDS;
use entity::id::OutboxMessageId;
use entity::suppression::SuppressionReason;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use uuid::Uuid;

const LANGUAGES: [&str; 2] = ["en", "de"];

fn portal() -> Portal {
    Portal {
        name: "Meridian Partners".to_owned(),
        base_url: "https://partners.example.com/portal/".parse().unwrap(),
        default_locale: "en".to_owned(),
        default_time_zone: "Europe/Berlin".to_owned(),
        regions: vec!["EMEA".to_owned()],
        terms_version: "2026-01".to_owned(),
        terms_url: "https://partners.example.com/terms".parse().unwrap(),
    }
}

fn config(transport: MailTransport) -> Mail {
    Mail {
        transport,
        smtp_url: None,
        smtp_user: None,
        smtp_password: None,
        smtp_ca_file: None,
        from: "Meridian Partners <partners@meridian.example>".to_owned(),
        reply_to: Some("help@meridian.example".to_owned()),
        deadline: 1,
        keep_days: 30,
    }
}

fn key() -> LinkKey {
    LinkKey::from([7; 32])
}

fn renderer() -> Renderer {
    Renderer::new(&portal(), key()).unwrap()
}

fn reader(locale: &str) -> Addressee {
    Addressee {
        email: "ana@costa.example".to_owned(),
        name: "Ana Costa".to_owned(),
        locale: locale.to_owned(),
        time_zone: "Europe/Lisbon".to_owned(),
        person: None,
    }
}

fn id(number: u128) -> OutboxMessageId {
    Uuid::from_u128(0x0193_8d6c_5f00_7000_8000_0000_0000_0000 + number).into()
}

fn at() -> DateTime<Utc> {
    "2026-12-03T13:05:00Z".parse().unwrap()
}

/// The addresses that a text holds, each once.
fn addresses(text: &str) -> Vec<String> {
    let mut found: Vec<String> = text
        .split(|c: char| c.is_whitespace() || "\"<>()".contains(c))
        .filter(|word| word.starts_with("https://"))
        .map(str::to_owned)
        .collect();
    found.sort();
    found.dedup();
    found
}

fn every_letter() -> impl Iterator<Item = (Letter, &'static str)> {
    KINDS
        .iter()
        .flat_map(|kind| LANGUAGES.map(|language| (sample(kind).unwrap(), language)))
}

// ---- what they say ----

#[test]
fn every_letter_says_what_its_snapshot_says() {
    let renderer = renderer();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("letters");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for (letter, language) in every_letter() {
            let Rendered {
                subject,
                preheader,
                text,
                ..
            } = renderer.render(&letter, &reader(language)).unwrap();
            insta::assert_snapshot!(
                format!("{}.{language}", letter.kind()),
                format!("{subject}\n({preheader})\n\n{text}")
            );
        }
    });
}

/// What samples do not say: the other branches of letters that have some.
const OTHERWISE: [(&str, &str, &str); 27] = [
    (
        "course_assigned",
        "one_by_the_portal",
        r#"{"courses": ["Connecting the doors"], "toward": null, "assigner": null, "dueOn": null}"#,
    ),
    (
        "course_assigned",
        "one",
        r#"{"courses": ["Connecting the doors"]}"#,
    ),
    (
        "course_assigned",
        "by_the_portal",
        r#"{"assigner": null, "dueOn": null}"#,
    ),
    ("course_due_soon", "no_lesson", r#"{"lessonsLeft": 0}"#),
    ("course_overdue", "one_lesson", r#"{"lessonsLeft": 1}"#),
    (
        "exam_failed",
        "last",
        r#"{"attemptsLeft": 0, "againAt": null}"#,
    ),
    (
        "exam_failed",
        "uncounted",
        r#"{"attemptsLeft": null, "againAt": null}"#,
    ),
    ("evidence_submitted", "again", r#"{"resubmitted": true}"#),
    ("evidence_needs_changes", "no_field", r#"{"points": []}"#),
    (
        "certificate_issued",
        "renewed_for_ever",
        r#"{"renewed": true, "validUntil": null}"#,
    ),
    (
        "certificate_expiring",
        "no_route",
        r#"{"days": 7, "route": []}"#,
    ),
    ("certificate_outdated", "no_day", r#"{"validUntil": null}"#),
    ("case_study_submitted", "again", r#"{"resubmitted": true}"#),
    ("case_study_needs_changes", "no_field", r#"{"points": []}"#),
    ("case_study_approved", "consented", r#"{"consented": true}"#),
    (
        "consent_answered",
        "refused",
        r#"{"given": false, "note": ""}"#,
    ),
    (
        "consent_withdrawn",
        "in_time",
        r#"{"wasPublic": false, "recordedBy": "Marta Lindqvist", "reason": ""}"#,
    ),
    ("field_note_submitted", "again", r#"{"resubmitted": true}"#),
    ("field_note_needs_changes", "no_field", r#"{"points": []}"#),
    (
        "field_note_needs_changes",
        "change",
        r#"{"ofChange": true}"#,
    ),
    ("field_note_published", "change", r#"{"ofChange": true}"#),
    ("field_note_declined", "change", r#"{"ofChange": true}"#),
    ("field_note_published", "nobodys", r#"{"shownAs": null}"#),
    ("asset_updated", "no_note", r#"{"changeNote": ""}"#),
    ("asset_expiring", "one_day", r#"{"days": 1}"#),
    (
        "tier_at_risk",
        "nothing_lost",
        r#"{"losses": [], "appealUntil": null}"#,
    ),
    ("tier_demoted", "nothing_lost", r#"{"losses": []}"#),
];

#[test]
fn letters_say_otherwise_what_their_snapshots_say() {
    let renderer = renderer();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("letters/otherwise");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for (kind, name, change) in OTHERWISE {
            let mut json = serde_json::to_value(sample(kind).unwrap()).unwrap();
            let change: serde_json::Map<_, _> = serde_json::from_str(change).unwrap();
            json.as_object_mut().unwrap().extend(change);
            let letter: Letter = serde_json::from_value(json).unwrap();
            for language in LANGUAGES {
                let read = renderer.render(&letter, &reader(language)).unwrap();
                insta::assert_snapshot!(
                    format!("{kind}.{name}.{language}"),
                    format!("{}\n({})\n\n{}", read.subject, read.preheader, read.text)
                );
            }
        }
    });
}

#[test]
fn every_letter_is_whole_in_html_and_in_text() {
    let renderer = renderer();
    for (letter, language) in every_letter() {
        let name = format!("{}.{language}", letter.kind());
        let read = renderer.render(&letter, &reader(language)).unwrap();
        for part in [&read.subject, &read.preheader, &read.html, &read.text] {
            assert!(!part.trim().is_empty(), "{name}");
            for left in ["{{", "{%", "**", "](", "undefined", "none"] {
                // Style knows `none`: it hides the preheader and underlines nothing.
                let part = part.replace(": none", "");
                assert!(!part.contains(left), "{name} holds {left}: {part}");
            }
        }
        let (html, text) = (addresses(&read.html), addresses(&read.text));
        let home = "https://partners.example.com/portal".to_owned();
        assert!(
            text.iter().all(|url| html.contains(url)),
            "{name}: {text:?}"
        );
        assert!(
            html.iter().all(|url| text.contains(url) || *url == home),
            "{name}: {html:?}"
        );
        assert!(
            read.html.contains(&format!("<html lang=\"{language}\">")),
            "{name}"
        );
        assert!(read.html.contains("prefers-color-scheme: dark"), "{name}");
        assert!(
            read.html.contains("<p style=\""),
            "{name}: nothing was inlined"
        );
        assert!(!read.html.contains("<img"), "{name}");
        assert!(
            read.html.len() < 20_000,
            "{name}: Gmail cuts letters at 102 KB"
        );
        assert!(
            read.text
                .lines()
                .all(|line| line.chars().count() <= 72 || line.contains("https://")),
            "{name}"
        );
    }
}

#[test]
fn a_link_leads_to_the_page_of_its_purpose_with_its_token_in_the_fragment() {
    for (kind, page) in [
        ("confirm_email", "confirm"),
        ("application_needs_changes", "application"),
        ("invitation", "invitation"),
        ("reset_password", "reset-password"),
    ] {
        let letter = sample(kind).unwrap();
        let json = serde_json::to_value(&letter).unwrap();
        let link: Uuid = json["link"]["id"].as_str().unwrap().parse().unwrap();
        let read = renderer().render(&letter, &reader("en")).unwrap();
        let url = format!(
            "https://partners.example.com/portal/{page}#token={}",
            key().token(link.into())
        );
        assert!(
            addresses(&read.text).contains(&url),
            "{kind}: {}",
            read.text
        );
    }
}

#[test]
fn every_letter_with_a_link_says_which() {
    for kind in KINDS {
        let letter = sample(kind).unwrap();
        let json = serde_json::to_value(&letter).unwrap();
        let told = letter
            .link()
            .map(|link| serde_json::to_value(link).unwrap());
        assert_eq!(told.as_ref(), json.get("link"), "{kind}");
    }
}

#[test]
fn an_unknown_language_or_zone_falls_back_to_the_portals() {
    let letter = sample("password_changed").unwrap();
    let mut to = reader("fr");
    to.time_zone = "Mars/Olympus".to_owned();
    let read = renderer().render(&letter, &to).unwrap();
    assert!(
        read.text.contains("3 December 2026, 14:05 CET"),
        "{}",
        read.text
    );
    let read = renderer().render(&letter, &reader("de-AT")).unwrap();
    assert!(
        read.text.contains("3. Dezember 2026, 13:05 Uhr (WEZ)"),
        "{}",
        read.text
    );
}

#[test]
fn someone_without_a_name_is_greeted_without_one() {
    let mut to = reader("en");
    to.name = " ".to_owned();
    let read = renderer()
        .render(&sample("step_opened").unwrap(), &to)
        .unwrap();
    assert!(read.text.starts_with("Hello,\n\n"), "{}", read.text);
}

#[test]
fn settings_that_letters_cannot_be_written_with_are_named() {
    let broken = |change: fn(&mut Portal)| {
        let mut portal = portal();
        change(&mut portal);
        format!("{:?}", Renderer::new(&portal, key()).unwrap_err())
    };
    assert!(broken(|p| p.default_locale = "fr".to_owned()).contains("no letters in `fr`"));
    assert!(broken(|p| p.default_time_zone = "Mars".to_owned()).contains("`Mars` is no time zone"));
}

// ---- that nobody can make them say anything else ----

const HOSTILE: [&str; 9] = [
    "</p><script>alert(1)</script><img src=x onerror=alert(1)>",
    "[click](https://evil.example) ![x](https://evil.example/x.png) <https://evil.example>",
    "Evil\r\nBcc: everyone@example.com\r\n\r\n<h1>Hi</h1>",
    "# Heading\n\n- list\n\n---\n\n```\ncode\n```\n\n    indented",
    "*a* **b** `c` ~~d~~ \\ & &lt; &#60; {{ portal }} {% raw %}",
    "\n\nKind regards\n-- \nYour bank https://evil.example www.evil.example",
    "\u{202E}evil\u{2066}\u{0}\u{85}\u{2028}x",
    "](https://evil.example \"button\")",
    "\"quoted\" 'name' (x) <y@z.example>, b@c.example;",
];

/// The letter with every text that can be anything replaced by `text`.
fn poisoned(letter: &Letter, text: &str) -> Letter {
    fn try_at(json: &mut serde_json::Value, pointer: &str, text: &str) {
        let Some(place) = json.pointer_mut(pointer) else {
            return;
        };
        let old = std::mem::replace(place, text.into());
        if serde_json::from_value::<Letter>(json.clone()).is_err() {
            *json.pointer_mut(pointer).unwrap() = old;
        }
    }
    fn texts(json: &serde_json::Value, at: &str, found: &mut Vec<String>) {
        match json {
            serde_json::Value::String(_) => found.push(at.to_owned()),
            serde_json::Value::Array(items) => {
                for (place, item) in items.iter().enumerate() {
                    texts(item, &format!("{at}/{place}"), found);
                }
            }
            serde_json::Value::Object(fields) => {
                for (name, value) in fields {
                    texts(value, &format!("{at}/{name}"), found);
                }
            }
            serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {
            }
        }
    }
    let mut json = serde_json::to_value(letter).unwrap();
    let mut found = Vec::new();
    texts(&json, "", &mut found);
    for pointer in found {
        try_at(&mut json, &pointer, text);
    }
    serde_json::from_value(json).unwrap()
}

/// How often each tag is opened.
fn tags(html: &str) -> std::collections::BTreeMap<String, usize> {
    let mut tags = std::collections::BTreeMap::new();
    for part in html.split('<').skip(1) {
        let name: String = part
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect();
        *tags.entry(name).or_default() += 1;
    }
    // Paragraphs and line breaks are what a quotation may hold.
    for free in ["p", "br", ""] {
        tags.remove(free);
    }
    tags
}

#[test]
fn hostile_values_change_no_structure_and_add_no_link() {
    let renderer = renderer();
    for (letter, language) in every_letter() {
        let harmless = renderer
            .render(&poisoned(&letter, "harmless"), &reader(language))
            .unwrap();
        for text in HOSTILE {
            let mut to = reader(language);
            to.name = text.to_owned();
            let read = renderer.render(&poisoned(&letter, text), &to).unwrap();
            let name = format!("{}.{language} with {text:?}", letter.kind());
            assert_eq!(
                tags(&read.html),
                tags(&harmless.html),
                "{name}:\n{}",
                read.html
            );
            let pages: Vec<_> = addresses(&read.html)
                .into_iter()
                .filter(|url| !url.starts_with("https://partners.example.com/portal"))
                .collect();
            // Only what the vendor's own staff wrote may hold an address that can be clicked.
            let by_staff = serde_json::to_value(&letter)
                .unwrap()
                .get("reason")
                .is_some();
            assert!(pages.is_empty() || by_staff, "{name}: {pages:?}");
            assert!(!read.html.contains("href=\"https://evil"), "{name}");
            for line in [&read.subject, &read.preheader] {
                assert!(!line.chars().any(char::is_control), "{name}: {line:?}");
            }
            assert!(read.subject.chars().count() < 200, "{name}");
            assert_eq!(
                read.text.lines().filter(|line| *line == "-- ").count(),
                1,
                "{name}:\n{}",
                read.text
            );
        }
    }
}

#[test]
fn hostile_values_add_no_header() {
    let folder = TempDir::new().unwrap();
    let mailer = Mailer::new(
        &portal(),
        &config(MailTransport::Folder),
        folder.path(),
        key(),
    )
    .unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for text in HOSTILE {
        let mut to = reader("en");
        to.name = text.to_owned();
        let letter = poisoned(&sample("invitation").unwrap(), text);
        let sent = runtime.block_on(mailer.deliver(id(1), at(), &to, &letter));
        assert_eq!(sent, Delivery::Sent);
        let eml = std::fs::read_to_string(folder.path().join(format!("mailbox/{}.eml", id(1))));
        let eml = eml.unwrap();
        let (head, _) = eml.split_once("\r\n\r\n").unwrap();
        let mut names: Vec<_> = head
            .split("\r\n")
            .filter(|line| !line.starts_with([' ', '\t']))
            .map(|line| line.split(':').next().unwrap())
            .collect();
        names.sort_unstable();
        assert_eq!(
            names,
            [
                "Auto-Submitted",
                "Content-Type",
                "Date",
                "From",
                "MIME-Version",
                "Message-ID",
                "Reply-To",
                "Subject",
                "To",
                "X-Entente-Letter"
            ],
            "{text:?}:\n{head}"
        );
        assert!(head.is_ascii());
    }
}

#[tokio::test]
async fn an_address_that_is_none_is_given_up() {
    let folder = TempDir::new().unwrap();
    let mailer = Mailer::new(
        &portal(),
        &config(MailTransport::None),
        folder.path(),
        key(),
    )
    .unwrap();
    let mut to = reader("en");
    for address in [
        "",
        "ana",
        "ana@costa.example\r\nBcc: x@y.example",
        "a@b.example, c@d.example",
    ] {
        to.email = address.to_owned();
        let delivery = mailer
            .deliver(id(1), at(), &to, &sample("step_opened").unwrap())
            .await;
        assert!(
            matches!(delivery, Delivery::Never(_)),
            "{address:?}: {delivery:?}"
        );
    }
}

#[tokio::test]
async fn what_can_be_switched_off_says_how_to_its_reader_and_to_mail_programs() {
    let data = TempDir::new().unwrap();
    let config = config(MailTransport::Folder);
    let mailer = Mailer::new(&portal(), &config, data.path(), key()).unwrap();
    let mut to = reader("en");
    let person = Uuid::from_u128(5).into();
    for (number, kind) in (0..).zip(KINDS) {
        let letter = sample(kind).unwrap();
        for account in [None, Some(person)] {
            to.person = account;
            let delivery = mailer.deliver(id(number), at(), &to, &letter).await;
            assert_eq!(delivery, Delivery::Sent);
            let file = data.path().join(format!("mailbox/{}.eml", id(number)));
            let eml = std::fs::read_to_string(file).unwrap();
            let token = key().unsubscribe_token(person, kind);
            let home = "https://partners.example.com/portal";
            let how = format!("List-Unsubscribe: <{home}/unsubscribe/{kind}/{token}>\r\n");
            let can = account.is_some() && !letter.is_security();
            assert_eq!(eml.contains(&how), can, "{kind}: {eml}");
            let post = "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n";
            assert_eq!(eml.contains(post), can, "{kind}: {eml}");
            assert_eq!(eml.contains("List-"), can, "{kind}: {eml}");
            let read = renderer().render(&letter, &to).unwrap();
            let link = format!("{home}/unsubscribe/{kind}/{token}");
            let told = format!("Do not send me such letters any more:\n{link}\n");
            assert_eq!(read.text.ends_with(&told), can, "{kind}: {}", read.text);
            assert_eq!(addresses(&read.html).contains(&link), can, "{kind}");
        }
    }
}

// ---- the mailbox ----

async fn posted(folder: &Path, number: u128, kind: &str) {
    let mailer = Mailer::new(&portal(), &config(MailTransport::Folder), folder, key()).unwrap();
    let letter = sample(kind).unwrap();
    let delivery = mailer
        .deliver(id(number), at(), &reader("de"), &letter)
        .await;
    assert_eq!(delivery, Delivery::Sent);
}

#[tokio::test]
async fn a_letter_in_the_mailbox_reads_as_it_was_rendered() {
    let data = TempDir::new().unwrap();
    posted(data.path(), 1, "application_rejected").await;
    let folder = mailbox::folder(data.path());
    let read = mailbox::read(&folder, id(1)).unwrap();
    let rendered = renderer()
        .render(&sample("application_rejected").unwrap(), &reader("de"))
        .unwrap();
    assert_eq!(read.subject, rendered.subject);
    assert_eq!(read.text.replace("\r\n", "\n"), rendered.text);
    assert_eq!(
        read.html.replace("\r\n", "\n").trim_end(),
        rendered.html.trim_end()
    );
    assert_eq!(read.kind, "application_rejected");
    assert_eq!(
        (read.name.as_str(), read.to.as_str()),
        ("Ana Costa", "ana@costa.example")
    );
    assert_eq!(read.from, "partners@meridian.example");
    assert_eq!(read.date, at());
    let eml = std::fs::read_to_string(folder.join(format!("{}.eml", id(1)))).unwrap();
    assert!(
        eml.contains(&format!("Message-ID: <{}@meridian.example>\r\n", id(1))),
        "{eml}"
    );
    assert!(eml.contains("Auto-Submitted: auto-generated\r\n"));
    assert!(eml.contains("Reply-To: help@meridian.example\r\n"));
    assert!(eml.lines().all(|line| line.len() <= 998));
}

#[tokio::test]
async fn the_same_promise_kept_twice_leaves_one_letter_with_the_same_bytes() {
    let data = TempDir::new().unwrap();
    let folder = mailbox::folder(data.path());
    let file = folder.join(format!("{}.eml", id(1)));
    posted(data.path(), 1, "confirm_email").await;
    let first = std::fs::read(&file).unwrap();
    posted(data.path(), 1, "confirm_email").await;
    assert_eq!(std::fs::read(&file).unwrap(), first);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
}

#[tokio::test]
async fn the_mailbox_page_lists_the_newest_first_and_opens_one() {
    let data = TempDir::new().unwrap();
    let folder = mailbox::folder(data.path());
    let empty = mailbox::page(&folder, None).unwrap();
    assert!(empty.contains("No letters yet"), "{empty}");
    posted(data.path(), 1, "confirm_email").await;
    posted(data.path(), 2, "step_done").await;
    std::fs::write(folder.join("notes.txt"), "not a letter").unwrap();
    std::fs::write(folder.join("not-an-id.eml"), "not a letter").unwrap();
    let listed: Vec<_> = mailbox::list(&folder, 10)
        .unwrap()
        .iter()
        .map(|l| l.id)
        .collect();
    assert_eq!(listed, [id(2), id(1)]);
    assert_eq!(mailbox::list(&folder, 1).unwrap().len(), 1);
    let page = mailbox::page(&folder, None).unwrap();
    assert!(page.find(&id(2).to_string()).unwrap() < page.find(&id(1).to_string()).unwrap());
    let page = mailbox::page(&folder, Some(&id(1).to_string())).unwrap();
    assert!(page.contains("sandbox=\"allow-popups"), "{page}");
    assert!(page.contains("&lt;base target="), "{page}");
    assert!(page.contains("Adresse bestätigen:"), "{page}");
}

#[test]
fn only_ids_open_letters() {
    let data = TempDir::new().unwrap();
    let folder = mailbox::folder(data.path());
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(data.path().join("secret.eml"), "Subject: secret\r\n\r\nx").unwrap();
    for path in [
        "../secret",
        "..%2Fsecret",
        "/etc/passwd",
        "",
        &id(9).to_string(),
    ] {
        let error = mailbox::page(&folder, Some(path)).unwrap_err();
        assert_eq!(error.code(), "NOT_FOUND", "{path}");
    }
}

#[test]
fn the_preview_holds_every_letter_in_every_language_twice_and_an_index() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path().join("made/on/the/way");
    assert_eq!(
        preview(&renderer(), &folder).unwrap(),
        KINDS.len() * LANGUAGES.len()
    );
    let index = std::fs::read_to_string(folder.join("index.html")).unwrap();
    for (letter, language) in every_letter() {
        let name = format!("{}.{language}", letter.kind());
        assert!(index.contains(&format!("href=\"{name}.html\"")), "{name}");
        assert!(folder.join(format!("{name}.html")).exists(), "{name}");
        assert!(folder.join(format!("{name}.txt")).exists(), "{name}");
    }
}

// ---- SMTP ----

/// What a test server answers; it speaks just enough SMTP.
#[derive(Clone, Copy)]
struct Server {
    greeting: &'static str,
    mail: &'static str,
    rcpt: &'static str,
    message: &'static str,
    /// Falls silent instead of answering this.
    silent_at: Option<&'static str>,
}

const KIND_SERVER: Server = Server {
    greeting: "220 ready",
    mail: "250 ok",
    rcpt: "250 ok",
    message: "250 taken",
    silent_at: None,
};

impl Server {
    /// Serves one conversation and gives back what it heard.
    async fn serve(self) -> (u16, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            self.talk(stream).await.unwrap_or_default()
        });
        (port, heard)
    }

    async fn talk(self, stream: TcpStream) -> std::io::Result<String> {
        let mut stream = BufReader::new(stream);
        let mut heard = String::new();
        let mut in_message = false;
        let mut answer = self.greeting;
        let mut asked = "greeting".to_owned();
        loop {
            if self.silent_at.is_some_and(|at| asked.starts_with(at)) {
                tokio::time::sleep(Duration::from_secs(30)).await;
                return Ok(heard);
            }
            if !answer.is_empty() {
                stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
            }
            asked.clear();
            if stream.read_line(&mut asked).await? == 0 {
                return Ok(heard);
            }
            heard.push_str(&asked);
            answer = match asked.split([' ', '\r']).next().unwrap() {
                "." => {
                    in_message = false;
                    self.message
                }
                _ if in_message => "",
                "EHLO" => "250-here\r\n250 AUTH PLAIN LOGIN",
                "AUTH" => "535 wrong password",
                "MAIL" => self.mail,
                "RCPT" => self.rcpt,
                "DATA" => {
                    in_message = true;
                    "354 go on"
                }
                "QUIT" => "221 bye",
                other => panic!("the server does not know {other}"),
            };
        }
    }
}

async fn deliver(server: Server, change: impl FnOnce(&mut Mail)) -> (Delivery, String, Duration) {
    let (port, heard) = server.serve().await;
    let mut config = config(MailTransport::Smtp);
    config.smtp_url = Some(format!("smtp+plain://127.0.0.1:{port}").parse().unwrap());
    change(&mut config);
    let mailer = Mailer::new(&portal(), &config, Path::new("unused"), key()).unwrap();
    let begin = Instant::now();
    let letter = sample("step_returned").unwrap();
    let delivery = mailer.deliver(id(1), at(), &reader("en"), &letter).await;
    let took = begin.elapsed();
    heard.abort();
    (delivery, heard.await.unwrap_or_default(), took)
}

async fn heard(server: Server) -> (Delivery, String) {
    let (port, heard) = server.serve().await;
    let mut config = config(MailTransport::Smtp);
    config.smtp_url = Some(format!("smtp+plain://127.0.0.1:{port}").parse().unwrap());
    let mailer = Mailer::new(&portal(), &config, Path::new("unused"), key()).unwrap();
    let letter = sample("step_returned").unwrap();
    let delivery = mailer.deliver(id(1), at(), &reader("en"), &letter).await;
    (delivery, heard.await.unwrap())
}

fn is_later(delivery: &Delivery, why: &str) -> bool {
    matches!(delivery, Delivery::Later(told) if told.contains(why))
}

fn is_deferred(delivery: &Delivery, why: &str) -> bool {
    matches!(delivery, Delivery::Deferred(told) if told.contains(why))
}

fn is_never(delivery: &Delivery, why: &str) -> bool {
    matches!(delivery, Delivery::Never(told) if told.contains(why))
}

#[tokio::test]
async fn a_server_that_takes_the_letter_has_it_whole() {
    let (delivery, heard) = heard(KIND_SERVER).await;
    assert_eq!(delivery, Delivery::Sent);
    assert!(
        heard.contains("MAIL FROM:<partners@meridian.example>"),
        "{heard}"
    );
    assert!(heard.contains("RCPT TO:<ana@costa.example>"), "{heard}");
    assert!(heard.contains("X-Entente-Letter: step_returned"), "{heard}");
    assert!(
        heard.contains("text/plain") && heard.contains("text/html"),
        "{heard}"
    );
    assert!(heard.ends_with("QUIT\r\n"), "{heard}");
}

#[tokio::test]
async fn a_silent_server_is_given_up_at_the_deadline() {
    let at = ["greeting", "EHLO", "RCPT", "."].map(|silent_at| async move {
        let server = Server {
            silent_at: Some(silent_at),
            ..KIND_SERVER
        };
        let (delivery, _, took) = deliver(server, |_| ()).await;
        assert!(
            is_later(&delivery, "no answer within 1 s"),
            "{silent_at}: {delivery:?}"
        );
        assert!(took < Duration::from_secs(2), "{silent_at}: {took:?}");
    });
    futures_util::future::join_all(at).await;
}

#[tokio::test]
async fn a_goodbye_that_is_not_answered_unsends_nothing() {
    let server = Server {
        silent_at: Some("QUIT"),
        ..KIND_SERVER
    };
    let (delivery, _, took) = deliver(server, |_| ()).await;
    assert_eq!(delivery, Delivery::Sent);
    assert!(took < Duration::from_secs(4), "{took:?}");
}

#[tokio::test]
async fn a_refusal_means_what_was_refused() {
    let with = |change: fn(&mut Server)| {
        let mut server = KIND_SERVER;
        change(&mut server);
        heard(server)
    };
    let (delivery, _) = with(|s| s.rcpt = "550 no such mailbox").await;
    assert!(
        matches!(&delivery, Delivery::NoSuchAddress(SuppressionReason::NoSuchMailbox, why)
            if why.contains("no such mailbox")),
        "{delivery:?}"
    );
    let (delivery, _) = with(|s| s.rcpt = "550-5.7.1 not\r\n550 5.7.1 you").await;
    assert!(is_never(&delivery, "not you"), "{delivery:?}");
    let (delivery, _) = with(|s| s.message = "554 looks like spam").await;
    assert!(is_never(&delivery, "looks like spam"), "{delivery:?}");
    let (delivery, _) = with(|s| s.rcpt = "451 try again").await;
    assert!(is_deferred(&delivery, "451"), "{delivery:?}");
    let (delivery, _) = with(|s| s.message = "452 disk full").await;
    assert!(is_deferred(&delivery, "452"), "{delivery:?}");
    // What is wrong with us can be mended, and the letter then leaves.
    let (delivery, _) = with(|s| s.mail = "550 sender unknown").await;
    assert!(is_later(&delivery, "sender unknown"), "{delivery:?}");
    let (delivery, _) = with(|s| s.greeting = "554 not you").await;
    assert!(is_later(&delivery, "not you"), "{delivery:?}");
}

#[tokio::test]
async fn nothing_is_said_in_clear_to_a_server_without_starttls() {
    let (port, heard) = KIND_SERVER.serve().await;
    let mut config = config(MailTransport::Smtp);
    config.smtp_url = Some(format!("smtp://127.0.0.1:{port}").parse().unwrap());
    config.smtp_user = Some("portal".to_owned());
    config.smtp_password = Some(Secret::from("correct horse".to_owned()));
    let mailer = Mailer::new(&portal(), &config, Path::new("unused"), key()).unwrap();
    let letter = sample("reset_password").unwrap();
    let delivery = mailer.deliver(id(1), at(), &reader("en"), &letter).await;
    assert!(is_later(&delivery, "STARTTLS"), "{delivery:?}");
    let heard = heard.await.unwrap();
    assert!(
        heard
            .lines()
            .all(|line| line.starts_with("EHLO") || line == "QUIT"),
        "{heard}"
    );
}

#[tokio::test]
async fn a_wrong_password_stops_all_and_an_absent_server_is_later() {
    let (delivery, heard, _) = deliver(KIND_SERVER, |config| {
        config.smtp_user = Some("portal".to_owned());
        config.smtp_password = Some(Secret::from("wrong".to_owned()));
    })
    .await;
    assert!(
        matches!(&delivery, Delivery::SignInRefused(why) if why.contains("535")),
        "{delivery:?}"
    );
    assert!(!heard.contains("MAIL"), "{heard}");
    let (delivery, _, _) = deliver(KIND_SERVER, |config| {
        config.smtp_url = Some("smtp+plain://127.0.0.1:1".parse().unwrap());
    })
    .await;
    assert!(
        is_later(&delivery, "127.0.0.1:1, connecting"),
        "{delivery:?}"
    );
}

#[test]
fn settings_that_no_letter_could_leave_with_are_named() {
    let fault = |change: fn(&mut Mail)| {
        let mut config = config(MailTransport::Smtp);
        config.smtp_url = Some("smtp://mail.example.com".parse().unwrap());
        change(&mut config);
        Mailer::new(&portal(), &config, Path::new("unused"), key()).map_or_else(
            |error| format!("{error:?}"),
            |_| "nothing is wrong".to_owned(),
        )
    };
    assert!(fault(|_| ()).contains("nothing is wrong"));
    assert!(fault(|m| m.smtp_url = None).contains("mail.smtp_url is needed"));
    assert!(fault(|m| m.smtp_ca_file = Some("absent.pem".into())).contains("absent.pem"));
    assert!(fault(|m| m.from = "nobody".to_owned()).contains("mail.from: `nobody`"));
    assert!(fault(|m| m.smtp_user = Some("x".to_owned())).contains("or neither"));
    assert!(fault(|m| m.smtp_url = "http://x.example".parse().ok()).contains("begins with `http`"));
    assert!(
        fault(|m| m.smtp_url = "smtp://a:b@x.example".parse().ok()).contains("holds a sign-in")
    );
    let clear = fault(|m| {
        m.smtp_url = "smtp+plain://x.example".parse().ok();
        m.smtp_user = Some("portal".to_owned());
        m.smtp_password = Some(Secret::from("correct horse".to_owned()));
    });
    assert!(clear.contains("in clear"), "{clear}");
    assert!(!clear.contains("correct horse"));
}
