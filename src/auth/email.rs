//! Addresses: one form for each, so that equal ones are equal.

use std::str::FromStr;

use lettre::Address;

/// The longest address that mail can carry, in characters (RFC 5321).
const LONGEST: usize = 254;

/// The address trimmed and in lower case, or none where it is no address on the public network.
///
/// The part before the `@` may by the standard tell cases apart; no provider of today does, and two
/// accounts that differ only in case would be one person locked out of one of them.
#[must_use]
pub fn normalize(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let address = Address::from_str(&text).ok()?;
    let is_public = address.domain().contains('.') && !address.domain().starts_with('[');
    (is_public && text.is_ascii() && text.len() <= LONGEST).then_some(text)
}

/// The address as it may be shown to those who need not know it: `a…@example.com`.
#[must_use]
pub fn mask(address: &str) -> String {
    let (name, host) = address.rsplit_once('@').unwrap_or((address, ""));
    let first: String = name.chars().take(1).collect();
    format!("{first}…@{host}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_address_keeps_a_letter_and_the_host() {
        assert_eq!(mask("ana@example.com"), "a…@example.com");
        assert_eq!(mask("a@b@example.com"), "a…@example.com");
        assert_eq!(mask("nobody"), "n…@");
        assert_eq!(mask(""), "…@");
    }

    #[test]
    fn one_address_has_one_form() {
        assert_eq!(
            normalize(" Ana@Example.COM "),
            Some("ana@example.com".to_owned())
        );
        for bad in [
            "",
            "ana",
            "ana@",
            "ana@localhost",
            "ana@[127.0.0.1]",
            "a b@example.com",
            "ana@example.com\r\nBcc: x@y.z",
            "Ana <ana@example.com>",
        ] {
            assert_eq!(normalize(bad), None, "{bad:?}");
        }
    }
}
