//! The library and field notes.

use entity::asset::AssetState;
use entity::field_note::FieldNoteState;
use entity::file_use::UseKind;
use entity::id::{FileId, PartnerId, PersonId};
use entity::verdict::SubjectKind;
use entity::*;
use serde_json::json;
use uuid::Uuid;

use super::learning::AUDIENCES;
use super::{Chance, NAMES, World};

/// What things are found by: none, one, several.
const TAGS: [&str; 3] = ["", "|price|", "|price|public-sector|"];

/// Where a change of a note can stand: what is accepted is the note itself.
const CHANGE_STATES: [FieldNoteState; 4] = [
    FieldNoteState::Submitted,
    FieldNoteState::ChangesRequested,
    FieldNoteState::Declined,
    FieldNoteState::Withdrawn,
];

impl World {
    pub(super) fn add_library(&mut self, chance: &mut Chance, people: &[PersonId]) {
        let partners: Vec<PartnerId> = self.partner.iter().map(|row| row.id).collect();
        for nth in 0..14 {
            self.add_asset(chance, nth, people, &partners);
        }
        let steps: Vec<String> = self
            .onboarding_step
            .iter()
            .map(|it| it.key.clone())
            .collect();
        for nth in 0..9 {
            let [kinds, tiers, regions] = AUDIENCES[nth % AUDIENCES.len()].map(str::to_owned);
            let pinned_steps = if steps.is_empty() || chance.one_in(3) {
                String::new()
            } else {
                format!("|{}|elsewhere|", chance.pick(&steps))
            };
            let row = asset_collection::Model {
                id: chance.key(),
                slug: format!("collection-{nth}"),
                title: (*chance.pick(&NAMES)).to_owned(),
                summary: "What *belongs* together.".to_owned(),
                locale: (*chance.pick(&["en", "de"])).to_owned(),
                kinds,
                tiers,
                regions,
                pinned_tiers: (*chance.pick(&["", "|gold|"])).to_owned(),
                pinned_steps,
                created_at: chance.instant(),
                retired_at: chance.perhaps(4),
                version: 1,
            };
            for (position, asset) in (1..).zip(self.asset.iter().skip(nth).step_by(2).take(4)) {
                self.asset_collection_item
                    .push(asset_collection_item::Model {
                        id: chance.key(),
                        collection_id: row.id,
                        asset_id: asset.id,
                        position,
                    });
            }
            self.asset_collection.push(row);
        }
    }

    fn add_asset(
        &mut self,
        chance: &mut Chance,
        nth: usize,
        people: &[PersonId],
        partners: &[PartnerId],
    ) {
        let [kinds, tiers, regions] = AUDIENCES[nth % AUDIENCES.len()].map(str::to_owned);
        let state: AssetState = if nth < 7 {
            AssetState::Published
        } else {
            chance.any()
        };
        let row = asset::Model {
            id: chance.key(),
            slug: format!("asset-{nth}"),
            title: (*chance.pick(&NAMES)).to_owned(),
            summary: "What it is *for*.".to_owned(),
            kind: chance.any(),
            tags: (*chance.pick(&TAGS)).to_owned(),
            locale: (*chance.pick(&["en", "de"])).to_owned(),
            kinds,
            tiers,
            regions,
            owner_id: *chance.pick(people),
            expires_at: chance.perhaps(2),
            state,
            created_at: chance.instant(),
            version: 1,
        };
        let versions = if state == AssetState::Draft {
            0
        } else {
            1 + chance.below(2)
        };
        for number in 1..=versions {
            let id = chance.key();
            let file = chance.one_in(2).then(|| chance.pick(&self.file).clone());
            let link = "https://film.example.test/1?a=b&c=\"d\"".to_owned();
            if let Some(file) = &file {
                self.add_file_use(file.id, UseKind::AssetVersion, id);
            }
            let version = asset_version::Model {
                id: id.into(),
                asset_id: row.id,
                number: i32::try_from(number).unwrap(),
                file_id: file.as_ref().map(|file| file.id),
                url: file.is_none().then_some(link),
                name: file.as_ref().map(|file| file.name.clone()),
                media_type: file.as_ref().map(|file| file.media_type.clone()),
                size: file.as_ref().map(|file| file.size),
                change_note: (*chance.pick(&["", "Brighter,\nand shorter."])).to_owned(),
                zones: chance
                    .pick(&[
                        json!([]),
                        json!([
                            { "page": 1, "x": 0, "y": 900, "width": 200, "height": 100 },
                            { "page": 2, "x": 10, "y": 10, "width": 990, "height": 1 },
                        ]),
                    ])
                    .clone(),
                author_id: *chance.pick(people),
                published_at: chance.instant(),
            };
            for person in people {
                if chance.one_in(3) {
                    self.asset_download.push(asset_download::Model {
                        id: chance.key(),
                        asset_id: row.id,
                        asset_version_id: version.id,
                        person_id: *person,
                        partner_id: *chance.pick(partners),
                        downloaded_at: chance.instant(),
                    });
                }
            }
            if chance.one_in(2) {
                let (id, partner_id) = (chance.key(), *chance.pick(partners));
                let (logo_id, file_id) = (chance.pick(&self.file).id, chance.pick(&self.file).id);
                self.add_file_use(file_id, UseKind::CoBranding, id);
                self.asset_co_branding.push(asset_co_branding::Model {
                    id: id.into(),
                    asset_version_id: version.id,
                    partner_id,
                    logo_id,
                    file_id,
                    person_id: *chance.pick(people),
                    made_at: chance.instant(),
                });
            }
            self.asset_version.push(version);
        }
        self.asset.push(row);
    }

    fn add_file_use(&mut self, file_id: FileId, subject_kind: UseKind, subject_id: Uuid) {
        self.file_use.push(file_use::Model {
            file_id,
            subject_kind,
            subject_id,
        });
    }

    pub(super) fn add_field_notes(&mut self, chance: &mut Chance, people: &[PersonId]) {
        let partners: Vec<PartnerId> = self.partner.iter().map(|row| row.id).collect();
        for nth in 0..partners.len() * 4 {
            let [kinds, tiers, regions] = AUDIENCES[nth % AUDIENCES.len()].map(str::to_owned);
            let state: FieldNoteState = if nth % 2 == 0 {
                FieldNoteState::Published
            } else {
                chance.any()
            };
            let shows_partner = chance.one_in(2);
            let partner_id = *chance.pick(&partners);
            let id = chance.key();
            let mut endorsements = 0;
            for person in people {
                if chance.one_in(3) {
                    endorsements += 1;
                    self.field_note_endorsement
                        .push(field_note_endorsement::Model {
                            id: chance.key(),
                            field_note_id: id,
                            person_id: *person,
                            endorsed_at: chance.instant(),
                        });
                }
            }
            // Few, so that several stand beside the same.
            let (playbooks, courses) = (&self.playbook[..3], &self.course[..3]);
            let playbook = chance.one_in(2).then(|| chance.pick(playbooks));
            let course = chance.one_in(2).then(|| chance.pick(courses));
            if chance.one_in(2) {
                self.field_note_change.push(field_note_change::Model {
                    id: chance.key(),
                    field_note_id: id,
                    partner_id,
                    state: *chance.pick(&CHANGE_STATES),
                    title: (*chance.pick(&NAMES)).to_owned(),
                    text: "What was learned *since*.".to_owned(),
                    tags: (*chance.pick(&TAGS)).to_owned(),
                    locale: "en".to_owned(),
                    playbook: playbook.map(|row| row.slug.clone()),
                    playbook_id: playbook.map(|row| row.id),
                    course: None,
                    course_id: None,
                    shows_partner: chance.one_in(2),
                    submitted_at: chance.instant(),
                });
            }
            self.field_note.push(field_note::Model {
                id,
                partner_id,
                author_id: *chance.pick(people),
                state,
                title: (*chance.pick(&NAMES)).to_owned(),
                text: "What was *learned*: \"ask\".".to_owned(),
                tags: (*chance.pick(&TAGS)).to_owned(),
                locale: (*chance.pick(&["en", "de"])).to_owned(),
                playbook: playbook.map(|row| row.slug.clone()),
                playbook_id: playbook.map(|row| row.id),
                course: course.map(|row| row.slug.clone()),
                course_id: course.map(|row| row.id),
                shows_partner,
                partner_name: (shows_partner && state == FieldNoteState::Published)
                    .then(|| "Alpha GmbH".to_owned()),
                kinds,
                tiers,
                regions,
                endorsements,
                submitted_at: chance.instant(),
                published_at: (state == FieldNoteState::Published).then(|| chance.instant()),
                version: 1,
            });
            if chance.one_in(2) {
                self.verdict.push(verdict::Model {
                    comments: super::comments(chance),
                    id: chance.key(),
                    partner_id: Some(partner_id),
                    subject_kind: SubjectKind::FieldNote,
                    subject_id: id.0,
                    revision: 1,
                    outcome: chance.any(),
                    reason: "Say more.".to_owned(),
                    fields: json!(["text"]),
                    reviewer_id: *chance.pick(people),
                    decided_at: chance.instant(),
                    person_id: None,
                });
            }
        }
    }
}
