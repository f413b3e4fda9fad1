//! The fields of files, and who sees them.

use chrono::{DurationRound, TimeDelta};
use entente::auth::link::{Door, LinkKey};
use entity::file::FileState;
use entity::file_use::UseKind;

use super::*;

impl<'w> Slow<'w> {
    pub(super) fn sees_file(&self, row: &file::Model) -> bool {
        let is_own = row.owner_id.is_some_and(|owner| self.is_me(owner.0))
            && (self.seats().iter()).any(|seat| row.partner_id.is_some_and(|it| it.0 == *seat));
        let mut uses = self.world.file_use.iter();
        self.is_staff()
            || is_own
            || uses.any(|it| {
                it.file_id == row.id
                    && match it.subject_kind {
                        UseKind::CourseVersion => self.sees_course_version(it.subject_id.into()),
                        UseKind::OnboardingStep => {
                            let mut steps = self.world.onboarding_step.iter();
                            let step = steps.find(|step| step.id.0 == it.subject_id);
                            self.of_mine(step.unwrap().partner_id.0)
                        }
                        UseKind::AssetVersion => {
                            let mut versions = self.world.asset_version.iter();
                            let version = versions.find(|version| version.id.0 == it.subject_id);
                            self.sees_asset(version.unwrap().asset_id)
                        }
                        UseKind::CoBranding => {
                            let mut copies = self.world.asset_co_branding.iter();
                            let copy = copies.find(|copy| copy.id.0 == it.subject_id);
                            self.of_mine(copy.unwrap().partner_id.0)
                        }
                        UseKind::PartnerLogo => self.of_mine(it.subject_id),
                        UseKind::CaseStudyImage => {
                            let mut studies = self.world.case_study.iter();
                            let study = studies.find(|study| study.id.0 == it.subject_id);
                            self.sees(Thing::CaseStudy(study.unwrap()))
                        }
                        UseKind::Appeal => {
                            let mut appeals = self.world.appeal.iter();
                            let appeal = appeals.find(|one| one.id.0 == it.subject_id);
                            self.of_mine(appeal.unwrap().partner_id.0)
                        }
                        UseKind::CaseStudyConsent => {
                            let mut consents = self.world.case_study_consent.iter();
                            let consent = consents.find(|one| one.id.0 == it.subject_id);
                            self.of_mine(consent.unwrap().partner_id.0)
                        }
                    }
            })
    }

    pub(super) fn files_field(&self, thing: Thing<'w>, name: &str) -> Held<'w> {
        match thing {
            Thing::File(row) => match name {
                "name" => plain(&row.name),
                "mediaType" => plain(&row.media_type),
                "size" => plain(row.size),
                "sha256" => plain(&row.sha256),
                "state" => plain(row.state),
                "url" => plain((row.state == FileState::Stored).then(|| {
                    let until = now() + TimeDelta::minutes(15);
                    let until = until.duration_trunc(TimeDelta::minutes(5)).unwrap();
                    let session = self.actor.person().map(|person| person.session);
                    LinkKey::from([7; 32]).file_url(
                        Door::Download,
                        row.id,
                        session,
                        until,
                        Some(&row.name),
                    )
                })),
                "owner" => self.person(row.owner_id),
                "createdAt" => instant(row.created_at),
                _ => never(thing, name),
            },
            _ => never(thing, name),
        }
    }
}
