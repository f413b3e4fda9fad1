//! A partner's logo, as papers show it.

use std::fmt;

use krilla::image::Image;

/// The most dots of a picture that is shown: what is larger would take long to open.
const DOTS: u64 = 4_000_000;

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
    /// From the bytes of a PNG or JPEG; none where they are neither, or too much.
    #[must_use]
    pub fn read(bytes: Vec<u8>) -> Option<Self> {
        let data = || bytes.clone().into();
        let image = Image::from_png(data(), false).or_else(|_| Image::from_jpeg(data(), false));
        let image = image.ok()?;
        let (width, height) = image.size();
        let dots = u64::from(width) * u64::from(height);
        (1..=DOTS).contains(&dots).then_some(Self { bytes, image })
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
        let logo = Logo::read(DOT.to_vec()).unwrap();
        assert_eq!(logo.within(160, 60), (60, 60));
        assert_eq!(logo.within(60, 160), (60, 60));
    }

    #[test]
    fn what_is_no_picture_or_too_large_a_one_is_none() {
        assert!(Logo::read(b"GIF89a".to_vec()).is_none());
        let mut huge = DOT.to_vec();
        huge[16..24].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
        assert!(Logo::read(huge).is_none());
    }
}
