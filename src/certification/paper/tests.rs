//! Papers of many shapes, printed.

use super::*;

fn paper() -> Paper {
    let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap();
    Paper {
        program: "Northwind Partner Program".to_owned(),
        certification: "Solution Architect, Level 2".to_owned(),
        holder: "Zoë Đặng-Müller".to_owned(),
        number: "NW-2026-000417".to_owned(),
        issued_on: day(2026, 11, 22),
        valid_until: Some(day(2028, 11, 21)),
        verify_url: "https://partners.example.com/certificates/NW-2026-000417".to_owned(),
        locale: "en".to_owned(),
    }
}

/// Where a person looks at them, if they said where.
fn keep(name: &str, pdf: &[u8]) {
    if let Some(folder) = crate::certification::samples() {
        std::fs::write(folder.join(name), pdf).unwrap();
    }
}

#[test]
fn the_same_paper_gives_the_same_bytes_and_another_gives_others() {
    let first = pdf(&paper()).unwrap();
    keep("paper.pdf", &first);
    assert!(first.starts_with(b"%PDF-1.7"));
    assert_eq!(first, pdf(&paper()).unwrap());
    let other = Paper {
        number: "NW-2026-000418".to_owned(),
        ..paper()
    };
    assert_ne!(first, pdf(&other).unwrap());
}

#[test]
fn papers_of_every_shape_are_printed_and_small() {
    let long = "Maximiliane Wolfeschlegelsteinhausenbergerdorff ".repeat(3);
    for (name, odd) in [
        (
            "german.pdf",
            Paper {
                holder: "Αθηνά Παπαδοπούλου".to_owned(),
                locale: "de".to_owned(),
                valid_until: None,
                ..paper()
            },
        ),
        (
            "long.pdf",
            Paper {
                certification: long.clone(),
                holder: long,
                ..paper()
            },
        ),
        (
            "lacking.pdf",
            Paper {
                holder: "王小明 (Wang Xiaoming)\n".to_owned(),
                ..paper()
            },
        ),
        (
            "empty.pdf",
            Paper {
                program: String::new(),
                holder: String::new(),
                ..paper()
            },
        ),
    ] {
        let bytes = pdf(&odd).unwrap();
        keep(name, &bytes);
        assert!(bytes.len() < 100_000, "{name}: {}", bytes.len());
    }
}

#[test]
fn an_address_that_no_qr_code_holds_is_a_fault() {
    let odd = Paper {
        verify_url: "x".repeat(3_000),
        ..paper()
    };
    assert!(matches!(pdf(&odd), Err(Error::Fault(_))));
    assert!(qr_svg(&odd.verify_url).is_err());
}

#[test]
fn the_squares_of_a_page_have_no_script_and_no_style() {
    let svg = qr_svg(&paper().verify_url).unwrap();
    assert!(svg.starts_with("<svg class=\"qr\""));
    assert!(!svg.contains("style=") && !svg.contains("script"));
    assert_eq!(svg, qr_svg(&paper().verify_url).unwrap());
}
