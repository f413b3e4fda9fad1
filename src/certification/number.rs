//! Numbers of certificates: what people read out, type and check.
//!
//! Three groups of four signs of Crockford's alphabet, which has no I, L, O and U. The last sign
//! checks the others. They are made by chance, so that nobody finds certificates by counting up.

/// The alphabet of Douglas Crockford's base 32.
const SIGNS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// How many signs there are, with the one that checks.
const LENGTH: usize = 12;

/// The number that stands for these bits, of which 55 count.
#[must_use]
pub fn number(chance: u64) -> String {
    let values: Vec<u64> = (0..LENGTH - 1)
        .map(|place| (chance >> (5 * place)) & 31)
        .collect();
    let signs: Vec<char> = values
        .iter()
        .chain([&check(&values)])
        .filter_map(|value| {
            SIGNS
                .get(usize::try_from(*value).ok()?)
                .map(|sign| char::from(*sign))
        })
        .collect();
    let groups: Vec<String> = signs
        .chunks(4)
        .map(|group| group.iter().collect())
        .collect();
    groups.join("-")
}

/// A number as somebody typed it, as it is stored: in capitals, with its hyphens, and O, I and L
/// read as what they were meant to be. None where it cannot be one.
#[must_use]
pub fn parse(typed: &str) -> Option<String> {
    let values: Vec<u64> = typed
        .chars()
        .filter(|sign| !sign.is_whitespace() && *sign != '-')
        .map(value)
        .collect::<Option<_>>()?;
    let (last, others) = values.split_last()?;
    if values.len() != LENGTH || check(others) != *last {
        return None;
    }
    let chance = (0_u32..)
        .zip(others)
        .fold(0, |chance, (place, value)| chance | (value << (5 * place)));
    Some(number(chance))
}

fn value(sign: char) -> Option<u64> {
    let sign = match sign.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let place = SIGNS.iter().position(|it| char::from(*it) == sign)?;
    u64::try_from(place).ok()
}

/// Weights that are all odd, and so take part in 32 one to one: one sign that was typed wrongly is
/// always noticed, and of two neighbours that changed places nearly every one.
fn check(values: &[u64]) -> u64 {
    (1_u64..)
        .zip(values)
        .map(|(place, value)| (2 * place + 1) * value)
        .sum::<u64>()
        % 32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_number_is_read_as_it_is_said() {
        let typed = number(0x0123_4567_89ab_cdef);
        let sloppy = typed
            .to_lowercase()
            .replace('-', " ")
            .replace('0', "o")
            .replace('1', "l");
        assert_eq!(parse(&sloppy), Some(typed));
        for wrong in [
            "",
            "1234",
            "U000-0000-0000",
            "0000-0000-000ü",
            "0000-0000-00000",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn one_wrong_sign_is_always_noticed(chance: u64, place in 0_usize..12, other in 0_usize..32) {
            let right = number(chance);
            let mut signs: Vec<char> = right.chars().filter(|sign| *sign != '-').collect();
            signs[place] = char::from(SIGNS[other]);
            let typed: String = signs.iter().collect();
            let is_same = typed == right.replace('-', "");
            prop_assert_eq!(parse(&typed).is_some(), is_same);
        }
    }
}
