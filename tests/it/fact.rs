//! Facts from other systems: how they are recorded, corrected, and known of at an instant.

mod known;
