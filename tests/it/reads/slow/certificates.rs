//! The fields of certifications and certificates.

use super::*;

impl<'w> Slow<'w> {
    pub(super) fn certificates_field(&self, thing: Thing<'w>, name: &str) -> Held<'w> {
        match thing {
            Thing::Certification(row) => match name {
                "slug" => plain(&row.slug),
                "title" => plain(&row.title),
                "summary" => plain(&row.summary),
                "locale" => plain(&row.locale),
                "kinds" => plain(listed(&row.kinds)),
                "tiers" => plain(listed(&row.tiers)),
                "regions" => plain(listed(&row.regions)),
                "route" => Held::Within("CertificationRoute", route(&row.route)),
                "renewal" => Held::Within("CertificationRoute", route(&row.renewal)),
                "validityMonths" => plain(row.validity_months),
                "windowDays" => plain(row.window_days),
                "createdAt" => instant(row.created_at),
                "retiredAt" => instant(row.retired_at),
                "version" => plain(row.version),
                "certificates" => self.many("Certificate", |it| {
                    matches!(it, Thing::Certificate(it) if it.certification_id == row.id)
                }),
                _ => never(thing, name),
            },
            Thing::Certificate(row) => match name {
                "certification" => self.one("Certification", Some(row.certification_id.0)),
                "person" => self.person(Some(row.person_id)),
                "sequence" => plain(row.sequence),
                "renewal" => plain(row.renewal),
                "state" => {
                    let is_told = self.is_told(row.person_id, row.assigned_for);
                    plain(standing(row, row.due_at.filter(|_| is_told)))
                }
                "windowOpensAt" => instant(row.window_opens_at),
                "dueAt" => {
                    let is_told = self.is_told(row.person_id, row.assigned_for);
                    instant(row.due_at.filter(|_| is_told))
                }
                "assignedBy" => self.person(row.assigned_by),
                "assignedFor" => self.one("Partner", row.assigned_for.map(|key| key.0)),
                "issuedAt" => instant(row.issued_at),
                "validFrom" => instant(row.valid_from),
                "validUntil" => instant(row.valid_until),
                "number" => plain(&row.number),
                "holder" => plain(&row.holder),
                "outdatedAt" => instant(row.outdated_at),
                "revokedAt" => instant(row.revoked_at),
                "revokedBy" => self.person(row.revoked_by),
                "revokedReason" => plain(&row.revoked_reason),
                "revokedEvidence" => {
                    plain(row.revoked_evidence.as_ref().filter(|_| self.is_staff()))
                }
                "corrections" => self.many("CertificateCorrection", |it| {
                    matches!(it, Thing::CertificateCorrection(it) if it.certificate_id == row.id)
                }),
                "evidence" => self.latest("CertificationEvidence", |it| {
                    matches!(it, Thing::CertificationEvidence(it) if it.certificate_id == row.id)
                }),
                "version" => plain(row.version),
                _ => never(thing, name),
            },
            Thing::CertificateCorrection(row) => match name {
                "certificate" => self.one("Certificate", Some(row.certificate_id.0)),
                "before" => plain(&row.before),
                "after" => plain(&row.after),
                "reason" => plain(&row.reason),
                "correctedBy" => self.person(Some(row.corrected_by)),
                "correctedAt" => instant(row.corrected_at),
                _ => never(thing, name),
            },
            Thing::CertificationEvidence(row) => match name {
                "certificate" => self.one("Certificate", Some(row.certificate_id.0)),
                "certification" => self.one("Certification", Some(row.certification_id.0)),
                "person" => self.person(Some(row.person_id)),
                "state" => plain(row.state),
                "text" => plain(&row.text),
                "url" => plain(&row.url),
                "submittedAt" => instant(row.submitted_at),
                "takenUpBy" => self.person(row.taken_up_by),
                "decidedAt" => instant(row.decided_at),
                "version" => plain(row.version),
                "verdicts" => self.verdicts(row.id.0),
                _ => never(thing, name),
            },
            _ => never(thing, name),
        }
    }
}
