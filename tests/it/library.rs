//! The library: assets that are kept up to date, and who has them.

mod brand;
pub(crate) mod house;
mod life;
