//! Case studies of the demo: told by partners, each in its language, consented to and published.

use entity::case_study;
use entity::id::{CaseStudyId, PartnerId};
use entity::verdict::Outcome;
use sea_orm::EntityTrait;
use serde::Deserialize;

use super::cast::read;
use super::stage::days;
use super::story::{Act, Story};
use crate::case_study::consent::{self, Answer, Ask};
use crate::case_study::content::{Content, Edit, Picture};
use crate::case_study::review::{self, Review};
use crate::case_study::write::{self, CoAuthors, New, Update};
use crate::error::{Error, Result};
use crate::op::Op;

/// A case study, and who consents to it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Told {
    company: String,
    ago: f64,
    locale: String,
    contact: String,
    email: String,
    picture: Shown,
    content: Content,
}

/// A picture in it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shown {
    file: String,
    alt: String,
}

/// The pictures, by their names.
const PICTURES: [(&str, &[u8]); 2] = [
    (
        "kilns.png",
        include_bytes!("../../../assets/demo/kilns.png"),
    ),
    (
        "cupboard.png",
        include_bytes!("../../../assets/demo/cupboard.png"),
    ),
];

/// All of them.
pub(super) fn told() -> Result<Vec<Told>> {
    read(include_str!("../../../assets/demo/case_studies.yaml"))
}

impl Story {
    /// Told, reviewed two days later, consented to by the customer, published.
    pub(super) fn plan_telling(&mut self) {
        for nth in 0..self.told.len() {
            let when = self.ago(self.told[nth].ago);
            self.plan(when, Act::Tell(nth));
            self.plan(when + days(2.0), Act::ReviewTold(nth));
            self.plan(when + days(3.1), Act::ConsentToTold(nth));
            self.plan(when + days(4.0), Act::PublishTold(nth));
        }
    }

    /// The company that tells it.
    fn teller(&self, nth: usize) -> Result<usize> {
        let domain = &self.told[nth].company;
        let mut companies = self.cast.companies.iter();
        let at = companies.position(|it| it.domain == *domain);
        at.ok_or_else(|| Error::fault(format!("{domain} is not in the cast")))
    }

    /// What its author does now, who has the second seat of the company.
    fn author_of(&mut self, at: usize) -> Result<Op> {
        let people = self.cast.companies[at].people();
        self.stage.person(&people[1].email)
    }

    pub(super) async fn tell(&mut self, nth: usize) -> Result<()> {
        let at = self.teller(nth)?;
        let missing = || Error::NotFound("Partner");
        let partner = *self.partners.get(&at).ok_or_else(missing)?;
        let told = &self.told[nth];
        let new = New {
            partner,
            locale: told.locale.clone(),
            title: told.content.title.clone(),
            translation_of: None,
        };
        let (content, shown) = (told.content.clone(), told.picture.clone());
        let portal = self.stage.app.config.portal.clone();
        let id = write::create(&self.author_of(at)?, new).await?;
        let first = self.cast.companies[at].people()[0].email.clone();
        let first = self.stage.person(&first)?;
        let co_authors = CoAuthors {
            id,
            people: first.actor().person().map(|it| it.id).into_iter().collect(),
            expected_version: 1,
        };
        write::set_co_authors(&self.author_of(at)?, co_authors).await?;
        let picture = self.picture(at, partner, shown).await?;
        let edit = edit(Content {
            images: vec![picture],
            ..content
        });
        let update = Update {
            id,
            edit,
            expected_version: 2,
        };
        write::update(&self.author_of(at)?, &portal, update).await?;
        write::submit(&self.author_of(at)?, id, 3).await?;
        self.stories.insert(nth, id);
        Ok(())
    }

    /// The picture, uploaded by the author.
    async fn picture(&mut self, at: usize, partner: PartnerId, shown: Shown) -> Result<Picture> {
        let op = self.author_of(at)?;
        let bytes = PICTURES.iter().find(|(name, _)| *name == shown.file);
        let missing = || Error::fault(format!("there is no picture {}", shown.file));
        let (name, bytes) = bytes.ok_or_else(missing)?;
        Ok(Picture {
            file: self.upload(&op, Some(partner), name, bytes).await?,
            alt: shown.alt,
        })
    }

    /// Found good, and the customer asked.
    pub(super) async fn review_told(&mut self, nth: usize) -> Result<()> {
        let at = self.teller(nth)?;
        let row = self.story(nth).await?;
        review::take_up(&self.owner(at)?, row.id, row.version).await?;
        let review = Review {
            id: row.id,
            reason: String::new(),
            fields: Vec::new(),
            comments: Vec::new(),
            expected_version: row.version + 1,
        };
        review::decide(&self.owner(at)?, review, Outcome::Accepted).await?;
        let told = &self.told[nth];
        let ask = Ask {
            id: row.id,
            name: told.contact.clone(),
            email: told.email.clone(),
            locale: told.locale.clone(),
            expected_version: row.version + 2,
        };
        let asked = consent::ask(&self.author_of(at)?, ask).await?;
        self.asked.insert(nth, asked);
        Ok(())
    }

    pub(super) async fn consent_to_told(&mut self, nth: usize) -> Result<()> {
        let missing = || Error::NotFound("CaseStudyConsent");
        let asked = *self.asked.get(&nth).ok_or_else(missing)?;
        let token = self.stage.app.guard.keys.link().consent_token(asked);
        let customer = self.stage.anyone(&self.told[nth].email);
        consent::answer(&customer, &token, Answer::Given, String::new()).await
    }

    pub(super) async fn publish_told(&mut self, nth: usize) -> Result<()> {
        let at = self.teller(nth)?;
        let row = self.story(nth).await?;
        review::publish(&self.owner(at)?, row.id, row.version).await?;
        Ok(())
    }

    async fn story(&self, nth: usize) -> Result<case_study::Model> {
        let missing = || Error::NotFound("CaseStudy");
        let id: CaseStudyId = *self.stories.get(&nth).ok_or_else(missing)?;
        let found = case_study::Entity::find_by_id(id);
        let row = found.one(self.stage.app.db.reader()).await?;
        row.ok_or_else(missing)
    }
}

/// All of it, as its author saves it.
fn edit(content: Content) -> Edit {
    Edit {
        title: Some(content.title),
        summary: Some(content.summary),
        customer: Some(content.customer),
        industry: content.industry,
        region: content.region,
        products: Some(content.products),
        challenge: Some(content.challenge),
        solution: Some(content.solution),
        outcome: Some(content.outcome),
        results: Some(content.results),
        images: Some(content.images),
        quote: Some(content.quote),
        quote_by: Some(content.quote_by),
        quote_role: Some(content.quote_role),
    }
}
