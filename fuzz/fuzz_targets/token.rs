//! Tokens of all kinds: none is accepted that was not made by the key, and none takes anything down.

#![no_main]

use std::sync::LazyLock;

use entente::auth::link::LinkKey;
use entente::auth::token::Keys;
use entente::clock::{Clock, SystemClock};
use entente::config::{Args, Config};
use libfuzzer_sys::fuzz_target;

static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let data = tempfile::tempdir().expect("a folder");
    let config = Config::read(&Args::default(), None::<(&str, String)>).expect("the defaults");
    Keys::load_or_create(&config.identity, data.path()).expect("keys")
});

fuzz_target!(|text: &str| {
    assert!(KEYS.verify(text, SystemClock.now()).is_err(), "{text}");
    let links = LinkKey::from([7; 32]);
    assert_eq!(links.unsubscriber(text, "step_opened"), None, "{text}");
});
