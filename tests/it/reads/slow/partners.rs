//! The fields of partners, from application to membership.

use std::collections::BTreeSet;

use super::*;

impl<'w> Slow<'w> {
    /// Active members who hold a certificate now: of what is named, where the actor sees that.
    pub(super) fn certified_members(&self, thing: Thing<'w>, of: Option<&str>) -> usize {
        let Thing::Partner(partner) = thing else {
            panic!("{} has no members", thing.type_name())
        };
        let mut seen = self.visible("Certification");
        seen.retain(|it| of.is_none_or(|of| id(it.type_name(), it.key()) == of));
        let holds = |it: &&certificate::Model| {
            it.issued_at.is_some_and(|at| at <= now())
                && matches!(standing(it, None), "VALID" | "EXPIRING")
                && (of.is_none() || seen.iter().any(|of| of.key() == it.certification_id.0))
        };
        let certified = self.world.certificate.iter().filter(holds);
        let certified: BTreeSet<Uuid> = certified.map(|it| it.person_id.0).collect();
        let seats = self.world.membership.iter().filter(|it| {
            it.partner_id == partner.id
                && it.state == MembershipState::Active
                && certified.contains(&it.person_id.0)
        });
        seats.count()
    }

    #[expect(clippy::too_many_lines, reason = "every field once")]
    pub(super) fn partners_field(&self, thing: Thing<'w>, name: &str) -> Held<'w> {
        match thing {
            Thing::PartnerApplication(row) => match name {
                "legalName" => plain(&row.legal_name),
                "website" => plain(&row.website),
                "domain" => plain(&row.domain),
                "country" => plain(&row.country),
                "kind" => plain(row.kind),
                "regions" => plain(&row.regions),
                "timeZone" => plain(&row.time_zone),
                "locale" => plain(&row.locale),
                "contactName" => plain(&row.contact_name),
                "contactEmail" => plain(&row.contact_email),
                "why" => plain(&row.why),
                "termsVersion" => plain(&row.terms_version),
                "termsAcceptedAt" => instant(row.terms_accepted_at),
                "state" => plain(row.state),
                "emailConfirmedAt" => instant(row.email_confirmed_at),
                "submittedAt" => instant(row.submitted_at),
                "reviewer" => self.person(row.reviewer_id),
                "decidedAt" => instant(row.decided_at),
                "welcomeAgainOn" => plain(row.welcome_again_on),
                "createdAt" => instant(row.created_at),
                "updatedAt" => instant(row.updated_at),
                "version" => plain(row.version),
                "verdicts" => self.verdicts(row.id.0),
                "partner" => self.latest(
                    "Partner",
                    |it| matches!(it, Thing::Partner(it) if it.application_id == row.id),
                ),
                "possibleDuplicates" => self.duplicates(row, "PartnerApplication", |it| match it {
                    Thing::PartnerApplication(it) => (&it.normalized_name, &it.domain),
                    _ => unreachable!(),
                }),
                "possibleDuplicatePartners" => self.duplicates(row, "Partner", |it| match it {
                    Thing::Partner(it) => (&it.normalized_name, &it.domain),
                    _ => unreachable!(),
                }),
                _ => never(thing, name),
            },
            Thing::Partner(row) => {
                let of = |key: id::PartnerId| key == row.id;
                match name {
                    "legalName" => plain(&row.legal_name),
                    "website" => plain(&row.website),
                    "logo" => self.one("File", row.logo_id.map(|file| file.0)),
                    "hidesAdvancement" => plain(row.hides_advancement),
                    "standings" => self.many(
                        "Standing",
                        |it| matches!(it, Thing::Standing(it) if it.partner_id == row.id),
                    ),
                    "appeals" => self.many(
                        "Appeal",
                        |it| matches!(it, Thing::Appeal(it) if it.partner_id == row.id),
                    ),
                    "programNotices" => self.many(
                        "ProgramNotice",
                        |it| matches!(it, Thing::ProgramNotice(it) if it.partner_id == row.id),
                    ),
                    "domain" => plain(&row.domain),
                    "country" => plain(&row.country),
                    "kind" => plain(row.kind),
                    "region" => plain(&row.region),
                    "timeZone" => plain(&row.time_zone),
                    "locale" => plain(&row.locale),
                    "state" => plain(row.state),
                    "owner" => self.person(Some(row.owner_id)),
                    "application" => self.one("PartnerApplication", Some(row.application_id.0)),
                    "approvedAt" => instant(row.approved_at),
                    "activatedAt" => instant(row.activated_at),
                    "timeToOnboard" => plain(
                        row.activated_at
                            .map(|at| (at - row.approved_at).num_seconds()),
                    ),
                    "createdAt" => instant(row.created_at),
                    "updatedAt" => instant(row.updated_at),
                    "version" => plain(row.version),
                    "factorRequired" => plain(row.factor_required),
                    "memberships" => self.many(
                        "Membership",
                        |it| matches!(it, Thing::Membership(it) if of(it.partner_id)),
                    ),
                    "memberCount" => self.count("Membership", |it| {
                        matches!(it, Thing::Membership(it)
                            if of(it.partner_id) && it.state == MembershipState::Active)
                    }),
                    "invitations" => self.many(
                        "Invitation",
                        |it| matches!(it, Thing::Invitation(it) if it.partner_id == Some(row.id)),
                    ),
                    "onboarding" => self.latest(
                        "Onboarding",
                        |it| matches!(it, Thing::Onboarding(it) if of(it.partner_id)),
                    ),
                    "onboardings" => self.many(
                        "Onboarding",
                        |it| matches!(it, Thing::Onboarding(it) if of(it.partner_id)),
                    ),
                    "onboardingSteps" => self.many(
                        "OnboardingStep",
                        |it| matches!(it, Thing::OnboardingStep(it) if of(it.partner_id)),
                    ),
                    "openStepCount" => self.count("OnboardingStep", |it| {
                        matches!(it, Thing::OnboardingStep(it) if of(it.partner_id)
                            && matches!(it.state, StepState::Open | StepState::Returned))
                    }),
                    "caseStudies" => self.many(
                        "CaseStudy",
                        |it| matches!(it, Thing::CaseStudy(it) if of(it.partner_id)),
                    ),
                    "facts" => self.many(
                        "Fact",
                        |it| matches!(it, Thing::Fact(it) if it.partner_id == Some(row.id)),
                    ),
                    "auditEntries" => self.many(
                        "AuditEntry",
                        |it| matches!(it, Thing::AuditEntry(it) if it.partner_id == Some(row.id)),
                    ),
                    _ => never(thing, name),
                }
            }
            Thing::Membership(row) => match name {
                "partner" => self.partner(row.partner_id),
                "person" => self.person(Some(row.person_id)),
                "role" => plain(row.role),
                "state" => plain(row.state),
                "joinedAt" => instant(row.joined_at),
                "endedAt" => instant(row.ended_at),
                "version" => plain(row.version),
                _ => never(thing, name),
            },
            Thing::Invitation(row) => match name {
                "partner" => self.one("Partner", row.partner_id.map(|key| key.0)),
                "email" => plain(&row.email),
                "name" => plain(&row.name),
                "memberRole" => plain(row.member_role),
                "vendorRoles" => plain(&row.vendor_roles),
                "locale" => plain(&row.locale),
                "timeZone" => plain(&row.time_zone),
                "state" => plain(row.state),
                "isExpired" => {
                    plain(row.state == InvitationState::Pending && row.expires_at <= now())
                }
                "invitedBy" => self.person(row.invited_by),
                "createdAt" => instant(row.created_at),
                "expiresAt" => instant(row.expires_at),
                "closedAt" => instant(row.closed_at),
                "acceptedBy" => self.person(row.accepted_by),
                _ => never(thing, name),
            },
            Thing::Verdict(row) => match name {
                "outcome" => plain(row.outcome),
                "reason" => plain(&row.reason),
                "fields" => plain(&row.fields),
                "comments" => Held::Within("VerdictComment", row.comments.clone()),
                "revision" => plain(row.revision),
                "caseStudy" => self.one("CaseStudy", Some(row.subject_id)),
                "reviewer" => self.person(Some(row.reviewer_id)),
                "application" => self.one("PartnerApplication", Some(row.subject_id)),
                "onboardingStep" => self.one("OnboardingStep", Some(row.subject_id)),
                "decidedAt" => instant(row.decided_at),
                _ => never(thing, name),
            },
            _ => never(thing, name),
        }
    }
}
