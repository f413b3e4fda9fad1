//! What can be found of case studies.

use entity::case_study::{self, CaseStudyState};
use entity::id::CaseStudyId;
use entity::search_shelf::SearchKind;
use sea_orm::EntityTrait;

use super::content::{Measured, products};
use super::words;
use crate::error::Result;
use crate::op::Permit;
use crate::search::{self, Entry, Passage, Readers, Text};

/// Puts the case study into the search as it is now: everybody finds what is published, the
/// partner and the staff all of it.
///
/// # Errors
/// What the database said.
pub async fn index(permit: &Permit<'_>, id: CaseStudyId) -> Result<()> {
    let found = case_study::Entity::find_by_id(id)
        .one(&permit.reader())
        .await?;
    let Some(row) = found else {
        return search::remove(permit, id.0).await;
    };
    // Whose customer takes the consent back is not found any more, by anybody.
    if row.state == CaseStudyState::Withdrawn {
        return search::remove(permit, id.0).await;
    }
    let readers = if row.state == CaseStudyState::Published {
        Readers::Everybody
    } else {
        Readers::Partner(row.partner_id)
    };
    // Who is told of, and in which words: headings are the reader's business, not the text's.
    let measured: Vec<Measured> = serde_json::from_value(row.results)?;
    let measured: Vec<String> = measured.into_iter().map(|it| it.label).collect();
    let industry = row.industry.map(words::names_of_industry);
    let region = row.region.map(|code| words::names_of_region(&code));
    let bodies = [
        row.customer,
        row.partner_name,
        row.challenge,
        row.solution,
        row.outcome,
        measured.join("\n\n"),
        row.quote,
        row.quote_by,
        row.quote_role,
    ];
    let passages = bodies.into_iter().filter(|body| !body.is_empty());
    let passages = passages.map(|body| Passage {
        heading: String::new(),
        body,
    });
    let entry = Entry {
        kind: SearchKind::CaseStudy,
        id: id.0,
        version: row.version,
        readers,
        tags: products(&row.products),
        names: industry
            .map(str::to_owned)
            .into_iter()
            .chain(region)
            .collect(),
        texts: vec![Text {
            locale: row.locale,
            title: row.title,
            summary: row.summary,
            passages: passages.collect(),
        }],
    };
    search::put(permit, &entry).await
}
