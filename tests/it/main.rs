//! The portal from outside, over real databases: a file for each concept.

mod identity;
