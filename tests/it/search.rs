//! Finding things by the words in them, and nothing that the asker may not open.

mod hostile;
mod house;
mod index;
pub(crate) mod judged;
mod names;
mod readers;
mod words;
