//! Pictures without what cameras and programs write beside them: where, when, by whom and with what.
//!
//! Pure. Nothing is decoded and no byte moves: what tells something is written over in its place, so
//! that a file keeps its length and its dots. Which way up it is stays, and what its colours mean.
//! Where a picture is not built as it should be, what is left of it stays as it is.

use super::kind::Kind;

/// What is written over: an ancillary, private chunk that every reader passes by.
const VOID: &[u8; 4] = b"voId";
/// What Exif begins with in a JPEG.
const EXIF: &[u8] = b"Exif\0\0";
/// Exif that says one thing, which way up the picture is; that is its twentieth byte.
const UPRIGHT: [u8; 26] = *b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0";
/// Chunks of a PNG that say how it looks.
const OF_PNG: [&[u8; 4]; 15] = [
    b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"pHYs", b"hIST", b"sPLT",
    b"cICP", b"mDCV", b"cLLI", b"acTL", b"fcTL",
];
/// Chunks of a WebP that say how it looks.
const OF_WEBP: [&[u8; 4]; 7] = [
    b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP",
];

/// Writes over what a picture tells beside its dots; what is no picture stays as it is.
pub(super) fn bare(kind: Kind, bytes: &mut [u8]) {
    let walk = [
        (Kind::Jpeg, jpeg as fn(&mut [u8]) -> Option<()>),
        (Kind::Png, png),
        (Kind::Webp, webp),
    ];
    if let Some((_, walk)) = walk.iter().find(|(its, _)| *its == kind) {
        // A file that ends too early ends the walk.
        let _ = walk(bytes);
    }
}

fn jpeg(bytes: &mut [u8]) -> Option<()> {
    let mut at = 2;
    loop {
        // Within the dots, `FF 00` is one of them, and `FF D0` to `FF D7` only mark a place.
        while *bytes.get(at)? != 0xFF || matches!(bytes.get(at + 1)?, 0 | 0xD0..=0xD7) {
            at += 1;
        }
        let marker = *bytes.get(at + 1)?;
        if marker == 0xFF {
            at += 1;
            continue;
        }
        at += 2;
        if marker == 0xD9 {
            bytes.get_mut(at..)?.fill(0);
            return Some(());
        }
        let length = usize::from(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
        let segment = bytes.get_mut(at + 2..at + length.max(2))?;
        let tells = match marker {
            0xE0 => !segment.starts_with(b"JFIF\0"),
            0xE2 => !segment.starts_with(b"ICC_PROFILE\0"),
            // How its colours are mixed.
            0xEE => !segment.starts_with(b"Adobe"),
            0xE1..=0xEF | 0xFE => true,
            _ => false,
        };
        if tells && segment.starts_with(EXIF) {
            keep_upright(segment.get_mut(EXIF.len()..)?);
        } else if tells {
            segment.fill(0);
        }
        at += length.max(2);
    }
}

fn png(bytes: &mut [u8]) -> Option<()> {
    let mut at = 8;
    loop {
        let length = u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?);
        let end = at
            .checked_add(8)?
            .checked_add(usize::try_from(length).ok()?)?;
        let chunk = bytes.get_mut(at + 4..end)?;
        let (name, data) = chunk.split_first_chunk_mut::<4>()?;
        let is_last = name == b"IEND";
        // What begins with a capital letter is part of the picture, as are frames of moving ones.
        let stays = name[0].is_ascii_uppercase() || name == b"fdAT" || OF_PNG.contains(&&*name);
        if !stays {
            if name == b"eXIf" {
                keep_upright(data);
            } else {
                *name = *VOID;
                data.fill(0);
            }
            let check = crc(chunk);
            bytes
                .get_mut(end..end + 4)?
                .copy_from_slice(&check.to_be_bytes());
        }
        at = end + 4;
        if is_last {
            bytes.get_mut(at..)?.fill(0);
            return Some(());
        }
    }
}

fn webp(bytes: &mut [u8]) -> Option<()> {
    let size = u32::from_le_bytes(bytes.get(4..8)?.try_into().ok()?);
    let whole = usize::try_from(size).ok()?.checked_add(8)?;
    if let Some(behind) = bytes.get_mut(whole..) {
        behind.fill(0);
    }
    let mut at = 12;
    while at < whole {
        let length = u32::from_le_bytes(bytes.get(at + 4..at + 8)?.try_into().ok()?);
        let end = at
            .checked_add(8)?
            .checked_add(usize::try_from(length).ok()?)?;
        let chunk = bytes.get_mut(at..end)?;
        let (name, data) = chunk.split_first_chunk_mut::<4>()?;
        let data = data.get_mut(4..)?;
        match &*name {
            b"EXIF" if data.starts_with(EXIF) => keep_upright(data.get_mut(EXIF.len()..)?),
            b"EXIF" => keep_upright(data),
            // That there is XMP is not so any more.
            b"VP8X" => *data.first_mut()? &= !0x04,
            known if OF_WEBP.contains(&known) => {}
            _ => {
                *name = *VOID;
                data.fill(0);
            }
        }
        // Chunks begin at even places.
        at = end + end % 2;
    }
    Some(())
}

/// Leaves of Exif which way up the picture is.
fn keep_upright(exif: &mut [u8]) {
    let orientation = orientation(exif).unwrap_or(1);
    exif.fill(0);
    let mut upright = UPRIGHT;
    upright[19] = orientation;
    for (to, from) in exif.iter_mut().zip(upright) {
        *to = from;
    }
}

fn orientation(exif: &[u8]) -> Option<u8> {
    let is_little = exif.starts_with(b"II");
    let short = |at: usize| {
        let pair: [u8; 2] = exif.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if is_little {
            u16::from_le_bytes(pair)
        } else {
            u16::from_be_bytes(pair)
        })
    };
    let (high, low) = if is_little { (6, 4) } else { (4, 6) };
    let first = usize::from(short(high)?) << 16 | usize::from(short(low)?);
    let entries = usize::from(short(first)?);
    let at = (0..entries).map(|entry| first + 2 + 12 * entry);
    let mut found = at.filter(|at| short(*at) == Some(0x0112));
    let value = short(found.next()? + 8)?;
    u8::try_from(value).ok().filter(|it| (1..=8).contains(it))
}

/// The check that a PNG has behind each chunk.
fn crc(bytes: &[u8]) -> u32 {
    let of_byte = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ if crc & 1 == 1 { 0xEDB8_8320 } else { 0 }
        })
    };
    !bytes.iter().fold(u32::MAX, of_byte)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::codecs::jpeg::JpegEncoder;
    use image::codecs::png::PngEncoder;
    use image::metadata::Orientation;
    use image::{
        DynamicImage, ExtendedColorType, ImageDecoder, ImageEncoder, ImageFormat, ImageReader,
    };
    use proptest::prelude::*;

    use super::*;

    /// Exif of a telephone: on its side, and where it was.
    const PHONE: &[u8] = b"II*\0\x08\0\0\0\x02\0\x0F\x01\x02\0\x04\0\0\0GPS!\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0at 52.5200 N 13.4050 E";

    fn jpeg_of_a_phone() -> Vec<u8> {
        let mut out = Vec::new();
        let mut encoder = JpegEncoder::new(&mut out);
        encoder.set_exif_metadata(PHONE.to_vec()).unwrap();
        encoder
            .write_image(&[200, 10, 10, 10, 200, 10], 2, 1, ExtendedColorType::Rgb8)
            .unwrap();
        let comment = b"\xFF\xFE\0\x0Eat 52.5200 N";
        out.splice(2..2, comment.iter().copied());
        out.extend(b"a film at 52.5200 N");
        out
    }

    fn png_of_a_phone() -> Vec<u8> {
        let mut out = Vec::new();
        let mut encoder = PngEncoder::new(&mut out);
        encoder.set_exif_metadata(PHONE.to_vec()).unwrap();
        encoder
            .write_image(&[200, 10, 10, 10, 200, 10], 2, 1, ExtendedColorType::Rgb8)
            .unwrap();
        let text = b"tEXtComment\0at 52.5200 N";
        let mut chunk = u32::try_from(text.len() - 4)
            .unwrap()
            .to_be_bytes()
            .to_vec();
        chunk.extend(text);
        chunk.extend(crc(text).to_be_bytes());
        out.splice(33..33, chunk);
        out
    }

    fn seen(bytes: &[u8], format: ImageFormat) -> (Orientation, DynamicImage) {
        let reader = ImageReader::with_format(Cursor::new(bytes), format);
        let mut decoder = reader.into_decoder().unwrap();
        let orientation = decoder.orientation().unwrap();
        (orientation, DynamicImage::from_decoder(decoder).unwrap())
    }

    fn tells(bytes: &[u8]) -> bool {
        [&b"52.52"[..], b"GPS!"]
            .iter()
            .any(|told| bytes.windows(told.len()).any(|part| part == *told))
    }

    #[test]
    fn a_picture_of_a_phone_is_seen_as_before_and_tells_nothing() {
        for (kind, format, bytes) in [
            (Kind::Jpeg, ImageFormat::Jpeg, jpeg_of_a_phone()),
            (Kind::Png, ImageFormat::Png, png_of_a_phone()),
        ] {
            let before = seen(&bytes, format);
            assert_eq!(before.0, Orientation::Rotate90);
            assert!(tells(&bytes));
            let mut after = bytes.clone();
            bare(kind, &mut after);
            assert!(!tells(&after), "{}", after.escape_ascii());
            assert_eq!(seen(&after, format), before);
            assert_eq!(after.len(), bytes.len());
            let mut again = after.clone();
            bare(kind, &mut again);
            assert_eq!(again, after, "once is enough");
        }
    }

    #[test]
    fn a_webp_keeps_its_frames_and_loses_what_is_said_of_them() {
        let mut chunks = b"WEBPVP8X\x0A\0\0\0\x0C\0\0\0\x01\0\0\0\0\0VP8L\x04\0\0\0dots".to_vec();
        for (name, data) in [(b"EXIF", PHONE), (b"XMP ", b"<at 52.5200 N>")] {
            chunks.extend(name);
            chunks.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
            chunks.extend(data);
            chunks.resize(chunks.len() + data.len() % 2, 0);
        }
        let mut bytes = b"RIFF".to_vec();
        bytes.extend(u32::try_from(chunks.len()).unwrap().to_le_bytes());
        bytes.extend(chunks);
        assert!(tells(&bytes));
        let length = bytes.len();
        bare(Kind::Webp, &mut bytes);
        assert!(!tells(&bytes), "{}", bytes.escape_ascii());
        assert_eq!((bytes.len(), bytes[20]), (length, 0x08));
        let at = bytes.windows(4).position(|part| part == b"EXIF").unwrap();
        assert_eq!(orientation(&bytes[at + 8..]), Some(6));
        assert!(bytes.windows(4).any(|part| part == b"dots"));
    }

    proptest! {
        #[test]
        fn whatever_it_is_the_walk_ends(
            cut in 0..200_usize,
            noise in prop::collection::vec((0..200_usize, any::<u8>()), 0..8),
        ) {
            for (kind, mut bytes) in [
                (Kind::Jpeg, jpeg_of_a_phone()),
                (Kind::Png, png_of_a_phone()),
                (Kind::Webp, b"RIFF\x20\0\0\0WEBPVP8X\x0A\0\0\0\x0C\0\0\0\x01\0\0\0\0\0".to_vec()),
            ] {
                bytes.truncate(cut.max(12));
                for (at, byte) in &noise {
                    if let Some(place) = bytes.get_mut(*at) {
                        *place = *byte;
                    }
                }
                let length = bytes.len();
                bare(kind, &mut bytes);
                prop_assert_eq!(bytes.len(), length);
            }
        }
    }
}
