//! Playbooks: written by one, published by another, read in every language, and acknowledged.

mod assets;
mod house;
mod life;
mod many;
mod news;
mod rules;
mod templates;
