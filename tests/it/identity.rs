//! Who people are: sign-ins, sessions, links, invitations, staff.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may end where it stands"
)]

mod attempts;
mod factors;
mod house;
mod invitations;
mod keys;
mod links;
mod passkeys;
mod passwords;
mod sessions;
mod staff;
