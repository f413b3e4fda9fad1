//! When standings change, in words.

use chrono::NaiveDate;

use super::{Words, time};
use crate::program::diff::Turned;
use crate::program::document::{Dates, Falls, Lost, TierReview, Track};
use crate::program::span::Span;
use crate::tongue::Tongue::{English, German};

impl Words<'_> {
    /// When partners go up and down on a track, a sentence each.
    #[must_use]
    pub fn review(&self, track: &Track) -> Vec<String> {
        let review = &track.review;
        let (up, down) = (self.dates(&review.promotion), self.dates(&review.demotion));
        let warned = self.warned(None, review.warned());
        let graced = review.grace.map(|it| self.span(it));
        let falls = self.falls(review.falls());
        let mut told = match self.tongue {
            English => vec![
                format!("Who goes up is decided {up}."),
                format!("Who goes down is decided {down}."),
                warned,
            ],
            German => vec![
                format!("Über Aufstiege wird {up} entschieden."),
                format!("Über Abstiege wird {down} entschieden."),
                warned,
            ],
        };
        told.extend(graced.map(|graced| match self.tongue {
            English => format!("The time of grace is {graced}."),
            German => format!("Die Schonfrist beträgt {graced}."),
        }));
        told.extend(review.lost.map(|lost| {
            let lost = self.lost(lost);
            match self.tongue {
                English => format!("After that a tier is lost {lost}."),
                German => format!("Danach geht eine Stufe {lost} verloren."),
            }
        }));
        for tier in &track.tiers {
            if let Some(own) = &tier.review {
                told.extend(self.tier_review(self.text(&tier.name), own));
            }
        }
        told.push(match self.tongue {
            English => format!("Whoever goes down falls {falls}."),
            German => format!("Wer absteigt, fällt {falls}."),
        });
        told
    }

    /// What of that is otherwise for a tier.
    fn tier_review(&self, name: &str, own: &TierReview) -> Vec<String> {
        let dates = |dates: &Option<Dates>| dates.as_ref().map(|it| self.dates(it));
        let span = |span: Option<Span>| span.map(|it| self.span(it));
        let warned = own.warning.map(|it| self.warned(Some(name), it));
        let told = match self.tongue {
            English => [
                dates(&own.promotion).map(|it| format!("Who goes up to {name} is decided {it}.")),
                dates(&own.demotion)
                    .map(|it| format!("Who goes down from {name} is decided {it}.")),
                warned,
                span(own.grace).map(|it| format!("The time of grace on {name} is {it}.")),
                own.lost
                    .map(|it| format!("After grace {name} is lost {}.", self.lost(it))),
                own.falls
                    .map(|it| format!("Whoever goes down from {name} falls {}.", self.falls(it))),
            ],
            German => [
                dates(&own.promotion)
                    .map(|it| format!("Über Aufstiege auf {name} wird {it} entschieden.")),
                dates(&own.demotion)
                    .map(|it| format!("Über Abstiege von {name} wird {it} entschieden.")),
                warned,
                span(own.grace).map(|it| format!("Die Schonfrist auf {name} beträgt {it}.")),
                own.lost.map(|it| {
                    format!(
                        "Nach der Schonfrist geht {name} {} verloren.",
                        self.lost(it)
                    )
                }),
                own.falls
                    .map(|it| format!("Wer von {name} absteigt, fällt {}.", self.falls(it))),
            ],
        };
        told.into_iter().flatten().collect()
    }

    /// How long ahead whoever may go down, from a tier or at all, is warned.
    fn warned(&self, from: Option<&str>, span: Span) -> String {
        let ahead = self.span(span);
        match (self.tongue, from, span == Span::of_days(0)) {
            (English, None, true) => {
                "Nobody is warned ahead: it is decided on the day itself.".to_owned()
            }
            (English, Some(from), true) => {
                format!("Nobody is warned ahead on {from}: it is decided on the day itself.")
            }
            (English, None, false) => format!("Whoever may go down is told {ahead} ahead."),
            (English, Some(from), false) => {
                format!("Whoever may go down from {from} is told {ahead} ahead.")
            }
            (German, None, true) => {
                "Vorher gewarnt wird niemand: Entschieden wird am Tag selbst.".to_owned()
            }
            (German, Some(from), true) => {
                format!("Auf {from} wird niemand vorher gewarnt: Entschieden wird am Tag selbst.")
            }
            (German, None, false) => format!("Wer absteigen kann, erfährt es {ahead} vorher."),
            (German, Some(from), false) => {
                format!("Wer von {from} absteigen kann, erfährt es {ahead} vorher.")
            }
        }
    }

    /// That whoever may go down from something is warned earlier or later than before.
    pub(super) fn warning(&self, from: &str, spans: &Turned<Span>) -> String {
        let [before, after] = self.turned(spans, Words::span);
        let is_not = |span: &Span| *span == Span::of_days(0);
        let before = match (self.tongue, is_not(&spans.before)) {
            (English, true) => "on the day itself".to_owned(),
            (German, true) => "erst am selben Tag".to_owned(),
            (English | German, false) => before,
        };
        match (self.tongue, is_not(&spans.after)) {
            (English, true) => {
                format!("{from}: nobody is warned ahead any more; before: {before}.")
            }
            (German, true) => {
                format!("{from}: Niemand wird mehr vorher gewarnt; bisher: {before}.")
            }
            (English, false) => {
                format!("{from}: whoever may go down is told {after} ahead; before: {before}.")
            }
            (German, false) => {
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

    /// That it is decided on other days than before who goes up, of a track or to a tier.
    pub(super) fn promotions(&self, to: &str, dates: &Turned<&Dates>) -> String {
        let [before, after] = self.turned(dates, Words::dates);
        match self.tongue {
            English => format!("{to}: who goes up is decided {after}; before: {before}."),
            German => format!("{to}: Über Aufstiege wird {after} entschieden; bisher: {before}."),
        }
    }

    /// The same of who goes down.
    pub(super) fn demotions(&self, from: &str, dates: &Turned<&Dates>) -> String {
        let [before, after] = self.turned(dates, Words::dates);
        match self.tongue {
            English => format!("{from}: who goes down is decided {after}; before: {before}."),
            German => format!("{from}: Über Abstiege wird {after} entschieden; bisher: {before}."),
        }
    }

    /// That whoever goes down falls farther, or less far, than before.
    pub(super) fn falling(&self, from: &str, falls: Turned<Falls>) -> String {
        let [before, after] = self.turned(&falls, Words::falls);
        match self.tongue {
            English => format!("{from}: whoever goes down falls {after}; before: {before}."),
            German => format!("{from}: Wer absteigt, fällt {after}; bisher: {before}."),
        }
    }

    /// That a tier is lost sooner, or later, when grace is over.
    pub(super) fn losing(&self, of: &str, lost: Turned<Lost>) -> String {
        let [before, after] = self.turned(&lost, Words::lost);
        match self.tongue {
            English => {
                format!("{of}: when grace is over, a tier is lost {after}; before: {before}.")
            }
            German => format!(
                "{of}: Ist die Schonfrist vorbei, geht eine Stufe {after} verloren; bisher: {before}."
            ),
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

    /// When a tier is lost whose time of grace is over.
    pub(super) fn lost(&self, lost: Lost) -> String {
        let told = match (self.tongue, lost) {
            (English, Lost::OnDemotion) => "on the next day on which it is decided who goes down",
            (German, Lost::OnDemotion) => "zum nächsten Abstiegstermin",
            (English, Lost::AfterGrace) => "at once",
            (German, Lost::AfterGrace) => "sofort",
        };
        told.to_owned()
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
