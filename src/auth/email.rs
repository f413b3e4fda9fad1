//! E-mail addresses, in the one form in which they are kept and compared.

use url::Host;

/// The address trimmed and in lower case, its domain as DNS writes it; none where it is no address
/// that a letter can be sent to.
#[must_use]
pub fn normalize(text: &str) -> Option<String> {
    let (local, domain) = text.trim().rsplit_once('@')?;
    let local = local.to_ascii_lowercase();
    // Quoted and international local parts are legal, rare, and lost on the way by many servers.
    let is_plain = (1..=64).contains(&local.len())
        && local
            .bytes()
            .all(|it| it.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&it));
    if !is_plain || local.split('.').any(str::is_empty) {
        return None;
    }
    let Ok(Host::Domain(domain)) = Host::parse(domain) else {
        return None;
    };
    let address = format!("{local}@{domain}");
    let is_public = domain.contains('.')
        && domain.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label
                    .bytes()
                    .all(|it| it.is_ascii_alphanumeric() || it == b'-')
        });
    (is_public && address.len() <= 254).then_some(address)
}

#[cfg(test)]
mod tests {
    use super::normalize;

    #[test]
    fn an_address_is_kept_in_one_form() {
        for (text, kept) in [
            (" Ana@Example.COM ", Some("ana@example.com")),
            ("ana+news@sub.example.com", Some("ana+news@sub.example.com")),
            ("ana@müller.example", Some("ana@xn--mller-kva.example")),
            ("ana", None),
            ("@example.com", None),
            ("ana@", None),
            ("ana@localhost", None),
            ("ana@127.0.0.1", None),
            ("ana..b@example.com", None),
            ("a na@example.com", None),
            ("ana@example.com\r\nBcc: eve@example.com", None),
            ("ana@exa_mple.com", None),
            ("ana@b@example.com", None),
        ] {
            assert_eq!(normalize(text).as_deref(), kept, "{text}");
        }
    }
}
