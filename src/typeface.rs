//! Lines of type: how wide they are, and how they are made to fit.

use chrono::{Datelike, NaiveDate};
use krilla::metadata::DateTime;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use rustybuzz::{Face, UnicodeBuffer};
use unicode_normalization::UnicodeNormalization;

use crate::error::{Error, Result};

/// Noto Serif: Latin, Greek and Cyrillic. See `assets/fonts`.
const NOTO_SERIF: &[u8] = include_bytes!("../assets/fonts/NotoSerif-Regular.ttf");

/// From one line to the next, in sizes.
pub(crate) const LEADING: f32 = 1.25;

/// Printed for a character that the font lacks.
const LACKING: char = '◌';

/// The font, as it is measured and as it is printed.
pub(crate) struct Typeface {
    face: Face<'static>,
    pub(crate) font: Font,
}

/// The day on which a PDF says that it was made. A year beyond what PDFs can say is no paper's.
pub(crate) fn printed_on(day: NaiveDate) -> DateTime {
    DateTime::new(u16::try_from(day.year()).unwrap_or_default())
        .month(u8::try_from(day.month()).unwrap_or_default())
        .day(u8::try_from(day.day()).unwrap_or_default())
        .hour(0)
        .minute(0)
        .second(0)
        .utc_offset_hour(0)
        .utc_offset_minute(0)
}

/// One line, ready to be set in any size.
pub(crate) struct Line {
    pub(crate) text: String,
    pub(crate) glyphs: Vec<KrillaGlyph>,
    /// How wide it is at a size of 1.
    pub(crate) width: f32,
}

/// Lines that fit, and their size in points.
pub(crate) struct Fitted {
    pub(crate) lines: Vec<Line>,
    pub(crate) size: f32,
}

impl Typeface {
    pub(crate) fn load() -> Result<Self> {
        let no_font = || Error::fault("the font of papers cannot be read");
        Ok(Self {
            face: Face::from_slice(NOTO_SERIF, 0).ok_or_else(no_font)?,
            font: Font::new(NOTO_SERIF.into(), 0).ok_or_else(no_font)?,
        })
    }

    /// Whether the font has the character, or the parts of which it can be put together.
    fn has(&self, c: char) -> bool {
        let has_glyph = |c| self.face.glyph_index(c).is_some();
        has_glyph(c) || std::iter::once(c).nfd().all(has_glyph)
    }

    /// Whether all of it can be printed.
    pub(crate) fn has_all(&self, text: &str) -> bool {
        text.nfc().all(|c| c.is_whitespace() || self.has(c))
    }

    /// The text on one line.
    pub(crate) fn line(&self, text: &str) -> Line {
        let text: String = text
            .nfc()
            .map(|c| match c {
                _ if c.is_whitespace() || c.is_control() => ' ',
                _ if self.has(c) => c,
                _ => LACKING,
            })
            .collect();
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(&text);
        buffer.guess_segment_properties();
        let shaped = rustybuzz::shape(&self.face, &[], buffer);
        let infos = shaped.glyph_infos();
        let mut width = 0.0;
        let mut glyphs = Vec::with_capacity(infos.len());
        for (at, (info, position)) in infos.iter().zip(shaped.glyph_positions()).enumerate() {
            // All three scripts run from left to right, so the next cluster begins where this ends.
            let end = infos[at..]
                .iter()
                .map(|next| next.cluster as usize)
                .find(|next| *next != info.cluster as usize)
                .unwrap_or(text.len());
            let advance = self.em(position.x_advance);
            width += advance;
            glyphs.push(KrillaGlyph::new(
                GlyphId::new(info.glyph_id),
                advance,
                self.em(position.x_offset),
                self.em(position.y_offset),
                self.em(position.y_advance),
                info.cluster as usize..end,
                None,
            ));
        }
        Line {
            text,
            glyphs,
            width,
        }
    }

    /// Units of the font as a part of its size. None of its glyphs is 32 ems wide.
    fn em(&self, units: i32) -> f32 {
        let units = i16::try_from(units).unwrap_or(i16::MAX);
        f32::from(units) / self.font.units_per_em()
    }

    /// The text on one line, in the largest size that fits.
    pub(crate) fn fit(&self, text: &str, width: f32, largest: f32) -> Fitted {
        self.fit_in(1, text, width, largest)
    }

    /// The text in the largest size that fits: on one line as long as that is not smaller than
    /// `smallest`, else on two or three within `height`, and then as small as it has to be.
    pub(crate) fn fit_lines(
        &self,
        text: &str,
        (width, height): (f32, f32),
        largest: f32,
        smallest: f32,
    ) -> Fitted {
        let mut fitted = self.fit(text, width, largest);
        for (count, lines) in [(2, 2.0), (3, 3.0)] {
            if fitted.size >= smallest {
                break;
            }
            fitted = self.fit_in(count, text, width, height / lines / LEADING);
        }
        fitted
    }

    fn fit_in(&self, count: usize, text: &str, width: f32, largest: f32) -> Fitted {
        let lines: Vec<_> = broken(text, count).iter().map(|it| self.line(it)).collect();
        let widest = lines.iter().map(|line| line.width).fold(0.0, f32::max);
        // What has no width fits in any size.
        let size = if widest > 0.0 {
            (width / widest).min(largest)
        } else {
            largest
        };
        Fitted { lines, size }
    }
}

/// The text in so many lines of about the same length, broken between words.
fn broken(text: &str, count: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = text.trim().to_owned();
    for left in (2..=count).rev() {
        let length = rest.chars().count();
        let goal = length.div_ceil(left);
        let spaces = rest
            .char_indices()
            .enumerate()
            .filter(|(_, (_, c))| c.is_whitespace());
        let nearest = spaces.min_by_key(|(at, _)| at.abs_diff(goal));
        let Some((_, (at, _))) = nearest else {
            break;
        };
        let tail = rest.split_off(at);
        lines.push(rest.trim().to_owned());
        tail.trim().clone_into(&mut rest);
    }
    lines.push(rest);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words_and_about_as_long_as_each_other() {
        assert_eq!(broken("Ana Lima", 1), ["Ana Lima"]);
        assert_eq!(broken("one two three four", 2), ["one two", "three four"]);
        assert_eq!(broken("aa bb cc", 3), ["aa", "bb", "cc"]);
        assert_eq!(broken("Unbreakable", 2), ["Unbreakable"]);
    }

    #[test]
    fn latin_greek_and_cyrillic_are_there_and_what_is_not_is_said() {
        let typeface = Typeface::load().unwrap();
        for name in [
            "Zoë Đặng Nguyễn",
            "Łukasz Žižka",
            "İnci Şahin",
            "Ἀθηνᾶ Παπαδοπούλου",
            "Юлія Їжакевич",
            "Bjo\u{308}rn",
            "◌",
        ] {
            assert!(typeface.has_all(name), "{name}");
            let line = typeface.line(name);
            assert!(line.glyphs.iter().all(|it| it.glyph_id.to_u32() != 0));
        }
        assert!(!typeface.has_all("王小明"));
        let line = typeface.line("王 Ming");
        assert_eq!(line.text, "◌ Ming");
        assert!(line.glyphs.iter().all(|it| it.glyph_id.to_u32() != 0));
    }

    #[test]
    fn what_is_long_is_set_smaller_and_then_on_more_lines() {
        let typeface = Typeface::load().unwrap();
        let short = typeface.fit_lines("Ana Lima", (600.0, 90.0), 40.0, 18.0);
        assert!((short.size - 40.0).abs() < f32::EPSILON);
        let long = typeface.fit_lines(&"Wolfeschlegelstein ".repeat(3), (600.0, 90.0), 40.0, 18.0);
        assert!(long.lines.len() == 1 && long.size < 40.0 && long.size >= 18.0);
        let longer =
            typeface.fit_lines(&"Wolfeschlegelstein ".repeat(9), (600.0, 90.0), 40.0, 18.0);
        assert!(longer.lines.len() > 1);
        for line in longer.lines {
            assert!(line.width * longer.size <= 600.1);
        }
    }
}
