//! Markdown as the text that is read: what is searched, and what excerpts are cut from.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "Markdown knows much that is no text"
)]

use pulldown_cmark::{Event, Options, Parser};

/// The most characters that are kept of a text.
const MOST: usize = 100_000;

/// The text of a source, block by block.
pub(super) fn text(source: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut text = String::with_capacity(source.len());
    for event in Parser::new_ext(source, options) {
        match event {
            Event::Text(part) | Event::Code(part) => text.push_str(&part),
            Event::SoftBreak | Event::HardBreak => text.push(' '),
            Event::End(tag) if ends_a_block(tag) && !text.ends_with('\n') => text.push('\n'),
            _ => (),
        }
    }
    let end = text
        .char_indices()
        .nth(MOST)
        .map_or(text.len(), |(at, _)| at);
    text.truncate(end);
    text.truncate(text.trim_end().len());
    // PostgreSQL keeps no text with a zero in it.
    text.replace('\0', " ")
}

fn ends_a_block(tag: pulldown_cmark::TagEnd) -> bool {
    use pulldown_cmark::TagEnd as End;
    !matches!(
        tag,
        End::Emphasis | End::Strong | End::Strikethrough | End::Link | End::Image
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_left_out_and_blocks_stay_apart() {
        let source = "# Title\n\nA **b**old\nword, [a link](https://a.example) `code`.\n\n- one\n- two\n\n\
                      | a | b |\n|---|---|\n| c | d |\n\n<b>x</b> <!-- y -->";
        let expected = "Title\nA bold word, a link code.\none\ntwo\na\nb\nc\nd\nx";
        assert_eq!(text(source), expected);
    }
}
