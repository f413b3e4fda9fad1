//! The library: assets that are kept up to date, and who has them.

mod brand;
mod house;
mod life;
