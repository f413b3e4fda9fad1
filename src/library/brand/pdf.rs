//! Logos on pages.

use std::collections::BTreeMap;
use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use image::RgbaImage;
use lopdf::{Dictionary, Document, LoadOptions, Object, ObjectId, Stream, dictionary};

use super::Flaw;
use super::picture::ratio;
use crate::library::zone::Zone;

/// How many bytes one stream that has to be read may inflate to.
const STREAM: usize = 16 * 1024 * 1024;
/// How many bytes all streams together may inflate to.
const STREAMS: u64 = 1024 * 1024 * 1024;
/// How far up a page may have to look for what it inherits.
const DEPTH: usize = 64;
/// The longest side of a page, in points.
const SIDE: f64 = 20_000.0;
/// What the logo is called on its pages.
const NAME: &str = "EntentePartnerLogo";

pub(super) fn check(bytes: &[u8], zones: &[Zone]) -> Result<(), Flaw> {
    let document = read(bytes)?;
    for (index, zone) in zones.iter().enumerate() {
        let page = page(&document, zone, index)?;
        Sheet::of(&document, page)?;
    }
    Ok(())
}

pub(super) fn compose(bytes: &[u8], zones: &[Zone], logo: &RgbaImage) -> Result<Vec<u8>, Flaw> {
    let mut document = read(bytes)?;
    let logo_id = embed(&mut document, logo).map_err(Flaw::new)?;
    let mut drawn: BTreeMap<ObjectId, String> = BTreeMap::new();
    for (index, zone) in zones.iter().enumerate() {
        let page = page(&document, zone, index)?;
        let matrix = Sheet::of(&document, page)?.matrix(zone, ratio(logo));
        let numbers = matrix.map(|number| format!("{number:.3}")).join(" ");
        let draw = format!("q {numbers} cm /{NAME} Do Q\n");
        drawn.entry(page).or_default().push_str(&draw);
    }
    for (page, draw) in drawn {
        draw_on(&mut document, page, &draw, logo_id).map_err(Flaw::new)?;
    }
    let mut out = Vec::new();
    document.save_to(&mut out).map_err(Flaw::new)?;
    Ok(out)
}

fn read(bytes: &[u8]) -> Result<Document, Flaw> {
    if !bytes.starts_with(b"%PDF-") {
        return Err(Flaw::new("it is no PDF"));
    }
    if !inflates_to_at_most(bytes, STREAMS) {
        return Err(Flaw::new("it is too large once it is unpacked"));
    }
    let options = LoadOptions::with_max_decompressed_size(STREAM);
    let document = Document::load_mem_with_options(bytes, options).map_err(Flaw::new)?;
    if document.is_encrypted() || document.was_encrypted() {
        return Err(Flaw::new("it is encrypted"));
    }
    if document.page_iter().next().is_none() {
        return Err(Flaw::new("no page of it can be found"));
    }
    Ok(document)
}

/// Whether all streams that may be deflated inflate to no more than that. They are found by the
/// word before them, whatever the objects around say of them: nothing was understood yet.
fn inflates_to_at_most(bytes: &[u8], most: u64) -> bool {
    const WORD: &[u8] = b"stream";
    let mut left = most;
    let mut at = 0;
    while let Some(found) = bytes[at..].windows(WORD.len()).position(|it| it == WORD) {
        at += found + WORD.len();
        let data = &bytes[at..];
        let data = data.strip_prefix(b"\r").unwrap_or(data);
        let data = data.strip_prefix(b"\n").unwrap_or(data);
        let mut inflated = ZlibDecoder::new(data).take(left + 1);
        // One that breaks off has been counted as far as it went.
        let mut counted = Counted(0);
        let _ = std::io::copy(&mut inflated, &mut counted);
        if counted.0 > left {
            return false;
        }
        left -= counted.0;
    }
    true
}

/// Counts what is written, and keeps nothing.
struct Counted(u64);

impl Write for Counted {
    fn write(&mut self, some: &[u8]) -> std::io::Result<usize> {
        self.0 += some.len() as u64;
        Ok(some.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The page of the zone at that place in the list. Walking the tree of pages takes no more steps
/// than there are objects.
fn page(document: &Document, zone: &Zone, index: usize) -> Result<ObjectId, Flaw> {
    let nth = usize::try_from(zone.page - 1).map_err(|_| Flaw::NoPage(index))?;
    let found = document.page_iter().nth(nth);
    let found = found.ok_or(Flaw::NoPage(index))?;
    document.get_dictionary(found).map_err(Flaw::new)?;
    Ok(found)
}

/// What of a page is seen, and how it is turned.
struct Sheet {
    left: f64,
    bottom: f64,
    width: f64,
    height: f64,
    quarter_turns: i64,
}

impl Sheet {
    fn of(document: &Document, page: ObjectId) -> Result<Self, Flaw> {
        let cropped = inherited(document, page, b"CropBox");
        let whole = inherited(document, page, b"MediaBox");
        let corners = cropped
            .or(whole)
            .and_then(|object| corners(document, object))
            .ok_or_else(|| Flaw::new("a page does not say how large it is"))?;
        let [one, two, three, four] = corners;
        let (left, right) = (one.min(three), one.max(three));
        let (bottom, top) = (two.min(four), two.max(four));
        let sheet = Self {
            left,
            bottom,
            width: right - left,
            height: top - bottom,
            quarter_turns: inherited(document, page, b"Rotate")
                .and_then(|turned| turned.as_i64().ok())
                .map_or(0, |degrees| degrees.rem_euclid(360) / 90),
        };
        let fits = |side: f64| side.is_finite() && (1.0..=SIDE).contains(&side);
        if fits(sheet.width) && fits(sheet.height) {
            Ok(sheet)
        } else {
            Err(Flaw::new("a page is of no size that can be"))
        }
    }

    /// Where the unit square of the logo goes: `zone` is told of the page as it is seen, and the
    /// matrix as it lies.
    fn matrix(&self, zone: &Zone, ratio: f64) -> [f64; 6] {
        let is_upright = self.quarter_turns % 2 == 0;
        let seen = if is_upright {
            (self.width, self.height)
        } else {
            (self.height, self.width)
        };
        let [left, top, width, height] = zone.fit(seen, ratio);
        let foot = top + height;
        let mut matrix = match self.quarter_turns {
            1 => [0.0, width, -height, 0.0, foot, left],
            2 => [-width, 0.0, 0.0, -height, self.width - left, foot],
            3 => {
                let (x, y) = (self.width - foot, self.height - left);
                [0.0, -width, height, 0.0, x, y]
            }
            _ => [width, 0.0, 0.0, height, left, self.height - foot],
        };
        matrix[4] += self.left;
        matrix[5] += self.bottom;
        matrix
    }
}

/// What a page says, or the nearest of those above it.
fn inherited<'d>(document: &'d Document, page: ObjectId, name: &[u8]) -> Option<&'d Object> {
    let mut at = page;
    for _ in 0..DEPTH {
        let node = document.get_dictionary(at).ok()?;
        if let Ok(object) = node.get_deref(name, document) {
            return Some(object);
        }
        at = node.get(b"Parent").and_then(Object::as_reference).ok()?;
    }
    None
}

fn corners(document: &Document, object: &Object) -> Option<[f64; 4]> {
    let numbers = object.as_array().ok()?.iter().take(4).map(|number| {
        let (_, number) = document.dereference(number).ok()?;
        number.as_float().ok().map(f64::from)
    });
    numbers.collect::<Option<Vec<_>>>()?.try_into().ok()
}

/// Adds the logo as a picture, with its transparency beside it.
fn embed(document: &mut Document, logo: &RgbaImage) -> std::io::Result<ObjectId> {
    let colours = logo
        .pixels()
        .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]);
    let mask = logo.pixels().map(|pixel| pixel[3]);
    let picture = |space: &str| {
        dictionary! {
            "Type" => "XObject", "Subtype" => "Image", "ColorSpace" => space,
            "Width" => i64::from(logo.width()), "Height" => i64::from(logo.height()),
            "BitsPerComponent" => 8, "Filter" => "FlateDecode",
        }
    };
    let mask = Stream::new(picture("DeviceGray"), deflated(mask)?);
    let mask = document.add_object(mask);
    let mut colour = picture("DeviceRGB");
    colour.set("SMask", mask);
    Ok(document.add_object(Stream::new(colour, deflated(colours)?)))
}

fn deflated(bytes: impl Iterator<Item = u8>) -> std::io::Result<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&bytes.collect::<Vec<_>>())?;
    encoder.finish()
}

/// Draws after all else, in a state of its own: what the page itself left behind is put back first.
fn draw_on(
    document: &mut Document,
    page: ObjectId,
    draw: &str,
    logo: ObjectId,
) -> lopdf::Result<()> {
    document.add_xobject(page, NAME, logo)?;
    let before = document.add_object(content("q\n".to_owned()));
    let after = document.add_object(content(format!("\nQ\n{draw}")));
    let own = document.get_page_contents(page).into_iter();
    let all = std::iter::once(before).chain(own).chain([after]);
    let all: Vec<Object> = all.map(Object::Reference).collect();
    let page = document.get_object_mut(page)?.as_dict_mut()?;
    page.set("Contents", all);
    Ok(())
}

fn content(text: String) -> Stream {
    Stream::new(Dictionary::new(), text.into_bytes())
}
