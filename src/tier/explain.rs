//! What can be asked of a standing: why, as of a day and as known on another; what is missing to the
//! next tier; what will be lost, and when. And of all of them: how many stand where.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use entity::id::{ProgramId, ProgramVersionId};
use entity::{program_version, standing};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::error::{Error, Refusal, Result};
use crate::notification::letter::Brought;
use crate::op::Op;
use crate::partner::store::partner;
use crate::program::evaluate::Profile;
use crate::program::outlook::{Next, Outlook};
use crate::program::proof::{Evaluation, Turn};
use crate::program::record::Fact;
use crate::program::rules::Rules;
use crate::program::store as programs;
use crate::program::telling::brought;

/// The codes of the refusals that are made here.
pub const CODES: &[&str] = &["NOT_IN_FORCE", "OUT_OF_RANGE"];

/// How far ahead a forecast looks.
const AHEAD: TimeDelta = TimeDelta::days(731);

/// A standing, with the rules and facts by which it is explained. Who asks was held against the
/// shape before.
#[derive(Debug)]
pub struct Case {
    /// The version that was in force.
    pub version: program_version::Model,
    /// What it says.
    pub rules: Rules,
    facts: Vec<Fact>,
    profile: Profile,
    as_of: DateTime<Utc>,
    known_on: DateTime<Utc>,
}

impl Case {
    /// What is known of a standing as of an instant, as it was known on another.
    ///
    /// # Errors
    /// `NOT_IN_FORCE` where the program had no rules at that instant, `OUT_OF_RANGE` where it lies
    /// ahead.
    pub async fn of(
        op: &Op,
        standing: &standing::Model,
        as_of: Option<DateTime<Utc>>,
        known_on: Option<DateTime<Utc>>,
    ) -> Result<Self> {
        let db = op.reader();
        let now = op.now();
        let (as_of, known_on) = (as_of.unwrap_or(now), known_on.unwrap_or(now));
        for (at, field) in [(as_of, "asOf"), (known_on, "knownOn")] {
            if at > now {
                let message = "This lies ahead: ask what will come by `forecast`.";
                return Err(Refusal::new("OUT_OF_RANGE", message).at(field).into());
            }
        }
        let version = programs::in_force_at(&db, standing.program_id, as_of).await?;
        let version = version.ok_or_else(|| {
            let message = "The program had no rules in force at that instant.";
            Refusal::new("NOT_IN_FORCE", message).at("asOf")
        })?;
        let row = partner(&db, standing.partner_id).await?;
        Ok(Self {
            rules: Rules::from_yaml(&version.document)?,
            version,
            facts: programs::facts(&db, row.id, known_on).await?,
            profile: programs::profile(&row)?,
            as_of,
            known_on,
        })
    }

    /// The whole proof.
    #[must_use]
    pub fn evaluation(&self) -> Evaluation {
        self.outlook().evaluation()
    }

    fn outlook(&self) -> Outlook<'_> {
        let Self { rules, facts, .. } = self;
        Outlook::new(rules, facts, &self.profile, self.as_of, self.known_on)
    }

    /// What a tier of a track brings the partner; nothing where the program has no such tier.
    #[must_use]
    pub fn brings(&self, track: &str, tier: Option<&str>, locale: &str) -> Vec<Brought> {
        let document = &self.rules.document;
        let track = document.track(track);
        let tier = track.zip(tier).and_then(|(track, tier)| track.tier(tier));
        let brought = tier.map(|it| brought(document, it, &self.outlook().whose(), locale));
        brought.unwrap_or_default()
    }

    /// What is missing to the tier above the one that is earned.
    #[must_use]
    pub fn next(&self, track: &str) -> Option<Next> {
        self.outlook().next(track)
    }

    /// What will be earned on a track up to a day, if nothing more happens; a year ahead by default. From
    /// the day on which an announced version counts, it is foreseen by that.
    ///
    /// # Errors
    /// `OUT_OF_RANGE` where the day is too far.
    pub async fn forecast(
        &self,
        op: &Op,
        track: &str,
        until: Option<NaiveDate>,
    ) -> Result<Forecast> {
        let year = self.rules.day(self.as_of + TimeDelta::days(366));
        let until = until.unwrap_or(year);
        if until > self.rules.day(self.as_of + AHEAD) {
            let message = "At most two years ahead.";
            return Err(Refusal::new("OUT_OF_RANGE", message).at("until").into());
        }
        let coming = programs::coming(&op.reader(), self.version.program_id).await?;
        let coming = coming.and_then(|it| Some((it.in_force_at?, it)));
        let counts = coming.filter(|(at, _)| self.rules.day(*at) <= until);
        let now = self.outlook();
        let Some((at, version)) = counts else {
            return Ok(Forecast {
                turns: on_track(now.turns(until), track),
                coming: None,
            });
        };
        let rules = Rules::from_yaml(&version.document)?;
        let last = self.rules.day(at).pred_opt().unwrap_or(until);
        let turns = on_track(now.turns(last), track);
        let earned = match turns.last() {
            Some(turn) => turn.to.clone(),
            None => now
                .tracks()
                .into_iter()
                .find(|it| it.track == track)
                .and_then(|it| it.earned),
        };
        let then = Outlook::new(&rules, &self.facts, &self.profile, at, self.known_on);
        let mut by_it = Vec::from_iter(then.turned(track, earned.as_deref()));
        by_it.extend(on_track(then.turns(until), track));
        Ok(Forecast {
            turns,
            coming: Some(Coming {
                version: version.id,
                rules,
                turns: by_it,
            }),
        })
    }
}

fn on_track(turns: Vec<Turn>, track: &str) -> Vec<Turn> {
    turns.into_iter().filter(|it| it.track == track).collect()
}

/// What will be earned on which day.
#[derive(Debug)]
pub struct Forecast {
    /// By the rules in force.
    pub turns: Vec<Turn>,
    /// By those that will be.
    pub coming: Option<Coming>,
}

/// What will be earned by an announced version, from the day on which it counts.
#[derive(Debug)]
pub struct Coming {
    /// Which version.
    pub version: ProgramVersionId,
    /// What it says.
    pub rules: Rules,
    /// What will be earned by it.
    pub turns: Vec<Turn>,
}

/// How many partners stand on a tier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stand {
    /// The track, by its key.
    pub track: String,
    /// The tier, by its key; none for none.
    pub tier: Option<String>,
    /// How many stand on it.
    pub partners: i64,
    /// How many of them do not earn it any more.
    pub at_risk: i64,
    /// How many of them earn a higher one already, and wait for its day.
    pub rising: i64,
}

/// How many stand where in a program, for the vendor's staff.
///
/// # Errors
/// [`Error::NotFound`] for anybody else, and where there is no such program.
pub async fn distribution(op: &Op, program: ProgramId) -> Result<(ProgramVersionId, Vec<Stand>)> {
    use standing::Column;
    let db = op.reader();
    if !op.actor().is_staff() {
        return Err(Error::NotFound("Program"));
    }
    let version = programs::in_force_at(&db, program, op.now()).await?;
    let version = version.ok_or(Error::NotFound("Program"))?;
    let rules = Rules::from_yaml(&version.document)?;
    let counted: Vec<(String, Option<String>, Option<String>, i64)> = standing::Entity::find()
        .select_only()
        .columns([Column::Track, Column::Tier, Column::Earned])
        .column_as(Column::Id.count(), "partners")
        .filter(Column::ProgramId.eq(program))
        .filter(Column::EndedAt.is_null())
        .group_by(Column::Track)
        .group_by(Column::Tier)
        .group_by(Column::Earned)
        .order_by_asc(Column::Track)
        .into_tuple()
        .all(&db)
        .await?;
    let mut stands = Vec::new();
    for track in &rules.document.tracks {
        let rank = |tier: Option<&str>| crate::program::standing::rank(track, tier);
        let tiers = track.tiers.iter().map(|it| Some(it.key.clone()));
        for tier in std::iter::once(None).chain(tiers) {
            let here = counted
                .iter()
                .filter(|(on, at, ..)| *on == track.key && *at == tier);
            let sum = |of: &dyn Fn(usize, usize) -> bool| {
                let held = here
                    .clone()
                    .filter(|(_, at, earned, _)| of(rank(earned.as_deref()), rank(at.as_deref())));
                held.map(|(.., count)| count).sum()
            };
            stands.push(Stand {
                track: track.key.clone(),
                partners: sum(&|_, _| true),
                at_risk: sum(&|earned, held| earned < held),
                rising: sum(&|earned, held| earned > held),
                tier,
            });
        }
    }
    Ok((version.id, stands))
}
