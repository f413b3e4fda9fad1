//! A partner's logo, as papers show it.

use std::fmt;

use image::DynamicImage;
use image::codecs::png::PngEncoder;
use image::imageops::FilterType;
use krilla::image::Image;

use crate::file::picture;

/// The longest side of a logo on paper, in dots; larger ones are made smaller.
const SIDE: u32 = 1_000;

/// A picture.
#[derive(Clone)]
pub struct Logo {
    pub(super) bytes: Vec<u8>,
    pub(super) image: Image,
}

impl fmt::Debug for Logo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Logo({:?})", self.image.size())
    }
}

impl Logo {
    /// From the bytes of a PNG or JPEG; none where they are no such picture.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mut logo = picture::logo(bytes).ok()?;
        if logo.width().max(logo.height()) > SIDE {
            logo = logo.resize(SIDE, SIDE, FilterType::Triangle);
        }
        let mut bytes = Vec::new();
        let png = PngEncoder::new(&mut bytes);
        // The writers of papers know these, and not each depth of each colour.
        let logo = DynamicImage::from(logo.into_rgba8());
        logo.write_with_encoder(png).ok()?;
        let image = Image::from_png(bytes.clone().into(), false).ok()?;
        Some(Self { bytes, image })
    }

    /// Width and height within such a frame; in the same unit.
    #[must_use]
    pub fn within(&self, width: u32, height: u32) -> (u32, u32) {
        let (own_width, own_height) = self.image.size();
        let (w, h) = (u64::from(own_width.max(1)), u64::from(own_height.max(1)));
        let scaled = |side: u64, by: u64, of: u64| u32::try_from((side * by / of).max(1));
        let (frame_w, frame_h) = (u64::from(width), u64::from(height));
        // Whichever side would stand out first is as long as the frame's.
        if w * frame_h > h * frame_w {
            (width, scaled(h, frame_w, w).unwrap_or(height))
        } else {
            (scaled(w, frame_h, h).unwrap_or(width), height)
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A picture of one dot.
    pub(in crate::playbook) const DOT: &[u8] = b"\x89PNG\x0d\x0a\x1a\x0a\x00\x00\x00\x0dIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\x0dIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d\x00\x00\x00\x00IEND\xaeB`\x82";

    #[test]
    fn a_picture_fits_into_its_frame() {
        let logo = Logo::read(DOT).unwrap();
        assert_eq!(logo.within(160, 60), (60, 60));
        assert_eq!(logo.within(60, 160), (60, 60));
    }

    #[test]
    fn what_is_no_picture_or_too_large_a_one_is_none() {
        assert!(Logo::read(b"GIF89a").is_none());
        let mut huge = DOT.to_vec();
        huge[16..24].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
        assert!(Logo::read(&huge).is_none());
        let mut cut = DOT.to_vec();
        cut.truncate(50);
        cut.extend(b"\0\0\0\0IEND\xae\x42\x60\x82");
        assert!(Logo::read(&cut).is_none());
    }

    #[test]
    fn a_large_picture_is_made_smaller_and_keeps_its_shape() {
        let mut large = Vec::new();
        let picture = DynamicImage::new_rgb8(3_000, 1_500);
        picture
            .write_with_encoder(PngEncoder::new(&mut large))
            .unwrap();
        let logo = Logo::read(&large).unwrap();
        assert_eq!(logo.image.size(), (1_000, 500));
    }
}
