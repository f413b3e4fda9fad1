//! The fields of people and what is theirs.

use super::*;

impl<'w> Slow<'w> {
    #[expect(clippy::too_many_lines, reason = "every field once")]
    pub(super) fn people_field(&self, thing: Thing<'w>, name: &str) -> Held<'w> {
        match thing {
            Thing::Person(row) => {
                let me_or_staff = self.is_staff() || self.is_me(row.id.0);
                let own = |value: Held<'w>| {
                    if me_or_staff {
                        value
                    } else {
                        plain(None::<()>)
                    }
                };
                match name {
                    "name" => plain(&row.name),
                    "email" if self.is_staff() || self.is_colleague(row.id.0) => plain(&row.email),
                    "email" => plain(None::<()>),
                    "locale" => own(plain(&row.locale)),
                    "timeZone" => own(plain(&row.time_zone)),
                    "state" => own(plain(row.state)),
                    "createdAt" => instant(row.created_at),
                    "version" => plain(row.version),
                    "vendorRoles" => {
                        let roles = self.world.staff_role.iter();
                        let mut roles: Vec<String> = roles
                            .filter(|it| it.person_id == row.id)
                            .map(|it| json!(it.role).as_str().unwrap().to_owned())
                            .collect();
                        roles.sort();
                        own(plain(roles))
                    }
                    "memberships" => self.many(
                        "Membership",
                        |it| matches!(it, Thing::Membership(it) if it.person_id == row.id),
                    ),
                    "ownedPartners" => self.many(
                        "Partner",
                        |it| matches!(it, Thing::Partner(it) if it.owner_id == row.id),
                    ),
                    "sessions" => self.many(
                        "Session",
                        |it| matches!(it, Thing::Session(it) if it.person_id == row.id),
                    ),
                    "factors" => self.many(
                        "Factor",
                        |it| matches!(it, Thing::Factor(it) if it.person_id == row.id),
                    ),
                    "hasFactor" => {
                        let is_admin = self.actor.has_role(&[VendorRole::Admin]);
                        let mut factors = self.world.factor.iter();
                        let has =
                            factors.any(|it| it.person_id == row.id && it.confirmed_at.is_some());
                        plain((is_admin || self.is_me(row.id.0)).then_some(has))
                    }
                    "recoveryCodesLeft" => {
                        let codes = self.world.recovery_code.iter();
                        let left = codes
                            .filter(|it| it.person_id == row.id && it.used_at.is_none())
                            .count();
                        plain(self.is_me(row.id.0).then_some(left))
                    }
                    "enrollments" => self.many(
                        "Enrollment",
                        |it| matches!(it, Thing::Enrollment(it) if it.person_id == row.id),
                    ),
                    "certificates" => self.many(
                        "Certificate",
                        |it| matches!(it, Thing::Certificate(it) if it.person_id == row.id),
                    ),
                    "notifications" => self.many(
                        "Notification",
                        |it| matches!(it, Thing::Notification(it) if it.person_id == row.id),
                    ),
                    "letterPreferences" => self.many(
                        "LetterPreference",
                        |it| matches!(it, Thing::LetterPreference(it) if it.person_id == row.id),
                    ),
                    "unreadNotificationCount" => self.count("Notification", |it| {
                        matches!(it, Thing::Notification(it)
                            if it.person_id == row.id && it.read_at.is_none())
                    }),
                    _ => never(thing, name),
                }
            }
            Thing::Session(row) => match name {
                "isCurrent" => plain(self.actor.person().is_some_and(|me| me.session == row.id)),
                "isActive" => plain(row.ended_at.is_none() && row.expires_at > now()),
                "createdAt" => instant(row.created_at),
                "usedAt" => instant(row.used_at),
                "expiresAt" => instant(row.expires_at),
                "endedAt" => instant(row.ended_at),
                "endReason" => plain(&row.end_reason),
                "device" => plain(&row.user_agent),
                "address" => plain(&row.address),
                "usedFrom" => plain(&row.used_from),
                "provenAt" => instant(row.proven_at),
                _ => never(thing, name),
            },
            Thing::Factor(row) => match name {
                "kind" => plain(row.kind),
                "name" => plain(&row.name),
                "createdAt" => instant(row.created_at),
                "usedAt" => instant(row.used_at),
                _ => never(thing, name),
            },
            Thing::Notification(row) => match name {
                "kind" => plain(&row.kind),
                "letter" => plain(&row.letter),
                "createdAt" => instant(row.created_at),
                "readAt" => instant(row.read_at),
                "partner" => self.one("Partner", row.partner_id.map(|key| key.0)),
                _ => never(thing, name),
            },
            Thing::LetterPreference(row) => match name {
                "letter" => plain(&row.letter),
                "wanted" => plain(row.wanted),
                "changedAt" => instant(row.changed_at),
                _ => never(thing, name),
            },
            _ => never(thing, name),
        }
    }
}
