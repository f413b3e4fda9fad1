//! What has a word, packed: one read finds all that a common word is in, and adding up is ours.

/// Bytes of a posting: a number, and its weight with a bit for the title. With keys instead of numbers it
/// would be three times as long, and what a common word costs is to read what has it.
const BYTES: usize = 6;
/// The bit.
const TITLE: u16 = 1 << 15;

/// That something has a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Posting {
    /// The number of what has it.
    pub(super) entry: u32,
    /// How much the word says of it, in thousandths.
    pub(super) weight: u16,
    /// Whether the word stands in its title.
    pub(super) in_title: bool,
}

impl Posting {
    fn pack(self) -> [u8; BYTES] {
        let mut bytes = [0; BYTES];
        let told = self.weight | if self.in_title { TITLE } else { 0 };
        let (number, weight) = bytes.split_at_mut(4);
        number.copy_from_slice(&self.entry.to_be_bytes());
        weight.copy_from_slice(&told.to_be_bytes());
        bytes
    }

    fn unpack(bytes: [u8; BYTES]) -> Self {
        let [one, two, three, four, weight @ ..] = bytes;
        let told = u16::from_be_bytes(weight);
        Self {
            entry: u32::from_be_bytes([one, two, three, four]),
            weight: told & !TITLE,
            in_title: told & TITLE != 0,
        }
    }
}

/// The postings of a word, by their numbers.
pub(super) fn all(packed: &[u8]) -> impl Iterator<Item = Posting> {
    let postings = packed.as_chunks::<BYTES>().0.iter().copied();
    postings.map(Posting::unpack)
}

/// The highest number; none where there are none.
pub(super) fn last(packed: &[u8]) -> Option<u32> {
    let last = packed.as_chunks::<BYTES>().0.last();
    last.map(|it| Posting::unpack(*it).entry)
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
pub(super) fn changed(packed: &[u8], entry: u32, posting: Option<Posting>) -> Vec<u8> {
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
            written in prop::collection::vec((0_u32..20, 1_u16..=1000, any::<bool>()), 0..60),
            gone in 0_u32..20,
        ) {
            let mut packed = Vec::new();
            let mut last = std::collections::BTreeMap::new();
            for (entry, weight, in_title) in written {
                let posting = Posting { entry, weight, in_title };
                packed = changed(&packed, posting.entry, Some(posting));
                last.insert(posting.entry, posting);
            }
            packed = changed(&packed, gone, None);
            last.remove(&gone);
            let found: Vec<Posting> = all(&packed).collect();
            prop_assert_eq!(count(&packed), i64::try_from(last.len()).unwrap());
            prop_assert_eq!(found, last.into_values().collect::<Vec<_>>());
        }
    }
}
