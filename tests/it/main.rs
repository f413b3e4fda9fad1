//! Everything that is tested through the portal's doors, a file per concept.

mod mail;
