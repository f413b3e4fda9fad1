//! The Atom feed (RFC 4287) of what was published last.

use atom_syndication::{Category, Content as Body, Entry, Feed, Link, Person, Text};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use entity::case_study::Model;
use serde_json::json;

use super::page::{self, url};
use super::words::{self, Words};
use crate::case_study::content::Content;
use crate::case_study::public;
use crate::certification::proof::Issuer;
use crate::digest;
use crate::error::Result;

/// What a feed is.
pub(super) const MEDIA_TYPE: &str = "application/atom+xml; charset=utf-8";

/// The tag of the feed, by what it is made of: of each entry, which version of it.
pub(super) fn tag(
    site: &Issuer,
    words: &Words,
    language: Option<&str>,
    found: &public::Feed,
) -> String {
    let rows = found.rows.iter();
    let rows = rows.map(|row| format!("{} {}", row.id, row.version));
    let changed = found.changed_at.map(|at| at.to_rfc3339());
    let parts = [
        // Another binary may write another feed of the same.
        env!("CARGO_PKG_VERSION").to_owned(),
        site.base_url.to_string(),
        site.program.clone(),
        words.language.to_owned(),
        language.unwrap_or_default().to_owned(),
        changed.unwrap_or_default(),
    ];
    let parts: Vec<String> = parts.into_iter().chain(rows).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let digest = digest::of("entente case study feed", &parts);
    format!("W/\"{}\"", URL_SAFE_NO_PAD.encode(digest))
}

/// The feed, of one language where it is named.
pub(super) fn atom(
    site: &Issuer,
    words: &Words,
    language: Option<&str>,
    found: &public::Feed,
) -> Result<String> {
    let own = page::in_language(site.address(&["case-studies", "feed.atom"]), language);
    let own = own.to_string();
    let list = page::in_language(site.address(&["case-studies"]), language);
    let entries: Result<Vec<_>> = found.rows.iter().map(|row| entry(site, row)).collect();
    let feed = Feed {
        title: Text::plain(xml(&format!("{}: {}", site.program, words.title()))),
        id: own.clone(),
        // An empty feed has to say some instant too.
        updated: found.changed_at.unwrap_or(DateTime::UNIX_EPOCH).into(),
        links: vec![
            link("self", own, None),
            link("alternate", list.into(), None),
        ],
        entries: entries?,
        lang: Some(words.language.to_owned()),
        ..Feed::default()
    };
    Ok(feed.to_string())
}

fn entry(site: &Issuer, row: &Model) -> Result<Entry> {
    let words = words::of(&row.locale);
    let text = page::text(
        &Content::of(row)?,
        words,
        page::images(site, row).as_str(),
        2,
    );
    let text = page::render(page::TEXT, json!({ "labels": words, "text": text }))?;
    let published: DateTime<Utc> = row.published_at.unwrap_or(row.updated_at);
    let category = row.industry.map(|industry| Category {
        term: sea_orm::ActiveEnum::to_value(&industry),
        label: Some(words.industry(industry).to_owned()),
        ..Category::default()
    });
    Ok(Entry {
        title: Text::plain(xml(&row.title)),
        id: format!("urn:uuid:{}", row.id),
        updated: published.into(),
        published: Some(published.into()),
        authors: vec![Person {
            name: xml(&row.partner_name),
            ..Person::default()
        }],
        categories: category.into_iter().collect(),
        links: vec![link(
            "alternate",
            url(site, row).into(),
            Some(row.locale.clone()),
        )],
        summary: Some(Text::plain(xml(&row.summary))),
        content: Some(Body {
            lang: Some(row.locale.clone()),
            value: Some(xml(&text)),
            content_type: Some("html".to_owned()),
            ..Body::default()
        }),
        ..Entry::default()
    })
}

fn link(rel: &str, href: String, hreflang: Option<String>) -> Link {
    Link {
        href,
        rel: rel.to_owned(),
        hreflang,
        ..Link::default()
    }
}

/// The text without what XML cannot hold, escaped or not (XML 1.0, 2.2).
fn xml(text: &str) -> String {
    let can = |letter: &char| matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..);
    text.chars().filter(can).collect()
}
