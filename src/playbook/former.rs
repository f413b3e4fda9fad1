//! Earlier versions of a playbook that somebody could read while partners did, and of which they are
//! told what has changed since.
//!
//! Nobody learns of a version that was never for them: they had their seat before it was taken away,
//! and their partner, whose kind and region stay, stood on one of its tiers by then and still does.

use chrono::{DateTime, Utc};
use entity::id::{PartnerId, PersonId};
use entity::membership::{self, MembershipState};
use entity::partner::{self, PartnerKind};
use entity::playbook_version::{self, PlaybookVersionState};
use entity::standing;
use sea_orm::{ColumnTrait, DatabaseExecutor, EntityTrait, QueryFilter, QueryOrder};

use super::document::Document;
use crate::audience::Audience;
use crate::error::Result;
use crate::op::Op;

/// The versions that somebody could read once.
pub(super) struct Former {
    /// The last of them comes before this number.
    before: i32,
    /// Their seats; none where they do not read the version that partners read now.
    seats: Vec<Seat>,
}

impl Former {
    /// Those before `to` that the person could read, if they read `to`, which partners read.
    pub(super) async fn of(
        op: &Op,
        person: PersonId,
        to: &playbook_version::Model,
    ) -> Result<Self> {
        let before = to.number;
        let mut seats = Vec::new();
        if to.state == PlaybookVersionState::Published {
            let own: Vec<PartnerId> = op.actor().partners().collect();
            seats = seats_in(&op.reader(), person, own).await?;
            let (audience, now) = (audience(to)?, op.now());
            if !seats.iter().any(|seat| seat.could_read(&audience, now)) {
                seats.clear();
            }
        }
        Ok(Self { before, seats })
    }

    /// Whether that version is one of them.
    pub(super) fn include(&self, version: &playbook_version::Model) -> Result<bool> {
        let (Some(_), Some(until)) = (version.published_at, version.retired_at) else {
            return Ok(false);
        };
        if version.number >= self.before || self.seats.is_empty() {
            return Ok(false);
        }
        let audience = audience(version)?;
        let mut seats = self.seats.iter();
        Ok(seats.any(|seat| seat.could_read(&audience, until)))
    }
}

fn audience(version: &playbook_version::Model) -> Result<Audience> {
    Ok(Document::from_yaml(&version.document)?.audience)
}

/// A seat in a partner.
struct Seat {
    since: DateTime<Utc>,
    kind: PartnerKind,
    region: String,
    /// Tiers on which the partner stands, each since when.
    tiers: Vec<(String, DateTime<Utc>)>,
}

impl Seat {
    /// Whether something for these partners was for this one before that instant.
    fn could_read(&self, audience: &Audience, until: DateTime<Utc>) -> bool {
        let stood = self.tiers.iter().filter(|(_, since)| *since < until);
        let tiers: Vec<String> = stood.map(|(tier, _)| tier.clone()).collect();
        self.since < until && audience.includes(self.kind, &tiers, &self.region)
    }
}

/// The seats of a person in these partners.
async fn seats_in(
    db: &DatabaseExecutor<'_>,
    person: PersonId,
    partners: Vec<PartnerId>,
) -> Result<Vec<Seat>> {
    let of_partners = partners.iter().copied();
    let mine = membership::Entity::find()
        .filter(membership::Column::PersonId.eq(person))
        .filter(membership::Column::State.eq(MembershipState::Active))
        .filter(membership::Column::PartnerId.is_in(of_partners.clone()))
        .order_by_asc(membership::Column::Id)
        .all(db)
        .await?;
    let standings = standing::Entity::find()
        .filter(standing::Column::PartnerId.is_in(of_partners.clone()))
        .order_by_asc(standing::Column::Id)
        .all(db)
        .await?;
    let partners = partner::Entity::find()
        .filter(partner::Column::Id.is_in(of_partners))
        .order_by_asc(partner::Column::Id)
        .all(db)
        .await?;
    let seats = partners.into_iter().filter_map(|partner| {
        let seat = mine.iter().find(|seat| seat.partner_id == partner.id)?;
        let theirs = standings.iter().filter(|it| it.partner_id == partner.id);
        Some(Seat {
            since: seat.joined_at,
            tiers: theirs
                .filter_map(|it| it.tier.clone().map(|tier| (tier, it.since)))
                .collect(),
            kind: partner.kind,
            region: partner.region,
        })
    });
    Ok(seats.collect())
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn what_was_for_a_tier_is_read_by_who_stood_on_it_by_then() {
        let at = |hour| DateTime::UNIX_EPOCH + TimeDelta::hours(hour);
        let seat = Seat {
            since: at(1),
            kind: PartnerKind::Reseller,
            region: "EMEA".to_owned(),
            tiers: vec![("gold".to_owned(), at(3))],
        };
        let everybody = Audience::default();
        let gold = Audience {
            tiers: vec!["gold".to_owned()],
            ..Audience::default()
        };
        let others = Audience {
            regions: vec!["APAC".to_owned()],
            ..Audience::default()
        };
        for (audience, until, expected) in [
            (&everybody, 1, false),
            (&everybody, 2, true),
            (&gold, 3, false),
            (&gold, 4, true),
            (&others, 4, false),
        ] {
            let could = seat.could_read(audience, at(until));
            assert_eq!(could, expected, "{audience:?} until {until}");
        }
    }
}
