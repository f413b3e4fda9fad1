//! Courses that people finish, and certificates that mean something.

mod counts;
mod house;
mod learning;
mod life;
mod many;
mod proofs;
mod writing;
