//! What has a word, packed: one read finds all that a common word is in, and adding up is ours.

use uuid::Uuid;

/// Bytes of a posting: a key, and its weight with a bit for the title.
const BYTES: usize = 18;
/// The bit.
const TITLE: u16 = 1 << 15;

/// That something has a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Posting {
    /// What has it.
    pub(super) entry: Uuid,
    /// How much the word says of it, in thousandths.
    pub(super) weight: u16,
    /// Whether the word stands in its title.
    pub(super) in_title: bool,
}

impl Posting {
    fn pack(self) -> [u8; BYTES] {
        let mut bytes = [0; BYTES];
        let told = self.weight | if self.in_title { TITLE } else { 0 };
        let (key, weight) = bytes.split_at_mut(16);
        key.copy_from_slice(self.entry.as_bytes());
        weight.copy_from_slice(&told.to_be_bytes());
        bytes
    }

    fn unpack(bytes: &[u8; BYTES]) -> Self {
        let (key, weight) = bytes.split_at(16);
        let told = u16::from_be_bytes(weight.try_into().unwrap_or_default());
        Self {
            entry: Uuid::from_slice(key).unwrap_or_default(),
            weight: told & !TITLE,
            in_title: told & TITLE != 0,
        }
    }
}

/// The postings of a word, by their keys.
pub(super) fn all(packed: &[u8]) -> impl Iterator<Item = Posting> {
    packed.as_chunks::<BYTES>().0.iter().map(Posting::unpack)
}

/// How many there are.
pub(super) fn len(packed: &[u8]) -> usize {
    packed.len() / BYTES
}

/// The same, as it is counted.
pub(super) fn count(packed: &[u8]) -> i64 {
    i64::try_from(len(packed)).unwrap_or(i64::MAX)
}

/// The postings without that of the entry, and with this one where there is one.
pub(super) fn changed(packed: &[u8], entry: Uuid, posting: Option<Posting>) -> Vec<u8> {
    let mut postings: Vec<Posting> = all(packed).filter(|it| it.entry != entry).collect();
    if let Some(posting) = posting {
        let at = postings.partition_point(|it| it.entry < posting.entry);
        postings.insert(at, posting);
    }
    postings.into_iter().flat_map(Posting::pack).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_packed_is_there_once_and_in_order(
            written in prop::collection::vec((0_u128..20, 1_u16..=1000, any::<bool>()), 0..60),
            gone in 0_u128..20,
        ) {
            let mut packed = Vec::new();
            let mut last = std::collections::BTreeMap::new();
            for (key, weight, in_title) in written {
                let posting = Posting { entry: Uuid::from_u128(key), weight, in_title };
                packed = changed(&packed, posting.entry, Some(posting));
                last.insert(posting.entry, posting);
            }
            packed = changed(&packed, Uuid::from_u128(gone), None);
            last.remove(&Uuid::from_u128(gone));
            let found: Vec<Posting> = all(&packed).collect();
            prop_assert_eq!(count(&packed), i64::try_from(last.len()).unwrap());
            prop_assert_eq!(found, last.into_values().collect::<Vec<_>>());
        }
    }
}
