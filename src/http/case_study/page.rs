//! The pages as HTML: plain documents that run nothing, with what search engines read beside.

use std::fmt::Write;
use std::sync::LazyLock;

use entity::case_study::Model;
use minijinja::value::Serde;
use minijinja::{Environment, Output, State, UndefinedBehavior, Value};
use serde_json::{Map, json};
use url::Url;

use super::words::{self, Words};
use crate::case_study::content::{Content, Measured};
use crate::case_study::public::{Article, Page};
use crate::certification::proof::Issuer;
use crate::error::{Error, Result};
use crate::http::asset;
use crate::markdown;

/// The text of a case study, within every page that shows it.
pub(super) const TEXT: &str = "case-studies/text.html";

const TEMPLATES: [&str; 6] = [
    "case-studies/frame.html",
    TEXT,
    "case-studies/page.html",
    "case-studies/list.html",
    "case-studies/consent.html",
    "case-studies/notice.html",
];

static PAGES: LazyLock<Result<Environment<'static>, String>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_formatter(escape);
    for name in TEMPLATES {
        environment
            .add_template_owned(name, asset::page(name))
            .map_err(|error| format!("{error:#}"))?;
    }
    Ok(environment)
});

/// Writes a value as text of HTML. What the template calls safe is HTML already. Addresses stay as
/// people know them: minijinja's own way also spells `/` out.
fn escape(
    out: &mut Output<'_>,
    _: &mut State<'_, '_>,
    value: &Value,
) -> Result<(), minijinja::Error> {
    let text = value.to_string();
    if value.is_safe() {
        return Ok(out.write_str(&text)?);
    }
    for letter in text.chars() {
        match letter {
            '&' => out.write_str("&amp;")?,
            '<' => out.write_str("&lt;")?,
            '>' => out.write_str("&gt;")?,
            '"' => out.write_str("&quot;")?,
            '\'' => out.write_str("&#39;")?,
            _ => out.write_char(letter)?,
        }
    }
    Ok(())
}

/// Renders a template: what is put in is escaped, but for what the template calls safe.
pub(in crate::http) fn render(name: &str, context: serde_json::Value) -> Result<String> {
    let pages = PAGES.as_ref().map_err(Error::fault)?;
    pages
        .get_template(name)
        .and_then(|page| page.render(Value::from(Serde(context))))
        .map_err(|error| Error::fault(format!("page {name}: {error:#}")))
}

/// Where a case study is.
pub(super) fn url(site: &Issuer, row: &Model) -> Url {
    site.address(&["case-studies", row.slug.as_deref().unwrap_or_default()])
}

/// Where the pictures of a case study are, but for their place.
pub(super) fn images(site: &Issuer, row: &Model) -> Url {
    let slug = row.slug.as_deref().unwrap_or_default();
    site.address(&["case-studies", slug, "images", ""])
}

/// What all pages need.
pub(in crate::http) fn frame(site: &Issuer, words: &Words) -> Map<String, serde_json::Value> {
    let mut context = Map::new();
    context.insert("w".to_owned(), json!(words));
    context.insert("program".to_owned(), json!(site.program));
    let path = |segments: &[&str]| json!(site.address(segments).path());
    context.insert("list_path".to_owned(), path(&["case-studies"]));
    context.insert("feed_path".to_owned(), path(&["case-studies", "feed.atom"]));
    context
}

/// The text itself, as every page shows it; its pictures are at `images` and their place, and the
/// headings of its sections are of level `heading`.
pub(in crate::http) fn text(
    content: &Content,
    words: &Words,
    images: &str,
    heading: u8,
) -> serde_json::Value {
    let results: Vec<_> = content.results.iter().map(result).collect();
    let pictures = content.images.iter().enumerate();
    let pictures =
        pictures.map(|(place, it)| json!({ "src": format!("{images}{place}"), "alt": it.alt }));
    let pictures: Vec<_> = pictures.collect();
    json!({
        "heading": format!("h{heading}"),
        "title": content.title,
        "summary": content.summary,
        "customer": content.customer,
        "industry": content.industry.map(|industry| words.industry(industry)),
        "region": content.region,
        "products": content.products,
        "challenge": markdown::to_html_below(&content.challenge, heading),
        "solution": markdown::to_html_below(&content.solution, heading),
        "outcome": markdown::to_html_below(&content.outcome, heading),
        "results": results,
        "pictures": pictures,
        "quote": content.quote,
        "quote_by": content.quote_by,
        "quote_role": content.quote_role,
    })
}

fn result(it: &Measured) -> serde_json::Value {
    json!({
        "label": it.label, "value": it.value, "unit": it.unit, "before": it.before, "after": it.after,
    })
}

/// The page of one.
pub(super) fn article(site: &Issuer, article: &Article) -> Result<String> {
    let row = &article.row;
    let words = words::of(&row.locale);
    let published = row.published_at.unwrap_or(row.updated_at);
    let others = article.others.iter().map(|other| {
        let url = url(site, other);
        json!({ "locale": other.locale, "title": other.title, "url": url, "path": url.path() })
    });
    let mut context = frame(site, words);
    context.extend([
        ("locale".to_owned(), json!(row.locale)),
        ("url".to_owned(), json!(url(site, row))),
        ("partner".to_owned(), json!(row.partner_name)),
        ("published".to_owned(), json!(published.to_rfc3339())),
        ("published_on".to_owned(), json!(words.day(published))),
        ("others".to_owned(), others.collect()),
        (
            "text".to_owned(),
            text(&article.content, words, images(site, row).path(), 2),
        ),
        ("images".to_owned(), json!(images(site, row))),
        ("json_ld".to_owned(), json!(json_ld(site, article))),
    ]);
    render("case-studies/page.html", context.into())
}

/// What search engines read (schema.org), as text that can stand within a script element: nothing
/// in it can end that.
fn json_ld(site: &Issuer, article: &Article) -> String {
    let (row, content) = (&article.row, &article.content);
    let address = url(site, row);
    let published = row.published_at.unwrap_or(row.updated_at);
    let pictures = 0..content.images.len();
    let images = images(site, row);
    let pictures: Vec<_> = pictures.map(|place| format!("{images}{place}")).collect();
    let described = json!({
        "@context": "https://schema.org",
        "@type": "Article",
        "headline": content.title,
        "description": content.summary,
        "inLanguage": row.locale,
        "url": address,
        "mainEntityOfPage": address,
        "datePublished": published.to_rfc3339(),
        "dateModified": published.to_rfc3339(),
        "author": { "@type": "Organization", "name": row.partner_name },
        "publisher": { "@type": "Organization", "name": site.program, "url": site.base_url },
        "about": { "@type": "Organization", "name": content.customer },
        "keywords": content.products,
        "image": pictures,
    });
    let mut safe = String::new();
    for letter in described.to_string().chars() {
        match letter {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(safe, "\\u{:04x}", u32::from(letter));
            }
            _ => safe.push(letter),
        }
    }
    safe
}

/// A sentence, and where the list is.
pub(super) fn notice(site: &Issuer, words: &Words, says: &str) -> Result<String> {
    let mut context = frame(site, words);
    context.extend([
        ("locale".to_owned(), json!(words.language)),
        ("says".to_owned(), json!(says)),
    ]);
    render("case-studies/notice.html", context.into())
}

/// The address of what is in one language alone, where it is named.
pub(super) fn in_language(mut url: Url, language: Option<&str>) -> Url {
    if let Some(language) = language {
        url.query_pairs_mut().append_pair("lang", language);
    }
    url
}

/// An address within the portal.
fn path(url: &Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}

/// The list, of one language where it is named.
pub(super) fn list(
    site: &Issuer,
    words: &Words,
    page: &Page,
    language: Option<&str>,
    is_later: bool,
) -> Result<String> {
    let rows = page.rows.iter().map(|row| {
        let published = row.published_at.unwrap_or(row.updated_at);
        json!({
            "path": url(site, row).path(),
            "locale": row.locale,
            "title": row.title,
            "summary": row.summary,
            "customer": row.customer,
            "partner": row.partner_name,
            "industry": row.industry.map(|industry| words.industry(industry)),
            "published": published.to_rfc3339(),
            "published_on": words.day(published),
        })
    });
    let all = site.address(&["case-studies"]);
    let own = in_language(all.clone(), language);
    let older = page.rows.last().filter(|_| page.has_older);
    let older = older.and_then(|row| row.slug.as_deref()).map(|slug| {
        let mut older = own.clone();
        older.query_pairs_mut().append_pair("before", slug);
        path(&older)
    });
    let languages = page.languages.iter().map(|it| {
        let url = in_language(all.clone(), Some(it));
        json!({ "language": it, "name": words::own_name(it), "path": path(&url), "url": url })
    });
    let feed = in_language(site.address(&["case-studies", "feed.atom"]), language);
    // Search engines are not to keep what is empty only because of what was asked.
    let is_aside = is_later || (language.is_some() && page.rows.is_empty());
    let empty = if language.is_some() {
        words.none_in_language
    } else {
        words.none_yet
    };
    let mut context = frame(site, words);
    context.extend([
        ("locale".to_owned(), json!(words.language)),
        ("url".to_owned(), json!(own)),
        ("own_path".to_owned(), json!(path(&own))),
        ("default_url".to_owned(), json!(all)),
        ("language".to_owned(), json!(language)),
        ("languages".to_owned(), languages.collect()),
        ("feed_path".to_owned(), json!(path(&feed))),
        ("rows".to_owned(), rows.collect()),
        ("empty".to_owned(), json!(empty)),
        ("older".to_owned(), json!(older)),
        ("is_later".to_owned(), json!(is_later)),
        ("is_aside".to_owned(), json!(is_aside)),
    ]);
    render("case-studies/list.html", context.into())
}
