//! The API: resolvers that parse, call one action or finder, and wrap.

pub mod query;
