//! What a password must be, by NIST SP 800-63B-4.
//!
//! It is the only factor, so it has at least 15 characters. All of Unicode may stand in it, spaces
//! too, and nothing is demanded of its composition. What guessers try first is refused: common
//! passwords, runs and repetitions, and whatever can be read off the account — not where such a
//! word stands somewhere in a long phrase, but where little is left without it.

use crate::error::Refusal;

use super::normalized;

/// The fewest characters of a password that is the only factor (SP 800-63B-4, 3.1.1.2).
pub const MIN: usize = 15;
/// The most characters.
pub const MAX: usize = 256;
/// What has to be left without what guessers try first: eight letters, or twice as many digits and
/// signs, which mostly are dates.
const LEFT: usize = 16;

/// Words and rows of keys of which common passwords are made, one in a line.
const COMMON: &str = include_str!("common.txt");

/// Checks a new password. `known` is what a guesser knows: the portal's name, the address and the
/// name of the person.
///
/// # Errors
/// `PASSWORD_TOO_SHORT`, `PASSWORD_TOO_LONG` or `PASSWORD_TOO_EASY`, at the field `at`.
pub fn check(password: &str, known: &[&str], at: &str) -> Result<(), Refusal> {
    let password = normalized(password);
    let length = password.chars().count();
    let refusal = if length < MIN {
        let message = format!(
            "Use at least {MIN} characters: the password alone protects the account. A phrase of \
             four or five words that do not belong together is easy to remember."
        );
        Refusal::new("PASSWORD_TOO_SHORT", message)
    } else if length > MAX {
        let message = format!("Use at most {MAX} characters.");
        Refusal::new("PASSWORD_TOO_LONG", message)
    } else if left(&password, known) < LEFT {
        let message = "This would be guessed early: it is little more than common words, runs of \
                       characters or the names on the account. Choose something else.";
        Refusal::new("PASSWORD_TOO_EASY", message)
    } else {
        return Ok(());
    };
    Err(refusal.at(at))
}

/// What is left of the password when all that is guessed first is taken away: two for a letter,
/// one for anything else.
fn left(password: &str, known: &[&str]) -> usize {
    let mut rest = password.to_lowercase();
    rest.truncate(period(&rest));
    for word in words(known) {
        rest = rest.replace(&word, " ");
    }
    let rest: Vec<char> = rest.chars().filter(|it| !it.is_whitespace()).collect();
    let mut before: Option<char> = None;
    rest.into_iter()
        .map(|it| {
            // In `aaaa`, `abcd` and `dcba` each follows from the one before it.
            let follows = before
                .replace(it)
                .is_some_and(|last| u32::from(last).abs_diff(u32::from(it)) <= 1);
            match (follows, it.is_alphabetic()) {
                (true, _) => 0,
                (false, true) => 2,
                (false, false) => 1,
            }
        })
        .sum()
}

/// The length in bytes of the shortest piece of which the text is a repetition.
fn period(text: &str) -> usize {
    (1..text.len())
        .filter(|&at| text.is_char_boundary(at))
        .find(|&at| {
            text.as_bytes()
                .iter()
                .skip(at)
                .eq(text.as_bytes().iter().take(text.len() - at))
        })
        .unwrap_or(text.len())
}

/// What a guesser tries first, the longest first.
fn words(known: &[&str]) -> Vec<String> {
    let known = known.iter().map(|text| normalized(text).to_lowercase());
    let mut words: Vec<String> = known
        .flat_map(|text| {
            let parts: Vec<String> = text
                .split(|it: char| !it.is_alphanumeric())
                .map(str::to_owned)
                .collect();
            [text].into_iter().chain(parts)
        })
        .filter(|word| word.chars().count() >= 3)
        .chain(COMMON.lines().map(str::to_owned))
        .collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words
}

#[cfg(test)]
mod tests {
    use super::check;

    const KNOWN: &[&str] = &["Acme Partners", "ana.silva@lumen.example", "Ana Silva"];

    fn code(password: &str) -> Option<&'static str> {
        check(password, KNOWN, "password")
            .err()
            .map(|refusal| refusal.code)
    }

    #[test]
    fn long_phrases_of_any_script_are_welcome() {
        for password in [
            "copper lantern sings twice",
            "vier kleine igel im regen",
            "я люблю гулять под дождём",
            "雨の日に猫と本を読むのがとても好き",
            "x7#Lq!v92Zp@mR4w",
            "4f8a91c27e0b36d5",
            "my cat ana hates the vacuum robot",
            "🦊 jumps over the lazy barrel",
        ] {
            assert_eq!(code(password), None, "{password}");
        }
    }

    #[test]
    fn length_is_counted_in_characters_after_normalization() {
        assert_eq!(code("vjkqzmwxplrtbn"), Some("PASSWORD_TOO_SHORT"));
        assert_eq!(code("vjkqzmwxplrtbnh"), None);
        assert_eq!(
            code("ﬃvjkqzmwxplrt"),
            None,
            "a ligature is three characters"
        );
        assert_eq!(
            code(&"vjkqzmwx plrtb ".repeat(18)),
            Some("PASSWORD_TOO_LONG")
        );
    }

    #[test]
    fn what_is_guessed_first_is_refused() {
        for password in [
            "passwordpassword",
            "Password123456789!",
            "qwertyuiopasdfgh",
            "aaaaaaaaaaaaaaaaaaaa",
            "abcdefghijklmnopqrst",
            "123456789012345678",
            "xkcd xkcd xkcd xkcd ",
            "zq4zq4zq4zq4zq4zq4",
            "AcmePartners2026!!",
            "ana.silva@lumen.example",
            "Ana Silva 1987-06-05",
            "letmein-welcome-admin",
            "correct horse battery staple",
        ] {
            assert_eq!(code(password), Some("PASSWORD_TOO_EASY"), "{password}");
        }
    }
}
