//! Pictures and pages with logos on them, and files that are meant to do harm.

use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};
use lopdf::{Document, Object, Stream, dictionary};
use proptest::prelude::*;

use super::*;

const RED: Rgba<u8> = Rgba([220, 0, 0, 255]);
const WHITE: Rgba<u8> = Rgba([255, 255, 255, 255]);

fn zone(page: i32, x: i32, y: i32, width: i32, height: i32) -> Zone {
    Zone {
        page,
        x,
        y,
        width,
        height,
    }
}

fn encoded(image: RgbaImage, format: ImageFormat) -> Vec<u8> {
    let image = DynamicImage::ImageRgba8(image);
    let image = if format == ImageFormat::Jpeg {
        DynamicImage::ImageRgb8(image.into_rgb8())
    } else {
        image
    };
    let mut out = Cursor::new(Vec::new());
    image.write_to(&mut out, format).unwrap();
    out.into_inner()
}

/// A logo that is twice as wide as it is high.
fn logo() -> Vec<u8> {
    encoded(RgbaImage::from_pixel(80, 40, RED), ImageFormat::Png)
}

fn is_red(pixel: Rgba<u8>) -> bool {
    pixel[0] > 180 && pixel[1] < 60
}

#[test]
fn a_logo_lies_in_the_middle_of_its_zone_on_a_picture() {
    for (medium, format) in [
        (Medium::Png, ImageFormat::Png),
        (Medium::Jpeg, ImageFormat::Jpeg),
    ] {
        let sheet = encoded(RgbaImage::from_pixel(400, 200, WHITE), format);
        // From (200, 100) on, 200 by 100 pixels; but for the middle, which is as wide as the zone.
        let zones = [zone(1, 500, 0, 500, 1000)];
        let made = compose(medium, &sheet, &zones, &logo()).unwrap();
        assert_eq!(image::guess_format(&made).unwrap(), format);
        let made = image::load_from_memory(&made).unwrap().into_rgba8();
        assert_eq!(made.dimensions(), (400, 200));
        for (x, y, red) in [
            (300, 100, true),
            (205, 55, true),
            (395, 145, true),
            (300, 40, false),
            (300, 160, false),
            (190, 100, false),
        ] {
            assert_eq!(is_red(*made.get_pixel(x, y)), red, "{x},{y} {medium:?}");
        }
    }
}

#[test]
fn what_is_clear_in_a_logo_lets_the_picture_through() {
    let clear = RgbaImage::from_pixel(10, 10, Rgba([0, 0, 0, 0]));
    let sheet = encoded(RgbaImage::from_pixel(50, 50, WHITE), ImageFormat::Png);
    let logo = encoded(clear, ImageFormat::Png);
    let made = compose(Medium::Png, &sheet, &[zone(1, 0, 0, 1000, 1000)], &logo).unwrap();
    let made = image::load_from_memory(&made).unwrap().into_rgba8();
    assert!(made.pixels().all(|pixel| *pixel == WHITE));
}

/// A document of pages of 200 by 100 points, which inherit their size.
fn document(pages: usize, rotate: i64) -> Document {
    let mut document = Document::with_version("1.5");
    let tree = document.new_object_id();
    let kids: Vec<Object> = (0..pages)
        .map(|_| {
            let text = Stream::new(dictionary! {}, b"0.5 0 0 0.5 9 9 cm".to_vec());
            let contents = document.add_object(text);
            let page = dictionary! { "Type" => "Page", "Parent" => tree, "Contents" => contents };
            Object::Reference(document.add_object(page))
        })
        .collect();
    let count = i64::try_from(kids.len()).unwrap();
    let sides = [0, 0, 200, 100].map(Object::Integer).to_vec();
    let node = dictionary! {
        "Type" => "Pages", "Kids" => kids, "Count" => count, "MediaBox" => sides,
        "Rotate" => rotate,
    };
    document.objects.insert(tree, Object::Dictionary(node));
    let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree });
    document.trailer.set("Root", catalog);
    document
}

fn saved(mut document: Document) -> Vec<u8> {
    let mut out = Vec::new();
    document.save_to(&mut out).unwrap();
    out
}

fn flaw(bytes: &[u8]) -> String {
    match compose(Medium::Pdf, bytes, &[zone(1, 0, 0, 10, 10)], &logo()) {
        Err(Flaw::Unreadable(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_logo_is_drawn_on_its_page_after_all_else() {
    let bytes = saved(document(2, 0));
    let zones = [zone(2, 500, 0, 500, 1000)];
    check(Medium::Pdf, &bytes, &zones).unwrap();
    let made = compose(Medium::Pdf, &bytes, &zones, &logo()).unwrap();
    let made = Document::load_mem(&made).unwrap();
    let pages: Vec<_> = made.page_iter().collect();
    let content = |page| String::from_utf8(made.get_page_content(page)).unwrap();
    assert!(!content(pages[0]).contains("Do"));
    let drawn = content(pages[1]);
    assert!(drawn.starts_with("q\n"), "{drawn}");
    // The zone begins at 100 points and is 100 high; the logo is half as high as it is wide.
    let end = "Q\nq 100.000 0.000 0.000 50.000 100.000 25.000 cm /EntentePartnerLogo Do Q";
    assert!(drawn.trim_end().ends_with(end), "{drawn}");
    let (resources, _) = made.get_page_resources(pages[1]).unwrap();
    let pictures = resources.unwrap().get(b"XObject").unwrap();
    let logo = pictures.as_dict().unwrap().get(b"EntentePartnerLogo");
    let logo = made.get_object(logo.unwrap().as_reference().unwrap());
    let logo = logo.unwrap().as_stream().unwrap();
    assert_eq!(logo.dict.get(b"Width").unwrap().as_i64().unwrap(), 80);
    assert_eq!(logo.decompressed_content().unwrap().len(), 80 * 40 * 3);
}

#[test]
fn on_a_page_that_is_turned_the_logo_is_upright_where_it_is_seen() {
    // In the upper left corner of what is seen, as wide as a tenth of that.
    let place = |rotate| {
        let zones = [zone(1, 0, 0, 100, 1000)];
        let made = compose(Medium::Pdf, &saved(document(1, rotate)), &zones, &logo()).unwrap();
        let made = Document::load_mem(&made).unwrap();
        let page = made.page_iter().next().unwrap();
        let content = String::from_utf8(made.get_page_content(page)).unwrap();
        content.trim_end().lines().last().unwrap().to_owned()
    };
    let line = |numbers: &str| format!("q {numbers} cm /EntentePartnerLogo Do Q");
    // Seen as 200 by 100: 20 by 10, in the middle of the height.
    assert_eq!(place(0), line("20.000 0.000 0.000 10.000 0.000 45.000"));
    assert_eq!(
        place(180),
        line("-20.000 0.000 0.000 -10.000 200.000 55.000")
    );
    // Seen as 100 by 200: 10 by 5.
    assert_eq!(place(90), line("0.000 10.000 -5.000 0.000 102.500 0.000"));
    assert_eq!(place(-90), line("0.000 -10.000 5.000 0.000 97.500 100.000"));
}

#[test]
fn a_zone_on_a_page_that_is_not_there_is_refused() {
    let bytes = saved(document(1, 0));
    let zones = [zone(1, 0, 0, 1, 1), zone(2, 0, 0, 1, 1)];
    assert_eq!(check(Medium::Pdf, &bytes, &zones), Err(Flaw::NoPage(1)));
    let refusal = Flaw::NoPage(1).refusal("file", "zones");
    assert_eq!(refusal.field.join("."), "zones.1.page");
    let sheet = encoded(RgbaImage::from_pixel(9, 9, WHITE), ImageFormat::Png);
    assert_eq!(check(Medium::Png, &sheet, &zones), Err(Flaw::NoPage(1)));
}

/// A PNG that says that it is so large.
fn png_of(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = encoded(RgbaImage::from_pixel(1, 1, WHITE), ImageFormat::Png);
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let mut crc = flate2::Crc::new();
    crc.update(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&crc.sum().to_be_bytes());
    bytes
}

#[test]
fn pictures_that_are_too_large_are_refused_before_a_pixel_is_read() {
    let zones = [zone(1, 0, 0, 10, 10)];
    for (width, height) in [(100_000, 1), (1, 100_000), (11_000, 11_000), (0, 5)] {
        let bytes = png_of(width, height);
        let refused = check(Medium::Png, &bytes, &zones);
        assert!(matches!(refused, Err(Flaw::Unreadable(_))), "{refused:?}");
        assert!(check_logo(&bytes).is_err());
    }
    assert!(check_logo(&png_of(5_000, 10)).is_err());
}

#[test]
fn what_is_no_picture_is_no_logo() {
    for bytes in [
        b"".as_slice(),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a\x01\x00\x01\x00",
        b"%PDF-1.7",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff",
    ] {
        assert!(check_logo(bytes).is_err(), "{bytes:?}");
    }
}

#[test]
fn what_was_hidden_behind_a_picture_is_not_carried_over() {
    let mut sheet = encoded(RgbaImage::from_pixel(20, 20, WHITE), ImageFormat::Png);
    sheet.extend_from_slice(b"PK\x03\x04<script>alert(1)</script>");
    let made = compose(Medium::Png, &sheet, &[zone(1, 0, 0, 10, 10)], &logo()).unwrap();
    let text = String::from_utf8_lossy(&made);
    assert!(!text.contains("script"));
}

fn deflated(byte: u8, times: usize) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    let some = vec![byte; 1 << 20];
    for _ in 0..times {
        encoder.write_all(&some).unwrap();
    }
    encoder.finish().unwrap()
}

#[test]
fn a_pdf_that_inflates_without_end_is_refused() {
    let bomb = deflated(b' ', 300);
    let mut all = document(1, 0);
    for _ in 0..4 {
        let packed = dictionary! { "Filter" => "FlateDecode" };
        all.add_object(Stream::new(packed, bomb.clone()));
    }
    let bytes = saved(all);
    assert!(bytes.len() < 3 * 1024 * 1024);
    assert_eq!(flaw(&bytes), "it is too large once it is unpacked");
}

#[test]
fn an_object_stream_that_inflates_too_far_is_refused() {
    let packed = dictionary! {
        "Type" => "ObjStm", "N" => 1, "First" => 4, "Filter" => "FlateDecode",
    };
    let mut all = document(1, 0);
    all.add_object(Stream::new(packed, deflated(b' ', 40)));
    let bytes = saved(all);
    // Whether it is refused or passed over, it is not kept in memory, and nothing is left out.
    if let Ok(made) = compose(Medium::Pdf, &bytes, &[zone(1, 0, 0, 10, 10)], &logo()) {
        assert!(made.len() < 1024 * 1024);
    }
}

#[test]
fn a_pdf_that_is_encrypted_is_refused() {
    let mut all = document(1, 0);
    let encrypt = all.add_object(dictionary! {
        "Filter" => "Standard", "V" => 1, "R" => 2, "P" => -4,
        "O" => Object::string_literal(vec![1; 32]), "U" => Object::string_literal(vec![2; 32]),
    });
    all.trailer.set("Encrypt", encrypt);
    let id = Object::string_literal(vec![3; 16]);
    all.trailer.set("ID", vec![id.clone(), id]);
    let why = flaw(&saved(all));
    assert!(!why.is_empty());
}

#[test]
fn a_tree_of_pages_that_bites_its_tail_is_walked_once() {
    let mut all = document(1, 0);
    let root = all.catalog().unwrap().get(b"Pages").unwrap();
    let root = root.as_reference().unwrap();
    let page = all.page_iter().next().unwrap();
    all.get_object_mut(page)
        .and_then(Object::as_dict_mut)
        .unwrap()
        .set("Parent", page);
    let tree = all.get_object_mut(root).and_then(Object::as_dict_mut);
    tree.unwrap().set("Kids", vec![page.into(), root.into()]);
    let bytes = saved(all);
    // It has no size: what it inherits is nowhere, however long one looks.
    assert_eq!(flaw(&bytes), "a page does not say how large it is");
    let far = [zone(9_000, 0, 0, 10, 10)];
    assert!(check(Medium::Pdf, &bytes, &far).is_err());
}

#[test]
fn pages_of_no_size_are_refused() {
    for side in [
        Object::Integer(0),
        Object::Real(1e30),
        Object::Real(f32::NAN),
        Object::Null,
    ] {
        let mut all = document(1, 0);
        let page = all.page_iter().next().unwrap();
        let sides = vec![0.into(), 0.into(), side, 100.into()];
        all.get_object_mut(page)
            .and_then(Object::as_dict_mut)
            .unwrap()
            .set("MediaBox", sides);
        flaw(&saved(all));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Cut off, changed in places, or nothing but noise: there is an answer, and no panic.
    #[test]
    fn broken_files_are_refused_or_mended_and_break_nothing(
        cut in 0..2_000usize,
        changes in prop::collection::vec((0..2_000usize, any::<u8>()), 0..8),
        medium in prop::sample::select(vec![Medium::Pdf, Medium::Png, Medium::Jpeg]),
    ) {
        let mut bytes = match medium {
            Medium::Pdf => saved(document(2, 90)),
            Medium::Png => encoded(RgbaImage::from_pixel(30, 20, RED), ImageFormat::Png),
            Medium::Jpeg => encoded(RgbaImage::from_pixel(30, 20, RED), ImageFormat::Jpeg),
        };
        for (at, byte) in changes {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        bytes.truncate(cut.max(1));
        let _ = compose(medium, &bytes, &[zone(1, 0, 0, 100, 100)], &logo());
        let _ = check_logo(&bytes);
    }
}
