//! Changes of a program in words.

use super::Words;
use crate::program::diff::{Change, OfList, OfMetric, OfTier, OfTrack, Setting, Turned, What};
use crate::program::document::{
    BenefitKind, BenefitValue, Metric, NumberOrName, Tier, TierBenefit, Track, read,
};
use crate::program::span::Span;
use crate::tongue::Tongue::{English, German};

/// What changes, in a sentence: by the words of the old document and those of the new one, for the same
/// reader.
#[must_use]
pub fn change(change: &Change<'_>, old: Words<'_>, new: Words<'_>) -> String {
    let told = Both { old, new };
    match &change.what {
        What::Track(track, of) => told.track(track, of),
        What::Tier(track, tier, of) => told.tier(track, tier, of),
        What::Metric(key, of) => told.metric(key, of),
        What::List(name, of) => told.list(name, of),
        What::Setting(setting) => told.setting(setting),
    }
}

struct Both<'d> {
    old: Words<'d>,
    new: Words<'d>,
}

impl Both<'_> {
    fn track(&self, track: &Track, of: &OfTrack<'_>) -> String {
        let words = match of {
            OfTrack::Ends => self.old,
            OfTrack::Begins
            | OfTrack::Partners
            | OfTrack::Cumulates(_)
            | OfTrack::Promotions(_)
            | OfTrack::Demotions(_)
            | OfTrack::Warning(_)
            | OfTrack::Grace(_)
            | OfTrack::Lost(_)
            | OfTrack::Falls(_)
            | OfTrack::Order => self.new,
        };
        let name = words.text(&track.name);
        match (words.tongue, of) {
            (English, OfTrack::Begins) => format!("There is a new track, {name}."),
            (German, OfTrack::Begins) => format!("Der Track „{name}“ ist neu."),
            (English, OfTrack::Ends) => format!("The track {name} ends."),
            (German, OfTrack::Ends) => format!("Der Track „{name}“ entfällt."),
            (English, OfTrack::Partners) => {
                format!("{name}: it is for other partners than before.")
            }
            (German, OfTrack::Partners) => {
                format!("{name}: Der Track ist für andere Partner als bisher.")
            }
            (English, OfTrack::Cumulates(true)) => {
                format!("{name}: each tier asks for what those below it ask, too.")
            }
            (German, OfTrack::Cumulates(true)) => {
                format!("{name}: Jede Stufe verlangt auch, was die Stufen darunter verlangen.")
            }
            (English, OfTrack::Cumulates(false)) => {
                format!("{name}: each tier asks for its own requirements alone.")
            }
            (German, OfTrack::Cumulates(false)) => {
                format!("{name}: Keine Stufe verlangt mehr, was die Stufen darunter verlangen.")
            }
            (English | German, OfTrack::Promotions(dates)) => words.promotions(name, dates),
            (English | German, OfTrack::Demotions(dates)) => words.demotions(name, dates),
            (English | German, OfTrack::Warning(spans)) => words.warning(name, spans),
            (English | German, OfTrack::Grace(spans)) => words.grace(name, spans),
            (English | German, OfTrack::Lost(lost)) => words.losing(name, *lost),
            (English | German, OfTrack::Falls(falls)) => words.falling(name, *falls),
            (English, OfTrack::Order) => format!("{name}: the order of the tiers changes."),
            (German, OfTrack::Order) => {
                format!("{name}: Die Reihenfolge der Stufen ändert sich.")
            }
        }
    }

    fn tier(&self, track: &Track, tier: &Tier, of: &OfTier<'_>) -> String {
        let (old, new) = (self.old, self.new);
        let track = new.text(&track.name);
        let title = format!("{track}, {}", new.text(&tier.name));
        match (new.tongue, of) {
            (English, OfTier::Begins) => format!("{title}: this tier is new."),
            (German, OfTier::Begins) => format!("{title}: Diese Stufe ist neu."),
            (English, OfTier::Ends) => {
                format!("{track}: the tier {} ends.", old.text(&tier.name))
            }
            (German, OfTier::Ends) => {
                format!("{track}: Die Stufe „{}“ entfällt.", old.text(&tier.name))
            }
            (English, OfTier::Asks(after)) => {
                format!("{title} asks for {}, which is new.", new.requirement(after))
            }
            (German, OfTier::Asks(after)) => {
                format!("{title}: Neu verlangt wird „{}“.", new.requirement(after))
            }
            (English, OfTier::AsksNoMore(before)) => {
                let what = old.requirement(before);
                format!("{title} does not ask any more for {what}.")
            }
            (German, OfTier::AsksNoMore(before)) => {
                let what = old.requirement(before);
                format!("{title}: Nicht mehr verlangt wird „{what}“.")
            }
            (English, OfTier::AsksOtherwise { before, after }) => {
                let (before, after) = (old.in_full(before), new.in_full(after));
                format!("{title} asks for {after}; before: {before}.")
            }
            (German, OfTier::AsksOtherwise { before, after }) => {
                let (before, after) = (old.in_full(before), new.in_full(after));
                format!("{title}: Verlangt wird „{after}“; bisher: „{before}“.")
            }
            (English, OfTier::Keeps { before, after }) => {
                let own = "what it requires";
                let (before, after) = (old.keeps(before, own), new.keeps(after, own));
                format!("{title} is kept with {after}; before: with {before}.")
            }
            (German, OfTier::Keeps { before, after }) => {
                let own = "was sie verlangt";
                let (before, after) = (old.keeps(before, own), new.keeps(after, own));
                format!("{title}: Zum Halten genügt „{after}“; bisher: „{before}“.")
            }
            (
                English,
                OfTier::Brings {
                    benefit,
                    before,
                    after,
                },
            ) => {
                let (name, before, after) = self.benefit(benefit, *before, *after);
                format!("{title}: {name} is {after}; before: {before}.")
            }
            (
                German,
                OfTier::Brings {
                    benefit,
                    before,
                    after,
                },
            ) => {
                let (name, before, after) = self.benefit(benefit, *before, *after);
                format!("{title}, {name}: {after}; bisher: {before}.")
            }
            (English | German, OfTier::Warning(spans)) => new.warning(&title, spans),
            (English | German, OfTier::Grace(spans)) => new.grace(&title, spans),
            (English | German, OfTier::Promotions(dates)) => new.promotions(&title, dates),
            (English | German, OfTier::Demotions(dates)) => new.demotions(&title, dates),
            (English | German, OfTier::Lost(lost)) => new.losing(&title, *lost),
            (English | German, OfTier::Falls(falls)) => new.falling(&title, *falls),
        }
    }

    /// What a benefit is called, what of it was brought, and what is.
    fn benefit(
        &self,
        key: &str,
        before: Option<&TierBenefit>,
        after: Option<&TierBenefit>,
    ) -> (String, String, String) {
        let named = [self.new, self.old].into_iter().find_map(|words| {
            let benefit = words.document.benefits.get(key)?;
            Some(words.text(&benefit.name).to_owned())
        });
        let name = named.unwrap_or_else(|| key.to_owned());
        (
            name,
            self.old.brought(key, before),
            self.new.brought(key, after),
        )
    }

    fn metric(&self, key: &str, of: &OfMetric<'_>) -> String {
        let words = match of {
            OfMetric::Ends => self.old,
            OfMetric::Begins | OfMetric::Measured(_) => self.new,
        };
        let name = words.document.metric_name(key, words.locale);
        match (words.tongue, of) {
            (English, OfMetric::Begins) => format!("{name} is measured, which is new."),
            (German, OfMetric::Begins) => format!("„{name}“ wird jetzt auch gemessen."),
            (English, OfMetric::Ends) => format!("{name} is not measured any more."),
            (German, OfMetric::Ends) => format!("„{name}“ wird nicht mehr gemessen."),
            (English | German, OfMetric::Measured(both)) => self.measured(name, both),
        }
    }

    /// That a metric is measured otherwise: of all that is said of it, what differs.
    fn measured(&self, name: &str, both: &Turned<&Metric>) -> String {
        let (old, new) = (
            self.old.measured(both.before),
            self.new.measured(both.after),
        );
        let without = |of: &[String], those: &[String]| {
            let rest: Vec<_> = of
                .iter()
                .filter(|it| !those.contains(it))
                .cloned()
                .collect();
            rest.join(", ")
        };
        let (before, after) = (without(&old, &new), without(&new, &old));
        match (self.new.tongue, before.is_empty(), after.is_empty()) {
            (English, true, true) => format!("{name} is measured otherwise."),
            (German, true, true) => format!("„{name}“ wird anders gemessen."),
            (English, true, false) => {
                format!("{name} is measured otherwise: {after}; this is new.")
            }
            (German, true, false) => format!("„{name}“ wird anders gemessen; neu gilt: {after}."),
            (English, false, true) => {
                format!("{name} is measured otherwise; this holds no more: {before}.")
            }
            (German, false, true) => {
                format!("„{name}“ wird anders gemessen; nicht mehr gilt: {before}.")
            }
            (English, false, false) => {
                format!("{name} is measured otherwise: {after}; before: {before}.")
            }
            (German, false, false) => {
                format!("„{name}“ wird anders gemessen: {after}; bisher: {before}.")
            }
        }
    }

    fn list(&self, name: &str, of: &OfList<'_>) -> String {
        match (self.new.tongue, of) {
            (English, OfList::Names(come)) => {
                format!("The list {name} also names {}.", come.join(", "))
            }
            (German, OfList::Names(come)) => {
                format!("Die Liste „{name}“ nennt jetzt auch: {}.", come.join(", "))
            }
            (English, OfList::NamesNoMore(gone)) => {
                format!(
                    "The list {name} does not name any more {}.",
                    gone.join(", ")
                )
            }
            (German, OfList::NamesNoMore(gone)) => {
                format!("Die Liste „{name}“ nennt nicht mehr: {}.", gone.join(", "))
            }
        }
    }

    /// What changes of what holds for the whole program.
    fn setting(&self, setting: &Setting<'_>) -> String {
        let (old, new) = (self.old, self.new);
        let (what, before, after) = match setting {
            Setting::BenefitName(both) => {
                let [before, after] = [
                    old.text(&both.before.name).to_owned(),
                    new.text(&both.after.name).to_owned(),
                ];
                if before == after {
                    return match new.tongue {
                        English => format!("{after} is called otherwise in another language."),
                        German => format!("„{after}“ heißt in einer anderen Sprache anders."),
                    };
                }
                (["a benefit is called", "Ein Vorteil heißt"], before, after)
            }
            Setting::BenefitKind(both) => {
                let name = new.text(&both.after.name);
                let [before, after] = new.turned(
                    &Turned {
                        before: both.before.kind,
                        after: both.after.kind,
                    },
                    Words::kind,
                );
                return match new.tongue {
                    English => format!("{name} is told as {after}; before: as {before}."),
                    German => format!("{name} wird angegeben als {after}; bisher: als {before}."),
                };
            }
            Setting::Currency(both) => {
                let [before, after] = new.turned(both, Words::or_none);
                let what = [
                    "the table of exchange is in",
                    "Die Umrechnungstabelle ist in",
                ];
                (what, before, after)
            }
            Setting::Rate(currency, both) => {
                let [before, after] = new.turned(both, |words, rate| {
                    let rate = rate.map(|it| words.number(it));
                    words.or_none(rate.as_deref())
                });
                return match new.tongue {
                    English => format!(
                        "In the table of exchange, 1 {currency} is worth {after}; before: {before}."
                    ),
                    German => format!(
                        "In der Umrechnungstabelle ist 1 {currency} so viel wert: {after}; bisher: {before}."
                    ),
                };
            }
            Setting::Notice(both) => {
                let what = [
                    "the notice of changes is",
                    "Änderungen werden vorher angekündigt:",
                ];
                self.spans(what, both)
            }
            Setting::FavourableNotice(both) => {
                let what = [
                    "the notice of changes by which nobody is worse off is",
                    "Änderungen, durch die niemand schlechter steht, werden vorher angekündigt:",
                ];
                self.spans(what, both)
            }
            Setting::AppealsWithin(both) => {
                let what = [
                    "the time for an appeal after a decision is",
                    "Frist für einen Einspruch nach einer Entscheidung:",
                ];
                self.spans(what, both)
            }
            Setting::AppealsAnswered(both) => {
                let what = [
                    "the time in which an appeal is answered is",
                    "Frist, in der ein Einspruch beantwortet wird:",
                ];
                self.spans(what, both)
            }
            Setting::Zone(both) => {
                let what = ["days begin in the zone", "Tage beginnen in der Zeitzone"];
                (what, both.before.to_owned(), both.after.to_owned())
            }
            Setting::YearStart(both) => {
                let [before, after] =
                    new.turned(both, |words, it| words.tongue.day_of_year(it.month, it.day));
                (["a year begins on", "Ein Jahr beginnt am"], before, after)
            }
        };
        let [english, german] = what;
        match new.tongue {
            English => format!("In the program, {english} {after}; before: {before}."),
            German => format!("{german} {after}; bisher: {before}."),
        }
    }

    fn spans<'w>(&self, what: [&'w str; 2], both: &Turned<Span>) -> ([&'w str; 2], String, String) {
        let [before, after] = self.new.turned(both, Words::span);
        (what, before, after)
    }
}

impl Words<'_> {
    pub(super) fn turned<T: Copy>(
        &self,
        it: &Turned<T>,
        words: fn(&Self, T) -> String,
    ) -> [String; 2] {
        [words(self, it.before), words(self, it.after)]
    }

    fn or_none(&self, it: Option<&str>) -> String {
        let none = match self.tongue {
            English => "not told",
            German => "nicht angegeben",
        };
        it.unwrap_or(none).to_owned()
    }

    /// Of what kind the values of a benefit are.
    fn kind(&self, kind: BenefitKind) -> String {
        let told = match (self.tongue, kind) {
            (English, BenefitKind::Share) => "a share",
            (English, BenefitKind::Amount) => "an amount",
            (English, BenefitKind::Count) => "a number",
            (English, BenefitKind::Right) => "a right",
            (English, BenefitKind::Words) => "words",
            (German, BenefitKind::Share) => "Anteil",
            (German, BenefitKind::Amount) => "Betrag",
            (German, BenefitKind::Count) => "Zahl",
            (German, BenefitKind::Right) => "Recht",
            (German, BenefitKind::Words) => "Text",
        };
        told.to_owned()
    }

    /// What of a benefit a tier brings.
    pub(in crate::program) fn brought(&self, key: &str, value: Option<&TierBenefit>) -> String {
        match value {
            None => self.granted(key, &BenefitValue::Right(false)),
            Some(TierBenefit::Same(value)) => self.granted(key, value),
            Some(TierBenefit::By(table)) => self.table(table, |it| self.granted(key, it)),
        }
    }

    fn granted(&self, key: &str, value: &BenefitValue) -> String {
        let benefit = self.document.benefits.get(key);
        let is_share = benefit.is_some_and(|it| it.kind == BenefitKind::Share);
        match (self.tongue, value) {
            (English, BenefitValue::Right(false)) => "not granted".to_owned(),
            (German, BenefitValue::Right(false)) => "nicht gewährt".to_owned(),
            (English, BenefitValue::Right(true)) => "granted".to_owned(),
            (German, BenefitValue::Right(true)) => "gewährt".to_owned(),
            (English | German, BenefitValue::One(NumberOrName::Number(share))) if is_share => {
                format!("{} %", self.number(&share.in_percent()))
            }
            (English | German, BenefitValue::One(NumberOrName::Number(number))) => {
                self.number(number)
            }
            (English | German, BenefitValue::One(NumberOrName::Name(text))) => {
                let metric = benefit.and_then(|it| value.metric(it.kind));
                match (self.tongue, metric) {
                    (_, None) => text.clone(),
                    (English, Some(metric)) => format!("what “{}” comes to", self.metric(metric)),
                    (German, Some(metric)) => format!("so viel wie „{}“", self.metric(metric)),
                }
            }
            (English | German, BenefitValue::In(texts)) => {
                read(texts, self.locale, &self.document.locale).to_owned()
            }
        }
    }
}
