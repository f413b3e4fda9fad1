//! A filled-in template as blocks on a sheet of paper, whatever kind of file they become.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "of what Markdown has, this is what a paper shows"
)]

use pulldown_cmark::{Alignment, Event, HeadingLevel, Tag, TagEnd};

use super::template::{self, Values};

/// A stretch of text in one manner.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// The text; a line ends where `\n` stands.
    pub text: String,
    /// Whether it is strong.
    pub strong: bool,
    /// Whether it is emphasized.
    pub slanted: bool,
}

/// What stands before an item of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    /// A dot.
    Dot,
    /// A number, of one of the lists that have them: these count from 0.
    Number {
        /// Which list.
        list: usize,
        /// The number.
        number: u64,
    },
}

/// A piece of the sheet.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// A heading, from 1.
    Heading(u8, Vec<Run>),
    /// A paragraph, in so many lists and quotations.
    Text {
        /// How deep.
        depth: usize,
        /// What stands before it, where it begins an item.
        marker: Option<Marker>,
        /// What it says.
        runs: Vec<Run>,
    },
    /// A table.
    Table {
        /// To which side each column leans.
        columns: Vec<Alignment>,
        /// Rows of cells; the first names the columns.
        rows: Vec<Vec<Vec<Run>>>,
    },
    /// A line across.
    Rule,
    /// The partner's logo.
    Logo,
}

/// The blocks of a template, filled in.
#[must_use]
pub fn blocks(source: &str, values: &Values) -> Vec<Block> {
    let mut sheet = Sheet::default();
    for event in template::events(source, values) {
        sheet.take(event);
    }
    sheet.flush();
    sheet.blocks
}

#[derive(Default)]
struct Sheet {
    blocks: Vec<Block>,
    runs: Vec<Run>,
    /// The next number of each open list; none where it has dots.
    lists: Vec<Option<(usize, u64)>>,
    numbered: usize,
    marker: Option<Marker>,
    quotes: usize,
    heading: Option<u8>,
    strong: usize,
    slanted: usize,
    /// Where open links lead.
    links: Vec<String>,
    columns: Vec<Alignment>,
    rows: Vec<Vec<Vec<Run>>>,
}

impl Sheet {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.begin(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Code(text) => self.say(&text),
            Event::SoftBreak => self.say(" "),
            Event::HardBreak => self.say("\n"),
            Event::Rule => self.blocks.push(Block::Rule),
            _ => (),
        }
    }

    fn begin(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { level, .. } => self.heading = Some(level_of(level)),
            Tag::BlockQuote(_) => {
                self.flush();
                self.quotes += 1;
            }
            Tag::List(first) => {
                self.flush();
                self.lists.push(first.map(|first| (self.numbered, first)));
                self.numbered += usize::from(first.is_some());
            }
            Tag::Item => {
                self.marker = Some(match self.lists.last_mut() {
                    Some(Some((list, next))) => {
                        let number = *next;
                        *next = next.saturating_add(1);
                        Marker::Number {
                            list: *list,
                            number,
                        }
                    }
                    Some(None) | None => Marker::Dot,
                });
            }
            Tag::Strong => self.strong += 1,
            Tag::Emphasis => self.slanted += 1,
            Tag::Link { dest_url, .. } => self.links.push(dest_url.into_string()),
            Tag::Table(columns) => self.columns = columns,
            Tag::TableHead | Tag::TableRow => self.rows.push(Vec::new()),
            _ => (),
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::Item | TagEnd::CodeBlock => self.flush(),
            TagEnd::Heading(_) => {
                self.flush();
                self.heading = None;
            }
            TagEnd::BlockQuote(_) => {
                self.flush();
                self.quotes = self.quotes.saturating_sub(1);
            }
            TagEnd::List(_) => {
                self.flush();
                self.lists.pop();
            }
            TagEnd::Strong => self.strong = self.strong.saturating_sub(1),
            TagEnd::Emphasis => self.slanted = self.slanted.saturating_sub(1),
            TagEnd::Link => {
                // Paper has no links: where one leads is said beside it.
                let to = self.links.pop().unwrap_or_default();
                let to = to.strip_prefix("mailto:").unwrap_or(&to).to_owned();
                let is_said = self.runs.last().is_some_and(|run| run.text.ends_with(&to));
                if !is_said {
                    self.say(&format!(" ({to})"));
                }
            }
            TagEnd::TableCell => {
                let cell = std::mem::take(&mut self.runs);
                if let Some(row) = self.rows.last_mut() {
                    row.push(cell);
                }
            }
            TagEnd::Table => self.blocks.push(Block::Table {
                columns: std::mem::take(&mut self.columns),
                rows: std::mem::take(&mut self.rows),
            }),
            _ => (),
        }
    }

    fn say(&mut self, text: &str) {
        let (strong, slanted) = (self.strong > 0, self.slanted > 0);
        match self.runs.last_mut() {
            Some(last) if last.strong == strong && last.slanted == slanted => {
                last.text.push_str(text);
            }
            _ => self.runs.push(Run {
                text: text.to_owned(),
                strong,
                slanted,
            }),
        }
    }

    /// Ends the block that is being written.
    fn flush(&mut self) {
        let mut runs = std::mem::take(&mut self.runs);
        if let Some(last) = runs.last_mut() {
            last.text.truncate(last.text.trim_end().len());
        }
        runs.retain(|run| !run.text.is_empty());
        let block = match runs.as_slice() {
            [] => return,
            [one] if template::is_logo(&one.text) => Block::Logo,
            _ => match self.heading {
                Some(level) => Block::Heading(level, runs),
                None => Block::Text {
                    depth: self.lists.len() + self.quotes,
                    marker: self.marker.take(),
                    runs,
                },
            },
        };
        self.blocks.push(block);
    }
}

fn level_of(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(source: &str) -> String {
        let values = Values {
            partner_name: "Bergwind *GmbH*".to_owned(),
            ..Values::default()
        };
        let said = |runs: &[Run]| {
            let each = runs.iter().map(|run| match (run.strong, run.slanted) {
                (true, _) => format!("<{}>", run.text),
                (false, true) => format!("/{}/", run.text),
                (false, false) => run.text.clone(),
            });
            each.collect::<String>()
        };
        let line = |block: &Block| match block {
            Block::Heading(level, runs) => format!("h{level} {}", said(runs)),
            Block::Text {
                depth,
                marker,
                runs,
            } => format!("{depth} {marker:?} {}", said(runs)),
            Block::Table { columns, rows } => {
                let row = |row: &Vec<Vec<Run>>| {
                    let cells: Vec<_> = row.iter().map(|cell| said(cell)).collect();
                    cells.join("|")
                };
                let rows: Vec<_> = rows.iter().map(row).collect();
                format!("{columns:?} {}", rows.join(" / "))
            }
            Block::Rule => "---".to_owned(),
            Block::Logo => "logo".to_owned(),
        };
        let blocks = blocks(source, &values);
        blocks.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn markdown_becomes_what_a_paper_shows() {
        let source = "{{ partner.logo }}\n\n# Offer of {{ partner.name }}\n\nA **b** *c* \
                      [d](https://d.example) <https://e.example>\nf\\\ng.\n\n1. one\n   - inner\n\n     more\n\
                      2. two\n\n> said\n\n| a | b |\n|---|--:|\n| 1 | **2** |\n\n```\ncode {{ partner.name }}\n```\n\n---\n";
        insta::assert_snapshot!(outline(source), @r"
        logo
        h1 Offer of Bergwind *GmbH*
        0 None A <b> /c/ d (https://d.example) https://e.example f
        g.
        1 Some(Number { list: 0, number: 1 }) one
        2 Some(Dot) inner
        2 None more
        1 Some(Number { list: 0, number: 2 }) two
        1 None said
        [None, Right] a|b / 1|<2>
        0 None code Bergwind *GmbH*
        ---
        ");
    }

    #[test]
    fn html_is_the_text_that_it_is() {
        insta::assert_snapshot!(outline("<script>x</script>\n"), @"0 None <script>x</script>");
    }
}
