//! The doors: who am I, what may I do, what waits for me; and what the portal says of itself.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use entity::id::PartnerId;

use super::payload::mutation;
use super::{ContextExt, answer, key};
use crate::auth::{ALL_PERMISSIONS, Actor, Assurance, Scope, SignedIn, allows};
use crate::notification::{self, preference};
use crate::reads::identity::{LetterPreference, Notification, Person};
use crate::reads::partner::Partner;
use crate::shape::One;
use crate::shape::scalar::Url;

/// Who is signed in.
struct Viewer(std::sync::Arc<SignedIn>);

/// Something that you may do.
#[derive(SimpleObject)]
struct ViewerPermission {
    /// Its name.
    name: &'static str,
    /// What it allows.
    description: &'static str,
    /// The partner for which you may; null where you may for all.
    partner: Option<One<Partner>>,
}

/// Who is signed in, what they may do, and what waits for them.
#[Object]
impl Viewer {
    /// You; your sessions, seats and inbox are there.
    async fn person(&self) -> One<Person> {
        One::by_key(self.0.id.0)
    }

    /// Whether you need a second factor and have none. You can do nothing but add one then.
    async fn needs_factor(&self) -> bool {
        self.0.assurance == Assurance::Missing
    }

    /// Whether you have proven yourself recently enough for what is grave: roles, staff, factors.
    /// `sessionStepUp` does it anew.
    async fn is_proven(&self) -> bool {
        self.0.assurance != Assurance::Old
    }

    /// Everything that you may do.
    async fn permissions(&self) -> Vec<ViewerPermission> {
        permissions(&self.0)
    }

    /// How many lines of your inbox you have not read, counted to 100.
    async fn unread_notification_count(&self, ctx: &Context<'_>) -> Result<i32> {
        notification::unread(&ctx.op().reader(), self.0.id)
            .await
            .map_err(answer)
    }
}

fn permissions(person: &std::sync::Arc<SignedIn>) -> Vec<ViewerPermission> {
    let actor = Actor::Person(person.clone());
    // A partner that nobody has a seat in: whoever may there may everywhere.
    let anywhere = Scope::Partner(PartnerId(uuid::Uuid::nil()));
    let mut found = Vec::new();
    for permission in ALL_PERMISSIONS.iter().copied() {
        let of = |partner| ViewerPermission {
            name: permission.name(),
            description: permission.about(),
            partner,
        };
        let everywhere = [Scope::Portal, Scope::Person(person.id), anywhere];
        if everywhere
            .iter()
            .any(|scope| allows(&actor, permission, *scope))
        {
            found.push(of(None));
            continue;
        }
        let seats = person.seats.iter().map(|(partner, _)| *partner);
        found.extend(
            seats
                .filter(|partner| allows(&actor, permission, Scope::Partner(*partner)))
                .map(|partner| of(Some(One::by_key(partner.0)))),
        );
    }
    found
}

/// What the portal says of itself to everybody.
#[derive(SimpleObject)]
struct PortalInfo {
    /// Name of the vendor's program.
    name: String,
    /// Version of the software.
    version: &'static str,
    /// Codes of the sales regions.
    regions: Vec<String>,
    /// Languages in which letters are written.
    locales: Vec<&'static str>,
    /// The version of the terms that applicants accept.
    terms_version: String,
    /// Where the terms can be read.
    terms_url: Url,
}

/// The doors.
#[derive(Debug, Default)]
pub(crate) struct ViewerQuery;

#[Object]
impl ViewerQuery {
    /// Who is signed in; null where nobody is.
    async fn viewer(&self, ctx: &Context<'_>) -> Option<Viewer> {
        match ctx.op().actor() {
            Actor::Person(person) => Some(Viewer(person.clone())),
            Actor::Anonymous | Actor::Applicant(_) | Actor::System => None,
        }
    }

    /// What the portal says of itself to everybody: what an application form needs.
    async fn portal(&self, ctx: &Context<'_>) -> PortalInfo {
        let portal = ctx.portal();
        PortalInfo {
            name: portal.name.clone(),
            version: env!("CARGO_PKG_VERSION"),
            regions: portal.regions.clone(),
            locales: crate::config::LOCALES.to_vec(),
            terms_version: portal.terms_version.clone(),
            terms_url: Url(portal.terms_url.to_string()),
        }
    }
}

/// Marks lines of one's inbox as read.
#[derive(InputObject)]
struct NotificationsMarkReadInput {
    /// Which lines, at most 100; all of them where none are named.
    ids: Option<Vec<ID>>,
}

mutation!(
    /// What `notificationsMarkRead` answers.
    NotificationsMarkRead => NotificationsMarkReadPayload telling {
        /// How many lines were unread before.
        marked: i32,
    }
    refuses ["TOO_MANY"]
);

/// Says whether you want a letter.
#[derive(InputObject)]
struct LetterPreferenceSetInput {
    /// Its name, such as `step_due_soon`.
    letter: String,
    /// Whether you want it.
    wanted: bool,
}

mutation!(
    /// What `letterPreferenceSet` answers.
    LetterPreferenceSet => LetterPreferenceSetPayload {
        /// What you said.
        letter_preference: LetterPreference
    }
    refuses ["INVALID", "SECURITY_LETTER"]
);

/// One's inbox and letters.
#[derive(Debug, Default)]
pub(crate) struct ViewerMutation;

#[Object]
impl ViewerMutation {
    /// Marks lines of your inbox as read.
    async fn notifications_mark_read(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: NotificationsMarkReadInput,
    ) -> Result<Option<NotificationsMarkReadPayload>> {
        let ids = input.ids.map(|ids| {
            ids.iter()
                .map(|id| key::<Notification>(id).map(Into::into))
                .collect::<Result<Vec<_>>>()
        });
        let result = notification::mark_read(ctx.op(), ids.transpose()?).await;
        NotificationsMarkReadPayload::told(
            result.map(|marked| i32::try_from(marked).unwrap_or(i32::MAX)),
        )
    }

    /// Switches a letter off or on again. Letters about the security of your account are always
    /// sent, and your inbox tells you everything.
    async fn letter_preference_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: LetterPreferenceSetInput,
    ) -> Result<Option<LetterPreferenceSetPayload>> {
        let result = preference::set(ctx.op(), input.letter, input.wanted).await;
        LetterPreferenceSetPayload::of(result, None)
    }
}
