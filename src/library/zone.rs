//! Where on a picture or a page a partner's logo goes.
//!
//! All is told in thousandths of the width and the height, from the upper left corner of what is
//! seen: so it is right whatever the resolution, and whichever way a page is turned.

use serde::{Deserialize, Serialize};

use crate::document::Faults;

/// The whole of a width or a height.
pub const WHOLE: i32 = 1000;
/// The last page that can be marked.
pub const PAGES: i32 = 10_000;

/// A rectangle on a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    /// The page, from 1; a picture has one.
    pub page: i32,
    /// Where it begins, from the left.
    pub x: i32,
    /// Where it begins, from the top.
    pub y: i32,
    /// How wide it is.
    pub width: i32,
    /// How high it is.
    pub height: i32,
}

impl Zone {
    /// `OUT_OF_RANGE` unless it lies on a page.
    pub fn check(&self, at: &str, faults: &mut Faults) {
        let mut within = |number: i32, range: std::ops::RangeInclusive<i32>, field: &str| {
            if !range.contains(&number) {
                let message = format!("Between {} and {}.", range.start(), range.end());
                faults.add("OUT_OF_RANGE", message, &format!("{at}.{field}"));
            }
        };
        within(self.page, 1..=PAGES, "page");
        within(self.x, 0..=WHOLE - 1, "x");
        within(self.y, 0..=WHOLE - 1, "y");
        let room = |start: i32| 1..=(WHOLE - start.clamp(0, WHOLE - 1));
        within(self.width, room(self.x), "width");
        within(self.height, room(self.y), "height");
    }

    /// The largest rectangle of that ratio in the middle of the zone, on a page of that size: its
    /// left, its top, its width and its height, in the units of the page.
    #[must_use]
    pub fn fit(&self, page: (f64, f64), ratio: f64) -> [f64; 4] {
        let part = |of: i32, whole: f64| f64::from(of) / f64::from(WHOLE) * whole;
        let (left, top) = (part(self.x, page.0), part(self.y, page.1));
        let (width, height) = (part(self.width, page.0), part(self.height, page.1));
        let (fit_width, fit_height) = if width / height > ratio {
            (height * ratio, height)
        } else {
            (width, width / ratio)
        };
        [
            left + (width - fit_width) / 2.0,
            top + (height - fit_height) / 2.0,
            fit_width,
            fit_height,
        ]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn faults(zone: Zone) -> Vec<String> {
        let mut faults = Faults::default();
        zone.check("zone", &mut faults);
        let refusals = faults.into_refusals().into_iter();
        refusals.map(|fault| fault.field.join(".")).collect()
    }

    #[test]
    fn a_zone_lies_on_its_page() {
        let zone = |x, y, width, height| Zone {
            page: 1,
            x,
            y,
            width,
            height,
        };
        assert!(faults(zone(0, 0, 1000, 1000)).is_empty());
        assert!(faults(zone(999, 999, 1, 1)).is_empty());
        assert_eq!(faults(zone(500, 0, 501, 1)), ["zone.width"]);
        assert_eq!(
            faults(zone(-1, 1000, 0, i32::MAX)),
            ["zone.x", "zone.y", "zone.width", "zone.height"]
        );
        let page = Zone {
            page: 0,
            ..zone(0, 0, 1, 1)
        };
        assert_eq!(faults(page), ["zone.page"]);
    }

    proptest! {
        #[test]
        fn what_is_fitted_lies_in_the_zone_and_keeps_its_ratio(
            (x, width) in (0..1000).prop_flat_map(|x| (Just(x), 1..=1000 - x)),
            (y, height) in (0..1000).prop_flat_map(|y| (Just(y), 1..=1000 - y)),
            page in (1.0..5000.0, 1.0..5000.0), ratio in 0.01..100.0,
        ) {
            let zone = Zone { page: 1, x, y, width, height };
            prop_assert!(faults(zone).is_empty());
            let [left, top, wide, high] = zone.fit(page, ratio);
            let thousandths = |of: f64, whole: f64| of / whole * 1000.0;
            let slack = 1e-6;
            prop_assert!(thousandths(left, page.0) >= f64::from(x) - slack);
            prop_assert!(thousandths(top, page.1) >= f64::from(y) - slack);
            prop_assert!(thousandths(left + wide, page.0) <= f64::from(x + width) + slack);
            prop_assert!(thousandths(top + high, page.1) <= f64::from(y + height) + slack);
            prop_assert!((wide / high / ratio - 1.0).abs() < slack);
        }
    }
}
