//! Every test of the portal as a whole, in one binary.

mod config;
mod mail;
mod tables;
mod tidy;
