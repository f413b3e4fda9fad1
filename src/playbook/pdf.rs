//! A sheet as PDF/A-2b, in the type of the certificates: headings, paragraphs, lists, tables.
//!
//! Strong text is drawn with a thin outline: one font is in the binary, and that is enough of it.

use chrono::NaiveDate;
use krilla::color::rgb;
use krilla::configure::{Archival, ConfigurationBuilder};
use krilla::geom::{PathBuilder, Point, Rect, Size, Transform};
use krilla::metadata::Metadata;
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule, Stroke};
use krilla::surface::Surface;
use krilla::{Document, SerializeSettings};

use pulldown_cmark::Alignment;

use super::logo::Logo;
use super::sheet::{Block, Marker, Run};
use crate::error::{Error, Result};
use crate::typeface::{Typeface, printed_on};

/// A4, in points.
const WIDTH: f32 = 595.28;
const HEIGHT: f32 = 841.89;
/// From each edge of the page.
const EDGE: f32 = 68.0;
const MEASURE: f32 = WIDTH - 2.0 * EDGE;
/// Of plain text.
const SIZE: f32 = 11.0;
/// From one line to the next, in sizes.
const LEADING: f32 = 1.4;
/// How much further to the right each list and quotation stands.
const STEP: f32 = 18.0;
/// How deep lists and quotations are shown as such.
const DEPTH: u8 = 8;
/// Between cells.
const GAP: f32 = 10.0;

const INK: [u8; 3] = [0x1c, 0x25, 0x29];
const SOFT: [u8; 3] = [0x5c, 0x6b, 0x71];
const LINE: [u8; 3] = [0xc9, 0xd4, 0xd4];

/// What the file says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// What it is called.
    pub title: String,
    /// Whose it is.
    pub author: String,
    /// Tag of its language.
    pub locale: String,
    /// The day on which it was made.
    pub made_on: NaiveDate,
}

/// The file; the same sheet gives the same bytes.
///
/// # Errors
/// A fault where it cannot be written.
pub fn pdf(about: &About, blocks: &[Block], logo: Option<&Logo>) -> Result<Vec<u8>> {
    let broken = |what: &str| Error::fault(format!("writing a PDF: {what}"));
    let typeface = Typeface::load()?;
    let pages = Layout::of(&typeface, blocks, logo);
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A2_B)
        .finish()
        .map_err(|error| broken(&format!("{error:?}")))?;
    let mut document = Document::new_with(SerializeSettings {
        configuration,
        ..SerializeSettings::default()
    });
    document.set_metadata(metadata(about));
    for marks in &pages {
        let settings = PageSettings::from_wh(WIDTH, HEIGHT).ok_or_else(|| broken("no page"))?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        for mark in marks {
            mark.draw(&mut surface, &typeface, logo);
        }
        surface.finish();
        page.finish();
    }
    document
        .finish()
        .map_err(|error| broken(&format!("{error:?}")))
}

fn metadata(about: &About) -> Metadata {
    Metadata::new()
        .title(about.title.clone())
        .authors(vec![about.author.clone()])
        .language(about.locale.clone())
        .creator("Entente".to_owned())
        .creation_date(printed_on(about.made_on))
}

/// Something that is drawn; lengths are points from the upper left corner.
enum Mark {
    Text {
        x: f32,
        y: f32,
        size: f32,
        strong: bool,
        color: [u8; 3],
        text: String,
    },
    /// The partner's logo.
    Logo { y: f32, width: f32, height: f32 },
    /// A line across, from and to.
    Rule { from: f32, to: f32, y: f32 },
}

impl Mark {
    fn draw(&self, surface: &mut Surface<'_>, typeface: &Typeface, logo: Option<&Logo>) {
        match self {
            Self::Text {
                x,
                y,
                size,
                strong,
                color,
                text,
            } => {
                let line = typeface.line(text);
                surface.set_fill(Some(fill(*color)));
                surface.set_stroke(strong.then(|| Stroke {
                    paint: fill(*color).paint,
                    width: size * 0.028,
                    ..Stroke::default()
                }));
                let at = Point::from_xy(*x, *y);
                let font = typeface.font.clone();
                surface.draw_glyphs(at, &line.glyphs, font, &line.text, *size, false);
                surface.set_stroke(None);
            }
            Self::Logo { y, width, height } => {
                if let (Some(logo), Some(size)) = (logo, Size::from_wh(*width, *height)) {
                    surface.push_transform(&Transform::from_translate(EDGE, *y));
                    surface.draw_image(logo.image.clone(), size);
                    surface.pop();
                }
            }
            Self::Rule { from, to, y } => {
                let mut path = PathBuilder::new();
                if let Some(rect) = Rect::from_ltrb(*from, *y, *to, *y + 0.6) {
                    path.push_rect(rect);
                }
                surface.set_fill(Some(fill(LINE)));
                if let Some(path) = path.finish() {
                    surface.draw_path(&path);
                }
            }
        }
    }
}

fn fill([red, green, blue]: [u8; 3]) -> Fill {
    Fill {
        paint: rgb::Color::new(red, green, blue).into(),
        opacity: NormalizedF32::ONE,
        rule: FillRule::NonZero,
    }
}

/// Puts blocks on pages.
struct Layout<'t> {
    typeface: &'t Typeface,
    pages: Vec<Vec<Mark>>,
    /// Where the next line begins.
    y: f32,
    logo: Option<&'t Logo>,
}

/// A line of words, in their manners.
#[derive(Default)]
struct Line {
    spans: Vec<(String, bool)>,
    width: f32,
}

impl<'t> Layout<'t> {
    fn of(typeface: &'t Typeface, blocks: &[Block], logo: Option<&'t Logo>) -> Vec<Vec<Mark>> {
        let mut layout = Self {
            typeface,
            pages: vec![Vec::new()],
            y: EDGE,
            logo,
        };
        for block in blocks {
            layout.block(block);
        }
        layout.number();
        layout.pages
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading(level, runs) => {
                let size = match level {
                    1 => 22.0,
                    2 => 16.0,
                    3 => 13.0,
                    _ => SIZE,
                };
                let strong = |run: &Run| Run {
                    strong: true,
                    ..run.clone()
                };
                let runs: Vec<_> = runs.iter().map(strong).collect();
                self.y += size * 0.5;
                // A heading does not stand alone at the foot of a page.
                self.make_room(size * LEADING + 2.0 * SIZE * LEADING);
                self.paragraph(&runs, EDGE, MEASURE, size);
            }
            Block::Text {
                depth,
                marker,
                runs,
            } => {
                let depth = u8::try_from(*depth).unwrap_or(DEPTH).min(DEPTH);
                let indent = f32::from(depth) * STEP;
                if let Some(marker) = marker {
                    self.make_room(SIZE * LEADING);
                    let text = match marker {
                        Marker::Dot => "•".to_owned(),
                        Marker::Number { number, .. } => format!("{number}."),
                    };
                    let (x, y) = (EDGE + indent - STEP, self.y + SIZE);
                    self.mark(Mark::Text {
                        x,
                        y,
                        size: SIZE,
                        strong: false,
                        color: INK,
                        text,
                    });
                }
                self.paragraph(runs, EDGE + indent, MEASURE - indent, SIZE);
            }
            Block::Table { columns, rows } => self.table(columns, rows),
            Block::Rule => {
                self.make_room(SIZE * 2.0);
                let y = self.y + SIZE * 0.5;
                self.mark(Mark::Rule {
                    from: EDGE,
                    to: WIDTH - EDGE,
                    y,
                });
                self.y += SIZE * 1.5;
            }
            Block::Logo => {
                let side = |side: u32| f32::from(u16::try_from(side).unwrap_or(u16::MAX));
                if let Some((width, height)) = self.logo.map(|logo| logo.within(160, 60)) {
                    let (width, height) = (side(width), side(height));
                    self.make_room(height);
                    let y = self.y;
                    self.mark(Mark::Logo { y, width, height });
                    self.y += height + SIZE;
                }
            }
        }
    }

    fn paragraph(&mut self, runs: &[Run], x: f32, measure: f32, size: f32) {
        for line in self.lines(runs, measure, size) {
            self.make_room(size * LEADING);
            self.line(line, x, self.y + size, size);
            self.y += size * LEADING;
        }
        self.y += size * 0.45;
    }

    fn line(&mut self, line: Line, mut x: f32, y: f32, size: f32) {
        for (text, strong) in line.spans {
            let width = self.width(&text, size);
            self.mark(Mark::Text {
                x,
                y,
                size,
                strong,
                color: INK,
                text,
            });
            x += width;
        }
    }

    /// Rows stand whole on a page where they can.
    fn table(&mut self, columns: &[Alignment], rows: &[Vec<Vec<Run>>]) {
        let count = rows.iter().map(Vec::len).max().unwrap_or(1).max(1);
        let count = f32::from(u16::try_from(count).unwrap_or(u16::MAX));
        let measure = ((MEASURE - GAP * (count - 1.0)) / count).max(SIZE);
        for (at, row) in rows.iter().enumerate() {
            let strong = |run: &Run| Run {
                strong: run.strong || at == 0,
                ..run.clone()
            };
            let cells: Vec<Vec<Line>> = row
                .iter()
                .map(|cell| {
                    let runs: Vec<_> = cell.iter().map(strong).collect();
                    self.lines(&runs, measure, SIZE)
                })
                .collect();
            let most = cells.iter().map(Vec::len).max().unwrap_or(0);
            let height = f32::from(u16::try_from(most).unwrap_or(u16::MAX)) * SIZE * LEADING;
            self.make_room(height.min(HEIGHT / 2.0));
            let mut cells: Vec<_> = cells.into_iter().map(Vec::into_iter).collect();
            for _ in 0..most {
                self.make_room(SIZE * LEADING);
                let (mut x, y) = (EDGE, self.y + SIZE);
                for (column, cell) in cells.iter_mut().enumerate() {
                    if let Some(line) = cell.next() {
                        let room = (measure - self.bare(&line, SIZE)).max(0.0);
                        let indent = match columns.get(column) {
                            Some(Alignment::Right) => room,
                            Some(Alignment::Center) => room / 2.0,
                            Some(Alignment::Left | Alignment::None) | None => 0.0,
                        };
                        self.line(line, x + indent, y, SIZE);
                    }
                    x += measure + GAP;
                }
                self.y += SIZE * LEADING;
            }
            let y = self.y + 1.5;
            self.mark(Mark::Rule {
                from: EDGE,
                to: WIDTH - EDGE,
                y,
            });
            self.y += 5.0;
        }
        self.y += SIZE * 0.5;
    }

    /// The words in lines that are no longer than `measure`.
    fn lines(&self, runs: &[Run], measure: f32, size: f32) -> Vec<Line> {
        let mut lines = vec![Line::default()];
        for run in runs {
            for (index, text) in run.text.split('\n').enumerate() {
                if index > 0 {
                    lines.push(Line::default());
                }
                for word in text.split_inclusive(char::is_whitespace) {
                    self.word(&mut lines, (word, run.strong), measure, size);
                }
            }
        }
        lines
    }

    /// Adds a word, with the space after it, to the last line or to the next.
    fn word(&self, lines: &mut Vec<Line>, (word, strong): (&str, bool), measure: f32, size: f32) {
        let bare = self.width(word.trim_end(), size);
        if bare > measure {
            // Longer than a line: it is cut where it has to be.
            if let Some((middle, _)) = word.char_indices().nth(word.chars().count() / 2)
                && middle > 0
            {
                let (head, tail) = word.split_at(middle);
                self.word(lines, (head, strong), measure, size);
                return self.word(lines, (tail, strong), measure, size);
            }
        }
        if lines
            .last()
            .is_some_and(|it| it.width > 0.0 && it.width + bare > measure)
        {
            lines.push(Line::default());
        }
        let Some(line) = lines.last_mut() else { return };
        line.width += self.width(word, size);
        match line.spans.last_mut() {
            Some((text, manner)) if *manner == strong => text.push_str(word),
            _ => line.spans.push((word.to_owned(), strong)),
        }
    }

    /// How wide a line is without the space at its end.
    fn bare(&self, line: &Line, size: f32) -> f32 {
        let last = line.spans.last().map_or("", |(text, _)| text);
        line.width - self.width(last, size) + self.width(last.trim_end(), size)
    }

    fn width(&self, text: &str, size: f32) -> f32 {
        self.typeface.line(text).width * size
    }

    /// Begins a page where so much is not left of this one.
    fn make_room(&mut self, height: f32) {
        if self.y + height > HEIGHT - EDGE && self.y > EDGE {
            self.pages.push(Vec::new());
            self.y = EDGE;
        }
    }

    fn mark(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }

    /// Numbers the pages, where there are several.
    fn number(&mut self) {
        let count = self.pages.len();
        if count < 2 {
            return;
        }
        for (index, page) in self.pages.iter_mut().enumerate() {
            let text = format!("{} / {count}", index + 1);
            let width = self.typeface.line(&text).width * 9.0;
            page.push(Mark::Text {
                x: WIDTH - EDGE - width,
                y: HEIGHT - EDGE / 2.0,
                size: 9.0,
                strong: false,
                color: SOFT,
                text,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sheet::blocks;
    use super::super::template::Values;
    use super::*;

    fn about() -> About {
        About {
            title: "Offer".to_owned(),
            author: "Bergwind".to_owned(),
            locale: "en".to_owned(),
            made_on: NaiveDate::from_ymd_opt(2026, 11, 26).unwrap(),
        }
    }

    fn laid_out(source: &str) -> Vec<Vec<Mark>> {
        let typeface = Typeface::load().unwrap();
        Layout::of(&typeface, &blocks(source, &Values::default()), None)
    }

    #[test]
    fn nothing_stands_beyond_the_edges_however_long_it_is() {
        let long = "Wolfeschlegelstein".repeat(30);
        let words = "some words of a proposal ".repeat(400);
        let source = format!(
            "# {words}\n\n{long}\n\n- {words}\n  - {long}\n\n| a | {long} |\n|---|---|\n| {words} | b |\n\n---\n"
        );
        let typeface = Typeface::load().unwrap();
        let pages = laid_out(&source);
        assert!(pages.len() > 2);
        for mark in pages.iter().flatten() {
            if let Mark::Text {
                x, y, size, text, ..
            } = mark
            {
                let end = x + typeface.line(text.trim_end()).width * size;
                assert!(*x >= EDGE && end <= WIDTH - EDGE + 0.5, "{text}");
                assert!(*y <= HEIGHT - EDGE / 2.0, "{text}");
            }
        }
    }

    #[test]
    fn a_column_of_numbers_ends_where_its_author_said() {
        let pages = laid_out("| a | b |\n|---|--:|\n| 1 | 2 |\n| 3 | 4,000 |\n");
        let typeface = Typeface::load().unwrap();
        let ends = pages.iter().flatten().filter_map(|mark| match mark {
            Mark::Text { x, size, text, .. } if *x > WIDTH / 2.0 => {
                Some(x + typeface.line(text).width * size)
            }
            Mark::Text { .. } | Mark::Logo { .. } | Mark::Rule { .. } => None,
        });
        let ends: Vec<_> = ends.collect();
        assert_eq!(ends.len(), 3);
        assert!(
            ends.iter().all(|end| (end - (WIDTH - EDGE)).abs() < 0.1),
            "{ends:?}"
        );
    }

    #[test]
    fn a_sheet_is_a_pdf_and_the_same_one_each_time() {
        let source = "# Offer\n\nA **b** *c*.\n\n1. one\n   - inner\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n---\n";
        let blocks = blocks(source, &Values::default());
        let made = pdf(&about(), &blocks, None).unwrap();
        assert!(made.starts_with(b"%PDF-1.7"));
        assert_eq!(made, pdf(&about(), &blocks, None).unwrap());
        assert!(pdf(&about(), &[], None).unwrap().starts_with(b"%PDF"));
    }

    #[test]
    fn the_logo_stands_where_the_template_says() {
        let logo = Logo::read(super::super::logo::tests::DOT).unwrap();
        let blocks = blocks("{{ partner.logo }}\n\nOffer", &Values::default());
        let made = pdf(&about(), &blocks, Some(&logo)).unwrap();
        let is_pictured = |bytes: &[u8]| {
            let what = b"/Subtype/Image";
            bytes.windows(what.len()).any(|it| it == what)
        };
        assert!(is_pictured(&made));
        assert!(!is_pictured(&pdf(&about(), &blocks, None).unwrap()));
    }
}
