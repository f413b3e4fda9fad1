//! Programs, where partners stand under them, and what they say against it.

use chrono::{Days, NaiveDate};
use entity::appeal::AppealState;
use entity::file_use::UseKind;
use entity::id::{PersonId, ProgramId, ProgramVersionId};
use entity::program_version::ProgramVersionState;
use entity::standing::StandingPhase;
use entity::standing_override::OverrideState;
use entity::verdict::{Outcome, SubjectKind};
use entity::*;
use serde_json::json;

use super::{Chance, NAMES, World, start};

/// Tiers of the track `delivery`, by their keys; some of them are those of audiences.
const TIERS: [&str; 3] = ["bronze", "silver", "gold"];

const DOCUMENT: &str = "slug: program
name: Program
locale: en
tracks:
  - key: delivery
    name: { en: Delivery, de: Lieferung }
    tiers:
      - { key: bronze, name: Bronze }
      - { key: silver, name: { en: Silver, de: Silber } }
      - { key: gold, name: { en: Gold, de: \"Gold é\" } }
";

impl Chance {
    fn day(&mut self) -> NaiveDate {
        start().date_naive() + Days::new(self.next() % 30)
    }
}

impl World {
    pub(super) fn add_programs(&mut self, chance: &mut Chance, people: &[PersonId]) {
        if people.is_empty() {
            return;
        }
        let mut told = Vec::new();
        let mut programs = Vec::new();
        for nth in 0..3 {
            let id = chance.key::<ProgramId>();
            programs.push(id);
            self.program.push(program::Model {
                id,
                slug: format!("program-{nth}"),
                name: (*chance.pick(&NAMES)).to_owned(),
                locale: "en".to_owned(),
                created_at: chance.instant(),
                version: 1,
            });
            told.extend(self.add_versions(chance, id, nth, people));
        }
        let partners: Vec<_> = self.partner.iter().map(|it| it.id).collect();
        for partner in partners {
            for version in &told {
                if chance.one_in(3) {
                    let by = chance.one_in(2).then(|| *chance.pick(people));
                    self.program_notice.push(program_notice::Model {
                        id: chance.key(),
                        program_version_id: *version,
                        partner_id: partner,
                        differences: json!([{
                            "track": "delivery", "name": "Delivery", "stands": null,
                            "before": "silver", "after": chance.pick(&TIERS), "missing": [],
                        }]),
                        told_at: chance.instant(),
                        acknowledged_at: by.map(|_| chance.instant()),
                        acknowledged_by: by,
                    });
                }
            }
            for program in &programs {
                if !chance.one_in(3) {
                    self.add_standing(chance, partner, *program, &told, people);
                }
            }
        }
    }

    /// Answers which of them were announced.
    fn add_versions(
        &mut self,
        chance: &mut Chance,
        program: ProgramId,
        nth: usize,
        people: &[PersonId],
    ) -> Vec<ProgramVersionId> {
        use ProgramVersionState as S;
        let states: &[S] = match nth {
            0 => &[
                S::Superseded,
                S::Withdrawn,
                S::InForce,
                S::Announced,
                S::Draft,
            ],
            1 => &[S::InForce, S::Draft],
            _ => &[S::Announced],
        };
        let mut told = Vec::new();
        for (number, state) in (1..).zip(states) {
            let is_told = *state != S::Draft;
            let id = chance.key();
            self.program_version.push(program_version::Model {
                id,
                program_id: program,
                number,
                state: *state,
                name: (*chance.pick(&NAMES)).to_owned(),
                hash: format!("{:064x}", chance.next()),
                document: DOCUMENT.to_owned(),
                note: "What\n*is* new é.".to_owned(),
                author_id: chance.one_in(2).then(|| *chance.pick(people)),
                created_at: chance.instant(),
                announced_at: is_told.then(|| chance.instant()),
                announced_by: is_told.then(|| *chance.pick(people)),
                favourable: is_told.then(|| chance.one_in(2)),
                in_force_on: is_told.then(|| chance.day()),
                in_force_at: is_told.then(|| chance.instant()),
                ended_at: chance.perhaps(3),
                withdrawn_reason: (*state == S::Withdrawn).then(|| "Not now.".to_owned()),
                version: number,
            });
            for day in 0..chance.next() % 3 {
                self.program_review.push(program_review::Model {
                    id: chance.key(),
                    program_version_id: id,
                    on_day: chance.day() + Days::new(40 * day),
                    started_at: chance.instant(),
                    reviewed_to: None,
                    partners: 25,
                    moves: 3,
                    finished_at: chance.perhaps(2),
                });
            }
            if is_told {
                told.push(id);
            }
        }
        told
    }

    #[expect(clippy::too_many_lines, reason = "everything that hangs on a standing")]
    fn add_standing(
        &mut self,
        chance: &mut Chance,
        partner: entity::id::PartnerId,
        program: ProgramId,
        versions: &[ProgramVersionId],
        people: &[PersonId],
    ) {
        let evaluation = evaluation::Model {
            id: chance.key(),
            partner_id: partner,
            program_version_id: *chance.pick(versions),
            as_of: chance.instant(),
            known_on: chance.instant(),
            proof: "{\"rules\": \"…\"}".to_owned(),
            digest: format!("{:064x}", chance.next()),
        };
        let state: OverrideState = chance.any();
        let decided = state != OverrideState::Proposed;
        let proposed_by = *chance.pick(people);
        let decided_by = people.iter().find(|it| **it != proposed_by).copied();
        let given = standing_override::Model {
            id: chance.key(),
            partner_id: partner,
            program_id: program,
            track: "delivery".to_owned(),
            tier: "gold".to_owned(),
            reason: "Because \"é\".".to_owned(),
            ends_on: chance.day(),
            ends_at: chance.instant(),
            state,
            proposed_by,
            proposed_at: chance.instant(),
            decided_by: decided_by.filter(|_| decided),
            decided_at: decided.then(|| chance.instant()),
            version: 1,
        };
        let rank = chance.below(4);
        let tier = rank.checked_sub(1).map(|place| TIERS[place].to_owned());
        let phase: StandingPhase = chance.any();
        let is_safe = phase == StandingPhase::Steady;
        let row = standing::Model {
            id: chance.key(),
            partner_id: partner,
            program_id: program,
            track: "delivery".to_owned(),
            tier: tier.clone(),
            tier_rank: i32::try_from(rank).unwrap(),
            earned: chance.one_in(2).then(|| "silver".to_owned()),
            next_tier: chance.one_in(2).then(|| "gold".to_owned()),
            next_missing: chance.below(3).try_into().unwrap(),
            next_reached: chance.below(100).try_into().unwrap(),
            phase,
            phase_since: (!is_safe).then(|| chance.instant()),
            decided_on: (!is_safe).then(|| chance.day()),
            since: chance.instant(),
            looked_at: chance.instant(),
            evaluation_id: chance.one_in(2).then_some(evaluation.id),
            override_id: chance.one_in(3).then_some(given.id),
            ended_at: chance.perhaps(5),
        };
        for _ in 0..chance.below(4) {
            self.standing_move.push(standing_move::Model {
                id: chance.key(),
                standing_id: row.id,
                partner_id: partner,
                program_version_id: *chance.pick(versions),
                track: "delivery".to_owned(),
                kind: chance.any(),
                tier: tier.clone(),
                from_tier: chance.one_in(2).then(|| "bronze".to_owned()),
                earned: None,
                decided_on: chance.day_or_none(),
                moved_at: chance.instant(),
                evaluation_id: chance.one_in(2).then_some(evaluation.id),
                override_id: chance.one_in(3).then_some(given.id),
            });
        }
        if chance.one_in(2) {
            let state: AppealState = chance.any();
            let decided = matches!(state, AppealState::Upheld | AppealState::Dismissed);
            let appeal = appeal::Model {
                id: chance.key(),
                partner_id: partner,
                standing_id: row.id,
                evaluation_id: evaluation.id,
                state,
                reason: "It is\nwrong.".to_owned(),
                submitted_by: *chance.pick(people),
                submitted_at: chance.instant(),
                answer_by: chance.instant(),
                decided_at: decided.then(|| chance.instant()),
                override_id: chance.one_in(3).then_some(given.id),
                version: 1,
            };
            if decided {
                self.verdict.push(verdict::Model {
                    id: chance.key(),
                    partner_id: Some(partner),
                    person_id: None,
                    subject_kind: SubjectKind::Appeal,
                    subject_id: appeal.id.0,
                    revision: 1,
                    outcome: Outcome::Declined,
                    reason: "No.".to_owned(),
                    fields: json!([]),
                    comments: json!([]),
                    reviewer_id: *chance.pick(people),
                    decided_at: chance.instant(),
                });
            }
            let own = self.file.iter().filter(|it| it.partner_id == Some(partner));
            let own: Vec<_> = own.map(|it| it.id).take(2).collect();
            for file in own {
                self.file_use.push(file_use::Model {
                    file_id: file,
                    subject_kind: UseKind::Appeal,
                    subject_id: appeal.id.0,
                });
            }
            self.appeal.push(appeal);
        }
        if chance.one_in(3) {
            self.recognition.push(recognition::Model {
                id: chance.key(),
                partner_id: partner,
                standing_id: row.id,
                partner_name: (*chance.pick(&NAMES)).to_owned(),
                program: "Program".to_owned(),
                track: "Delivery".to_owned(),
                tier: "Gold".to_owned(),
                advanced_at: chance.instant(),
            });
        }
        self.evaluation.push(evaluation);
        self.standing_override.push(given);
        self.standing.push(row);
    }
}
