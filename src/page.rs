//! How long a list may be, said once for every list.

/// Items of a page when the client does not say.
pub const DEFAULT: u32 = 20;
/// The most items of a page.
pub const MAXIMUM: u32 = 100;
/// Totals are counted up to here; beyond it they are not told.
pub const COUNT_CAP: u32 = 10_000;
