//! Case studies that partners write, staff review, customers consent to and everybody reads.

mod consent;
mod house;
mod life;
mod public;
mod review;
