//! Where everything stands on the sheet; all lengths are points, from the upper left corner.

use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::num::NormalizedF32;
use krilla::paint::{Fill, FillRule};
use krilla::surface::Surface;

use super::Paper;
use super::qr::{Run, Squares};
use super::words::Words;
use crate::error::Result;
use crate::typeface::{Fitted, LEADING, Line, Typeface};

/// A4 across.
pub(super) const WIDTH: f32 = 841.89;
/// A4 across.
pub(super) const HEIGHT: f32 = 595.28;

const INK: [u8; 3] = [0x1c, 0x25, 0x29];
const SOFT: [u8; 3] = [0x5c, 0x6b, 0x71];
const ACCENT: [u8; 3] = [0x0b, 0x64, 0x64];
const LINE: [u8; 3] = [0xc9, 0xd4, 0xd4];

const MIDDLE: f32 = WIDTH / 2.0;
/// From the edge of the sheet to the frame.
const FRAME: f32 = 30.0;
/// From the edge of the sheet to what is printed.
const EDGE: f32 = 76.0;
/// Of what is printed from edge to edge.
const MEASURE: f32 = WIDTH - 2.0 * EDGE;
/// Of the squares, on each side.
const CODE: f32 = 96.0;
/// Where the foot begins.
const FOOT: f32 = HEIGHT - 158.0;

/// Draws the whole sheet.
pub(super) fn draw(surface: &mut Surface<'_>, paper: &Paper, words: &Words) -> Result<()> {
    let typeface = Typeface::load()?;
    let squares = Squares::of(&paper.verify_url)?;
    let mut sheet = Sheet { surface, typeface };
    sheet.frame();
    sheet.head(paper, words);
    sheet.foot(paper, words);
    sheet.code(&squares);
    Ok(())
}

struct Sheet<'s, 'd> {
    surface: &'s mut Surface<'d>,
    typeface: Typeface,
}

impl Sheet<'_, '_> {
    fn frame(&mut self) {
        let (right, bottom) = (WIDTH - FRAME, HEIGHT - FRAME);
        for (inset, thickness, color) in [(0.0, 1.4, ACCENT), (5.0, 0.5, LINE)] {
            let (near, far, low) = (FRAME + inset, right - inset, bottom - inset);
            self.bar(near, near, far, near + thickness, color);
            self.bar(near, low - thickness, far, low, color);
            self.bar(near, near, near + thickness, low, color);
            self.bar(far - thickness, near, far, low, color);
        }
    }

    fn head(&mut self, paper: &Paper, words: &Words) {
        let program = self.typeface.fit(&paper.program, MEASURE, 14.0);
        self.centred(&program, 88.0, ACCENT);
        let heading = self.typeface.fit(words.heading, MEASURE, 34.0);
        self.centred(&heading, 134.0, INK);
        self.bar(MIDDLE - 28.0, 152.0, MIDDLE + 28.0, 153.2, ACCENT);
        self.small(words.before, 190.0);
        let holder = self
            .typeface
            .fit_lines(&paper.holder, (MEASURE, 90.0), 40.0, 24.0);
        self.centred(&holder, 246.0, INK);
        self.small(words.between, 298.0);
        let certification =
            self.typeface
                .fit_lines(&paper.certification, (MEASURE, 65.0), 26.0, 17.0);
        self.centred(&certification, 342.0, ACCENT);
        let is_whole = [&paper.program, &paper.holder, &paper.certification]
            .iter()
            .all(|text| self.typeface.has_all(text));
        if !is_whole {
            let note = self.typeface.fit(words.incomplete, MEASURE, 8.0);
            self.centred(&note, 394.0, SOFT);
        }
    }

    fn foot(&mut self, paper: &Paper, words: &Words) {
        let until = paper.valid_until.map(|day| words.day(day));
        let facts = [
            (words.number, paper.number.clone()),
            (words.issued, words.day(paper.issued_on)),
            (
                words.until,
                until.unwrap_or_else(|| words.endless.to_owned()),
            ),
        ];
        let measure = MEASURE - CODE - 24.0;
        self.bar(EDGE, FOOT, EDGE + measure, FOOT + 0.5, LINE);
        let column = measure / 3.0;
        let mut x = EDGE;
        for (name, value) in facts {
            let name = self.typeface.fit(name, column - 12.0, 9.0);
            self.from(x, &name, FOOT + 24.0, SOFT);
            let value = self.typeface.fit(&value, column - 12.0, 13.0);
            self.from(x, &value, FOOT + 42.0, INK);
            x += column;
        }
        let verify = self.typeface.fit(words.verify, measure, 9.0);
        self.from(EDGE, &verify, FOOT + 76.0, SOFT);
        let address = self.typeface.fit(&paper.verify_url, measure, 10.0);
        self.from(EDGE, &address, FOOT + 91.0, INK);
    }

    fn code(&mut self, squares: &Squares) {
        let square = CODE / f32::from(squares.side);
        let (left, top) = (WIDTH - EDGE - CODE, FOOT);
        let mut path = PathBuilder::new();
        for Run { x, y, length } in &squares.dark {
            let rect = Rect::from_xywh(
                left + f32::from(*x) * square,
                top + f32::from(*y) * square,
                f32::from(*length) * square,
                square,
            );
            if let Some(rect) = rect {
                path.push_rect(rect);
            }
        }
        self.fill([0, 0, 0]);
        if let Some(path) = path.finish() {
            self.surface.draw_path(&path);
        }
    }

    fn small(&mut self, text: &str, y: f32) {
        let fitted = self.typeface.fit(text, MEASURE, 12.0);
        self.centred(&fitted, y, SOFT);
    }

    /// Lines around the middle of the sheet; of several, the middle stands where one would.
    fn centred(&mut self, fitted: &Fitted, y: f32, color: [u8; 3]) {
        self.lines(fitted, y, color, |line| {
            MIDDLE - line.width * fitted.size / 2.0
        });
    }

    fn from(&mut self, x: f32, fitted: &Fitted, y: f32, color: [u8; 3]) {
        self.lines(fitted, y, color, |_| x);
    }

    fn lines(&mut self, fitted: &Fitted, y: f32, color: [u8; 3], x: impl Fn(&Line) -> f32) {
        let leading = fitted.size * LEADING;
        let more = u8::try_from(fitted.lines.len().saturating_sub(1)).unwrap_or_default();
        let mut y = y - f32::from(more) * leading / 2.0;
        self.fill(color);
        for line in &fitted.lines {
            self.surface.draw_glyphs(
                Point::from_xy(x(line), y),
                &line.glyphs,
                self.typeface.font.clone(),
                &line.text,
                fitted.size,
                false,
            );
            y += leading;
        }
    }

    fn bar(&mut self, left: f32, top: f32, right: f32, bottom: f32, color: [u8; 3]) {
        let mut path = PathBuilder::new();
        if let Some(rect) = Rect::from_ltrb(left, top, right, bottom) {
            path.push_rect(rect);
        }
        self.fill(color);
        if let Some(path) = path.finish() {
            self.surface.draw_path(&path);
        }
    }

    fn fill(&mut self, [red, green, blue]: [u8; 3]) {
        self.surface.set_fill(Some(Fill {
            paint: rgb::Color::new(red, green, blue).into(),
            opacity: NormalizedF32::ONE,
            rule: FillRule::NonZero,
        }));
    }
}
