//! A sheet as DOCX, for those who go on writing on it.
//!
//! `docx-rs` is the one crate that writes such files, is alive, and needs nothing of an office.
//! What it writes is text in styles and lists of its own, so that whoever opens it can restyle it.

use std::collections::BTreeMap;
use std::io::Cursor;

use docx_rs::{
    AbstractNumbering, AlignmentType, Docx, IndentLevel, Level, LevelJc, LevelText, LineSpacing,
    LineSpacingType, NumberFormat, Numbering, NumberingId, Paragraph, Pic, Run as Words, RunFonts,
    SpecialIndentType, Start, Style, StyleType, Table, TableBorder, TableBorderPosition, TableCell,
    TableRow,
};

use pulldown_cmark::Alignment;

use super::logo::Logo;
use super::sheet::{Block, Marker, Run};
use crate::error::{Error, Result};

/// Numbers of lists in the file: dots, and the first of those with numbers. `docx-rs` writes a list of
/// its own under the first.
const DOTS: usize = 2;
const NUMBERS: usize = 3;
/// How deep lists can stand in each other.
const LEVELS: usize = 9;
/// A step to the right, in twentieths of a point.
const STEP: i32 = 360;
/// What lies between paragraphs, and above a heading, in the same; and how high a line is, in 240ths.
const GAP: u32 = 120;
const GAP_ABOVE: u32 = 280;
const LINE: i32 = 276;
/// What lies above and below the text of a cell.
const CELL: u32 = 50;
/// The lines of a table.
const GREY: &str = "A0A8A8";

/// The file.
///
/// # Errors
/// A fault where it cannot be written.
pub fn docx(blocks: &[Block], logo: Option<&Logo>) -> Result<Vec<u8>> {
    let mut docx = styled(blocks);
    let mut below_table = false;
    for block in blocks {
        // A table leaves nothing below itself.
        let gap = |paragraph: Paragraph| {
            if below_table {
                paragraph.line_spacing(spacing(GAP, GAP))
            } else {
                paragraph
            }
        };
        docx = match block {
            Block::Heading(level, runs) => {
                let style = format!("Heading{}", (*level).min(4));
                docx.add_paragraph(said(runs).style(&style).keep_next(true))
            }
            Block::Text {
                depth,
                marker,
                runs,
            } => docx.add_paragraph(gap(placed(said(runs), *depth, *marker))),
            Block::Table { columns, rows } => docx.add_table(table(columns, rows)),
            Block::Rule => {
                let line = Words::new().add_text("* * *");
                let line = Paragraph::new().add_run(line);
                docx.add_paragraph(gap(line).align(AlignmentType::Center))
            }
            Block::Logo => match logo {
                Some(logo) => docx.add_paragraph(pictured(logo)),
                None => docx,
            },
        };
        below_table = matches!(block, Block::Table { .. });
    }
    let mut bytes = Cursor::new(Vec::new());
    let packed = docx.build().pack(&mut bytes);
    packed.map_err(|error| Error::fault(format!("writing a DOCX: {error}")))?;
    Ok(bytes.into_inner())
}

fn spacing(before: u32, after: u32) -> LineSpacing {
    // Said, since without it LibreOffice takes the height for an exact one and cuts pictures to it.
    LineSpacing::new()
        .before(before)
        .after(after)
        .line(LINE)
        .line_rule(LineSpacingType::Auto)
}

/// An empty file with its styles and lists.
fn styled(blocks: &[Block]) -> Docx {
    let mut docx = Docx::new()
        .default_fonts(RunFonts::new().ascii("Georgia").hi_ansi("Georgia"))
        .default_size(22)
        .default_line_spacing(spacing(0, GAP))
        .add_abstract_numbering(levels(DOTS, 1, "bullet", |_| "•".to_owned()))
        .add_numbering(Numbering::new(DOTS, DOTS));
    for (level, size) in [(1, 40), (2, 30), (3, 26), (4, 22)] {
        let style = Style::new(format!("Heading{level}"), StyleType::Paragraph)
            .name(format!("heading {level}"))
            .based_on("Normal")
            .size(size)
            .bold()
            .line_spacing(spacing(GAP_ABOVE, GAP));
        docx = docx.add_style(style);
    }
    // Each counts for itself, from its first number.
    let mut lists = BTreeMap::new();
    for block in blocks {
        if let Block::Text {
            marker: Some(Marker::Number { list, number }),
            ..
        } = block
        {
            lists.entry(*list).or_insert(*number);
        }
    }
    for (list, first) in lists {
        let (id, first) = (NUMBERS + list, usize::try_from(first).unwrap_or(1));
        let numbers = levels(id, first, "decimal", |level| format!("%{}.", level + 1));
        docx = docx
            .add_abstract_numbering(numbers)
            .add_numbering(Numbering::new(id, id));
    }
    docx
}

fn levels(
    id: usize,
    first: usize,
    format: &str,
    text: impl Fn(usize) -> String,
) -> AbstractNumbering {
    (0..LEVELS).fold(AbstractNumbering::new(id), |numbering, level| {
        let indent = STEP * i32::try_from(level + 1).unwrap_or(1);
        numbering.add_level(
            Level::new(
                level,
                Start::new(first),
                NumberFormat::new(format),
                LevelText::new(text(level)),
                LevelJc::new("left"),
            )
            .indent(
                Some(indent),
                Some(SpecialIndentType::Hanging(STEP)),
                None,
                None,
            ),
        )
    })
}

fn placed(paragraph: Paragraph, depth: usize, marker: Option<Marker>) -> Paragraph {
    let level = IndentLevel::new(depth.saturating_sub(1).min(LEVELS - 1));
    match marker {
        Some(Marker::Dot) => paragraph.numbering(NumberingId::new(DOTS), level),
        Some(Marker::Number { list, .. }) => {
            paragraph.numbering(NumberingId::new(NUMBERS + list), level)
        }
        None => {
            let indent = STEP * i32::try_from(depth.min(LEVELS)).unwrap_or(0);
            paragraph.indent(Some(indent), None, None, None)
        }
    }
}

fn pictured(logo: &Logo) -> Paragraph {
    let (width, height) = logo.within(213, 80);
    let picture = Pic::new_with_dimensions(logo.bytes.clone(), width, height);
    Paragraph::new().add_run(Words::new().add_image(picture))
}

fn table(columns: &[Alignment], rows: &[Vec<Vec<Run>>]) -> Table {
    let rows = rows.iter().enumerate().map(|(at, row)| {
        let cells = row.iter().enumerate().map(|(column, cell)| {
            let strong = |run: &Run| Run {
                strong: run.strong || at == 0,
                ..run.clone()
            };
            let runs: Vec<_> = cell.iter().map(strong).collect();
            let cell = said(&runs).line_spacing(spacing(CELL, CELL));
            TableCell::new().add_paragraph(match columns.get(column) {
                Some(Alignment::Right) => cell.align(AlignmentType::Right),
                Some(Alignment::Center) => cell.align(AlignmentType::Center),
                Some(Alignment::Left | Alignment::None) | None => cell,
            })
        });
        TableRow::new(cells.collect())
    });
    let line = |position| TableBorder::new(position).color(GREY);
    Table::without_borders(rows.collect())
        .set_border(line(TableBorderPosition::Bottom))
        .set_border(line(TableBorderPosition::InsideH))
}

fn said(runs: &[Run]) -> Paragraph {
    runs.iter().fold(Paragraph::new(), |paragraph, run| {
        let mut words = Words::new();
        for (index, line) in run.text.split('\n').enumerate() {
            if index > 0 {
                words = words.add_break(docx_rs::BreakType::TextWrapping);
            }
            words = words.add_text(line);
        }
        if run.strong {
            words = words.bold();
        }
        if run.slanted {
            words = words.italic();
        }
        paragraph.add_run(words)
    })
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::super::sheet::blocks;
    use super::super::template::Values;
    use super::*;

    /// The text of the file's main part.
    fn part(bytes: Vec<u8>) -> String {
        part_of(bytes, "word/document.xml")
    }

    fn part_of(bytes: Vec<u8>, name: &str) -> String {
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut text = String::new();
        let mut file = archive.by_name(name).unwrap();
        file.read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn a_sheet_becomes_paragraphs_lists_and_tables_and_a_value_stays_a_text() {
        let values = Values {
            partner_name: "Berg & <Wind> \u{c4}".to_owned(),
            ..Values::default()
        };
        let source = "# For {{ partner.name }}\n\nA **b**\\\nc.\n\n1. one\n   - inner\n\n1. two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n";
        let text = part(docx(&blocks(source, &values), None).unwrap());
        for piece in [
            "For Berg &amp; &lt;Wind&gt; \u{c4}",
            "w:val=\"Heading1\"",
            "<w:b ",
            "<w:br ",
            "w:numId w:val=\"3\"",
            "w:numId w:val=\"2\"",
            "<w:tbl>",
        ] {
            assert!(text.contains(piece), "{piece} in {text}");
        }
        assert_eq!(text.matches("<w:tc>").count(), 4);
        let logo = Logo::read(super::super::logo::tests::DOT).unwrap();
        let pictured = docx(&[Block::Logo], Some(&logo)).unwrap();
        assert!(part(pictured).contains("<pic:pic"));
        assert!(!part(docx(&[Block::Logo], None).unwrap()).contains("<pic:pic"));
    }

    #[test]
    fn a_line_is_as_high_as_what_stands_in_it() {
        let logo = Logo::read(super::super::logo::tests::DOT).unwrap();
        let source = "{{ partner.logo }}\n\n| a |\n|---|\n| 1 |\n\nBelow.\n";
        let blocks = blocks(source, &Values::default());
        let bytes = docx(&blocks, Some(&logo)).unwrap();
        for name in ["word/document.xml", "word/styles.xml"] {
            let text = part_of(bytes.clone(), name);
            let heights = text.matches("w:line=\"276\"").count();
            assert!(heights > 0, "{text}");
            let rules = text.matches("w:lineRule=\"auto\"").count();
            assert_eq!(rules, heights, "{text}");
        }
    }

    #[test]
    fn columns_lean_to_the_side_that_their_author_said() {
        let source = "| a | b | c |\n|---|--:|:-:|\n| 1 | 2 | 3 |\n";
        let text = part(docx(&blocks(source, &Values::default()), None).unwrap());
        for side in ["right", "center"] {
            let leaning = format!("<w:jc w:val=\"{side}\"");
            assert_eq!(text.matches(&leaning).count(), 2, "{text}");
        }
    }

    #[test]
    fn each_list_is_written_once_and_begins_where_it_does() {
        let source = "- a\n\n7. seven\n8. eight\n\nBetween.\n\n1. one\n";
        let bytes = docx(&blocks(source, &Values::default()), None).unwrap();
        let text = part_of(bytes, "word/numbering.xml");
        let lists: Vec<_> = text.split("<w:abstractNum ").skip(1).collect();
        let ids: std::collections::BTreeSet<_> =
            lists.iter().map(|it| it.split('"').nth(1)).collect();
        assert_eq!(
            ids.len(),
            lists.len(),
            "a reader takes one of those of the same number: {text}"
        );
        assert!(lists[1].contains("\"bullet\""), "{text}");
        for (list, first) in [(2, 7), (3, 1)] {
            let begins = format!("<w:start w:val=\"{first}\"");
            assert!(lists[list].contains(&begins), "{text}");
        }
    }
}
