//! The Markdown that authors write as HTML that can be put into any page.
//!
//! Two walls. HTML in the source is shown as the text that it is, so tags come from Markdown alone;
//! and of those only the ones listed here leave, with no style but the side to which a column of a
//! table leans, no script, and no address but on the web or by mail.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "what is not HTML passes as Markdown has it"
)]

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, TextMergeStream, html};

/// How deep lists and quotations can stand in each other; deeper ones are their text. Each level
/// costs what reads the HTML a walk through all of those above it.
const DEPTH: usize = 32;

const TAGS: [&str; 26] = [
    "a",
    "blockquote",
    "br",
    "code",
    "del",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "img",
    "li",
    "ol",
    "p",
    "pre",
    "strong",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
];

/// What is said of a column of a table.
const SIDES: [&str; 3] = [
    "text-align: left",
    "text-align: center",
    "text-align: right",
];

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let attributes = [
        ("a", &["href", "title"][..]),
        ("img", &["src", "alt", "title"]),
        ("ol", &["start"]),
        ("td", &["style"]),
        ("th", &["style"]),
    ];
    let mut cleaner = Builder::empty();
    cleaner
        .tags(HashSet::from(TAGS))
        .tag_attributes(HashMap::from(
            attributes.map(|(tag, names)| (tag, names.iter().copied().collect())),
        ))
        .generic_attributes(HashSet::new())
        .clean_content_tags(HashSet::from(["script", "style"]))
        .url_schemes(HashSet::from(["https", "http", "mailto"]))
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer nofollow"))
        .attribute_filter(|tag, attribute, value| {
            let plain = match (tag, attribute) {
                ("img", "src") => is_https(value),
                (_, "style") => SIDES.contains(&value),
                _ => true,
            };
            plain.then_some(Cow::Borrowed(value))
        });
    cleaner
});

/// Whether an image comes on a secure line: any other would tell who reads, and not be shown.
fn is_https(address: &str) -> bool {
    url::Url::parse(address).is_ok_and(|url| url.scheme() == "https")
}

/// Whether pictures are shown in it.
#[must_use]
pub fn has_picture(source: &str) -> bool {
    events(source).any(|event| matches!(event, Event::Start(Tag::Image { .. })))
}

/// What of a source is understood; HTML in it is text.
pub fn events(source: &str) -> impl Iterator<Item = Event<'_>> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut depth = 0_usize;
    let events = Parser::new_ext(source, options).filter_map(move |event| match event {
        Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
        Event::Start(Tag::HtmlBlock) => Some(Event::Start(Tag::Paragraph)),
        Event::End(TagEnd::HtmlBlock) => Some(Event::End(TagEnd::Paragraph)),
        Event::Start(_) => {
            depth += 1;
            (depth <= DEPTH).then_some(event)
        }
        Event::End(_) => {
            depth = depth.saturating_sub(1);
            (depth < DEPTH).then_some(event)
        }
        other => Some(other),
    });
    TextMergeStream::new(events)
}

/// The HTML of a source that need not be trusted. Of pictures there is only what they show: they lie
/// elsewhere, and whoever has them there would learn who reads.
#[must_use]
pub fn to_html(source: &str) -> String {
    clean(source.len(), events(source))
}

/// The same with its pictures, where those who wrote it may show such as lie elsewhere.
#[must_use]
pub fn to_html_with_pictures(source: &str) -> String {
    render(source.len(), events(source))
}

/// The HTML of a source that stands below a heading of that level: its own headings are of the next
/// ones.
#[must_use]
pub fn to_html_below(source: &str, heading: u8) -> String {
    let events: Vec<_> = events(source).collect();
    let levels = events.iter().filter_map(|event| match event {
        Event::Start(Tag::Heading { level, .. }) => Some(*level as usize),
        _ => None,
    });
    let highest = levels.min().unwrap_or(1);
    let moved = |level: HeadingLevel| {
        let level = level as usize - highest + usize::from(heading) + 1;
        HeadingLevel::try_from(level).unwrap_or(HeadingLevel::H6)
    };
    let events = events.into_iter().map(|event| match event {
        Event::Start(Tag::Heading {
            level,
            id,
            classes,
            attrs,
        }) => Event::Start(Tag::Heading {
            level: moved(level),
            id,
            classes,
            attrs,
        }),
        Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(moved(level))),
        other => other,
    });
    clean(source.len(), events)
}

/// The HTML of what was understood, without pictures; the source was about so long.
pub(crate) fn clean<'e>(length: usize, events: impl Iterator<Item = Event<'e>>) -> String {
    let is_picture = |event: &Event<'_>| {
        matches!(
            event,
            Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image)
        )
    };
    render(length, events.filter(|event| !is_picture(event)))
}

fn render<'e>(length: usize, events: impl Iterator<Item = Event<'e>>) -> String {
    let mut rendered = String::with_capacity(length * 3 / 2);
    html::push_html(&mut rendered, events);
    CLEANER.clean(&rendered).to_string()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::*;

    use super::*;

    /// The most characters that an author writes in one place.
    const BODY: usize = 100_000;

    #[test]
    fn lessons_look_as_their_authors_meant_them() {
        let source = "# Title\n\nA **b** *c* ~~d~~ `e`.\n\n1. one\n   - inner\n     - deeper\n2. two\n\n\
                      > said\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n```rust\nlet x = \"<b>\";\n```\n\n---\n";
        insta::assert_snapshot!(to_html(source), @r#"
        <h1>Title</h1>
        <p>A <strong>b</strong> <em>c</em> <del>d</del> <code>e</code>.</p>
        <ol>
        <li>one
        <ul>
        <li>inner
        <ul>
        <li>deeper</li>
        </ul>
        </li>
        </ul>
        </li>
        <li>two</li>
        </ol>
        <blockquote>
        <p>said</p>
        </blockquote>
        <table><thead><tr><th>a</th><th style="text-align: right">b</th></tr></thead><tbody>
        <tr><td>1</td><td style="text-align: right">2</td></tr>
        </tbody></table>
        <pre><code>let x = "&lt;b&gt;";
        </code></pre>
        <hr>
        "#);
    }

    #[test]
    fn links_tell_nothing_and_images_come_on_a_secure_line() {
        let source = "[a](https://a.example \"t\") [b](mailto:b@example.com) <https://c.example>\n\
                      ![i](https://i.example/i.png \"t\") ![j](http://j.example/j.png) [k](/k) [l](files/l.pdf)";
        insta::assert_snapshot!(to_html_with_pictures(source), @r#"
        <p><a href="https://a.example" title="t" rel="noopener noreferrer nofollow">a</a> <a href="mailto:b@example.com" rel="noopener noreferrer nofollow">b</a> <a href="https://c.example" rel="noopener noreferrer nofollow">https://c.example</a>
        <img src="https://i.example/i.png" alt="i" title="t"> <img alt="j"> <a rel="noopener noreferrer nofollow">k</a> <a rel="noopener noreferrer nofollow">l</a></p>
        "#);
    }

    #[test]
    fn of_pictures_elsewhere_there_is_only_what_they_show() {
        let source = "![a *pixel*](https://evil.example/p.png \"t\") [![b](https://i.example/i.png)](https://a.example)\n\n\
                      ![c][d]\n\n[d]: https://evil.example/q.png";
        insta::assert_snapshot!(to_html(source), @r#"
        <p>a <em>pixel</em> <a href="https://a.example" rel="noopener noreferrer nofollow">b</a></p>
        <p>c</p>
        "#);
    }

    #[test]
    fn headings_of_authors_go_below_that_of_their_section() {
        insta::assert_snapshot!(to_html_below("# Big\n\n### Small\n\n###### Least\n", 2), @r"
        <h3>Big</h3>
        <h5>Small</h5>
        <h6>Least</h6>
        ");
        // No level is left out, wherever the author began.
        assert_eq!(to_html_below("#### One", 2), "<h3>One</h3>\n");
    }

    #[test]
    fn html_is_shown_as_the_text_that_it_is() {
        let source = "a <b onclick=\"x()\">b</b>\n\n<script>alert(1)</script>\n\n<!-- hidden -->\n";
        insta::assert_snapshot!(to_html(source), @r#"
        <p>a &lt;b onclick="x()"&gt;b&lt;/b&gt;</p>
        <p>&lt;script&gt;alert(1)&lt;/script&gt;
        </p>
        <p>&lt;!-- hidden --&gt;
        </p>
        "#);
    }

    /// What tries to become more than a text, by one way or another.
    const HOSTILE: [&str; 27] = [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>",
        "<svg><style><img src=x onerror=alert(1)></style></svg>",
        "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
        "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
        "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
        "<a href=\"javascript:alert(1)\">x</a>",
        "<iframe srcdoc=\"<script>alert(1)</script>\"></iframe>",
        "<style>@import 'https://evil.example';</style>",
        "<p style=\"position:fixed\">x</p>",
        "<base href=https://evil.example>",
        "<meta http-equiv=refresh content=0>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](java&#10;script:alert(1))",
        "[x](&#x6A;avascript:alert(1))",
        "[x](\u{1}javascript:alert(1))",
        "[x](vbscript:msgbox)",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](//evil.example)",
        "![x](data:image/svg+xml;base64,PHN2Zz4=)",
        "![x](https://a.example/\"onerror=\"alert(1))",
        "![\" onerror=\"alert(1)](https://a.example/a.png)",
        "[x](https://a.example 'a\" onmouseover=\"alert(1)')",
        "[x]: javascript:alert(1)\n\n[x]",
        "<javascript:alert(1)>",
    ];

    /// Whether there is nothing in it but what may be: looked at as a browser would read tags.
    fn is_tame(page: &str) -> bool {
        page.split('<').skip(1).all(|rest| {
            let Some((tag, _)) = rest.split_once('>') else {
                return false;
            };
            let tag = tag.trim_start_matches('/');
            let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
            // What stands in quotes is a value, and the rest is names.
            let parts: Vec<_> = attributes.split('"').collect();
            let values = parts.iter().skip(1).step_by(2);
            let names = parts.iter().step_by(2).map(|it| it.trim());
            TAGS.contains(&name)
                && names.zip(values).all(|(attribute, value)| match attribute {
                    "href=" => ["https:", "http:", "mailto:"]
                        .iter()
                        .any(|scheme| value.to_ascii_lowercase().starts_with(scheme)),
                    "src=" => value.to_ascii_lowercase().starts_with("https:"),
                    "rel=" => *value == "noopener noreferrer nofollow",
                    "alt=" | "title=" | "start=" => true,
                    "style=" => SIDES.contains(value),
                    _ => false,
                })
        })
    }

    #[test]
    fn what_is_hostile_stays_a_text() {
        for source in HOSTILE {
            for page in [to_html(source), to_html_with_pictures(source)] {
                assert!(is_tame(&page), "{source} became {page}");
            }
        }
        assert!(!is_tame("<p onclick=\"x\">"));
        assert!(!is_tame("<a href=\"javascript:x\">"));
        assert!(!is_tame("<script>"));
        let hostile = "<td style=\"text-align: right; position: fixed\">x</td>";
        assert!(
            !CLEANER
                .clean(&format!("<table>{hostile}</table>"))
                .to_string()
                .contains("style")
        );
    }

    #[test]
    fn a_source_that_is_made_to_take_long_does_not() {
        let begin = Instant::now();
        for part in [
            ">", "- ", "* a\n ", "[", "![", "*a_", "<b>", "`", "|a", "&#", "1. ", "~~a ", "<!--",
        ] {
            // A quarter of what a lesson can hold: writing a text out that is nothing but `&` takes
            // html5ever 0.40 a search through all of the rest for each.
            let source = part.repeat(BODY / 4 / part.len());
            assert!(is_tame(&to_html_with_pictures(&source)), "{part}");
        }
        let long = (0..3000).map(|n| format!("{}- a\n", " ".repeat(n % 200)));
        assert!(is_tame(&to_html(&long.collect::<String>())));
        assert!(
            begin.elapsed() < Duration::from_mins(1),
            "{:?}",
            begin.elapsed()
        );
    }

    fn source() -> impl Strategy<Value = String> {
        let part = prop_oneof![
            2 => prop::sample::select(HOSTILE.to_vec()).prop_map(str::to_owned),
            2 => "[ -~]{0,6}",
            2 => prop::sample::select(vec!["\n\n", "> ", "- ", "```\n", "`", "|", "](", "\"", "<", "--\n", "\\"])
                .prop_map(str::to_owned),
            1 => "\\PC",
        ];
        prop::collection::vec(part, 0..10).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_tame(source in source()) {
            for page in [to_html(&source), to_html_with_pictures(&source), to_html_below(&source, 2)] {
                prop_assert!(is_tame(&page), "{page}");
                // Nor does it become something else when it is read once more.
                prop_assert_eq!(CLEANER.clean(&page).to_string(), page);
            }
        }
    }
}
