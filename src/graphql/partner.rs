//! Applications, partners and their people, as clients change them.

use async_graphql::{Context, ID, InputObject, Object, Result};
use entity::id::ApplicationId;
use entity::membership::MemberRole;
use entity::partner::PartnerKind;

use super::payload::{mutation, settle};
use super::review::{ReviewCommentInput, comments};
use super::{ContextExt, key};
use crate::auth::Actor;
use crate::error::Error;
use crate::onboarding::{admit, join};
use crate::partner::rules::Company;
use crate::partner::{apply, member, profile, review};
use crate::reads::identity::Person;
use crate::reads::onboarding::OnboardingPlanVersion;
use crate::reads::partner::{Invitation, Membership, Partner, PartnerApplication};
use crate::shape::scalar::Date;
use crate::shape::{Chosen, One};

/// What a company says of itself.
#[derive(InputObject)]
struct CompanyInput {
    /// Registered name, of 2 to 200 characters.
    legal_name: String,
    /// Public web site, with `https://`.
    website: String,
    /// Country, ISO 3166-1 alpha-2.
    country: String,
    /// What it wants to do in the program.
    kind: Chosen<PartnerKind>,
    /// Where it sells: codes of `portal.regions`.
    regions: Vec<String>,
    /// IANA time zone, such as `Europe/Berlin`.
    time_zone: String,
    /// Language of letters, a BCP 47 tag such as `de`.
    locale: String,
    /// Who asks.
    contact_name: String,
    /// Why it wants to join, in at most 5,000 characters.
    why: String,
}

impl From<CompanyInput> for Company {
    fn from(input: CompanyInput) -> Self {
        Self {
            legal_name: input.legal_name,
            website: input.website,
            country: input.country,
            kind: input.kind.0,
            regions: input.regions,
            time_zone: input.time_zone,
            locale: input.locale,
            contact_name: input.contact_name,
            why: input.why,
        }
    }
}

/// A company's request to join.
#[derive(InputObject)]
struct PartnerApplyInput {
    /// What the company says of itself.
    company: CompanyInput,
    /// Where answers go; the address has to be confirmed by the link in the first letter.
    contact_email: String,
    /// The version of the terms that was accepted: `portal.termsVersion`.
    terms_version: String,
    /// Whether they were accepted.
    accepts_terms: bool,
}

mutation!(
    /// What `partnerApply` answers.
    PartnerApply => PartnerApplyPayload telling {
        /// The application as its sender may see it.
        application: One<PartnerApplication>,
    }
    refuses ["INVALID", "TERMS_OUTDATED"]
);

/// Confirms an applicant's address.
#[derive(InputObject)]
struct PartnerApplicationConfirmInput {
    /// The token of the link in the letter.
    token: String,
}

mutation!(
    /// What `partnerApplicationConfirm` answers.
    PartnerApplicationConfirm => PartnerApplicationConfirmPayload telling {
        /// The application as its sender may see it.
        application: One<PartnerApplication>,
    }
    refuses ["LINK_INVALID"]
);

/// Sends a mended application again.
#[derive(InputObject)]
struct PartnerApplicationResubmitInput {
    /// The token of the link in the letter that asked for changes.
    token: String,
    /// What the company says of itself now, whole.
    company: CompanyInput,
}

mutation!(
    /// What `partnerApplicationResubmit` answers.
    PartnerApplicationResubmit => PartnerApplicationResubmitPayload telling {
        /// The application as its sender may see it.
        application: One<PartnerApplication>,
    }
    refuses ["INVALID", "LINK_INVALID", "NOT_OPEN"]
);

/// Takes up an application.
#[derive(InputObject)]
struct PartnerApplicationTakeInput {
    /// Which application.
    id: ID,
    /// The version that you read.
    expected_version: i32,
}

mutation!(
    /// What `partnerApplicationTake` answers.
    PartnerApplicationTake => PartnerApplicationTakePayload {
        /// The application.
        application: PartnerApplication
    }
    refuses ["CONFLICT", "EMAIL_UNCONFIRMED", "NOT_OPEN"]
);

/// Asks the applicant for changes.
#[derive(InputObject)]
struct PartnerApplicationRequestChangesInput {
    /// Which application.
    id: ID,
    /// The version that you read.
    expected_version: i32,
    /// What is missing, for the applicant to read.
    reason: String,
    /// The fields of `CompanyInput` to mend: at least one, here or in a comment.
    #[graphql(default)]
    fields: Vec<String>,
    /// What is said of single fields; they are to be mended too.
    #[graphql(default)]
    comments: Vec<ReviewCommentInput>,
}

mutation!(
    /// What `partnerApplicationRequestChanges` answers.
    PartnerApplicationRequestChanges => PartnerApplicationRequestChangesPayload {
        /// The application.
        application: PartnerApplication
    }
    refuses ["ALREADY_DECIDED", "CONFLICT", "EMAIL_UNCONFIRMED", "INVALID_TEXT", "NOT_SUBMITTED", "REQUIRED", "TOO_LONG", "TOO_MANY", "UNKNOWN_FIELD"]
);

/// Does not let the company in now.
#[derive(InputObject)]
struct PartnerApplicationRejectInput {
    /// Which application.
    id: ID,
    /// The version that you read.
    expected_version: i32,
    /// Why, for the applicant to read.
    reason: String,
    /// From which day a new application is welcome: after today, within five years.
    welcome_again_on: Date,
}

mutation!(
    /// What `partnerApplicationReject` answers.
    PartnerApplicationReject => PartnerApplicationRejectPayload {
        /// The application.
        application: PartnerApplication
    }
    refuses ["ALREADY_DECIDED", "CONFLICT", "EMAIL_UNCONFIRMED", "INVALID", "INVALID_TEXT", "NOT_SUBMITTED", "REQUIRED", "TOO_LONG"]
);

/// Lets the company in.
#[derive(InputObject)]
struct PartnerApplicationApproveInput {
    /// Which application.
    id: ID,
    /// The version that you read.
    expected_version: i32,
    /// The partner manager who looks after it; you where none is given.
    owner: Option<ID>,
    /// What it does in the program; as it asked where none is given.
    kind: Option<Chosen<PartnerKind>>,
    /// Its sales region, a code of `portal.regions`.
    region: String,
    /// The published version of an onboarding plan; chosen by kind, region and language where none
    /// is given.
    plan_version: Option<ID>,
    /// A word of welcome, kept with the decision.
    #[graphql(default)]
    reason: String,
}

mutation!(
    /// What `partnerApplicationApprove` answers.
    PartnerApplicationApprove => PartnerApplicationApprovePayload with {
        /// The partner that was made.
        partner: One<Partner>,
        /// The application.
        application: One<PartnerApplication>,
    }
    refuses ["ALREADY_DECIDED", "CONFLICT", "EMAIL_UNCONFIRMED", "INVALID_TEXT", "NOT_SUBMITTED", "NOT_PUBLISHED", "NO_PLAN", "TOO_LONG", "UNKNOWN_OWNER", "UNKNOWN_REGION"]
);

/// Applications: sent by companies, decided by staff.
#[derive(Debug, Default)]
pub(crate) struct ApplicationMutation;

#[Object]
impl ApplicationMutation {
    /// Asks to join the program. Nobody need be signed in. The contact gets a letter whose link
    /// confirms the address; from then on the application waits for a reviewer.
    async fn partner_apply(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: PartnerApplyInput,
    ) -> Result<Option<PartnerApplyPayload>> {
        let input = apply::Apply {
            company: input.company.into(),
            contact_email: input.contact_email,
            terms_version: input.terms_version,
            accepts_terms: input.accepts_terms,
        };
        let result = apply::apply(ctx.op(), ctx.guard(), ctx.portal(), input).await;
        PartnerApplyPayload::told(result.map(own))
    }

    /// Confirms the address of an applicant by the link of the letter.
    async fn partner_application_confirm(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: PartnerApplicationConfirmInput,
    ) -> Result<Option<PartnerApplicationConfirmPayload>> {
        let result = apply::confirm(ctx.op(), input.token).await;
        PartnerApplicationConfirmPayload::told(result.map(own))
    }

    /// Sends a mended application again, by the link of the letter that asked for changes.
    async fn partner_application_resubmit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: PartnerApplicationResubmitInput,
    ) -> Result<Option<PartnerApplicationResubmitPayload>> {
        let company = input.company.into();
        let result = apply::resubmit(ctx.op(), ctx.portal(), input.token, company).await;
        PartnerApplicationResubmitPayload::told(result.map(own))
    }

    /// Takes up an application: it is in review, by you.
    async fn partner_application_take(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: PartnerApplicationTakeInput,
    ) -> Result<Option<PartnerApplicationTakePayload>> {
        let id = key::<PartnerApplication>(&input.id)?;
        let result = review::take(ctx.op(), id.into(), input.expected_version).await;
        PartnerApplicationTakePayload::of(result, Some(id))
    }

    /// Asks the applicant to mend fields; the letter's link opens the application.
    async fn partner_application_request_changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: PartnerApplicationRequestChangesInput,
    ) -> Result<Option<PartnerApplicationRequestChangesPayload>> {
        let id = key::<PartnerApplication>(&input.id)?;
        let changes = review::RequestChanges {
            id: id.into(),
            revision: input.expected_version,
            fields: input.fields,
            comments: comments(input.comments),
            reason: input.reason,
        };
        let result = review::request_changes(ctx.op(), changes).await;
        PartnerApplicationRequestChangesPayload::of(result, Some(id))
    }

    /// Does not let the company in now; the letter says why, and when to come again.
    async fn partner_application_reject(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: PartnerApplicationRejectInput,
    ) -> Result<Option<PartnerApplicationRejectPayload>> {
        let id = key::<PartnerApplication>(&input.id)?;
        let reject = review::Reject {
            id: id.into(),
            revision: input.expected_version,
            reason: input.reason,
            welcome_again_on: input.welcome_again_on.0,
        };
        let result = review::reject(ctx.op(), reject).await;
        PartnerApplicationRejectPayload::of(result, Some(id))
    }

    /// Lets the company in: the partner is made, its onboarding begins, and the contact is invited
    /// as its administrator.
    async fn partner_application_approve(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: PartnerApplicationApproveInput,
    ) -> Result<Option<PartnerApplicationApprovePayload>> {
        let id = key::<PartnerApplication>(&input.id)?;
        let owner = input.owner.map(|owner| key::<Person>(&owner));
        let plan = input
            .plan_version
            .map(|plan| key::<OnboardingPlanVersion>(&plan));
        let approve = review::Approve {
            id: id.into(),
            revision: input.expected_version,
            owner: owner.transpose()?.map(Into::into),
            kind: input.kind.map(|kind| kind.0),
            region: input.region,
            reason: input.reason,
        };
        let plan = plan.transpose()?.map(Into::into);
        let result = admit::approve(ctx.op(), ctx.portal(), approve, plan).await;
        Ok(Some(match settle(result)? {
            Ok(partner) => PartnerApplicationApprovePayload {
                partner: Some(One::by_key(partner.0)),
                application: Some(One::by_key(id)),
                user_errors: Vec::new(),
            },
            Err(user_errors) => PartnerApplicationApprovePayload {
                partner: None,
                application: Some(One::by_key(id)),
                user_errors,
            },
        }))
    }
}

/// The application, read as its sender.
fn own(id: ApplicationId) -> One<PartnerApplication> {
    One::by_key(id.0).as_seen_by(Actor::Applicant(id))
}

/// Applications, for whoever holds a link to one.
#[derive(Debug, Default)]
pub(crate) struct ApplicationQuery;

#[Object]
impl ApplicationQuery {
    /// The application that the link of a letter opens, for its sender to mend. Null where the link
    /// is not valid any more.
    async fn partner_application_by_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token of the link in the letter that asked for changes.")]
        token: String,
    ) -> Result<Option<One<PartnerApplication>>> {
        match apply::open(ctx.op(), &token).await {
            Ok((id, holder)) => Ok(Some(One::by_key(id.0).as_seen_by(holder))),
            Err(Error::Refused(_)) => Ok(None),
            Err(error) => Err(super::answer(error)),
        }
    }
}

/// Changes a partner's profile; what is left out stays as it is.
#[derive(InputObject)]
struct PartnerUpdateInput {
    /// Which partner.
    id: ID,
    /// The version that you read.
    expected_version: i32,
    /// Public web site, with `https://`.
    website: Option<String>,
    /// IANA time zone; due dates that were set stay.
    time_zone: Option<String>,
    /// Language of the organization, a BCP 47 tag.
    locale: Option<String>,
    /// A picture (PNG or JPEG) that you uploaded for the partner.
    logo: Option<ID>,
}

mutation!(
    /// What `partnerUpdate` answers.
    PartnerUpdate => PartnerUpdatePayload {
        /// The partner.
        partner: Partner
    }
    refuses [
        "CONFLICT", "INVALID", "NOT_UPLOADED", "UNKNOWN_FILE", "UNREADABLE_FILE", "WRONG_FILE_TYPE"
    ]
);

/// Gives a partner into other hands.
#[derive(InputObject)]
struct PartnerAssignOwnerInput {
    /// Which partner.
    id: ID,
    /// The version that you read.
    expected_version: i32,
    /// The partner manager who looks after it from now on.
    owner: ID,
}

mutation!(
    /// What `partnerAssignOwner` answers.
    PartnerAssignOwner => PartnerAssignOwnerPayload {
        /// The partner.
        partner: Partner
    }
    refuses ["CONFLICT", "UNKNOWN_OWNER"]
);

/// Offers a seat to a colleague.
#[derive(InputObject)]
struct MemberInviteInput {
    /// In which partner.
    partner: ID,
    /// To whom.
    email: String,
    /// How they are addressed.
    name: String,
    /// As what.
    role: Chosen<MemberRole>,
    /// Language of the letter; the partner's where none is given.
    locale: Option<String>,
}

mutation!(
    /// What `memberInvite` answers.
    MemberInvite => MemberInvitePayload {
        /// The invitation.
        invitation: Invitation
    }
    refuses ["ALREADY_MEMBER", "INVALID"]
);

/// Takes back an invitation.
#[derive(InputObject)]
struct MemberInvitationWithdrawInput {
    /// Which invitation.
    id: ID,
}

mutation!(
    /// What `memberInvitationWithdraw` answers.
    MemberInvitationWithdraw => MemberInvitationWithdrawPayload {
        /// The invitation.
        invitation: Invitation
    }
    refuses ["NOT_OPEN"]
);

/// Changes what a member may do.
#[derive(InputObject)]
struct MemberChangeRoleInput {
    /// Which seat.
    id: ID,
    /// The version that you read.
    expected_version: i32,
    /// As what from now on.
    role: Chosen<MemberRole>,
}

mutation!(
    /// What `memberChangeRole` answers.
    MemberChangeRole => MemberChangeRolePayload {
        /// The seat.
        membership: Membership
    }
    refuses ["CONFLICT", "LAST_ADMIN", "NOT_ACTIVE"]
);

/// Ends or gives back a seat.
#[derive(InputObject)]
struct MemberSeatInput {
    /// Which seat.
    id: ID,
    /// The version that you read.
    expected_version: i32,
}

mutation!(
    /// What `memberDeactivate` answers.
    MemberDeactivate => MemberDeactivatePayload {
        /// The seat.
        membership: Membership
    }
    refuses ["CONFLICT", "LAST_ADMIN"]
);

mutation!(
    /// What `memberReactivate` answers.
    MemberReactivate => MemberReactivatePayload {
        /// The seat.
        membership: Membership
    }
    refuses ["CONFLICT"]
);

/// Partners and their people.
#[derive(Debug, Default)]
pub(crate) struct PartnerMutation;

#[Object]
impl PartnerMutation {
    /// Changes a partner's profile.
    async fn partner_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: PartnerUpdateInput,
    ) -> Result<Option<PartnerUpdatePayload>> {
        let id = key::<Partner>(&input.id)?;
        let update = profile::Update {
            website: input.website,
            time_zone: input.time_zone,
            locale: input.locale,
            logo: super::file::named(input.logo.as_ref()),
        };
        let version = input.expected_version;
        let result = profile::update(ctx.op(), ctx.files(), id.into(), version, update).await;
        PartnerUpdatePayload::of(result, Some(id))
    }

    /// Gives a partner into other hands.
    async fn partner_assign_owner(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: PartnerAssignOwnerInput,
    ) -> Result<Option<PartnerAssignOwnerPayload>> {
        let id = key::<Partner>(&input.id)?;
        let owner = key::<Person>(&input.owner)?.into();
        let result =
            profile::assign_owner(ctx.op(), id.into(), owner, input.expected_version).await;
        PartnerAssignOwnerPayload::of(result, Some(id))
    }

    /// Invites a colleague; an earlier invitation that is still open is replaced.
    async fn member_invite(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: MemberInviteInput,
    ) -> Result<Option<MemberInvitePayload>> {
        let invite = member::Invite {
            partner: key::<Partner>(&input.partner)?.into(),
            email: input.email,
            name: input.name,
            role: input.role.0,
            locale: input.locale,
        };
        MemberInvitePayload::of(member::invite(ctx.op(), invite).await, None)
    }

    /// Takes back an invitation that is still open.
    async fn member_invitation_withdraw(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: MemberInvitationWithdrawInput,
    ) -> Result<Option<MemberInvitationWithdrawPayload>> {
        let id = key::<Invitation>(&input.id)?;
        let result = member::withdraw(ctx.op(), id.into()).await;
        MemberInvitationWithdrawPayload::of(result, Some(id))
    }

    /// Changes what a member may do.
    async fn member_change_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: MemberChangeRoleInput,
    ) -> Result<Option<MemberChangeRolePayload>> {
        let id = key::<Membership>(&input.id)?;
        let (role, version) = (input.role.0, input.expected_version);
        let result = member::change_role(ctx.op(), id.into(), role, version).await;
        MemberChangeRolePayload::of(result, Some(id))
    }

    /// Ends a member's seat; what they did stays theirs.
    async fn member_deactivate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: MemberSeatInput,
    ) -> Result<Option<MemberDeactivatePayload>> {
        let id = key::<Membership>(&input.id)?;
        let result = member::deactivate(ctx.op(), id.into(), input.expected_version).await;
        MemberDeactivatePayload::of(result, Some(id))
    }

    /// Gives a member their seat back, in the role that they had.
    async fn member_reactivate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: MemberSeatInput,
    ) -> Result<Option<MemberReactivatePayload>> {
        let id = key::<Membership>(&input.id)?;
        let result = join::reactivate(ctx.op(), id.into(), input.expected_version).await;
        MemberReactivatePayload::of(result, Some(id))
    }
}
