//! The portal from outside, a file per concept.

mod transport;
