//! The whole authorization policy, as one total function.

use entity::id::{PartnerId, PersonId};
use entity::membership::MemberRole;
use entity::staff_role::VendorRole;

use super::Actor;

macro_rules! permissions {
    ($($(#[doc = $about:literal])+ $name:ident),+ $(,)?) => {
        /// What can be allowed. Reading is not here: shapes say who sees which rows.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Permission { $($(#[doc = $about])+ $name),+ }

        /// Every permission, in the order of the policy page.
        pub const ALL_PERMISSIONS: &[Permission] = &[$(Permission::$name),+];

        impl Permission {
            /// The name, as the audit trail and the API write it.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),+ }
            }

            /// What it allows, in a sentence.
            #[must_use]
            pub fn about(self) -> &'static str {
                match self { $(Self::$name => concat!($($about),+).trim_ascii()),+ }
            }
        }
    };
}

permissions!(
    /// Ask to join the program, and confirm the address.
    Apply,
    /// Mend one's own application.
    MendApplication,
    /// Take up, decide and send back applications.
    ReviewApplications,
    /// Invite staff, give and take vendor roles.
    ManageStaff,
    /// Change a partner's profile.
    EditPartner,
    /// Change who looks after a partner.
    AssignOwner,
    /// Invite members, end their seats.
    ManageMembers,
    /// Change members' roles, invite administrators.
    ChangeSeatRoles,
    /// Say whether a partner's members need a second factor.
    RequireFactors,
    /// Write and publish onboarding plans.
    WritePlans,
    /// Save and submit a partner's onboarding steps.
    SubmitStep,
    /// Do the vendor's own onboarding steps.
    DoVendorStep,
    /// Sign off, return or waive onboarding steps.
    ReviewStep,
    /// Write, publish and retire courses, learning paths and certifications.
    WriteCourses,
    /// Write, review, publish and retire playbooks.
    WritePlaybooks,
    /// Publish whole playbooks at once.
    ImportPlaybooks,
    /// Assign courses and certifications.
    AssignCourses,
    /// Enroll, learn, answer quizzes, submit evidence and acknowledge playbooks, for oneself.
    Learn,
    /// Review practical evidence.
    ReviewEvidence,
    /// Revoke certificates and correct the names on them.
    ManageCertificates,
    /// Write a partner's case studies: those in which one takes part; its administrators all.
    WriteCaseStudies,
    /// Review, publish and archive case studies.
    ReviewCaseStudies,
    /// Ask customers for their consent, record it, and record that it is withdrawn.
    RecordConsent,
    /// Answer for a customer, by the link in the letter.
    AnswerConsent,
    /// Write, mend and withdraw field notes of one's partner.
    WriteFieldNotes,
    /// Accept, send back, decline and hide field notes.
    ReviewFieldNotes,
    /// Endorse field notes of other partners, for oneself.
    EndorseFieldNotes,
    /// Write, publish and retire assets and their collections.
    WriteLibrary,
    /// Download assets, for oneself.
    DownloadAssets,
    /// Download assets for a partner in which one has no seat, such as to send them on.
    DownloadForPartners,
    /// Put a partner's logo on assets.
    CoBrandAssets,
    /// Read how courses go, over all learners.
    ReadCourseReport,
    /// Read how long onboarding takes, over all partners.
    ReadOnboardingReport,
    /// Record and correct facts that other systems tell.
    RecordFacts,
    /// Write, try, announce and withdraw versions of the program.
    WritePrograms,
    /// Acknowledge, for a partner, what a version of the program changes for it.
    AcknowledgePrograms,
    /// Propose, and end, tiers that are given against the rules.
    ProposeOverrides,
    /// Approve and decline tiers that others propose against the rules.
    DecideOverrides,
    /// Appeal, for a partner, against where it stands.
    SubmitAppeals,
    /// Decide partners' appeals.
    ReviewAppeals,
    /// Lift suppressed addresses, retry and drop what was given up.
    SettleMail,
    /// Upload files, for a partner or for the vendor.
    UploadFiles,
    /// Change one's own name, language, zone, password and inbox.
    EditSelf,
    /// Add and remove one's own second factors, and make recovery codes.
    ManageOwnFactors,
    /// Remove all second factors of somebody who lost them.
    RemoveFactors,
    /// Sign in, renew and end sessions, take seats, reset a password.
    UseIdentity,
    /// Switch a letter off by the link in it.
    SwitchLetterOff,
    /// Keep promises: send reminders, expire, complete what facts complete.
    KeepPromises,
);

/// Over what something is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The whole portal.
    Portal,
    /// One partner.
    Partner(PartnerId),
    /// One person.
    Person(PersonId),
}

/// Whether `actor` may use `permission` over `scope`. Everything is decided here.
#[must_use]
pub fn allows(actor: &Actor, permission: Permission, scope: Scope) -> bool {
    use Permission as P;
    use VendorRole as R;
    let staff = |roles: &[VendorRole]| actor.has_role(roles);
    match permission {
        // Doors that stand open to whoever holds the right secret, or has none yet.
        P::Apply | P::UseIdentity | P::SwitchLetterOff | P::AnswerConsent => true,
        P::MendApplication => matches!(actor, Actor::Applicant(_)),
        // The command line imports playbooks as the portal itself; people have theirs reviewed.
        P::KeepPromises | P::ImportPlaybooks => *actor == Actor::System,
        // Whoever may run the command line may make the first administrator.
        P::ManageStaff | P::RemoveFactors => *actor == Actor::System || staff(&[R::Admin]),
        P::SettleMail => staff(&[R::Admin]),
        // The command line imports files as the portal itself.
        P::RecordFacts => {
            *actor == Actor::System
                || staff(&[R::Admin, R::PartnerManager, R::ProgramManager, R::Finance])
        }
        // The command line announces and tries files as the portal itself.
        P::WritePrograms => *actor == Actor::System || staff(&[R::Admin, R::ProgramManager]),
        P::DecideOverrides | P::ReviewAppeals => staff(&[R::Admin, R::ProgramManager]),
        P::ProposeOverrides => staff(&[R::Admin, R::ProgramManager, R::PartnerManager]),
        P::AcknowledgePrograms | P::SubmitAppeals => {
            sits_in(actor, scope, &[MemberRole::PartnerAdmin])
        }
        P::ReviewApplications | P::AssignOwner | P::DoVendorStep | P::ReviewStep => {
            staff(&[R::Admin, R::PartnerManager])
        }
        // The command line checks and publishes plan files as the portal itself.
        P::WritePlans => {
            *actor == Actor::System || staff(&[R::Admin, R::PartnerManager, R::EnablementManager])
        }
        // The command line imports courses from folders as the portal itself.
        P::WriteCourses => *actor == Actor::System || staff(&[R::Admin, R::EnablementManager]),
        P::AssignCourses => {
            staff(&[R::Admin, R::PartnerManager, R::EnablementManager])
                || sits_in(actor, scope, &[MemberRole::PartnerAdmin])
        }
        P::ReviewCaseStudies | P::ReviewFieldNotes => {
            staff(&[R::Admin, R::PartnerManager, R::EnablementManager])
        }
        P::RecordConsent => {
            staff(&[R::Admin, R::PartnerManager, R::EnablementManager])
                || sits_in(
                    actor,
                    scope,
                    &[MemberRole::PartnerAdmin, MemberRole::PartnerMember],
                )
        }
        P::ReviewEvidence | P::ManageCertificates | P::WritePlaybooks | P::WriteLibrary => {
            staff(&[R::Admin, R::EnablementManager])
        }
        P::ReadOnboardingReport | P::ReadCourseReport => {
            !matches!(actor, Actor::System) && actor.is_staff()
        }
        P::EditPartner | P::ManageMembers | P::ChangeSeatRoles | P::RequireFactors => {
            staff(&[R::Admin, R::PartnerManager])
                || sits_in(actor, scope, &[MemberRole::PartnerAdmin])
        }
        P::DownloadForPartners => staff(&[R::Admin, R::PartnerManager]),
        P::EndorseFieldNotes => is_own(actor, scope) && actor.partners().next().is_some(),
        P::SubmitStep | P::WriteCaseStudies | P::WriteFieldNotes | P::CoBrandAssets => sits_in(
            actor,
            scope,
            &[MemberRole::PartnerAdmin, MemberRole::PartnerMember],
        ),
        P::EditSelf | P::Learn | P::DownloadAssets => is_own(actor, scope) && actor.known().is_ok(),
        P::UploadFiles => match scope {
            Scope::Portal => staff(&[
                R::Admin,
                R::ProgramManager,
                R::PartnerManager,
                R::EnablementManager,
                R::Finance,
            ]),
            Scope::Partner(_) | Scope::Person(_) => sits_in(
                actor,
                scope,
                &[MemberRole::PartnerAdmin, MemberRole::PartnerMember],
            ),
        },
        // Whoever needs a second factor and has none may do this, and sign out.
        P::ManageOwnFactors => is_own(actor, scope),
    }
}

impl Permission {
    /// Whether it takes more than a session: that whoever uses it has proven themselves a moment
    /// ago. A session that was left open, or stolen, gives nobody a role or a way back in.
    #[must_use]
    pub fn is_grave(self) -> bool {
        matches!(
            self,
            Self::ManageStaff
                | Self::ChangeSeatRoles
                | Self::RequireFactors
                | Self::ManageOwnFactors
                | Self::RemoveFactors
        )
    }
}

/// Whether it is about the asker themselves.
fn is_own(actor: &Actor, scope: Scope) -> bool {
    actor
        .person()
        .is_some_and(|person| scope == Scope::Person(person.id))
}

/// Whether the asker has a seat of one of these roles in the partner of the scope.
fn sits_in(actor: &Actor, scope: Scope, roles: &[MemberRole]) -> bool {
    let Scope::Partner(partner) = scope else {
        return false;
    };
    actor.person().is_some_and(|person| {
        person
            .seats
            .iter()
            .any(|(id, role)| *id == partner && roles.contains(role))
    })
}
