//! The text part of a letter: the same Markdown, for those who read mail without HTML.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "letters use a small part of Markdown; the rest has no shape in text"
)]

use pulldown_cmark::{Event, Tag, TagEnd};

use super::markdown::Piece;

/// Columns of a line; an address may be longer.
const WIDTH: usize = 72;

/// The pieces as text, with lines wrapped and addresses written out.
pub(super) fn write(pieces: &[Piece<'_>]) -> String {
    let mut writer = Writer::default();
    for piece in pieces {
        match piece {
            Piece::Prose(events) => events.iter().for_each(|event| writer.event(event)),
            Piece::Button { label, url } => {
                writer.line = format!("{label}:\n{url}");
                writer.paragraph();
            }
            Piece::Bar {
                label,
                percent,
                caption,
            } => {
                let full = usize::try_from(percent / 5).unwrap_or(0);
                let bar = format!("{}{}", "#".repeat(full), "-".repeat(20 - full.min(20)));
                writer.line = format!("{label}\n[{bar}] {percent} % ({caption})");
                writer.paragraph();
            }
        }
    }
    writer.out
}

/// One paragraph, wrapped.
pub(super) fn paragraph(line: &str) -> String {
    let mut out = String::new();
    wrap(&mut out, line, "", "");
    out
}

/// Text wrapped into lines that begin with `first` and then with `next`.
fn wrap(out: &mut String, text: &str, first: &str, next: &str) {
    let mut start = first;
    for line in text.split('\n') {
        let mut column = start.chars().count();
        out.push_str(start);
        start = next;
        let mut fresh = true;
        for word in line.split(' ').filter(|word| !word.is_empty()) {
            let length = word.chars().count();
            if fresh {
                fresh = false;
            } else if column + 1 + length > WIDTH {
                out.push('\n');
                out.push_str(next);
                column = next.chars().count();
            } else {
                out.push(' ');
                column += 1;
            }
            out.push_str(word);
            column += length;
        }
        out.push('\n');
    }
}

/// What text stands in.
#[derive(Debug)]
enum Block {
    Quote,
    Item { marker: String, begun: bool },
}

#[derive(Debug, Default)]
struct Writer {
    out: String,
    /// The paragraph so far.
    line: String,
    blocks: Vec<Block>,
    /// The next number of each list that is open; none for one with bullets.
    lists: Vec<Option<u64>>,
    /// Where links that are open lead, and where in the line they began.
    links: Vec<(String, usize)>,
    /// Whether an empty line comes before the next paragraph, and how deep it stands.
    gap: Option<usize>,
}

impl Writer {
    fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Text(text) | Event::Code(text) => self.line.push_str(text),
            Event::SoftBreak => self.line.push(' '),
            Event::HardBreak => self.line.push('\n'),
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(*tag),
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::BlockQuote(_) => self.open(Block::Quote),
            Tag::List(first) => {
                self.flush();
                self.lists.push(*first);
            }
            Tag::Item => {
                let marker = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    _ => "- ".to_owned(),
                };
                self.open(Block::Item {
                    marker,
                    begun: false,
                });
            }
            Tag::Link { dest_url, .. } => {
                self.links.push((dest_url.to_string(), self.line.len()));
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::CodeBlock => self.paragraph(),
            TagEnd::Item => {
                self.flush();
                self.blocks.pop();
            }
            TagEnd::BlockQuote(_) => {
                self.flush();
                self.blocks.pop();
                self.gap = Some(self.blocks.len());
            }
            TagEnd::List(_) => {
                self.lists.pop();
                self.gap = Some(self.blocks.len());
            }
            TagEnd::Link => {
                if let Some((url, begin)) = self.links.pop()
                    && self.line.get(begin..) != Some(&url)
                {
                    self.line.push_str(" (");
                    self.line.push_str(&url);
                    self.line.push(')');
                }
            }
            _ => {}
        }
    }

    fn open(&mut self, block: Block) {
        self.flush();
        self.gap = self.gap.map(|depth| depth.min(self.blocks.len()));
        self.blocks.push(block);
    }

    fn paragraph(&mut self) {
        self.flush();
        self.gap = Some(self.blocks.len());
    }

    /// Writes the paragraph so far.
    fn flush(&mut self) {
        let text = std::mem::take(&mut self.line);
        if text.is_empty() {
            return;
        }
        if let Some(depth) = self.gap.take() {
            let prefix = self.prefix(depth, false);
            self.out.push_str(prefix.trim_end());
            self.out.push('\n');
        }
        let first = self.prefix(self.blocks.len(), true);
        let next = self.prefix(self.blocks.len(), false);
        wrap(&mut self.out, &text, &first, &next);
        for block in &mut self.blocks {
            if let Block::Item { begun, .. } = block {
                *begun = true;
            }
        }
    }

    /// With what a line begins inside the outermost `depth` blocks.
    fn prefix(&self, depth: usize, first: bool) -> String {
        self.blocks
            .iter()
            .take(depth)
            .map(|block| match block {
                Block::Quote => "> ".to_owned(),
                Block::Item {
                    marker,
                    begun: false,
                } if first => marker.clone(),
                Block::Item { marker, .. } => " ".repeat(marker.len()),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::markdown::pieces;
    use super::*;

    fn text(source: &str) -> String {
        write(&pieces(source, "https://portal.example"))
    }

    #[test]
    fn paragraphs_are_wrapped_and_parted_by_an_empty_line() {
        let words = "word ".repeat(20);
        let source = format!("{words}\n\nSecond *line*\\\nbroken by **hand**.");
        assert_eq!(
            text(&source),
            format!(
                "{}\n{}\n\nSecond line\nbroken by hand.\n",
                "word ".repeat(14).trim_end(),
                "word ".repeat(6).trim_end()
            )
        );
    }

    #[test]
    fn lists_and_quotations_keep_their_shape() {
        assert_eq!(
            text("Look:\n\n1. one\\\n   more\n2. two\n\n> a\\\n> b\n>\n> c\n\nEnd."),
            "Look:\n\n1. one\n   more\n2. two\n\n> a\n> b\n>\n> c\n\nEnd.\n"
        );
        assert_eq!(text("- a\n- b\n  - c\n\nd"), "- a\n- b\n  - c\n\nd\n");
    }

    #[test]
    fn addresses_are_written_out_and_never_broken() {
        let url = format!("https://portal.example/{}", "x".repeat(90));
        assert_eq!(
            text(&format!("See [the plan]({url}).")),
            format!("See the plan\n({url}).\n")
        );
        assert_eq!(
            text(&format!("[Go]({url} \"button\")")),
            format!("Go:\n{url}\n")
        );
    }
}
