//! The fields of programs, and of where partners stand.

use entity::appeal::AppealState;
use entity::file_use::UseKind;
use entity::program_version::ProgramVersionState;
use entity::standing_move::{self, MoveKind};
use entity::standing_override::OverrideState;

use super::*;

impl<'w> Slow<'w> {
    #[expect(clippy::too_many_lines, reason = "every field once")]
    pub(super) fn programs_field(&self, thing: Thing<'w>, name: &str) -> Held<'w> {
        match thing {
            Thing::Program(row) => match name {
                "slug" => plain(&row.slug),
                "name" => plain(&row.name),
                "locale" => plain(&row.locale),
                "createdAt" => instant(row.created_at),
                "versions" => self.many(
                    "ProgramVersion",
                    |it| matches!(it, Thing::ProgramVersion(it) if it.program_id == row.id),
                ),
                "standings" => self.many(
                    "Standing",
                    |it| matches!(it, Thing::Standing(it) if it.program_id == row.id),
                ),
                _ => never(thing, name),
            },
            Thing::ProgramVersion(row) => match name {
                "program" => self.one("Program", Some(row.program_id.0)),
                "number" => plain(row.number),
                "state" => plain(row.state),
                "name" => plain(&row.name),
                "hash" => plain(&row.hash),
                "yaml" => plain(&row.document),
                "note" => plain(&row.note),
                "author" => self.person(row.author_id),
                "createdAt" => instant(row.created_at),
                "announcedAt" => instant(row.announced_at),
                "announcedBy" => self.person(row.announced_by),
                "isFavourable" => plain(row.favourable),
                "inForceOn" => plain(row.in_force_on),
                "inForceAt" => instant(row.in_force_at),
                "endedAt" => instant(row.ended_at),
                "withdrawnReason" => plain(&row.withdrawn_reason),
                "version" => plain(row.version),
                "notices" => self.many("ProgramNotice", of_version(row)),
                "acknowledgedCount" => self.count("ProgramNotice", |it| {
                    of_version(row)(it)
                        && matches!(it, Thing::ProgramNotice(it) if it.acknowledged_at.is_some())
                }),
                "reviews" => self.many(
                    "ProgramReview",
                    |it| matches!(it, Thing::ProgramReview(it) if it.program_version_id == row.id),
                ),
                _ => never(thing, name),
            },
            Thing::ProgramNotice(row) => match name {
                "programVersion" => self.one("ProgramVersion", Some(row.program_version_id.0)),
                "partner" => self.partner(row.partner_id),
                "differences" => {
                    let mut all = row.differences.clone();
                    for it in all.as_array_mut().unwrap() {
                        it["changes"] = json!(it["before"] != it["after"]);
                    }
                    Held::Within("ProgramDifference", all)
                }
                // All versions of this world say the same.
                "changes" => plain([(); 0]),
                "toldAt" => instant(row.told_at),
                "acknowledgedAt" => instant(row.acknowledged_at),
                "acknowledgedBy" => self.person(row.acknowledged_by),
                _ => never(thing, name),
            },
            Thing::ProgramReview(row) => match name {
                "programVersion" => self.one("ProgramVersion", Some(row.program_version_id.0)),
                "onDay" => plain(row.on_day),
                "startedAt" => instant(row.started_at),
                "partners" => plain(row.partners),
                "moves" => plain(row.moves),
                "finishedAt" => instant(row.finished_at),
                _ => never(thing, name),
            },
            Thing::Standing(row) => match name {
                "partner" => self.partner(row.partner_id),
                "program" => self.one("Program", Some(row.program_id.0)),
                "track" => plain(&row.track),
                "trackName" => plain(self.named(row, Some("delivery"))),
                "tier" => plain(&row.tier),
                "tierName" => plain(self.named(row, row.tier.as_deref())),
                "tierRank" => plain(row.tier_rank),
                "earned" => plain(&row.earned),
                "nextTier" => plain(&row.next_tier),
                "nextMissing" => plain(row.next_missing),
                "nextReached" => plain(row.next_reached),
                "phase" => plain(row.phase),
                "phaseSince" => instant(row.phase_since),
                "decidedOn" => plain(row.decided_on),
                "since" => instant(row.since),
                "lookedAt" => instant(row.looked_at),
                "evaluation" => self.one("Evaluation", row.evaluation_id.map(|it| it.0)),
                "overriddenBy" => self.given(row.override_id),
                "endedAt" => instant(row.ended_at),
                "moves" => self.many(
                    "StandingMove",
                    |it| matches!(it, Thing::StandingMove(it) if it.standing_id == row.id),
                ),
                "appeals" => self.many(
                    "Appeal",
                    |it| matches!(it, Thing::Appeal(it) if it.standing_id == row.id),
                ),
                "collections" => self.on_tier(row),
                _ => never(thing, name),
            },
            Thing::StandingMove(row) => match name {
                "standing" => self.one("Standing", Some(row.standing_id.0)),
                "partner" => self.partner(row.partner_id),
                "programVersion" => self.one("ProgramVersion", Some(row.program_version_id.0)),
                "track" => plain(&row.track),
                "kind" => plain(row.kind),
                "tier" => plain(&row.tier),
                "fromTier" => plain(&row.from_tier),
                "earned" => plain(&row.earned),
                "decidedOn" => plain(row.decided_on),
                "movedAt" => instant(row.moved_at),
                "evaluation" => self.one("Evaluation", row.evaluation_id.map(|it| it.0)),
                "overriddenBy" => self.given(row.override_id),
                "because" => plain(self.reason(row)),
                _ => never(thing, name),
            },
            Thing::StandingOverride(row) => match name {
                "partner" => self.partner(row.partner_id),
                "program" => self.one("Program", Some(row.program_id.0)),
                "track" => plain(&row.track),
                "tier" => plain(&row.tier),
                "reason" => plain(&row.reason),
                "endsOn" => plain(row.ends_on),
                "state" => plain(row.state),
                "proposedBy" => self.person(Some(row.proposed_by)),
                "proposedAt" => instant(row.proposed_at),
                "decidedBy" => self.person(row.decided_by),
                "decidedAt" => instant(row.decided_at),
                "version" => plain(row.version),
                _ => never(thing, name),
            },
            Thing::Evaluation(row) => match name {
                "partner" => self.partner(row.partner_id),
                "programVersion" => self.one("ProgramVersion", Some(row.program_version_id.0)),
                "asOf" => instant(row.as_of),
                "knownOn" => instant(row.known_on),
                "proof" => plain(&row.proof),
                "digest" => plain(&row.digest),
                "moves" => self.many(
                    "StandingMove",
                    |it| matches!(it, Thing::StandingMove(it) if it.evaluation_id == Some(row.id)),
                ),
                _ => never(thing, name),
            },
            Thing::Appeal(row) => match name {
                "partner" => self.partner(row.partner_id),
                "standing" => self.one("Standing", Some(row.standing_id.0)),
                "evaluation" => self.one("Evaluation", Some(row.evaluation_id.0)),
                "state" => plain(row.state),
                "reason" => plain(&row.reason),
                "files" => {
                    let mut files = self.visible("File");
                    files.retain(|it| {
                        self.world.file_use.iter().any(|used| {
                            used.subject_kind == UseKind::Appeal
                                && used.subject_id == row.id.0
                                && used.file_id.0 == it.key()
                        })
                    });
                    files.sort_by_key(|it| it.key());
                    Held::Linked(Some(files))
                }
                "submittedBy" => self.person(Some(row.submitted_by)),
                "submittedAt" => instant(row.submitted_at),
                "answerBy" => instant(row.answer_by),
                "isOverdue" => plain(row.state == AppealState::Submitted && row.answer_by < now()),
                "decidedAt" => instant(row.decided_at),
                "remedy" => self.given(row.override_id),
                "verdicts" => self.verdicts(row.id.0),
                "version" => plain(row.version),
                _ => never(thing, name),
            },
            Thing::Recognition(row) => match name {
                "partnerName" => plain(&row.partner_name),
                "programName" => plain(&row.program),
                "trackName" => plain(&row.track),
                "tierName" => plain(&row.tier),
                "partner" => self.partner(row.partner_id),
                "advancedAt" => instant(row.advanced_at),
                _ => never(thing, name),
            },
            _ => never(thing, name),
        }
    }

    fn given(&self, key: Option<id::StandingOverrideId>) -> Held<'w> {
        self.one("StandingOverride", key.map(|it| it.0))
    }

    /// What people said who gave the tier; the proofs of this world cannot be read.
    fn reason(&self, row: &standing_move::Model) -> Vec<&'w str> {
        let counted = [OverrideState::Approved, OverrideState::Ended];
        let given = self.world.standing_override.iter().filter(|it| {
            row.kind == MoveKind::Overridden
                && Some(it.id) == row.override_id
                && counted.contains(&it.state)
        });
        given.map(|it| it.reason.as_str()).collect()
    }

    /// What the document in force calls a track or a tier, in the reader's language.
    fn named(&self, row: &standing::Model, key: Option<&str>) -> Option<&'static str> {
        let is_in_force = self.world.program_version.iter().any(|it| {
            it.program_id == row.program_id
                && matches!(
                    it.state,
                    ProgramVersionState::InForce | ProgramVersionState::Superseded
                )
                && it.in_force_at.is_some_and(|at| at <= now())
        });
        let me = self.actor.person().map(|me| me.id);
        let mut people = self.world.person.iter();
        let reader = people.find(|it| Some(it.id) == me);
        let german = reader.is_some_and(|it| it.locale == "de");
        is_in_force.then_some(match (key?, german) {
            ("delivery", false) => "Delivery",
            ("delivery", true) => "Lieferung",
            ("bronze", _) => "Bronze",
            ("silver", false) => "Silver",
            ("silver", true) => "Silber",
            ("gold", false) => "Gold",
            ("gold", true) => "Gold é",
            (other, _) => panic!("{other}"),
        })
    }
}

fn of_version<'w>(row: &program_version::Model) -> impl Fn(Thing<'w>) -> bool {
    let id = row.id;
    move |it| matches!(it, Thing::ProgramNotice(it) if it.program_version_id == id)
}
