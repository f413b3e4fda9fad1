//! The fields of what every change leaves behind.

use super::*;

impl<'w> Slow<'w> {
    pub(super) fn ground_field(&self, thing: Thing<'w>, name: &str) -> Held<'w> {
        match thing {
            Thing::Fact(row) => match name {
                "kind" => plain(&row.kind),
                "detail" => plain(&row.detail),
                "partner" => self.one("Partner", row.partner_id.map(|key| key.0)),
                "person" => self.person(row.person_id),
                "occurredAt" => instant(row.occurred_at),
                "recordedAt" => instant(row.recorded_at),
                "recordedBy" => self.person(row.recorded_by),
                "source" => plain(&row.source),
                "externalId" => plain(&row.external_id),
                "corrects" => self.one("Fact", row.corrects_id.map(|key| key.0)),
                "correctedBy" => self.latest(
                    "Fact",
                    |it| matches!(it, Thing::Fact(it) if it.corrects_id == Some(row.id)),
                ),
                _ => never(thing, name),
            },
            Thing::AuditEntry(row) => match name {
                "at" => instant(row.at),
                "actorKind" => plain(&row.actor_kind),
                "actor" => self.person(row.actor_id),
                "action" => plain(&row.action),
                "partner" => self.one("Partner", row.partner_id.map(|key| key.0)),
                "subjectKind" => plain(&row.subject_kind),
                "subjectId" => plain(id(&row.subject_kind, row.subject_id)),
                "change" => plain(&row.change),
                "requestId" => plain(&row.request_id),
                "address" => plain(&row.address),
                _ => never(thing, name),
            },
            Thing::DeadLetter(row) => match name {
                "kind" => plain(&row.kind),
                "letter" => plain(&row.letter),
                "person" => self.person(row.person_id),
                "maskedAddress" => plain(&row.masked_address),
                "createdAt" => instant(row.created_at),
                "deadAt" => instant(row.dead_at),
                "attempts" => plain(row.attempts),
                "lastError" => plain(&row.last_error),
                "emptiedAt" => instant(row.emptied_at),
                _ => never(thing, name),
            },
            Thing::Suppression(row) => match name {
                "address" => plain(&row.address),
                "reason" => plain(row.reason),
                "reply" => plain(&row.reply),
                "letter" => self.one("DeadLetter", Some(row.letter_id.0)),
                "createdAt" => instant(row.created_at),
                "liftedAt" => instant(row.lifted_at),
                "liftedBy" => self.person(row.lifted_by),
                _ => never(thing, name),
            },
            _ => never(thing, name),
        }
    }
}
