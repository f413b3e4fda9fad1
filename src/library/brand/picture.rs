//! Logos on pictures.

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::imageops::{self, FilterType};
use image::{DynamicImage, ExtendedColorType, ImageEncoder, RgbaImage};

use super::{Flaw, Medium};
use crate::file::picture::{self, Picture};
use crate::library::zone::Zone;

/// The longest side of a picture, in pixels.
const SIDE: u32 = 12_000;
/// How well JPEG is written, of a hundred.
const QUALITY: u8 = 90;

pub(super) fn read(bytes: &[u8]) -> Result<Picture, Flaw> {
    picture::read(bytes, SIDE).map_err(Flaw::new)
}

/// A logo: a PNG or a JPEG, whichever it is.
pub(super) fn logo(bytes: &[u8]) -> Result<RgbaImage, Flaw> {
    let logo = picture::logo(bytes).map_err(Flaw::new)?;
    Ok(logo.to_rgba8())
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
    let Picture { image, profile } = read(bytes)?;
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
