//! The library: assets that are kept up to date, for those partners for whom they are.
//!
//! Staff [define] an asset and [publish] its versions, each a file or a link that does not change
//! any more. Members [download] it: that is a fact, and whoever holds an earlier version is
//! [told](remind) of a newer one. What has a last day is gone after it, and its owner is reminded
//! before. A [zone] in a picture or a PDF is where a partner's logo goes. [Collections](collection)
//! put assets beside each other, and beside tiers and steps of the onboarding.

pub mod zone;
pub mod brand;
mod store;
pub mod find;
pub mod remind;
pub mod define;
pub mod co_brand;
pub mod publish;
pub mod download;
pub mod collection;
