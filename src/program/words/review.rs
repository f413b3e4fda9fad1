//! When standings change, in words.

use chrono::NaiveDate;

use super::{Words, time};
use crate::program::diff::Turned;
use crate::program::document::{Dates, Falls, Track};
use crate::program::span::Span;
use crate::tongue::Tongue::{English, German};

impl Words<'_> {
    /// When partners go up and down on a track, a sentence each.
    #[must_use]
    pub fn review(&self, track: &Track) -> Vec<String> {
        let review = &track.review;
        let (up, down) = (self.dates(&review.promotion), self.dates(&review.demotion));
        let warned = self.span(review.warned());
        let graced = review.grace.map(|it| self.span(it));
        let falls = self.falls(review.falls());
        let mut told = match self.tongue {
            English => vec![
                format!("Who goes up is decided {up}."),
                format!("Who goes down is decided {down}."),
                format!("Whoever may go down is told {warned} ahead."),
            ],
            German => vec![
                format!("Über Aufstiege wird {up} entschieden."),
                format!("Über Abstiege wird {down} entschieden."),
                format!("Wer absteigen kann, erfährt es {warned} vorher."),
            ],
        };
        told.extend(graced.map(|graced| match self.tongue {
            English => format!("The time of grace is {graced}."),
            German => format!("Die Schonfrist beträgt {graced}."),
        }));
        for tier in &track.tiers {
            let Some(own) = &tier.review else { continue };
            let name = self.text(&tier.name);
            let [warned, graced] = [own.warning, own.grace].map(|it| it.map(|it| self.span(it)));
            told.extend(warned.map(|warned| match self.tongue {
                English => format!("Whoever may go down from {name} is told {warned} ahead."),
                German => format!("Wer von {name} absteigen kann, erfährt es {warned} vorher."),
            }));
            told.extend(graced.map(|graced| match self.tongue {
                English => format!("The time of grace on {name} is {graced}."),
                German => format!("Die Schonfrist auf {name} beträgt {graced}."),
            }));
        }
        told.push(match self.tongue {
            English => format!("Whoever goes down falls {falls}."),
            German => format!("Wer absteigt, fällt {falls}."),
        });
        told
    }

    /// That whoever may go down from something is warned earlier or later than before.
    pub(super) fn warning(&self, from: &str, spans: &Turned<Span>) -> String {
        let [before, after] = self.turned(spans, Words::span);
        match self.tongue {
            English => {
                format!("{from}: whoever may go down is told {after} ahead; before: {before}.")
            }
            German => {
                format!("{from}: Wer absteigen kann, erfährt es {after} vorher; bisher: {before}.")
            }
        }
    }

    /// That something is kept for longer or shorter than before.
    pub(super) fn grace(&self, of: &str, spans: &Turned<Span>) -> String {
        let [before, after] = self.turned(spans, Words::span);
        match self.tongue {
            English => format!("{of}: the time of grace is {after}; before: {before}."),
            German => format!("{of}: Die Schonfrist beträgt {after}; bisher: {before}."),
        }
    }

    /// That a tier was given against the rules, until a day.
    #[must_use]
    pub fn given(&self, until: NaiveDate) -> String {
        let until = self.day(until);
        match self.tongue {
            English => format!(
                "Given by decision until {until}, whether or not what the tier asks for is met."
            ),
            German => format!(
                "Durch Entscheidung verliehen bis zum {until}, unabhängig davon, ob erfüllt ist, was die \
                 Stufe verlangt."
            ),
        }
    }

    pub(super) fn span(&self, span: Span) -> String {
        time::span(self.tongue, span)
    }

    /// On which days something is decided.
    pub(super) fn dates(&self, dates: &Dates) -> String {
        if let Some(every) = dates.every {
            return time::firsts(self.tongue, every);
        }
        if let Some(every) = dates.after_every {
            let every = self.span(every);
            return match self.tongue {
                English => format!("each time a tier was held for {every}"),
                German => format!("jeweils {every} nach Erreichen der Stufe"),
            };
        }
        if dates.on.is_empty() {
            return match self.tongue {
                English => "on any day".to_owned(),
                German => "an jedem Tag".to_owned(),
            };
        }
        let days = dates.on.iter();
        let days: Vec<_> = days
            .map(|it| self.tongue.day_of_year(it.month, it.day))
            .collect();
        match self.tongue {
            English => format!("on {}", days.join(" and ")),
            German => format!("am {}", days.join(" und ")),
        }
    }

    pub(super) fn falls(&self, falls: Falls) -> String {
        let told = match (self.tongue, falls) {
            (English, Falls::OneTier) => "to the next tier below",
            (German, Falls::OneTier) => "auf die nächste Stufe darunter",
            (English, Falls::ToEarned) => "to what is earned",
            (German, Falls::ToEarned) => "auf das, was verdient ist",
        };
        told.to_owned()
    }
}
