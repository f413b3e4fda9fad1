//! Who people are: sign-ins, sessions, links, invitations, staff.

mod house;
mod invitations;
mod keys;
mod links;
mod passwords;
mod sessions;
mod staff;
