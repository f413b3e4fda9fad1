//! Applications, partners, and the people in them.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use entity::application::ApplicationState;
use entity::invitation::InvitationState;
use entity::membership::{MemberRole, MembershipState};
use entity::onboarding_step::StepState;
use entity::partner::{PartnerKind, PartnerState};
use entity::staff_role::VendorRole;
use entity::verdict::Outcome;
use entity::{
    appeal, application, audit_entry, case_study, certificate, certification, fact, invitation,
    membership, onboarding, onboarding_step, partner, program_notice, standing, verdict,
};
use sea_orm::sea_query::{Condition, Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::{in_administered, of_own, of_own_partners, select};
use crate::auth::Actor;
use crate::certification::holding;
use crate::op::Op;
use crate::reads::case_study::CaseStudy;
use crate::reads::certification::Certification;
use crate::reads::file::File;
use crate::reads::identity::Person;
use crate::reads::onboarding::{Onboarding, OnboardingStep};
use crate::reads::program::ProgramNotice;
use crate::reads::record::{AuditEntry, Fact};
use crate::reads::tier::{Appeal, Standing};
use crate::shape::scalar::{CountryCode, EmailAddress, Locale, TimeZone, Url};
use crate::shape::{
    Batch, Chosen, Direction, Fields, LINKED_MOST, Loading, Part, Parts, Shape, Sight, Typed,
    everything, nothing,
};
use crate::submission::Comment;

/// A company's request to join the program.
#[derive(Debug)]
pub struct PartnerApplication;

/// An organization in the program.
#[derive(Debug)]
pub struct Partner;

/// A person's seat in a partner.
#[derive(Debug)]
pub struct Membership;

/// A seat offered by mail.
#[derive(Debug)]
pub struct Invitation;

/// A reviewer's word on what was submitted.
#[derive(Debug)]
pub struct Verdict;

/// Whether the asker looks after applications, or audits those who do.
fn reads_applications(actor: &Actor) -> bool {
    use VendorRole as R;
    *actor == Actor::System
        || actor.has_role(&[R::Admin, R::ProgramManager, R::PartnerManager, R::Auditor])
}

impl Shape for PartnerApplication {
    type Entity = application::Entity;
    const NAME: &'static str = "PartnerApplication";
    const ABOUT: &'static str = "A company's request to join the program. The vendor's staff who look after applications see \
         all; an applicant sees their own by the link that they were sent.";

    fn visible(actor: Sight<'_>) -> Condition {
        match &*actor {
            Actor::Applicant(own) => Condition::all().add(application::Column::Id.eq(*own)),
            _ if reads_applications(&actor) => everything(),
            Actor::Anonymous | Actor::Person(_) | Actor::System => nothing(),
        }
    }

    fn fields(fields: &mut Fields<Self>) {
        use application::Column;
        fields
            .id()
            .column::<String>("legalName", Column::LegalName, "Registered name of the company.")
            .order()
            .column::<Url>("website", Column::Website, "Public web site.")
            .column::<String>("domain", Column::Domain, "Host of the web site without `www.`.")
            .column::<CountryCode>("country", Column::Country, "Where the company is registered.")
            .filter()
            .column::<Chosen<PartnerKind>>("kind", Column::Kind, "What it wants to do in the program.")
            .filter()
            .column::<Typed<Vec<String>>>("regions", Column::Regions, "Where it sells: codes of the vendor's sales regions.")
            .column::<TimeZone>("timeZone", Column::TimeZone, "The company's time zone.")
            .column::<Locale>("locale", Column::Locale, "The language of letters to the applicant.")
            .column::<String>("contactName", Column::ContactName, "Who asks.")
            .column::<EmailAddress>("contactEmail", Column::ContactEmail, "Where answers go.")
            .column::<String>("why", Column::Why, "Why the company wants to join, in its own words.")
            .column::<String>("termsVersion", Column::TermsVersion, "The version of the terms that was accepted.")
            .column::<DateTime<Utc>>("termsAcceptedAt", Column::TermsAcceptedAt, "When the terms were accepted.")
            .column::<Chosen<ApplicationState>>("state", Column::State, "Where the application stands.")
            .filter()
            .column::<Option<DateTime<Utc>>>(
                "emailConfirmedAt",
                Column::EmailConfirmedAt,
                "When the applicant confirmed the address. Null until then; it cannot be approved before.",
            )
            .filter()
            .column::<DateTime<Utc>>("submittedAt", Column::SubmittedAt, "When it was last submitted.")
            .filter()
            .order()
            .one::<Person>("reviewer", Column::ReviewerId, "Who took it into review. Null before that.")
            .filter()
            .column::<Option<DateTime<Utc>>>("decidedAt", Column::DecidedAt, "When it was approved or rejected.")
            .filter()
            .column::<Option<NaiveDate>>(
                "welcomeAgainOn",
                Column::WelcomeAgainOn,
                "After a rejection: the day from which a new application is welcome.",
            )
            .column::<DateTime<Utc>>("createdAt", Column::CreatedAt, "When it was first sent.")
            .filter()
            .order()
            .column::<DateTime<Utc>>("updatedAt", Column::UpdatedAt, "When it last changed.")
            .column::<i32>(
                "version",
                Column::Version,
                "Counts changes. Give it as `expectedVersion` when you change or decide the application.",
            )
            .many::<Verdict>("verdicts", verdict::Column::SubjectId, "What reviewers said, the latest first.")
            .latest::<Partner>(
                "partner",
                partner::Column::ApplicationId,
                "The partner that it became. Null before approval, and for the applicant.",
            )
            .linked::<Self>(
                "possibleDuplicates",
                "Other applications of what looks like the same company, by name or domain, the latest first. Null for the applicant.",
                duplicate_applications,
            )
            .linked::<Partner>(
                "possibleDuplicatePartners",
                "Partners that look like the same company, by name or domain. Null for the applicant.",
                duplicate_partners,
            )
            .search([Column::LegalName, Column::Domain, Column::ContactName, Column::ContactEmail])
            .sorted("createdAt", Direction::Descending);
    }
}

/// The names and domains of the batch's applications; none where the asker may not know who else
/// applied.
async fn sought(batch: Batch<'_>) -> crate::error::Result<Option<Vec<(Uuid, String, String)>>> {
    if !reads_applications(batch.op.actor()) {
        return Ok(None);
    }
    let sought = application::Entity::find()
        .select_only()
        .columns([
            application::Column::Id,
            application::Column::NormalizedName,
            application::Column::Domain,
        ])
        .filter(application::Column::Id.is_in(batch.keys.iter().copied()))
        .into_tuple()
        .all(batch.db)
        .await?;
    Ok(Some(sought))
}

/// Whose name or domain is the same, itself left out.
fn alike(
    sought: Vec<(Uuid, String, String)>,
    known: &[(Uuid, String, String)],
) -> HashMap<Uuid, Vec<Uuid>> {
    let same = |key: Uuid, name: &str, domain: &str| {
        let others = known.iter().filter(|(id, ..)| *id != key);
        others
            .filter(|(_, its_name, its_domain)| its_name == name || its_domain == domain)
            .map(|(id, ..)| *id)
            .take(LINKED_MOST)
            .collect()
    };
    sought
        .into_iter()
        .map(|(key, name, domain)| (key, same(key, &name, &domain)))
        .collect()
}

macro_rules! duplicates {
    ($name:ident, $entity:ident) => {
        fn $name(batch: Batch<'_>) -> Loading<'_, Vec<Uuid>> {
            Box::pin(async move {
                let Some(sought) = sought(batch).await? else {
                    return Ok(HashMap::new());
                };
                let names = sought.iter().map(|(_, name, _)| name.as_str());
                let domains = sought.iter().map(|(.., domain)| domain.as_str());
                let same = Condition::any()
                    .add($entity::Column::NormalizedName.is_in(names))
                    .add($entity::Column::Domain.is_in(domains));
                let known: Vec<(Uuid, String, String)> = $entity::Entity::find()
                    .select_only()
                    .columns([
                        $entity::Column::Id,
                        $entity::Column::NormalizedName,
                        $entity::Column::Domain,
                    ])
                    .filter(same)
                    .order_by_desc($entity::Column::Id)
                    .limit(1_000)
                    .into_tuple()
                    .all(batch.db)
                    .await?;
                Ok(alike(sought, &known))
            })
        }
    };
}
duplicates!(duplicate_applications, application);
duplicates!(duplicate_partners, partner);

impl Shape for Partner {
    type Entity = partner::Entity;
    const NAME: &'static str = "Partner";
    const ABOUT: &'static str =
        "An organization in the program. The vendor's staff see all, members their own.";

    fn visible(actor: Sight<'_>) -> Condition {
        of_own_partners(actor, partner::Column::Id)
    }

    fn fields(fields: &mut Fields<Self>) {
        use partner::Column;
        fields
            .id()
            .column::<String>("legalName", Column::LegalName, "Registered name.")
            .order()
            .column::<Url>("website", Column::Website, "Public web site.")
            .column::<String>("domain", Column::Domain, "Host of the web site without `www.`.")
            .one::<File>("logo", Column::LogoId, "Its logo; null where it has given none.")
            .column::<bool>("hidesAdvancement", Column::HidesAdvancement, "Whether other partners are not told when it goes up.")
            .many::<Standing>("standings", standing::Column::PartnerId, "Where it stands, on every track of every program.")
            .many::<Appeal>("appeals", appeal::Column::PartnerId, "What it says against where it stands.")
            .many::<ProgramNotice>("programNotices", program_notice::Column::PartnerId, "What it was told of versions of programs.")
            .column::<CountryCode>("country", Column::Country, "Where the organization is registered.")
            .filter()
            .column::<Chosen<PartnerKind>>("kind", Column::Kind, "What it does in the program.")
            .filter()
            .column::<String>("region", Column::Region, "Code of the vendor's sales region that it belongs to.")
            .filter()
            .column::<TimeZone>("timeZone", Column::TimeZone, "Its time zone: due dates end with its day.")
            .column::<Locale>("locale", Column::Locale, "Its language.")
            .column::<Chosen<PartnerState>>("state", Column::State, "Where it stands.")
            .filter()
            .one_required::<Person>("owner", Column::OwnerId, "The partner manager who looks after it.")
            .filter()
            .one::<PartnerApplication>(
                "application",
                Column::ApplicationId,
                "The application that was approved. Null unless you look after applications.",
            )
            .column::<DateTime<Utc>>("approvedAt", Column::ApprovedAt, "When it was let in; onboarding counts from here.")
            .filter()
            .order()
            .column::<Option<DateTime<Utc>>>("activatedAt", Column::ActivatedAt, "When its onboarding was complete.")
            .filter()
            .derived(
                "timeToOnboard",
                [Column::ApprovedAt, Column::ActivatedAt],
                "Seconds from approval to the end of onboarding. Null before that.",
                |_: &Op, (approved, activated): (DateTime<Utc>, Option<DateTime<Utc>>)| {
                    activated.map(|activated| (activated - approved).num_seconds())
                },
            )
            .column::<DateTime<Utc>>("createdAt", Column::CreatedAt, "When it became a partner.")
            .filter()
            .order()
            .column::<DateTime<Utc>>("updatedAt", Column::UpdatedAt, "When its profile last changed.")
            .column::<i32>(
                "version",
                Column::Version,
                "Counts changes. Give it as `expectedVersion` when you change the partner.",
            )
            .column::<bool>("factorRequired", Column::FactorRequired, "Whether its members need a second factor.")
            .many::<Membership>("memberships", membership::Column::PartnerId, "Its people's seats, the earliest first.")
            .count::<Membership>(
                "memberCount",
                membership::Column::PartnerId,
                || Condition::all().add(membership::Column::State.eq(MembershipState::Active)),
                "How many members it has today; 10,000 at most.",
            )
            .count_of::<Membership, Certification>(
                "certifiedMemberCount",
                membership::Column::PartnerId,
                ("certification", "Of which certification; of any where none is given."),
                is_certified,
                "How many of its members are certified now; 10,000 at most. A certificate is its holder's: it counts \
                 wherever they are an active member, and 0 stands for a certification that you do not see.",
            )
            .many::<Invitation>(
                "invitations",
                invitation::Column::PartnerId,
                "Seats offered by mail, the latest first. Empty for members who are no administrator.",
            )
            .latest::<Onboarding>("onboarding", onboarding::Column::PartnerId, "Its way through the onboarding plan, the latest if it came back.")
            .many::<Onboarding>("onboardings", onboarding::Column::PartnerId, "All its ways through onboarding plans, the latest first.")
            .many::<OnboardingStep>("onboardingSteps", onboarding_step::Column::PartnerId, "The steps of its onboarding, in the order of the plan.")
            .count::<OnboardingStep>(
                "openStepCount",
                onboarding_step::Column::PartnerId,
                || Condition::all().add(onboarding_step::Column::State.is_in([StepState::Open, StepState::Returned])),
                "How many of its onboarding steps are to be done now; 10,000 at most.",
            )
            .many::<CaseStudy>("caseStudies", case_study::Column::PartnerId, "Its case studies that you see, what changed last first.")
            .many::<Fact>("facts", fact::Column::PartnerId, "What happened to it, the latest first.")
            .many::<AuditEntry>("auditEntries", audit_entry::Column::PartnerId, "Who changed what, the latest first. Empty unless you are an administrator or auditor of the vendor.")
            .search([Column::LegalName, Column::Domain])
            .sorted("createdAt", Direction::Descending);
    }
}

/// Active members who hold a certificate that holds now.
fn is_certified(sight: Sight<'_>, certification: Option<Uuid>) -> Condition {
    use certificate::Column;
    let own = Expr::col((certificate::Entity, Column::PersonId))
        .equals((membership::Entity, membership::Column::PersonId));
    let mut held = holding(sight.now()).add(own);
    if let Some(key) = certification {
        let seen = Condition::all()
            .add(certification::Column::Id.eq(key))
            .add(Certification::visible(sight));
        let seen = select(certification::Entity, certification::Column::Id, seen);
        held = held.add(Column::CertificationId.in_subquery(seen));
    }
    Condition::all()
        .add(membership::Column::State.eq(MembershipState::Active))
        .add(Expr::exists(select(certificate::Entity, Column::Id, held)))
}

impl Shape for Membership {
    type Entity = membership::Entity;
    const NAME: &'static str = "Membership";
    const ABOUT: &'static str = "A person's seat in a partner.";

    fn visible(actor: Sight<'_>) -> Condition {
        of_own_partners(actor, membership::Column::PartnerId)
    }

    fn fields(fields: &mut Fields<Self>) {
        use membership::Column;
        fields
            .id()
            .one_required::<Partner>("partner", Column::PartnerId, "Where.")
            .one_required::<Person>("person", Column::PersonId, "Who.")
            .column::<Chosen<MemberRole>>("role", Column::Role, "As what.")
            .filter()
            .column::<Chosen<MembershipState>>(
                "state",
                Column::State,
                "Whether the seat is theirs today.",
            )
            .filter()
            .column::<DateTime<Utc>>("joinedAt", Column::JoinedAt, "When they took the seat.")
            .filter()
            .order()
            .column::<Option<DateTime<Utc>>>("endedAt", Column::EndedAt, "When the seat ended.")
            .column::<i32>(
                "version",
                Column::Version,
                "Counts changes. Give it as `expectedVersion` when you change the seat.",
            )
            .sorted("joinedAt", Direction::Ascending);
    }
}

impl Shape for Invitation {
    type Entity = invitation::Entity;
    const NAME: &'static str = "Invitation";
    const ABOUT: &'static str = "A seat offered by mail, in a partner or among the vendor's staff. The vendor's staff see those of \
         partners, their administrators and auditors all; a partner's administrators see its own.";

    fn visible(actor: Sight<'_>) -> Condition {
        let partner = invitation::Column::PartnerId;
        if *actor == Actor::System || actor.has_role(&[VendorRole::Admin, VendorRole::Auditor]) {
            everything()
        } else if actor.is_staff() {
            Condition::all().add(partner.is_not_null())
        } else {
            in_administered(actor, partner)
        }
    }

    fn fields(fields: &mut Fields<Self>) {
        use invitation::Column;
        fields
            .id()
            .one::<Partner>("partner", Column::PartnerId, "The partner; null for a seat among the vendor's staff.")
            .filter()
            .column::<EmailAddress>("email", Column::Email, "To whom it was sent.")
            .filter()
            .column::<String>("name", Column::Name, "How they are addressed.")
            .column::<Option<Chosen<MemberRole>>>("memberRole", Column::MemberRole, "The seat in the partner; null for the vendor's staff.")
            .column::<Typed<Vec<Chosen<VendorRole>>>>("vendorRoles", Column::VendorRoles, "The roles among the vendor's staff; empty for a partner.")
            .column::<Locale>("locale", Column::Locale, "The language of the letter and, at first, of the account.")
            .column::<TimeZone>("timeZone", Column::TimeZone, "The zone of the account at first.")
            .column::<Chosen<InvitationState>>("state", Column::State, "Whether it is open. One that is `PENDING` after `expiresAt` is expired.")
            .filter()
            .derived(
                "isExpired",
                [Column::State, Column::ExpiresAt],
                "Whether it was open until it expired.",
                |op: &Op, (Chosen(state), expires): (Chosen<InvitationState>, DateTime<Utc>)| {
                    state == InvitationState::Pending && expires <= op.now()
                },
            )
            .one::<Person>("invitedBy", Column::InvitedBy, "Who offers it. Null where it was made on the command line, or by somebody whom you do not see.")
            .column::<DateTime<Utc>>("createdAt", Column::CreatedAt, "When it was sent.")
            .filter()
            .order()
            .column::<DateTime<Utc>>("expiresAt", Column::ExpiresAt, "Until when it can be accepted.")
            .column::<Option<DateTime<Utc>>>("closedAt", Column::ClosedAt, "When it was accepted or withdrawn.")
            .one::<Person>("acceptedBy", Column::AcceptedBy, "Who took it.")
            .sorted("createdAt", Direction::Descending);
    }
}

impl Part for Comment {
    const NAME: &'static str = "VerdictComment";
    const ABOUT: &'static str = "What a reviewer said of one field.";

    fn parts(parts: &mut Parts<Self>) {
        parts
            .field("field", "The field, by name.", |it| it.field.clone())
            .field("text", "What was said, for the submitter to read.", |it| {
                it.text.clone()
            });
    }
}

impl Shape for Verdict {
    type Entity = verdict::Entity;
    const NAME: &'static str = "Verdict";
    const ABOUT: &'static str = "A reviewer's word on what was submitted: an application, a step of an onboarding, evidence, a case \
         study. It is never edited.";

    fn visible(actor: Sight<'_>) -> Condition {
        match &*actor {
            Actor::Applicant(own) => Condition::all().add(verdict::Column::SubjectId.eq(own.0)),
            _ if actor.is_staff() => everything(),
            Actor::Anonymous | Actor::Person(_) | Actor::System => Condition::any()
                .add(of_own_partners(actor, verdict::Column::PartnerId))
                .add(of_own(actor, verdict::Column::PersonId)),
        }
    }

    fn fields(fields: &mut Fields<Self>) {
        use verdict::Column;
        fields
            .id()
            .column::<Chosen<Outcome>>("outcome", Column::Outcome, "The word.")
            .filter()
            .column::<String>("reason", Column::Reason, "Why, for the submitter to read.")
            .column::<Typed<Vec<String>>>(
                "fields",
                Column::Fields,
                "The fields to mend, by name; empty where none is named.",
            )
            .parts::<Vec<Comment>, Comment>(
                "comments",
                Column::Comments,
                "What was said of single fields.",
                |comments| comments,
            )
            .column::<i32>(
                "revision",
                Column::Revision,
                "The version of what was submitted that the reviewer looked at.",
            )
            .one::<Person>(
                "reviewer",
                Column::ReviewerId,
                "Who decided. Null where you may not see them.",
            )
            .one::<PartnerApplication>(
                "application",
                Column::SubjectId,
                "The application, if it was about one.",
            )
            .one::<OnboardingStep>(
                "onboardingStep",
                Column::SubjectId,
                "The step, if it was about one.",
            )
            .one::<CaseStudy>(
                "caseStudy",
                Column::SubjectId,
                "The case study, if it was about one.",
            )
            .column::<DateTime<Utc>>("decidedAt", Column::DecidedAt, "When.")
            .filter()
            .order()
            .sorted("decidedAt", Direction::Descending);
    }
}
