//! Playbooks, and who acknowledged them.

use entity::id::{PersonId, PlaybookVersionId};
use entity::playbook::PlaybookState;
use entity::playbook_section::SectionKind;
use entity::playbook_version::PlaybookVersionState;
use entity::verdict::SubjectKind;
use entity::*;
use serde_json::json;

use super::learning::AUDIENCES;
use super::{Chance, NAMES, World, now};

/// Languages of a version: of some readers theirs, of some the same in another country.
const LOCALES: [&[&str]; 4] = [&["en"], &["de-AT", "en"], &["en", "de"], &["fr"]];

/// What sections name of the library: nothing, things for some readers and for others, and what is
/// not there.
const ASSETS: [&str; 4] = [
    "",
    "|asset-3|asset-0|asset-9|asset-1|",
    "|asset-13|asset-5|",
    "|asset-2|elsewhere|asset-8|asset-4|asset-12|",
];

impl World {
    pub(super) fn add_playbooks(&mut self, chance: &mut Chance, people: &[PersonId]) {
        for nth in 0..9 {
            self.add_playbook(chance, nth, people);
        }
        let published: Vec<_> = self
            .playbook_version
            .iter()
            .filter(|row| row.published_at.is_some())
            .map(|row| (row.playbook_id, row.id))
            .collect();
        let seats: Vec<_> = self
            .membership
            .iter()
            .map(|seat| (seat.partner_id, seat.person_id))
            .collect();
        for (partner, person) in seats {
            for (playbook, version) in &published {
                if !chance.one_in(4) {
                    continue;
                }
                let is_there = self.playbook_acknowledgement.iter().any(|row| {
                    (row.playbook_version_id, row.partner_id, row.person_id)
                        == (*version, partner, person)
                });
                if is_there {
                    continue;
                }
                let due_on = chance.day_or_none();
                let ends = [now(), chance.instant()];
                self.playbook_acknowledgement
                    .push(playbook_acknowledgement::Model {
                        id: chance.key(),
                        playbook_id: *playbook,
                        playbook_version_id: *version,
                        partner_id: partner,
                        person_id: person,
                        asked_at: chance.instant(),
                        due_on,
                        due_at: due_on.map(|_| *chance.pick(&ends)),
                        acknowledged_at: chance.perhaps(2),
                    });
            }
        }
    }

    fn add_playbook(&mut self, chance: &mut Chance, nth: usize, people: &[PersonId]) {
        let [kinds, tiers, regions] = AUDIENCES[nth % AUDIENCES.len()].map(str::to_owned);
        let state: PlaybookState = if nth < 7 {
            PlaybookState::Published
        } else {
            chance.any()
        };
        let locales = *chance.pick(&LOCALES);
        let row = playbook::Model {
            id: chance.key(),
            slug: format!("playbook-{nth}"),
            title: (*chance.pick(&NAMES)).to_owned(),
            summary: "How\n*it* sells.".to_owned(),
            locale: locales[0].to_owned(),
            kinds,
            tiers,
            regions,
            state,
            created_at: chance.instant(),
            version: 2,
        };
        let (old, now, next) = (
            PlaybookVersionState::Retired,
            PlaybookVersionState::Published,
            *chance.pick(&[PlaybookVersionState::Draft, PlaybookVersionState::InReview]),
        );
        let states = match state {
            PlaybookState::Draft => vec![next],
            PlaybookState::Published => [old, now, next][..2 + nth % 2].to_vec(),
            PlaybookState::Retired => vec![old, old],
        };
        for (number, state) in (1..).zip(states) {
            let is_out = matches!(
                state,
                PlaybookVersionState::Published | PlaybookVersionState::Retired
            );
            let texts: Vec<_> = locales
                .iter()
                .map(|locale| {
                    json!({
                        "locale": locale, "title": format!("{nth} in {locale}"),
                        "summary": "So\n*é*.", "changes": "",
                    })
                })
                .collect();
            let version = playbook_version::Model {
                id: chance.key(),
                playbook_id: row.id,
                number,
                state,
                title: row.title.clone(),
                locale: row.locale.clone(),
                texts: json!(texts),
                acknowledge_within_days: chance.one_in(2).then_some(14),
                document: "sections: \"…\"".to_owned(),
                author_id: chance.person_or_none(people),
                writers: json!([]),
                created_at: chance.instant(),
                submitted_at: chance.perhaps(2),
                submitted_by: chance.person_or_none(people),
                accepted_at: chance.perhaps(2),
                published_at: is_out.then(|| chance.instant()),
                published_by: is_out.then(|| *chance.pick(people)),
                retired_at: (state == old).then(|| chance.instant()),
                version: 1,
            };
            self.add_sections(chance, version.id, locales);
            if chance.one_in(2) {
                self.verdict.push(verdict::Model {
                    comments: json!([]),
                    id: chance.key(),
                    partner_id: None,
                    subject_kind: SubjectKind::PlaybookVersion,
                    subject_id: version.id.0,
                    revision: 1,
                    outcome: chance.any(),
                    reason: "Say \"more\".".to_owned(),
                    fields: json!(["texts"]),
                    reviewer_id: *chance.pick(people),
                    decided_at: chance.instant(),
                    person_id: None,
                });
            }
            self.playbook_version.push(version);
        }
        self.playbook.push(row);
    }

    fn add_sections(&mut self, chance: &mut Chance, version: PlaybookVersionId, locales: &[&str]) {
        let count = 1 + chance.below(4);
        for (position, key) in (1..).zip(["one", "two", "three", "four"]).take(count) {
            let kind: SectionKind = chance.any();
            let assets = *chance.pick(&ASSETS);
            for locale in locales {
                let body = format!("{key} *{}*", chance.pick(&NAMES));
                self.playbook_section.push(playbook_section::Model {
                    id: chance.key(),
                    playbook_version_id: version,
                    key: key.to_owned(),
                    locale: (*locale).to_owned(),
                    written_in: locales[0].to_owned(),
                    position,
                    kind,
                    title: format!("{key} {locale}"),
                    html: format!("<p>{body}</p>"),
                    body,
                    assets: assets.to_owned(),
                });
            }
        }
    }
}
