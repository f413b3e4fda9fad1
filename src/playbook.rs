//! Playbooks: how to sell together, in every reader's language, and who knows it.
//!
//! A playbook is a [document] of sections, which people write by the API or as a YAML file. An
//! [author] saves a draft and submits it; [reviewers](review) accept it, and somebody who did not
//! write it publishes it. Members of the partners for whom it is are [asked](ask) to
//! [acknowledge] it, each with a day until when and [reminders](remind); a new version asks again,
//! and says what [changed](changes) since the one that they know, which [diff] finds. Where nobody is
//! asked, those who know an earlier one are [told](renew) what is new.
//!
//! A section can be a [template]: readers [fill] it in with their own partner's name and take it
//! away as a [sheet] of paper, [DOCX](docx) or [PDF](pdf).

pub mod template;
pub mod document;
pub mod diff;
pub mod sheet;
pub mod logo;
pub mod docx;
pub mod pdf;
pub mod sample;
mod store;
pub mod find;
mod former;
pub mod changes;
mod tell;
pub mod ask;
pub mod renew;
pub mod author;
pub mod review;
pub mod remind;
pub mod acknowledge;
pub mod fill;
