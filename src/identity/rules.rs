//! Pure: what is kept of a person, and when two devices are one.

use chrono_tz::Tz;
use entity::staff_role::VendorRole;

use crate::auth::email;
use crate::error::Refusal;

/// The longest name, in characters.
const NAME: usize = 200;
/// What is kept of how a device names itself, in characters.
const DEVICE: usize = 300;

/// Values of which some were refused: all faults are told at once.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Refusal>);

impl Faults {
    /// The value, or what stands in for it until [`Self::none`] says no.
    pub(super) fn keep<T: Default>(&mut self, value: Result<T, Refusal>) -> T {
        value.unwrap_or_else(|refusal| {
            self.0.push(refusal);
            T::default()
        })
    }

    /// Goes on only where nothing was refused.
    pub(super) fn none(self) -> crate::error::Result<()> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(crate::error::Error::Refused(self.0))
        }
    }
}

fn invalid(at: &str, message: &'static str) -> Refusal {
    Refusal::new("INVALID", message).at(at)
}

/// The address in the form in which it is kept.
pub(super) fn address(text: &str, at: &str) -> Result<String, Refusal> {
    email::normalize(text)
        .ok_or_else(|| invalid(at, "Give an e-mail address, such as ana@example.com."))
}

/// The name with single spaces.
pub(super) fn name(text: &str, at: &str) -> Result<String, Refusal> {
    let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let fits = (1..=NAME).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    fits.then_some(name)
        .ok_or_else(|| invalid(at, "Give a name of 1 to 200 characters."))
}

/// A language tag: a language of two or three letters and, perhaps, more parts.
pub(super) fn locale(tag: &str, at: &str) -> Result<String, Refusal> {
    let mut parts = tag.split('-');
    let language = parts.next().unwrap_or_default();
    let fits = (2..=3).contains(&language.len())
        && language.bytes().all(|it| it.is_ascii_lowercase())
        && tag.len() <= 35
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|it| it.is_ascii_alphanumeric())
        });
    fits.then(|| tag.to_owned())
        .ok_or_else(|| invalid(at, "Give a language tag, such as en or de-CH."))
}

/// An IANA time zone.
pub(super) fn time_zone(name: &str, at: &str) -> Result<String, Refusal> {
    name.parse::<Tz>()
        .map(|zone| zone.name().to_owned())
        .map_err(|_| invalid(at, "Give an IANA time zone, such as Europe/Berlin."))
}

/// Vendor roles, each once.
pub(super) fn roles(roles: &[VendorRole], at: &str) -> Result<Vec<VendorRole>, Refusal> {
    let mut roles = roles.to_vec();
    roles.sort_unstable();
    roles.dedup();
    if roles.is_empty() {
        return Err(invalid(at, "Name at least one role."));
    }
    Ok(roles)
}

/// What is kept of how a device names itself.
#[must_use]
pub fn device(user_agent: &str) -> String {
    user_agent
        .chars()
        .filter(|it| !it.is_control())
        .take(DEVICE)
        .collect()
}

/// Whether two sign-ins look like the same device: a browser that was updated is no new one.
#[must_use]
pub fn same_device(one: &str, other: &str) -> bool {
    let unversioned = |text: &str| -> String {
        text.chars()
            .filter(|it| !it.is_ascii_digit() && !matches!(it, '.' | '_'))
            .collect()
    };
    unversioned(one) == unversioned(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_update_makes_no_new_device() {
        let fox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        let newer = "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0.2";
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Safari/604.1";
        assert!(same_device(fox, newer));
        assert!(!same_device(fox, phone));
    }

    #[test]
    fn all_faults_are_told_at_once() {
        let mut faults = Faults::default();
        faults.keep(name(" ", "name"));
        faults.keep(locale("German", "locale"));
        faults.keep(time_zone("Mars/Olympus", "timeZone"));
        let Err(crate::error::Error::Refused(told)) = faults.none() else {
            panic!("three faults");
        };
        let fields: Vec<_> = told.iter().map(|it| it.field.join(".")).collect();
        assert_eq!(fields, ["name", "locale", "timeZone"]);
    }
}
