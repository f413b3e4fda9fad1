//! The Markdown of letters: what others wrote is made harmless on its way in, and on its way out
//! only what a letter may hold is let through.
//!
//! Every ASCII sign of a merged value gets a backslash, which `CommonMark` reads as the sign itself,
//! and a value is one line; so it can begin no link, heading, list, image or HTML. Should that ever
//! fail, [`pieces`] still turns HTML into text, drops images and links only to the portal.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "letters use a small part of Markdown; the rest is treated alike"
)]

use pulldown_cmark::{CowStr, Event, Parser, Tag, TagEnd};

/// One line: white space and control characters become single spaces, and what turns the
/// direction of writing around is dropped, since it makes a text look like another.
pub(super) fn fold(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_whitespace() || c.is_control() {
            if !line.is_empty() && !line.ends_with(' ') {
                line.push(' ');
            }
        } else if !matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}') {
            line.push(c);
        }
    }
    line.truncate(line.trim_end().len());
    line
}

/// The same line, but of no more than `limit` characters.
pub(super) fn shorten(line: String, limit: usize) -> String {
    if line.chars().nth(limit).is_none() {
        return line;
    }
    let kept: String = line.chars().take(limit - 1).collect();
    format!("{}…", kept.trim_end())
}

/// Keeps mail programs from making links of their own out of `evil.example` or `https://…`: an
/// invisible sign parts what they look for. Anyone may enter a company name, and we would mail it.
pub(super) fn defuse(line: &str) -> String {
    const PART: char = '\u{200C}';
    let mut text = String::with_capacity(line.len());
    let mut before = ' ';
    let mut rest = line.chars().peekable();
    while let Some(c) = rest.next() {
        text.push(c);
        let next = rest.peek().copied().unwrap_or(' ');
        let dot = matches!(c, '.' | '\u{3002}' | '\u{FF0E}' | '\u{FF61}');
        if (dot && before.is_alphanumeric() && next.is_alphabetic()) || (c == ':' && next == '/') {
            text.push(PART);
        }
        before = c;
    }
    text
}

/// A value that says nothing but itself, on one line. An empty one shows as a dash.
pub(super) fn escape(text: &str) -> String {
    let line = fold(text);
    if line.is_empty() {
        return "–".to_owned();
    }
    backslash(&defuse(&line))
}

/// What somebody wrote, as a quotation that keeps its lines. Addresses in it can be clicked only
/// where `clickable` says so, for words of the vendor's own staff.
pub(super) fn quote(text: &str, clickable: bool) -> String {
    let text = text.replace("\r\n", "\n");
    let lines: Vec<String> = text
        .split(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'])
        .map(fold)
        .map(|line| backslash(&if clickable { line } else { defuse(&line) }))
        .collect();
    let is_said = |line: &String| !line.is_empty();
    let (Some(first), Some(last)) = (
        lines.iter().position(is_said),
        lines.iter().rposition(is_said),
    ) else {
        return "> –".to_owned();
    };
    let mut quoted = format!("> {}", lines[first]);
    for pair in lines[first..=last].windows(2) {
        // A break within a paragraph has to be asked for.
        if pair.iter().all(is_said) {
            quoted.push('\\');
        }
        quoted.push_str("\n> ");
        quoted.push_str(&pair[1]);
    }
    quoted
}

/// Every ASCII sign with a backslash before it.
pub(super) fn backslash(line: &str) -> String {
    let mut escaped = String::with_capacity(line.len() + 8);
    for c in line.chars() {
        if c.is_ascii_punctuation() {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// A part of a letter.
#[derive(Debug)]
pub(super) enum Piece<'a> {
    /// Paragraphs, lists, quotations.
    Prose(Vec<Event<'a>>),
    /// The call to action: `[label](address "button")` in a paragraph of its own.
    Button {
        /// What it says.
        label: String,
        /// Where it leads.
        url: String,
    },
    /// A bar of a chart: `![label](bar:75 "caption")` in a paragraph of its own.
    Bar {
        /// What it shows.
        label: String,
        /// How much of it is full, in percent.
        percent: u32,
        /// What that is in numbers.
        caption: String,
    },
}

/// The parts of a letter whose links lead to `home` and nowhere else.
pub(super) fn pieces<'a>(source: &'a str, home: &str) -> Vec<Piece<'a>> {
    let events = tame(source, home);
    let mut pieces = Vec::new();
    let mut prose = Vec::new();
    let mut depth = 0_usize;
    let mut at = 0;
    while at < events.len() {
        if depth == 0
            && let Some((piece, length)) = button(&events[at..]).or_else(|| bar(&events[at..]))
        {
            if !prose.is_empty() {
                pieces.push(Piece::Prose(std::mem::take(&mut prose)));
            }
            pieces.push(piece);
            at += length;
            continue;
        }
        match events[at] {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        if !matches!(
            events[at],
            Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image)
        ) {
            prose.push(events[at].clone());
        }
        at += 1;
    }
    if !prose.is_empty() {
        pieces.push(Piece::Prose(prose));
    }
    pieces
}

/// What the source says, without HTML, images and links to elsewhere: their text stays.
fn tame<'a>(source: &'a str, home: &str) -> Vec<Event<'a>> {
    let mut events = Vec::new();
    let mut links = Vec::new();
    for event in Parser::new(source) {
        match event {
            Event::Html(html) | Event::InlineHtml(html) => events.push(Event::Text(html)),
            Event::Start(Tag::HtmlBlock) => events.push(Event::Start(Tag::Paragraph)),
            Event::End(TagEnd::HtmlBlock) => events.push(Event::End(TagEnd::Paragraph)),
            Event::Start(Tag::Link { ref dest_url, .. }) => {
                links.push(dest_url.starts_with(home));
                if links.last() == Some(&true) {
                    events.push(event);
                }
            }
            Event::End(TagEnd::Link) => {
                if links.pop() == Some(true) {
                    events.push(event);
                }
            }
            other => events.push(other),
        }
    }
    events
}

/// The button with which these events begin, and how many of them it takes.
fn button<'a>(events: &[Event<'_>]) -> Option<(Piece<'a>, usize)> {
    let [
        Event::Start(Tag::Paragraph),
        Event::Start(Tag::Link {
            dest_url, title, ..
        }),
        rest @ ..,
    ] = events
    else {
        return None;
    };
    let end = rest
        .iter()
        .position(|event| *event == Event::End(TagEnd::Link))?;
    if **title != *"button" || rest.get(end + 1) != Some(&Event::End(TagEnd::Paragraph)) {
        return None;
    }
    let label = rest[..end].iter().map(words).collect::<String>();
    let url = CowStr::to_string(dest_url);
    Some((Piece::Button { label, url }, end + 4))
}

/// The bar with which these events begin, and how many of them it takes.
fn bar<'a>(events: &[Event<'_>]) -> Option<(Piece<'a>, usize)> {
    let [
        Event::Start(Tag::Paragraph),
        Event::Start(Tag::Image {
            dest_url, title, ..
        }),
        rest @ ..,
    ] = events
    else {
        return None;
    };
    let percent = dest_url.strip_prefix("bar:")?.parse::<u32>().ok()?;
    let end = rest
        .iter()
        .position(|event| *event == Event::End(TagEnd::Image))?;
    if rest.get(end + 1) != Some(&Event::End(TagEnd::Paragraph)) {
        return None;
    }
    let piece = Piece::Bar {
        label: rest[..end].iter().map(words).collect(),
        percent: percent.min(100),
        caption: CowStr::to_string(title),
    };
    Some((piece, end + 4))
}

/// The words of an event that stands within a line.
fn words<'e>(event: &'e Event<'_>) -> &'e str {
    match event {
        Event::Text(text) | Event::Code(text) => text,
        Event::SoftBreak | Event::HardBreak => " ",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOME: &str = "https://portal.example";

    /// What a source says when it holds words and nothing else.
    fn only_words(source: &str) -> Option<String> {
        let mut said = String::new();
        for event in Parser::new(source) {
            match event {
                Event::Text(text) => said.push_str(&text),
                Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph) => {}
                _ => return None,
            }
        }
        Some(said)
    }

    fn hostile() -> impl Strategy<Value = String> {
        let sign = prop_oneof![
            3 => "[ -~]",
            1 => prop::sample::select(vec!["\n", "\r\n", "\t", "    ", "\u{2028}", "\u{a0}", "\0"])
                .prop_map(str::to_owned),
            1 => prop::sample::select(vec![
                "](https://evil.example)", "<script>", "![x](y)", "**", "\\", "# ", "- ", "1. ",
                "> ", "```\n", "---\n", "===\n", "&lt;", "<https://evil.example>", "[a]: b",
            ]).prop_map(str::to_owned),
            1 => "\\PC",
        ];
        prop::collection::vec(sign, 0..12).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn a_value_says_itself_and_nothing_else(value in hostile()) {
            let line = fold(&value);
            let expected = if line.is_empty() { "–".to_owned() } else { defuse(&line) };
            prop_assert_eq!(only_words(&escape(&value)), Some(expected.clone()));
            let inside = format!("- a **{}** b", escape(&value));
            let events: Vec<_> = Parser::new(&inside).collect();
            let words: String = events.iter().map(words).collect();
            prop_assert_eq!(words, format!("a {expected} b"));
            prop_assert!(events.contains(&Event::Start(Tag::Strong)));
        }

        #[test]
        fn a_quotation_holds_paragraphs_of_words(value in hostile(), links: bool) {
            let quoted = quote(&value, links);
            let mut depth = 0;
            for event in Parser::new(&quoted) {
                match event {
                    Event::Start(Tag::BlockQuote(_)) => depth += 1,
                    Event::End(TagEnd::BlockQuote(_)) => depth -= 1,
                    Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph)
                    | Event::Text(_) | Event::HardBreak => prop_assert_eq!(depth, 1),
                    other => prop_assert!(false, "{other:?} in {quoted:?}"),
                }
            }
        }

        #[test]
        fn a_line_is_one_line(value in hostile()) {
            let line = fold(&value);
            prop_assert!(!line.chars().any(char::is_control), "{line:?}");
            prop_assert_eq!(fold(&line), line);
        }
    }

    #[test]
    fn a_quotation_keeps_its_lines_and_paragraphs() {
        let text = "\r\nFirst line.\nSecond  line.\r\n\r\nThird.\n\n";
        assert_eq!(
            quote(text, false),
            "> First line\\.\\\n> Second line\\.\n> \n> Third\\."
        );
        assert_eq!(quote(" \n ", false), "> –");
    }

    #[test]
    fn addresses_in_values_cannot_be_clicked() {
        assert_eq!(defuse("see evil.example"), "see evil.\u{200C}example");
        assert_eq!(defuse("https://x"), "https:\u{200C}//x");
        assert_eq!(defuse("203.0.113.7 v1.2. End"), "203.0.113.7 v1.2. End");
        assert!(!quote("https://x.y", true).contains('\u{200C}'));
        assert!(quote("https://x.y", false).contains('\u{200C}'));
    }

    #[test]
    fn a_text_that_turns_the_direction_of_writing_is_straightened() {
        assert_eq!(fold("a\u{202E}gpj.exe\u{2066}"), "agpj.exe");
    }

    #[test]
    fn a_long_line_is_cut_with_a_mark() {
        assert_eq!(shorten("abcdef".to_owned(), 6), "abcdef");
        assert_eq!(shorten("äbcdefg".to_owned(), 6), "äbcde…");
        assert_eq!(shorten("abcd fg".to_owned(), 6), "abcd…");
    }

    #[test]
    fn a_bar_is_a_paragraph_of_its_own_and_any_other_image_is_its_words() {
        let told = pieces("![A *b*](bar:75 \"3 / 4\")\n\nx ![c](bar:5 \"d\")", HOME);
        let [
            Piece::Bar {
                label,
                percent,
                caption,
            },
            Piece::Prose(events),
        ] = &told[..]
        else {
            panic!("{told:?}")
        };
        assert_eq!(
            (label.as_str(), *percent, caption.as_str()),
            ("A b", 75, "3 / 4")
        );
        let words: String = events.iter().map(words).collect();
        assert_eq!(words, "x c");
    }

    #[test]
    fn html_images_and_links_to_elsewhere_do_not_pass() {
        let source = "<b>x</b> ![i](https://evil.example/i.png) [a](https://evil.example) \
                      [b](https://portal.example/p)\n\n<script>alert(1)</script>\n";
        let pieces = pieces(source, HOME);
        let [Piece::Prose(events)] = &pieces[..] else {
            panic!("{pieces:?}")
        };
        let mut html = String::new();
        pulldown_cmark::html::push_html(&mut html, events.iter().cloned());
        assert_eq!(
            html,
            "<p>&lt;b&gt;x&lt;/b&gt; i a <a href=\"https://portal.example/p\">b</a></p>\n\
             <p>&lt;script&gt;alert(1)&lt;/script&gt;\n</p>\n"
        );
    }

    #[test]
    fn a_link_called_button_in_a_paragraph_of_its_own_is_one() {
        let source = "One.\n\n[Go & *on*](https://portal.example/a\\#b \"button\")\n\nTwo \
                      [x](https://portal.example \"button\").";
        let pieces = pieces(source, HOME);
        let [
            Piece::Prose(_),
            Piece::Button { label, url },
            Piece::Prose(_),
        ] = &pieces[..]
        else {
            panic!("{pieces:?}")
        };
        assert_eq!(label, "Go & on");
        assert_eq!(url, "https://portal.example/a#b");
    }
}
