//! A template of a playbook, filled in for one partner: to read, and to take away on paper.

use entity::file;
use entity::id::{FileId, PartnerId, PlaybookSectionId};
use entity::playbook_section::SectionKind;
use entity::{partner, playbook_section};
use sea_orm::EntityTrait;

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::logo::Logo;
use super::pdf::{self, About};
use super::template::{self, Values};
use super::{docx, sheet, store};
use crate::config;
use crate::document::plain_words;
use crate::error::{Error, Refusal, Result};
use crate::file::{Store, in_turn, read};
use crate::op::Op;
use crate::tongue::Tongue;

/// As what kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For those who go on writing on it.
    Docx,
    /// For those who send it as it is.
    Pdf,
}

/// A filled-in template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    section: playbook_section::Model,
    values: Values,
    today: NaiveDate,
    logo: Option<FileId>,
}

/// Fills a template in, which the asker may see: with what their partner is called, and themselves
/// as its contact. The vendor's staff may do it for any partner, to see what comes out.
///
/// # Errors
/// [`Error::NotFound`] where there is no such partner of theirs; `NOT_TEMPLATE`.
pub async fn fill(
    op: &Op,
    portal: &config::Portal,
    section: PlaybookSectionId,
    partner: PartnerId,
) -> Result<Filled> {
    let actor = op.actor();
    let person = actor.person().ok_or(Error::Unauthenticated)?.id;
    let is_theirs = actor.is_staff() || actor.partners().any(|own| own == partner);
    let db = op.reader();
    let found = partner::Entity::find_by_id(partner).one(&db).await?;
    let partner = found
        .filter(|_| is_theirs)
        .ok_or(Error::NotFound("Partner"))?;
    let section = store::section(&db, section).await?;
    if section.kind != SectionKind::Template {
        let message = "This section is no template: there is nothing to fill in.";
        return Err(Refusal::new("NOT_TEMPLATE", message).at("section").into());
    }
    let contact = store::person(&db, person).await?;
    let zone: Tz = contact.time_zone.parse().unwrap_or(Tz::UTC);
    let today = op.now().with_timezone(&zone).date_naive();
    Ok(Filled {
        values: Values {
            contact_email: contact.email,
            contact_name: contact.name,
            date: Tongue::of(&section.written_in).day(today),
            partner_country: partner.country,
            partner_name: partner.legal_name,
            partner_website: partner.website,
            program_name: portal.name.clone(),
        },
        section,
        today,
        logo: partner.logo_id,
    })
}

impl Filled {
    /// What it is called.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.section.title
    }

    /// As HTML that cannot harm.
    #[must_use]
    pub fn html(&self) -> String {
        template::to_html(&self.section.body, &self.values)
    }

    /// What the file is called: after the template and the partner, so that several of them can lie in
    /// one folder, and in plain words, as every system takes them.
    #[must_use]
    pub fn name(&self, format: Format) -> String {
        let ending = match format {
            Format::Docx => "docx",
            Format::Pdf => "pdf",
        };
        let title = plain_words(&self.section.title);
        let template = if title.is_empty() {
            &self.section.key
        } else {
            &title
        };
        let partner = plain_words(&self.values.partner_name);
        let name = [template.as_str(), partner.as_str()].join("-");
        format!("{}.{ending}", name.trim_end_matches('-'))
    }

    /// The file.
    ///
    /// # Errors
    /// A fault where it cannot be written.
    pub async fn file(&self, op: &Op, files: &Store, format: Format) -> Result<Vec<u8>> {
        let found = match self.logo {
            Some(id) => file::Entity::find_by_id(id).one(&op.reader()).await?,
            None => None,
        };
        let load = async {
            Ok(match &found {
                Some(row) => Some(read(op, files, row).await?),
                None => None,
            })
        };
        let filled = self.clone();
        let made = in_turn(load, move |bytes: Option<Vec<u8>>| {
            let logo = bytes.as_deref().and_then(Logo::read);
            filled.write(format, logo.as_ref())
        });
        made.await?
    }

    fn write(&self, format: Format, logo: Option<&Logo>) -> Result<Vec<u8>> {
        let blocks = sheet::blocks(&self.section.body, &self.values);
        match format {
            Format::Docx => docx::docx(&blocks, logo),
            Format::Pdf => {
                let about = About {
                    title: self.section.title.clone(),
                    author: self.values.partner_name.clone(),
                    locale: self.section.written_in.clone(),
                    made_on: self.today,
                };
                pdf::pdf(&about, &blocks, logo)
            }
        }
    }
}
