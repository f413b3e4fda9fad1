//! The squares of a QR code: as runs for the paper, as SVG for the page.

use qrcode::{Color, EcLevel, QrCode};

use crate::error::{Error, Result};

/// Light squares that readers want around the dark ones (ISO/IEC 18004).
const QUIET: u8 = 4;

/// The squares of an address.
#[derive(Debug)]
pub(super) struct Squares {
    /// How many on each side, with the quiet ones around.
    pub(super) side: u8,
    /// The dark ones, row by row.
    pub(super) dark: Vec<Run>,
}

/// Dark squares beside each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) x: u8,
    pub(super) y: u8,
    pub(super) length: u8,
}

impl Squares {
    /// # Errors
    /// A fault where the address is longer than a QR code holds: 2,331 bytes.
    pub(super) fn of(url: &str) -> Result<Self> {
        let broken = |why: &dyn std::fmt::Display| {
            Error::fault(format!("a QR code of {} bytes: {why}", url.len()))
        };
        let code =
            QrCode::with_error_correction_level(url, EcLevel::M).map_err(|error| broken(&error))?;
        let width = code.width();
        let side = u8::try_from(width).map_err(|error| broken(&error))?;
        let mut dark: Vec<Run> = Vec::new();
        for (y, row) in (QUIET..).zip(code.to_colors().chunks(width)) {
            for (x, color) in (QUIET..).zip(row) {
                match (color, dark.last_mut()) {
                    (Color::Light, _) => (),
                    (Color::Dark, Some(run)) if run.y == y && run.x + run.length == x => {
                        run.length += 1;
                    }
                    (Color::Dark, _) => dark.push(Run { x, y, length: 1 }),
                }
            }
        }
        Ok(Self {
            side: side + 2 * QUIET,
            dark,
        })
    }
}

/// The address as a QR code for a page: an `svg` element without script or style, dark on white in
/// any scheme, as readers want it. Its size is for the page to say, by the class `qr`.
///
/// # Errors
/// A fault where the address is longer than a QR code holds: 2,331 bytes.
pub fn qr_svg(url: &str) -> Result<String> {
    use std::fmt::Write as _;
    let Squares { side, dark } = Squares::of(url)?;
    let mut path = String::new();
    for Run { x, y, length } in dark {
        // Writing to a String cannot fail.
        let _ = write!(path, "M{x} {y}h{length}v1h-{length}z");
    }
    Ok(format!(
        "<svg class=\"qr\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" \
         shape-rendering=\"crispEdges\" aria-hidden=\"true\"><path fill=\"#fff\" \
         d=\"M0 0h{side}v{side}H0z\"/><path fill=\"#000\" d=\"{path}\"/></svg>"
    ))
}
