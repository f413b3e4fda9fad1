//! Tiers: where partners stand under the program, and what became of it.
//!
//! A [review](mod@review) measures a partner by the rules in force, follows the ladder that
//! [`crate::program::standing`] describes, and leaves behind, in one unit of work: the standing as it
//! is now, a line of what became of it, a fact, the [evaluation](entity::evaluation) with its proof,
//! and letters. All of it is recomputed from facts; nothing is counted up.
//!
//! A look changes nothing but the instant of the look where nothing moves. Whatever decides is kept:
//! an evaluation is stored where a standing moves, and on every day on which a track promotes or
//! demotes; [`verify`](mod@verify) computes all that are stored anew and compares them byte for byte.
//!
//! Looks are taken by [rounds](round) over all partners, once a day, and over those whom a new fact
//! touches. That is not promised with the fact but seen from the rows: a partner is looked at again
//! where something was recorded after the last look. A fact is always recorded after the looks that
//! did not see it ([`crate::fact`]), so none is overlooked, whoever waits for whom.

pub mod appeal;
pub mod badge;
pub mod because;
pub mod explain;
pub mod manual;
pub mod recognize;
pub mod report;
pub mod review;
pub mod round;
pub mod store;
mod tell;
pub mod trial;
pub mod verify;
