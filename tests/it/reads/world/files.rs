//! Files: those of courses, and those that members have brought.

use entity::file::FileState;
use entity::file_use::UseKind;
use uuid::Uuid;

use super::*;

impl World {
    /// Gives files to some of the lessons, and lets each partner's members bring some.
    pub(super) fn add_files(&mut self, chance: &mut Chance) {
        for nth in 0..self.lesson.len() {
            if !chance.one_in(4) {
                continue;
            }
            let version = self.lesson[nth].course_version_id;
            let file = file_of(chance, None, None);
            self.lesson[nth].stored_file_id = Some(file.id);
            self.use_file(&file, UseKind::CourseVersion, version.0);
            self.file.push(file);
        }
        for nth in 0..self.onboarding_step.len() {
            if chance.one_in(4) {
                let step = self.onboarding_step[nth].clone();
                let file = file_of(chance, Some(step.partner_id), None);
                self.onboarding_step[nth].document_id = Some(file.id);
                self.use_file(&file, UseKind::OnboardingStep, step.id.0);
                self.file.push(file);
            }
        }
        for nth in 0..self.partner.len() {
            if chance.one_in(3) {
                let partner = self.partner[nth].id;
                let file = file_of(chance, Some(partner), None);
                self.partner[nth].logo_id = Some(file.id);
                self.use_file(&file, UseKind::PartnerLogo, partner.0);
                self.file.push(file);
            }
        }
        for seat in self.membership.clone() {
            if chance.one_in(3) {
                let file = file_of(chance, Some(seat.partner_id), Some(seat.person_id));
                self.file.push(file);
            }
        }
    }

    pub(super) fn use_file(&mut self, file: &file::Model, kind: UseKind, subject: Uuid) {
        self.file_use.push(file_use::Model {
            file_id: file.id,
            subject_kind: kind,
            subject_id: subject,
        });
    }
}

/// A file of anything.
pub(super) fn file_of(
    chance: &mut Chance,
    partner: Option<PartnerId>,
    owner: Option<PersonId>,
) -> file::Model {
    let state = if owner.is_some() && chance.one_in(3) {
        FileState::Staged
    } else {
        FileState::Stored
    };
    let is_stored = state == FileState::Stored;
    file::Model {
        id: chance.key(),
        owner_id: owner,
        partner_id: partner,
        name: (*chance.pick(&["a.pdf", "Über \"uns\" 1.pdf", "a#b?.png"])).to_owned(),
        media_type: "application/pdf".to_owned(),
        size: 7,
        sha256: is_stored.then(|| "ab".repeat(32)),
        state,
        is_open: false,
        created_at: chance.instant(),
        stored_at: is_stored.then(|| chance.instant()),
    }
}
