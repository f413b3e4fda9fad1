//! Case studies in every state, who wrote them, and consents to them.

use entente::case_study::rules::is_or_was_public;
use entity::case_study::CaseStudyState;
use entity::case_study_consent::{ConsentMethod, ConsentState};
use entity::file_use::UseKind;
use entity::id::{CaseStudyConsentId, PartnerId, PersonId};
use entity::verdict::SubjectKind;
use entity::*;
use sea_orm::Iterable;
use serde_json::{Value, json};

use super::files::file_of;
use super::{Chance, NAMES, World};

/// Results, with and without what may be left out.
fn results() -> [Value; 2] {
    let full = json!({
        "label": "Zeit \"am\" Tresen", "value": "−40", "unit": "%", "before": "5", "after": "3",
    });
    let bare =
        json!({ "label": "Keys", "value": "0", "unit": null, "before": null, "after": null });
    [json!([]), json!([full, bare])]
}

impl World {
    pub(super) fn add_case_studies(&mut self, chance: &mut Chance, people: &[PersonId]) {
        let partners: Vec<PartnerId> = self.partner.iter().map(|row| row.id).collect();
        for (nth, state) in CaseStudyState::iter().cycle().take(27).enumerate() {
            let partner = *chance.pick(&partners);
            // Every third is published, whatever its turn.
            let state = if nth % 3 == 2 {
                CaseStudyState::Published
            } else {
                state
            };
            self.add_case_study(chance, (nth, state), partner, people);
        }
    }

    fn add_case_study(
        &mut self,
        chance: &mut Chance,
        (nth, state): (usize, CaseStudyState),
        partner: PartnerId,
        people: &[PersonId],
    ) {
        let is_public = is_or_was_public(state);
        let is_closed = is_public && state != CaseStudyState::Published;
        let original = (self.case_study.iter()).find(|it| it.partner_id == partner);
        let original = original.map(|it| it.translation_of.unwrap_or(it.id));
        let row = case_study::Model {
            id: chance.key(),
            partner_id: partner,
            partner_name: (*chance.pick(&NAMES)).to_owned(),
            author_id: *chance.pick(people),
            slug: is_public.then(|| format!("study-{nth}")),
            locale: (*chance.pick(&["en", "de"])).to_owned(),
            translation_of: original.filter(|_| chance.one_in(2)),
            state,
            title: (*chance.pick(&NAMES)).to_owned(),
            summary: "Short,\nand *plain*.".to_owned(),
            customer: (*chance.pick(&NAMES)).to_owned(),
            industry: chance.one_in(2).then(|| chance.any()),
            region: chance.one_in(2).then(|| "EMEA".to_owned()),
            products: (*chance.pick(&["", "One", "One\nTwo, \"é\""])).to_owned(),
            challenge: "It *was* slow.".to_owned(),
            solution: "# We".to_owned(),
            outcome: String::new(),
            results: chance.pick(&results()).clone(),
            images: json!([]),
            quote: "\"Well.\"".to_owned(),
            quote_by: "Zoë".to_owned(),
            quote_role: String::new(),
            submitted_by: chance.one_in(2).then(|| *chance.pick(people)),
            submitted_at: chance.perhaps(2),
            taken_up_by: chance.one_in(2).then(|| *chance.pick(people)),
            published_at: is_public.then(|| chance.instant()),
            closed_at: is_closed.then(|| chance.instant()),
            closed_reason: is_closed.then(|| "Thus.".to_owned()),
            created_at: chance.instant(),
            updated_at: chance.instant(),
            version: 3,
        };
        let mut row = row;
        if chance.one_in(2) {
            let file = file_of(chance, Some(partner), None);
            row.images = json!([{ "file": file.id.0, "alt": "A \"door\"" }]);
            self.use_file(&file, UseKind::CaseStudyImage, row.id.0);
            self.file.push(file);
        }
        let first = chance.below(people.len());
        for at in 0..=chance.below(3) {
            self.case_study_contributor
                .push(case_study_contributor::Model {
                    id: chance.key(),
                    case_study_id: row.id,
                    partner_id: partner,
                    person_id: people[(first + at) % people.len()],
                    added_at: chance.instant(),
                });
        }
        for revision in 0..chance.below(3) {
            self.verdict.push(verdict::Model {
                id: chance.key(),
                partner_id: Some(partner),
                subject_kind: SubjectKind::CaseStudy,
                subject_id: row.id.0,
                revision: i32::try_from(revision).unwrap(),
                outcome: chance.any(),
                reason: "Tell more.".to_owned(),
                fields: json!(["results"]),
                comments: super::comments(chance),
                reviewer_id: *chance.pick(people),
                decided_at: chance.instant(),
                person_id: None,
            });
        }
        // One of them at most is asked or given.
        let last = [ConsentState::Asked, ConsentState::Given];
        for at in 0..chance.below(4) {
            let state = if at == 0 {
                *chance.pick(&last)
            } else {
                let over = [
                    ConsentState::Refused,
                    ConsentState::Outdated,
                    ConsentState::Withdrawn,
                ];
                *chance.pick(&over)
            };
            self.add_consent(chance, &row, state, people);
        }
        self.case_study.push(row);
    }

    fn add_consent(
        &mut self,
        chance: &mut Chance,
        row: &case_study::Model,
        state: ConsentState,
        people: &[PersonId],
    ) {
        let is_letter = chance.one_in(2);
        let is_withdrawn = state == ConsentState::Withdrawn;
        let id = chance.key::<CaseStudyConsentId>();
        let paper = (!is_letter).then(|| file_of(chance, Some(row.partner_id), None));
        if let Some(file) = &paper {
            self.use_file(file, UseKind::CaseStudyConsent, id.0);
        }
        let file_id = paper.as_ref().map(|file| file.id);
        self.file.extend(paper);
        self.case_study_consent.push(case_study_consent::Model {
            id,
            file_id,
            case_study_id: row.id,
            partner_id: row.partner_id,
            revision: 2,
            content: json!({
                "title": row.title, "summary": row.summary, "customer": row.customer,
                "industry": row.industry, "region": row.region, "products": ["One"],
                "challenge": row.challenge, "solution": row.solution, "outcome": row.outcome,
                "results": row.results, "images": row.images, "quote": row.quote, "quoteBy": row.quote_by,
                "quoteRole": row.quote_role,
            }),
            method: if is_letter {
                ConsentMethod::Link
            } else {
                ConsentMethod::Paper
            },
            state,
            name: "Kim \"K\"".to_owned(),
            email: is_letter.then(|| "kim@example.test".to_owned()),
            locale: "de".to_owned(),
            asked_by: *chance.pick(people),
            asked_at: chance.instant(),
            expires_at: is_letter.then(|| chance.instant()),
            answered_at: chance.perhaps(2),
            note: "So.".to_owned(),
            withdrawn_at: is_withdrawn.then(|| chance.instant()),
            withdrawn_by: (is_withdrawn && chance.one_in(2)).then(|| *chance.pick(people)),
            withdrawn_reason: is_withdrawn.then(|| "Sold.".to_owned()),
            version: 2,
        });
    }
}
