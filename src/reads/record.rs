//! What happened, and who changed what.

use chrono::{DateTime, Utc};
use entity::staff_role::VendorRole;
use entity::{audit_entry, fact};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::Condition;
use uuid::Uuid;

use super::{of_own_or_team, of_own_partners};
use crate::auth::Actor;
use crate::op::Op;
use crate::reads::identity::Person;
use crate::reads::partner::Partner;
use crate::shape::scalar::Json;
use crate::shape::{Direction, Fields, GlobalId, Shape, Sight, everything, global_id, nothing};

/// Something that happened.
#[derive(Debug)]
pub struct Fact;

/// A line of the audit trail.
#[derive(Debug)]
pub struct AuditEntry;

impl Shape for Fact {
    type Entity = fact::Entity;
    const NAME: &'static str = "Fact";
    const ABOUT: &'static str = "Something that happened. Facts are never edited; a correction is a later fact. You see those \
         of your partners, what happened to you alone and, as an administrator, to a member alone.";

    fn visible(actor: Sight<'_>) -> Condition {
        let personal = Condition::all()
            .add(fact::Column::PartnerId.is_null())
            .add(of_own_or_team(actor, fact::Column::PersonId));
        Condition::any()
            .add(of_own_partners(actor, fact::Column::PartnerId))
            .add(personal)
    }

    fn fields(fields: &mut Fields<Self>) {
        use fact::Column;
        fields
            .id()
            .column::<String>(
                "kind",
                Column::Kind,
                "What happened, such as `onboarding.step_done`.",
            )
            .filter()
            .column::<Json>(
                "detail",
                Column::Detail,
                "More of it: an object whose fields depend on the kind.",
            )
            .one::<Partner>(
                "partner",
                Column::PartnerId,
                "To which partner; null where to none.",
            )
            .filter()
            .one::<Person>(
                "person",
                Column::PersonId,
                "To which person; null where to none, or to one whom you do not see.",
            )
            .filter()
            .column::<DateTime<Utc>>("occurredAt", Column::OccurredAt, "When it happened.")
            .filter()
            .order()
            .column::<DateTime<Utc>>(
                "recordedAt",
                Column::RecordedAt,
                "When the portal learned of it.",
            )
            .filter()
            .order()
            .one::<Person>(
                "recordedBy",
                Column::RecordedBy,
                "Who recorded it; null for the portal itself.",
            )
            .column::<Option<String>>(
                "source",
                Column::Source,
                "The system that told it; null for the portal itself.",
            )
            .filter()
            .column::<Option<String>>(
                "externalId",
                Column::ExternalId,
                "What that system calls it.",
            )
            .filter()
            .one::<Fact>(
                "corrects",
                Column::CorrectsId,
                "The fact whose place it takes: that one does not count any more.",
            )
            .filter()
            .latest::<Fact>(
                "correctedBy",
                Column::CorrectsId,
                "The fact that takes its place; null while it counts.",
            )
            .sorted("recordedAt", Direction::Descending);
    }
}

impl Shape for AuditEntry {
    type Entity = audit_entry::Entity;
    const NAME: &'static str = "AuditEntry";
    const ABOUT: &'static str = "A line of the audit trail: who did what, when, from where. Only the vendor's administrators and \
         auditors see it.";

    fn visible(actor: Sight<'_>) -> Condition {
        if *actor == Actor::System || actor.has_role(&[VendorRole::Admin, VendorRole::Auditor]) {
            everything()
        } else {
            nothing()
        }
    }

    fn fields(fields: &mut Fields<Self>) {
        use audit_entry::Column;
        fields
            .id()
            .column::<DateTime<Utc>>("at", Column::At, "When.")
            .filter()
            .order()
            .column::<String>(
                "actorKind",
                Column::ActorKind,
                "`PERSON`, `SYSTEM`, `APPLICANT` or `ANONYMOUS`.",
            )
            .filter()
            .one::<Person>("actor", Column::ActorId, "Who, where it was a person.")
            .filter()
            .column::<String>(
                "action",
                Column::Action,
                "The permission that was used, such as `ReviewApplications`.",
            )
            .filter()
            .one::<Partner>("partner", Column::PartnerId, "The partner concerned.")
            .filter()
            .column::<String>(
                "subjectKind",
                Column::SubjectKind,
                "The type of what was changed, such as `Partner`.",
            )
            .derived(
                "subjectId",
                [Column::SubjectKind, Column::SubjectId],
                "The id of what was changed; `node` finds it where its type can be read.",
                |_: &Op, (kind, key): (String, Uuid)| GlobalId(global_id(&kind, key)),
            )
            .column::<Json>(
                "change",
                Column::Change,
                "An object with `before` and `after`: what changed, and nothing secret.",
            )
            .column::<String>(
                "requestId",
                Column::RequestId,
                "The request, as answers and logs name it.",
            )
            .column::<String>("address", Column::Address, "Network address.")
            .sorted("at", Direction::Descending);
    }
}
