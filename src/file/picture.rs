//! Reading pictures, dot by dot, within limits.

use std::io::Cursor;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

/// The most pixels of a picture that is read.
const PIXELS: u64 = 50_000_000;
/// How many bytes reading may take besides the pixels.
const SCRATCH: u64 = 256 * 1024 * 1024;
/// The longest side of a logo, in pixels.
pub const LOGO_SIDE: u32 = 4_000;
/// The most bytes of a logo.
pub const LOGO_BYTES: usize = 5 * 1024 * 1024;

/// A picture that was read, turned the way it is seen.
#[derive(Debug)]
pub struct Picture {
    /// Its dots.
    pub image: DynamicImage,
    /// What its colours mean, where it says so.
    pub profile: Option<Vec<u8>>,
}

/// Reads a PNG or a JPEG, whichever it is, of sides of so many pixels at most.
///
/// # Errors
/// Why it cannot be read, in words that go on from "The file cannot be used:".
pub fn read(bytes: &[u8], side: u32) -> Result<Picture, String> {
    let format = image::guess_format(bytes)
        .ok()
        .filter(|format| matches!(format, ImageFormat::Png | ImageFormat::Jpeg))
        .ok_or("it is neither a PNG nor a JPEG")?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(side);
    limits.max_image_height = Some(side);
    limits.max_alloc = Some(SCRATCH);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| error.to_string())?;
    // Before a pixel is read.
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > PIXELS {
        return Err(format!("{width} by {height} pixels are too many"));
    }
    let profile = decoder.icc_profile().ok().flatten();
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let image = DynamicImage::from_decoder(decoder);
    let mut image = image.map_err(|error| error.to_string())?;
    image.apply_orientation(orientation);
    // Everything is red, green and blue by now: a profile of other inks would be wrong.
    let profile = profile.filter(|profile| profile.get(16..20) == Some(b"RGB "));
    Ok(Picture { image, profile })
}

/// Reads a partner's logo.
///
/// # Errors
/// As for [`read`].
pub fn logo(bytes: &[u8]) -> Result<DynamicImage, String> {
    if bytes.len() > LOGO_BYTES {
        return Err(format!("it has more than {} MiB", LOGO_BYTES / 1024 / 1024));
    }
    read(bytes, LOGO_SIDE).map(|picture| picture.image)
}
