//! Case studies, as clients change them; and the published one at an address.

use async_graphql::{Context, ID, InputObject, Object, Result};
use entity::case_study::Industry;
use entity::id::PersonId;
use entity::verdict::Outcome;

use super::file::of_id;
use super::payload::mutation;
use super::review::{ReviewCommentInput, comments};
use super::{ContextExt, answer, key};
use crate::case_study::consent::{self, Ask, Record, Withdrawal};
use crate::case_study::content::{Edit, Measured, Picture};
use crate::case_study::public;
use crate::case_study::review::{self, Review};
use crate::case_study::write::{self, CoAuthors, New, Update};
use crate::reads::case_study::{CaseStudy, CaseStudyConsent};
use crate::reads::identity::Person;
use crate::reads::partner::Partner;
use crate::shape::{Chosen, One};

/// Begins a case study.
#[derive(InputObject)]
struct CaseStudyCreateInput {
    /// Of which partner.
    partner: ID,
    /// Language of its texts, a BCP 47 tag. Each language is a case study of its own.
    locale: String,
    /// What it is called, as far as that is known.
    #[graphql(default)]
    title: String,
    /// The case study of the partner that it says in another language.
    translation_of: Option<ID>,
}

mutation!(
    /// What `caseStudyCreate` answers.
    CaseStudyCreate => CaseStudyCreatePayload {
        /// The case study.
        case_study: CaseStudy
    }
    refuses ["INVALID_LOCALE", "INVALID_TEXT", "REQUIRED", "TOO_LONG", "UNKNOWN_CASE_STUDY"]
);

/// What was measured.
#[derive(InputObject)]
struct CaseStudyResultInput {
    /// Of what; at most 200 characters.
    label: String,
    /// The result, as a text such as `−40`; at most 60 characters.
    value: String,
    /// Its unit, such as `%`.
    unit: Option<String>,
    /// What it was before.
    before: Option<String>,
    /// What it is now.
    after: Option<String>,
}

impl From<CaseStudyResultInput> for Measured {
    fn from(input: CaseStudyResultInput) -> Self {
        Self {
            label: input.label,
            value: input.value,
            unit: input.unit,
            before: input.before,
            after: input.after,
        }
    }
}

/// A picture.
#[derive(InputObject)]
struct CaseStudyImageInput {
    /// Its file, which you uploaded for the partner: PNG, JPEG or WebP.
    file: ID,
    /// What it shows, for those who do not see it; at most 200 characters.
    #[graphql(default)]
    alt: String,
}

impl From<CaseStudyImageInput> for Picture {
    fn from(input: CaseStudyImageInput) -> Self {
        Self {
            file: of_id(&input.file),
            alt: input.alt,
        }
    }
}

/// Saves what a case study says so far. What is left out stays; what is given replaces it.
#[derive(InputObject)]
struct CaseStudyUpdateInput {
    /// Which.
    id: ID,
    /// The version that you read.
    expected_version: i32,
    /// What it is called; at most 200 characters.
    title: Option<String>,
    /// What it is about, in a sentence or two of plain text; at most 1,000 characters.
    summary: Option<String>,
    /// Name of the customer.
    customer: Option<String>,
    /// What the customer does.
    industry: Option<Chosen<Industry>>,
    /// Code of the region: one of `portal.regions`.
    region: Option<String>,
    /// Products that were used; at most 20.
    products: Option<Vec<String>>,
    /// What was wrong, as Markdown; at most 20,000 characters.
    challenge: Option<String>,
    /// What was done, as Markdown; at most 20,000 characters.
    solution: Option<String>,
    /// What came of it, as Markdown; at most 20,000 characters.
    outcome: Option<String>,
    /// What was measured; at most 20.
    results: Option<Vec<CaseStudyResultInput>>,
    /// Pictures, in their order; at most 10.
    images: Option<Vec<CaseStudyImageInput>>,
    /// What somebody of the customer says; at most 1,000 characters.
    quote: Option<String>,
    /// Who says it.
    quote_by: Option<String>,
    /// As what they say it.
    quote_role: Option<String>,
}

mutation!(
    /// What `caseStudyUpdate` answers.
    CaseStudyUpdate => CaseStudyUpdatePayload {
        /// The case study.
        case_study: CaseStudy
    }
    refuses [
        "CONFLICT", "DUPLICATE", "INVALID_TEXT", "NOT_OPEN", "NOT_UPLOADED", "REQUIRED",
        "TOO_LONG", "TOO_MANY", "UNKNOWN_FILE", "UNKNOWN_REGION", "WRONG_FILE_TYPE"
    ]
);

/// Says who writes a case study beside its author.
#[derive(InputObject)]
struct CaseStudySetCoAuthorsInput {
    /// Which.
    id: ID,
    /// All co-authors: active members of the partner, at most 20.
    people: Vec<ID>,
    /// The version that you read.
    expected_version: i32,
}

mutation!(
    /// What `caseStudySetCoAuthors` answers.
    CaseStudySetCoAuthors => CaseStudySetCoAuthorsPayload {
        /// The case study.
        case_study: CaseStudy
    }
    refuses ["CONFLICT", "DUPLICATE", "NOT_MEMBER", "NOT_OPEN", "TOO_MANY"]
);

/// Names a case study in the version that you read.
#[derive(InputObject)]
struct CaseStudyInput {
    /// Which.
    id: ID,
    /// The version that you read.
    expected_version: i32,
}

mutation!(
    /// What `caseStudySubmit` answers.
    CaseStudySubmit => CaseStudySubmitPayload {
        /// The case study.
        case_study: CaseStudy
    }
    refuses ["CONFLICT", "NOT_OPEN", "REQUIRED"]
);

mutation!(
    /// What `caseStudyTakeBack` answers.
    CaseStudyTakeBack => CaseStudyTakeBackPayload {
        /// The case study.
        case_study: CaseStudy
    }
    refuses ["CONFLICT", "NOT_OPEN"]
);

mutation!(
    /// What `caseStudyTakeUp` answers.
    CaseStudyTakeUp => CaseStudyTakeUpPayload {
        /// The case study.
        case_study: CaseStudy
    }
    refuses ["CONFLICT", "NOT_SUBMITTED", "OWN_SUBMISSION"]
);

/// What a reviewer says about a case study.
#[derive(InputObject)]
struct CaseStudyReviewInput {
    /// Which.
    id: ID,
    /// The version that you read.
    expected_version: i32,
    /// Why, for its authors to read; may be left out where it is approved.
    #[graphql(default)]
    reason: String,
    /// Where changes are requested: fields of `CaseStudyUpdateInput` to mend.
    #[graphql(default)]
    fields: Vec<String>,
    /// What is said of single fields; where changes are requested, they are to be mended too.
    #[graphql(default)]
    comments: Vec<ReviewCommentInput>,
}

impl CaseStudyReviewInput {
    fn review(self, id: uuid::Uuid) -> Review {
        Review {
            id: id.into(),
            reason: self.reason,
            fields: self.fields,
            comments: comments(self.comments),
            expected_version: self.expected_version,
        }
    }
}

mutation!(
    /// What `caseStudyApprove` answers.
    CaseStudyApprove => CaseStudyApprovePayload {
        /// The case study.
        case_study: CaseStudy
    }
    refuses [
        "ALREADY_DECIDED", "CONFLICT", "INVALID_TEXT", "NOT_SUBMITTED", "OWN_SUBMISSION",
        "REQUIRED", "TOO_LONG", "TOO_MANY", "UNKNOWN_FIELD"
    ]
);

mutation!(
    /// What `caseStudyRequestChanges` answers.
    CaseStudyRequestChanges => CaseStudyRequestChangesPayload {
        /// The case study.
        case_study: CaseStudy
    }
    refuses [
        "ALREADY_DECIDED", "CONFLICT", "INVALID_TEXT", "NOT_SUBMITTED", "OWN_SUBMISSION",
        "REQUIRED", "TOO_LONG", "TOO_MANY", "UNKNOWN_FIELD"
    ]
);

mutation!(
    /// What `caseStudyDecline` answers.
    CaseStudyDecline => CaseStudyDeclinePayload {
        /// The case study.
        case_study: CaseStudy
    }
    refuses [
        "ALREADY_DECIDED", "CONFLICT", "INVALID_TEXT", "NOT_SUBMITTED", "OWN_SUBMISSION",
        "REQUIRED", "TOO_LONG", "TOO_MANY", "UNKNOWN_FIELD"
    ]
);

mutation!(
    /// What `caseStudyPublish` answers.
    CaseStudyPublish => CaseStudyPublishPayload {
        /// The case study.
        case_study: CaseStudy
    }
    refuses ["CONFLICT", "CONSENT_MISSING", "NOT_OPEN", "OWN_SUBMISSION"]
);

/// Takes a published case study down.
#[derive(InputObject)]
struct CaseStudyArchiveInput {
    /// Which.
    id: ID,
    /// The version that you read.
    expected_version: i32,
    /// Why, for its authors to read.
    reason: String,
}

mutation!(
    /// What `caseStudyArchive` answers.
    CaseStudyArchive => CaseStudyArchivePayload {
        /// The case study.
        case_study: CaseStudy
    }
    refuses ["CONFLICT", "INVALID_TEXT", "NOT_OPEN", "REQUIRED", "TOO_LONG"]
);

/// Asks a customer by a letter.
#[derive(InputObject)]
struct CaseStudyConsentAskInput {
    /// For which case study.
    case_study: ID,
    /// The version of the case study that you read.
    expected_version: i32,
    /// Who consents for the customer.
    name: String,
    /// Where the letter goes: to the customer, and to no member of the partner and none of the staff.
    email: String,
    /// Language of the letter and of the page that it opens, a BCP 47 tag.
    locale: String,
}

mutation!(
    /// What `caseStudyConsentAsk` answers.
    CaseStudyConsentAsk => CaseStudyConsentAskPayload {
        /// The question.
        consent: CaseStudyConsent
    }
    refuses [
        "CONFLICT", "CONSENT_GIVEN", "INVALID", "INVALID_LOCALE", "INVALID_TEXT", "NOT_OPEN",
        "OWN_ADDRESS", "REQUIRED", "TOO_LONG"
    ]
);

/// Records a consent that the customer gave on paper.
#[derive(InputObject)]
struct CaseStudyConsentRecordInput {
    /// For which case study.
    case_study: ID,
    /// The version of the case study that you read: the text that the customer consented to.
    expected_version: i32,
    /// Who signed it for the customer.
    name: String,
    /// The paper, which you uploaded for the partner: PDF, PNG or JPEG.
    file: ID,
    /// What there is to say about it; at most 1,000 characters.
    #[graphql(default)]
    note: String,
}

mutation!(
    /// What `caseStudyConsentRecord` answers.
    CaseStudyConsentRecord => CaseStudyConsentRecordPayload {
        /// The consent.
        consent: CaseStudyConsent
    }
    refuses [
        "CONFLICT", "CONSENT_GIVEN", "INVALID_TEXT", "NOT_OPEN", "NOT_UPLOADED", "REQUIRED",
        "TOO_LONG", "UNKNOWN_FILE", "WRONG_FILE_TYPE"
    ]
);

/// Records that a customer does not consent any more.
#[derive(InputObject)]
struct CaseStudyConsentWithdrawInput {
    /// Which consent.
    id: ID,
    /// The version of the consent that you read.
    expected_version: i32,
    /// Why, or how the customer said so.
    reason: String,
}

mutation!(
    /// What `caseStudyConsentWithdraw` answers.
    CaseStudyConsentWithdraw => CaseStudyConsentWithdrawPayload {
        /// The consent.
        consent: CaseStudyConsent
    }
    refuses ["CONFLICT", "INVALID_TEXT", "NOT_OPEN", "REQUIRED", "TOO_LONG"]
);

/// Case studies and consents to them.
#[derive(Debug, Default)]
pub(crate) struct CaseStudyMutation;

#[Object]
impl CaseStudyMutation {
    /// Begins a case study: a draft, whose author you are.
    async fn case_study_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: CaseStudyCreateInput,
    ) -> Result<Option<CaseStudyCreatePayload>> {
        let original = input.translation_of.as_ref().map(key::<CaseStudy>);
        let new = New {
            partner: key::<Partner>(&input.partner)?.into(),
            locale: input.locale,
            title: input.title,
            translation_of: original.transpose()?.map(Into::into),
        };
        CaseStudyCreatePayload::of(write::create(ctx.op(), new).await, None)
    }

    /// Saves what it says so far: it may be unfinished. A consent to what it said before is outdated
    /// with that.
    async fn case_study_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: CaseStudyUpdateInput,
    ) -> Result<Option<CaseStudyUpdatePayload>> {
        let id = key::<CaseStudy>(&input.id)?;
        let (results, images) = (input.results, input.images);
        let edit = Edit {
            title: input.title,
            summary: input.summary,
            customer: input.customer,
            industry: input.industry.map(|Chosen(industry)| industry),
            region: input.region,
            products: input.products,
            challenge: input.challenge,
            solution: input.solution,
            outcome: input.outcome,
            results: results.map(|all| all.into_iter().map(Into::into).collect()),
            images: images.map(|all| all.into_iter().map(Into::into).collect()),
            quote: input.quote,
            quote_by: input.quote_by,
            quote_role: input.quote_role,
        };
        let update = Update {
            id: id.into(),
            edit,
            expected_version: input.expected_version,
        };
        let result = write::update(ctx.op(), ctx.portal(), update).await;
        CaseStudyUpdatePayload::of(result, Some(id))
    }

    /// Says who writes it beside its author. They may change and submit it as the author may.
    async fn case_study_set_co_authors(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: CaseStudySetCoAuthorsInput,
    ) -> Result<Option<CaseStudySetCoAuthorsPayload>> {
        let id = key::<CaseStudy>(&input.id)?;
        let people = input.people.iter().map(key::<Person>);
        let people: Result<Vec<_>> = people.collect();
        let co_authors = CoAuthors {
            id: id.into(),
            people: people?.into_iter().map(PersonId::from).collect(),
            expected_version: input.expected_version,
        };
        let result = write::set_co_authors(ctx.op(), co_authors).await;
        CaseStudySetCoAuthorsPayload::of(result, Some(id))
    }

    /// Submits it for review, or again after changes were requested. Everything has to be said by
    /// then; the refusals name the fields of `CaseStudyUpdateInput`.
    async fn case_study_submit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: CaseStudyInput,
    ) -> Result<Option<CaseStudySubmitPayload>> {
        let id = key::<CaseStudy>(&input.id)?;
        let result = write::submit(ctx.op(), id.into(), input.expected_version).await;
        CaseStudySubmitPayload::of(result, Some(id))
    }

    /// Takes it back from its reviewers, to write on.
    async fn case_study_take_back(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: CaseStudyInput,
    ) -> Result<Option<CaseStudyTakeBackPayload>> {
        let id = key::<CaseStudy>(&input.id)?;
        let result = write::take_back(ctx.op(), id.into(), input.expected_version).await;
        CaseStudyTakeBackPayload::of(result, Some(id))
    }

    /// Takes it up: others see that somebody is on it.
    async fn case_study_take_up(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: CaseStudyInput,
    ) -> Result<Option<CaseStudyTakeUpPayload>> {
        let id = key::<CaseStudy>(&input.id)?;
        let result = review::take_up(ctx.op(), id.into(), input.expected_version).await;
        CaseStudyTakeUpPayload::of(result, Some(id))
    }

    /// Approves it: it can be published once the customer has consented.
    async fn case_study_approve(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: CaseStudyReviewInput,
    ) -> Result<Option<CaseStudyApprovePayload>> {
        let id = key::<CaseStudy>(&input.id)?;
        let result = review::decide(ctx.op(), input.review(id), Outcome::Accepted).await;
        CaseStudyApprovePayload::of(result, Some(id))
    }

    /// Asks for changes: its authors mend what is named or commented on, and submit again. Also what
    /// was approved can be sent back.
    async fn case_study_request_changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: CaseStudyReviewInput,
    ) -> Result<Option<CaseStudyRequestChangesPayload>> {
        let id = key::<CaseStudy>(&input.id)?;
        let result = review::decide(ctx.op(), input.review(id), Outcome::ActionRequired).await;
        CaseStudyRequestChangesPayload::of(result, Some(id))
    }

    /// Declines it: it is not to be published, and that is final.
    async fn case_study_decline(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: CaseStudyReviewInput,
    ) -> Result<Option<CaseStudyDeclinePayload>> {
        let id = key::<CaseStudy>(&input.id)?;
        let result = review::decide(ctx.op(), input.review(id), Outcome::Declined).await;
        CaseStudyDeclinePayload::of(result, Some(id))
    }

    /// Publishes what was approved, where the customer has consented to the very text. From then on
    /// everybody can read it.
    async fn case_study_publish(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: CaseStudyInput,
    ) -> Result<Option<CaseStudyPublishPayload>> {
        let id = key::<CaseStudy>(&input.id)?;
        let result = review::publish(ctx.op(), id.into(), input.expected_version).await;
        CaseStudyPublishPayload::of(result, Some(id))
    }

    /// Takes down what is published. Its address goes on to say that it was there.
    async fn case_study_archive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: CaseStudyArchiveInput,
    ) -> Result<Option<CaseStudyArchivePayload>> {
        let id = key::<CaseStudy>(&input.id)?;
        let (op, version) = (ctx.op(), input.expected_version);
        let result = review::archive(op, id.into(), input.reason, version).await;
        CaseStudyArchivePayload::of(result, Some(id))
    }

    /// Asks the customer by a letter, which shows the text as it is and takes the answer without an
    /// account. An earlier letter can be answered no more.
    async fn case_study_consent_ask(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: CaseStudyConsentAskInput,
    ) -> Result<Option<CaseStudyConsentAskPayload>> {
        let ask = Ask {
            id: key::<CaseStudy>(&input.case_study)?.into(),
            name: input.name,
            email: input.email,
            locale: input.locale,
            expected_version: input.expected_version,
        };
        CaseStudyConsentAskPayload::of(consent::ask(ctx.op(), ask).await, None)
    }

    /// Records a consent that the customer gave on paper, to the text as it is.
    async fn case_study_consent_record(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: CaseStudyConsentRecordInput,
    ) -> Result<Option<CaseStudyConsentRecordPayload>> {
        let record = Record {
            id: key::<CaseStudy>(&input.case_study)?.into(),
            name: input.name,
            file: of_id(&input.file),
            note: input.note,
            expected_version: input.expected_version,
        };
        CaseStudyConsentRecordPayload::of(consent::record(ctx.op(), record).await, None)
    }

    /// Records that the customer does not consent any more. What was published is gone at once.
    async fn case_study_consent_withdraw(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: CaseStudyConsentWithdrawInput,
    ) -> Result<Option<CaseStudyConsentWithdrawPayload>> {
        let id = key::<CaseStudyConsent>(&input.id)?;
        let withdrawal = Withdrawal {
            id: id.into(),
            reason: input.reason,
            expected_version: input.expected_version,
        };
        let result = consent::withdraw(ctx.op(), withdrawal).await;
        CaseStudyConsentWithdrawPayload::of(result, Some(id))
    }
}

/// What is at a public address.
#[derive(Debug, Default)]
pub(crate) struct CaseStudyQuery;

#[Object]
impl CaseStudyQuery {
    /// The case study at `/case-studies/{slug}`; null where there is none that you may see. Nobody
    /// has to sign in.
    async fn case_study(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The last part of its address.")] slug: String,
    ) -> Result<Option<One<CaseStudy>>> {
        let found = public::key(ctx.op(), &slug).await.map_err(answer)?;
        Ok(found.map(|id| One::by_key(id.0)))
    }
}
