//! Logos on pictures.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::imageops::{self, FilterType};
use image::metadata::Orientation;
use image::{
    DynamicImage, ExtendedColorType, ImageDecoder, ImageEncoder, ImageFormat, ImageReader, Limits,
    RgbaImage,
};

use super::{Flaw, LOGO_BYTES, Medium, is_within};
use crate::library::zone::Zone;

/// The longest side of a picture, in pixels.
const SIDE: u32 = 12_000;
/// The most pixels of a picture.
const PIXELS: u64 = 50_000_000;
/// The longest side of a logo, in pixels.
const LOGO_SIDE: u32 = 4_000;
/// How many bytes reading may take besides the pixels.
const SCRATCH: u64 = 256 * 1024 * 1024;
/// How well JPEG is written, of a hundred.
const QUALITY: u8 = 90;

/// A picture that was read, turned the way it is seen.
pub(super) struct Picture {
    image: DynamicImage,
    /// What its colours mean, where it says so.
    profile: Option<Vec<u8>>,
}

pub(super) fn read(bytes: &[u8], medium: Medium) -> Result<Picture, Flaw> {
    let format = if medium == Medium::Png {
        ImageFormat::Png
    } else {
        ImageFormat::Jpeg
    };
    decode(bytes, format, SIDE)
}

/// A logo: a PNG or a JPEG, whichever it is.
pub(super) fn logo(bytes: &[u8]) -> Result<RgbaImage, Flaw> {
    is_within(bytes, LOGO_BYTES)?;
    let format = image::guess_format(bytes)
        .ok()
        .filter(|format| matches!(format, ImageFormat::Png | ImageFormat::Jpeg))
        .ok_or_else(|| Flaw::new("a logo is a PNG or a JPEG"))?;
    Ok(decode(bytes, format, LOGO_SIDE)?.image.to_rgba8())
}

fn decode(bytes: &[u8], format: ImageFormat, side: u32) -> Result<Picture, Flaw> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(side);
    limits.max_image_height = Some(side);
    limits.max_alloc = Some(SCRATCH);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(Flaw::new)?;
    // Before a pixel is read.
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > PIXELS {
        let why = format!("{width} by {height} pixels are too many");
        return Err(Flaw::new(why));
    }
    let profile = decoder.icc_profile().ok().flatten();
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder).map_err(Flaw::new)?;
    image.apply_orientation(orientation);
    // Everything is red, green and blue by now: a profile of other inks would be wrong.
    let profile = profile.filter(|profile| profile.get(16..20) == Some(b"RGB "));
    Ok(Picture { image, profile })
}

/// A picture has one page.
pub(super) fn check_pages(zones: &[Zone]) -> Result<(), Flaw> {
    let other = zones.iter().position(|zone| zone.page != 1);
    other.map_or(Ok(()), |index| Err(Flaw::NoPage(index)))
}

pub(super) fn compose(
    bytes: &[u8],
    medium: Medium,
    zones: &[Zone],
    logo: &RgbaImage,
) -> Result<Vec<u8>, Flaw> {
    check_pages(zones)?;
    let Picture { image, profile } = read(bytes, medium)?;
    let mut canvas = image.into_rgba8();
    let page = (f64::from(canvas.width()), f64::from(canvas.height()));
    for zone in zones {
        let [left, top, width, height] = zone.fit(page, ratio(logo));
        let resized = imageops::resize(logo, side(width), side(height), FilterType::Lanczos3);
        imageops::overlay(&mut canvas, &resized, place(left), place(top));
    }
    write(canvas, medium, profile).map_err(Flaw::new)
}

/// Its width by its height.
pub(super) fn ratio(logo: &RgbaImage) -> f64 {
    f64::from(logo.width()) / f64::from(logo.height())
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it lies within a picture"
)]
fn side(length: f64) -> u32 {
    (length.round() as u32).max(1)
}

#[expect(clippy::cast_possible_truncation, reason = "it lies within a picture")]
fn place(at: f64) -> i64 {
    at.round() as i64
}

fn write(
    canvas: RgbaImage,
    medium: Medium,
    profile: Option<Vec<u8>>,
) -> image::ImageResult<Vec<u8>> {
    let (width, height) = canvas.dimensions();
    let mut out = Vec::new();
    if medium == Medium::Png {
        let mut encoder = PngEncoder::new(&mut out);
        keep(&mut encoder, profile);
        encoder.write_image(&canvas, width, height, ExtendedColorType::Rgba8)?;
    } else {
        let mut encoder = JpegEncoder::new_with_quality(&mut out, QUALITY);
        keep(&mut encoder, profile);
        let opaque = DynamicImage::ImageRgba8(canvas).into_rgb8();
        encoder.write_image(&opaque, width, height, ExtendedColorType::Rgb8)?;
    }
    Ok(out)
}

/// Without it the picture is still a picture.
fn keep(encoder: &mut impl ImageEncoder, profile: Option<Vec<u8>>) {
    if let Some(profile) = profile {
        let _ = encoder.set_icc_profile(profile);
    }
}
