//! The fields of case studies, and of consents to them.

use super::*;

/// Pictures, with the ids of their files as the API writes them.
fn images(stored: &serde_json::Value) -> serde_json::Value {
    let each = |it: &serde_json::Value| {
        let key = it["file"].as_str().unwrap().parse().unwrap();
        json!({ "file": id("File", key), "alt": it["alt"] })
    };
    stored.as_array().unwrap().iter().map(each).collect()
}

impl<'w> Slow<'w> {
    pub(super) fn case_studies_field(&self, thing: Thing<'w>, name: &str) -> Held<'w> {
        match thing {
            Thing::CaseStudy(row) => match name {
                "partner" => self.partner(row.partner_id),
                "partnerName" => plain(&row.partner_name),
                "author" => self.person(Some(row.author_id)),
                "contributors" => self.many("CaseStudyContributor", |it| {
                    matches!(it, Thing::CaseStudyContributor(it) if it.case_study_id == row.id)
                }),
                "slug" => plain(&row.slug),
                "locale" => plain(&row.locale),
                "translationOf" => self.one("CaseStudy", row.translation_of.map(|key| key.0)),
                "translations" => self.many("CaseStudy", |it| {
                    matches!(it, Thing::CaseStudy(it) if it.translation_of == Some(row.id))
                }),
                "state" => plain(row.state),
                "title" => plain(&row.title),
                "summary" => plain(&row.summary),
                "customer" => plain(&row.customer),
                "industry" => plain(row.industry),
                "region" => plain(&row.region),
                "products" => plain(row.products.lines().collect::<Vec<_>>()),
                "challenge" => plain(&row.challenge),
                "solution" => plain(&row.solution),
                "outcome" => plain(&row.outcome),
                "results" => Held::Within("CaseStudyResult", row.results.clone()),
                "images" => Held::Within("CaseStudyImage", images(&row.images)),
                "imageFiles" => {
                    let files = row.images.as_array().unwrap().iter();
                    let keys: Vec<Uuid> = files
                        .map(|it| it["file"].as_str().unwrap().parse().unwrap())
                        .collect();
                    let seen = self.visible("File");
                    let find = |key: &Uuid| seen.iter().find(|it| it.key() == *key).copied();
                    Held::Linked(Some(keys.iter().filter_map(find).collect()))
                }
                "quote" => plain(&row.quote),
                "quoteBy" => plain(&row.quote_by),
                "quoteRole" => plain(&row.quote_role),
                "submittedBy" => self.person(row.submitted_by),
                "submittedAt" => instant(row.submitted_at),
                "takenUpBy" => self.person(row.taken_up_by),
                "consent" => self.latest("CaseStudyConsent", |it| {
                    matches!(it, Thing::CaseStudyConsent(it) if it.case_study_id == row.id)
                }),
                "consents" => self.many("CaseStudyConsent", |it| {
                    matches!(it, Thing::CaseStudyConsent(it) if it.case_study_id == row.id)
                }),
                "verdicts" => self.verdicts(row.id.0),
                "publishedAt" => instant(row.published_at),
                "closedAt" => instant(row.closed_at),
                "closedReason" => plain(&row.closed_reason),
                "createdAt" => instant(row.created_at),
                "updatedAt" => instant(row.updated_at),
                "version" => plain(row.version),
                _ => never(thing, name),
            },
            Thing::CaseStudyContributor(row) => match name {
                "caseStudy" => self.one("CaseStudy", Some(row.case_study_id.0)),
                "person" => self.person(Some(row.person_id)),
                "addedAt" => instant(row.added_at),
                _ => never(thing, name),
            },
            Thing::CaseStudyConsent(row) => match name {
                "caseStudy" => self.one("CaseStudy", Some(row.case_study_id.0)),
                "state" => plain(row.state),
                "method" => plain(row.method),
                "revision" => plain(row.revision),
                "content" => Held::Within("CaseStudyContent", row.content.clone()),
                "results" => Held::Within("CaseStudyResult", row.content["results"].clone()),
                "images" => {
                    Held::Within("CaseStudyImage", images(&row.content["images"]))
                }
                "file" => self.one("File", row.file_id.map(|key| key.0)),
                "name" => plain(&row.name),
                "email" => plain(&row.email),
                "locale" => plain(&row.locale),
                "askedBy" => self.person(Some(row.asked_by)),
                "askedAt" => instant(row.asked_at),
                "expiresAt" => instant(row.expires_at),
                "answeredAt" => instant(row.answered_at),
                "note" => plain(&row.note),
                "withdrawnAt" => instant(row.withdrawn_at),
                "withdrawnBy" => self.person(row.withdrawn_by),
                "withdrawnReason" => plain(&row.withdrawn_reason),
                "version" => plain(row.version),
                _ => never(thing, name),
            },
            _ => never(thing, name),
        }
    }
}
