//! Case studies: published ones for everybody, all of a partner's for its members and for staff.

use chrono::{DateTime, Utc};
use entity::case_study::{CaseStudyState, Industry};
use entity::case_study_consent::{ConsentMethod, ConsentState};
use entity::{case_study, case_study_consent, case_study_contributor, verdict};
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::of_own_partners;
use crate::case_study::content::{Content, Measured, Picture, products};
use crate::error::Error;
use crate::op::Op;
use crate::reads::file::File;
use crate::reads::identity::Person;
use crate::reads::partner::{Partner, Verdict};
use crate::shape::scalar::{EmailAddress, Locale, Markdown};
use crate::shape::{
    Batch, Chosen, Direction, Fields, GlobalId, Loading, Part, Parts, Shape, Sight, global_id,
};

/// What a partner did for a customer.
#[derive(Debug)]
pub struct CaseStudy;

/// Somebody's part in a case study.
#[derive(Debug)]
pub struct CaseStudyContributor;

/// A customer's consent to a case study.
#[derive(Debug)]
pub struct CaseStudyConsent;

impl Part for Measured {
    const NAME: &'static str = "CaseStudyResult";
    const ABOUT: &'static str = "What was measured.";

    fn parts(parts: &mut Parts<Self>) {
        parts
            .field("label", "Of what.", |it| it.label.clone())
            .field("value", "The result, as a text such as `−40`.", |it| {
                it.value.clone()
            })
            .field(
                "unit",
                "Its unit, such as `%`; null where it has none.",
                |it| it.unit.clone(),
            )
            .field(
                "before",
                "What it was before; null where that is not said.",
                |it| it.before.clone(),
            )
            .field(
                "after",
                "What it is now; null where that is not said.",
                |it| it.after.clone(),
            );
    }
}

impl Part for Picture {
    const NAME: &'static str = "CaseStudyImage";
    const ABOUT: &'static str = "A picture in a case study.";

    fn parts(parts: &mut Parts<Self>) {
        parts
            .field(
                "file",
                "The id of its file: `imageFiles` tells more of it.",
                |it| GlobalId(global_id(File::NAME, it.file.0)),
            )
            .field("alt", "What it shows, for those who do not see it.", |it| {
                it.alt.clone()
            });
    }
}

/// Files of the pictures, in their order.
fn image_files(batch: Batch<'_>) -> Loading<'_, Vec<Uuid>> {
    Box::pin(async move {
        let keys = batch.keys.iter().copied();
        let rows = case_study::Entity::find()
            .filter(case_study::Column::Id.is_in(keys))
            .all(batch.db)
            .await?;
        let files = |row: &case_study::Model| {
            let images: Vec<Picture> = serde_json::from_value(row.images.clone())?;
            Ok::<_, Error>((row.id.0, images.iter().map(|it| it.file.0).collect()))
        };
        rows.iter().map(files).collect()
    })
}

impl Part for Content {
    const NAME: &'static str = "CaseStudyContent";
    const ABOUT: &'static str = "What a case study said at that time.";

    fn parts(parts: &mut Parts<Self>) {
        parts
            .field("title", "What it was called.", |it| it.title.clone())
            .field("summary", "What it was about.", |it| it.summary.clone())
            .field("customer", "Name of the customer.", |it| {
                it.customer.clone()
            })
            .field("industry", "What the customer does.", |it| {
                it.industry.map(Chosen)
            })
            .field("region", "Code of the region.", |it| it.region.clone())
            .field("products", "Products that were used.", |it| {
                it.products.clone()
            })
            .field("challenge", "What was wrong.", |it| {
                Markdown(it.challenge.clone())
            })
            .field("solution", "What was done.", |it| {
                Markdown(it.solution.clone())
            })
            .field("outcome", "What came of it.", |it| {
                Markdown(it.outcome.clone())
            })
            .field(
                "quote",
                "What somebody of the customer says; empty where nobody is quoted.",
                |it| it.quote.clone(),
            )
            .field("quoteBy", "Who says it.", |it| it.quote_by.clone())
            .field("quoteRole", "As what they say it.", |it| {
                it.quote_role.clone()
            });
    }
}

impl Shape for CaseStudy {
    type Entity = case_study::Entity;
    const NAME: &'static str = "CaseStudy";
    const ABOUT: &'static str = "What a partner did for a customer. Everybody sees those that are published, members of a partner \
         all of theirs.";

    fn visible(actor: Sight<'_>) -> Condition {
        use case_study::Column;
        let own = of_own_partners(actor, Column::PartnerId);
        if own.is_empty() {
            return own;
        }
        Condition::any()
            .add(Column::State.eq(CaseStudyState::Published))
            .add(own)
    }

    fn fields(fields: &mut Fields<Self>) {
        use case_study::Column;
        fields
            .id()
            .one::<Partner>("partner", Column::PartnerId, "Whose work it tells of; null where you do not see that partner.")
            .filter()
            .column::<String>("partnerName", Column::PartnerName, "What the partner is called, as of its last submission.")
            .one::<Person>("author", Column::AuthorId, "Who began it, where you see them.")
            .many::<CaseStudyContributor>("contributors", case_study_contributor::Column::CaseStudyId, "Its author and co-authors, the first one first; empty for those who are not of the partner.")
            .column::<Option<String>>("slug", Column::Slug, "The last part of its public address, `/case-studies/{slug}`; null until it is published.")
            .filter()
            .column::<Locale>("locale", Column::Locale, "The language of its texts.")
            .filter()
            .one::<CaseStudy>("translationOf", Column::TranslationOf, "The one that it says in another language, where you see that.")
            .filter()
            .many::<CaseStudy>("translations", Column::TranslationOf, "The same in other languages, of those that you see.")
            .column::<Chosen<CaseStudyState>>("state", Column::State, "Where it stands.")
            .filter()
            .column::<String>("title", Column::Title, "What it is called; may be empty in a draft.")
            .order()
            .column::<String>("summary", Column::Summary, "What it is about, in a sentence or two of plain text.")
            .column::<String>("customer", Column::Customer, "Name of the customer.")
            .column::<Option<Chosen<Industry>>>("industry", Column::Industry, "What the customer does; null while that is not said yet.")
            .filter()
            .column::<Option<String>>("region", Column::Region, "Code of the region; null while that is not said yet.")
            .filter()
            .derived("products", [Column::Products], "Products that were used.", |_: &Op, (kept,): (String,)| products(&kept))
            .column::<Markdown>("challenge", Column::Challenge, "What was wrong.")
            .column::<Markdown>("solution", Column::Solution, "What was done.")
            .column::<Markdown>("outcome", Column::Outcome, "What came of it.")
            .parts::<Vec<Measured>, Measured>("results", Column::Results, "What was measured.", |results| results)
            .parts::<Vec<Picture>, Picture>("images", Column::Images, "Pictures. Of what is published everybody has them at `/case-studies/{slug}/images/{place}`, counted from 0.", |images| images)
            .linked::<File>("imageFiles", "The files of its pictures, in their order.", image_files)
            .column::<String>("quote", Column::Quote, "What somebody of the customer says; empty where nobody is quoted.")
            .column::<String>("quoteBy", Column::QuoteBy, "Who says it.")
            .column::<String>("quoteRole", Column::QuoteRole, "As what they say it.")
            .one::<Person>("submittedBy", Column::SubmittedBy, "Who last submitted it, where you see them.")
            .column::<Option<DateTime<Utc>>>("submittedAt", Column::SubmittedAt, "When it was last submitted.")
            .filter()
            .one::<Person>("takenUpBy", Column::TakenUpBy, "Who reviews it, where you see them.")
            .filter_where(|actor| of_own_partners(actor, Column::PartnerId))
            .latest::<CaseStudyConsent>("consent", case_study_consent::Column::CaseStudyId, "The customer's latest consent, or the question for it.")
            .many::<CaseStudyConsent>("consents", case_study_consent::Column::CaseStudyId, "All of the customer's consents and questions for them, the latest first.")
            .many::<Verdict>("verdicts", verdict::Column::SubjectId, "What reviewers said, the latest first.")
            .column::<Option<DateTime<Utc>>>("publishedAt", Column::PublishedAt, "When it was published; null until it is.")
            .filter()
            .column::<Option<DateTime<Utc>>>("closedAt", Column::ClosedAt, "When it was archived, or the consent withdrawn.")
            .column::<Option<String>>("closedReason", Column::ClosedReason, "Why.")
            .column::<DateTime<Utc>>("createdAt", Column::CreatedAt, "When it was begun.")
            .filter()
            .order()
            .column::<DateTime<Utc>>("updatedAt", Column::UpdatedAt, "When it last changed. What is published does not change: then it is when it was published.")
            .filter()
            .order()
            .column::<i32>("version", Column::Version, "Counts changes. Give it as `expectedVersion` when you change or decide it.")
            .search([Column::Title, Column::Summary, Column::Customer, Column::Products])
            .sorted("updatedAt", Direction::Descending);
    }
}

impl Shape for CaseStudyContributor {
    type Entity = case_study_contributor::Entity;
    const NAME: &'static str = "CaseStudyContributor";
    const ABOUT: &'static str = "Somebody's part in a case study.";

    fn visible(actor: Sight<'_>) -> Condition {
        of_own_partners(actor, case_study_contributor::Column::PartnerId)
    }

    fn fields(fields: &mut Fields<Self>) {
        use case_study_contributor::Column;
        fields
            .id()
            .one_required::<CaseStudy>("caseStudy", Column::CaseStudyId, "In which.")
            .one::<Person>("person", Column::PersonId, "Whose, where you see them.")
            .filter()
            .column::<DateTime<Utc>>("addedAt", Column::AddedAt, "Since when.")
            .order()
            .sorted("addedAt", Direction::Ascending);
    }
}

impl Shape for CaseStudyConsent {
    type Entity = case_study_consent::Entity;
    const NAME: &'static str = "CaseStudyConsent";
    const ABOUT: &'static str = "A customer's consent to the very text of a case study, or the question for it. Only members \
         of the partner and the vendor's staff see it.";

    fn visible(actor: Sight<'_>) -> Condition {
        of_own_partners(actor, case_study_consent::Column::PartnerId)
    }

    fn fields(fields: &mut Fields<Self>) {
        use case_study_consent::Column;
        fields
            .id()
            .one_required::<CaseStudy>("caseStudy", Column::CaseStudyId, "To which case study.")
            .filter()
            .column::<Chosen<ConsentState>>("state", Column::State, "Where it stands.")
            .filter()
            .column::<Chosen<ConsentMethod>>("method", Column::Method, "How the customer consents.")
            .column::<i32>("revision", Column::Revision, "The version of the case study whose text it is about.")
            .part::<Content>("content", Column::Content, "That text, as the customer read it.")
            .parts::<Content, Measured>("results", Column::Content, "The results in that text.", |content| content.results)
            .parts::<Content, Picture>("images", Column::Content, "The pictures in that text.", |content| content.images)
            .one::<File>("file", Column::FileId, "The paper; null where the consent is by a letter.")
            .column::<String>("name", Column::Name, "Who consents for the customer.")
            .column::<Option<EmailAddress>>("email", Column::Email, "Where the letter went; null where the consent is on paper.")
            .column::<Locale>("locale", Column::Locale, "The language of the letter.")
            .one::<Person>("askedBy", Column::AskedBy, "Who asked, or recorded it, where you see them.")
            .column::<DateTime<Utc>>("askedAt", Column::AskedAt, "When.")
            .filter()
            .order()
            .column::<Option<DateTime<Utc>>>("expiresAt", Column::ExpiresAt, "Until when the letter can be answered; null where the consent is on paper.")
            .column::<Option<DateTime<Utc>>>("answeredAt", Column::AnsweredAt, "When the customer answered.")
            .column::<String>("note", Column::Note, "What the customer said beside, or what the paper is.")
            .column::<Option<DateTime<Utc>>>("withdrawnAt", Column::WithdrawnAt, "When it was withdrawn.")
            .one::<Person>("withdrawnBy", Column::WithdrawnBy, "Who recorded that; null where it was the customer, or somebody whom you do not see.")
            .column::<Option<String>>("withdrawnReason", Column::WithdrawnReason, "Why it was withdrawn.")
            .column::<i32>("version", Column::Version, "Counts changes. Give it as `expectedVersion` when you record a withdrawal.")
            .sorted("askedAt", Direction::Descending);
    }
}
