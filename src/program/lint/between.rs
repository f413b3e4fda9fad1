//! Between which numbers something has to be.

use std::collections::BTreeMap;

use crate::program::document::{FieldTest, Limit, NumberOrName, Requirement};
use crate::program::number::Number;

/// A limit of a number, and whether the number itself is out of it.
type End = (Number, bool);

/// Between which numbers something has to be, as far as a document says it in numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Between {
    least: Option<End>,
    most: Option<End>,
}

impl Between {
    /// What a test of a field asks for.
    pub(super) fn of(test: &FieldTest) -> Self {
        let end = |limit: &Option<Number>, out| limit.clone().map(|it| (it, out));
        let least = [end(&test.at_least, false), end(&test.above, true)];
        let most = [end(&test.at_most, false), end(&test.below, true)];
        Self::within(least.into_iter().flatten(), most.into_iter().flatten())
    }

    /// What a requirement asks of its metric: for each value of an attribute, or for everybody.
    pub(super) fn asked(of: &Requirement) -> BTreeMap<Option<(&str, &str)>, Self> {
        let mut found = BTreeMap::<_, Self>::new();
        let ends = [
            (&of.at_least, true, false),
            (&of.above, true, true),
            (&of.at_most, false, false),
            (&of.below, false, true),
        ];
        for (limit, is_least, out) in ends {
            let mut add = |whose, number: &NumberOrName| {
                let NumberOrName::Number(number) = number else {
                    return;
                };
                let own = found.entry(whose).or_default();
                let end = if is_least {
                    &mut own.least
                } else {
                    &mut own.most
                };
                *end = Some((number.clone(), out));
            };
            match limit {
                None => {}
                Some(Limit::One(number)) => add(None, number),
                Some(Limit::By(table)) => {
                    for (value, number) in &table.values {
                        add(Some((table.by.as_str(), value.as_str())), number);
                    }
                }
            }
        }
        found
    }

    /// Both.
    pub(super) fn and(&self, other: &Self) -> Self {
        let both =
            |of: fn(&Self) -> &Option<End>| [of(self), of(other)].into_iter().flatten().cloned();
        Self::within(both(|it| &it.least), both(|it| &it.most))
    }

    fn within(least: impl Iterator<Item = End>, most: impl Iterator<Item = End>) -> Self {
        Self {
            least: least.max(),
            // Of two that are the same number, the one that leaves it out is the lower.
            most: most.min_by_key(|(limit, out)| (limit.clone(), !out)),
        }
    }

    /// Whether no number is.
    pub(super) fn is_empty(&self) -> bool {
        let (Some((least, above)), Some((most, below))) = (&self.least, &self.most) else {
            return false;
        };
        least > most || (least == most && (*above || *below))
    }

    /// Whether a number is never so much.
    pub(super) fn is_above(&self, most: &Number) -> bool {
        let least = self.least.as_ref();
        least.is_some_and(|(least, out)| most < least || (most == least && *out))
    }

    /// Whether both say how much it is at least, or how much at most.
    pub(super) fn is_alike(&self, other: &Self) -> bool {
        (self.least.is_some() && other.least.is_some())
            || (self.most.is_some() && other.most.is_some())
    }

    /// A limit that is no whole number.
    pub(super) fn part(&self) -> Option<&Number> {
        let ends = [&self.least, &self.most].into_iter().flatten();
        let mut parts = ends.map(|(limit, _)| limit).filter(|it| it.floor() != **it);
        parts.next()
    }

    /// The limits of both where this one asks for less, this one's first.
    pub(super) fn weaker<'n>(&'n self, than: &'n Self) -> Option<(&'n Number, &'n Number)> {
        let numbers = |own: &'n Option<End>, other: &'n Option<End>| {
            let (Some((own, _)), Some((other, _))) = (own, other) else {
                return None;
            };
            Some((own, other))
        };
        let less = numbers(&self.least, &than.least).filter(|(own, other)| own < other);
        less.or_else(|| numbers(&self.most, &than.most).filter(|(own, other)| own > other))
    }
}
