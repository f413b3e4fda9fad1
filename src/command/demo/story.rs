//! What happens in the demo: an agenda of what people do, from the hiring of the staff to today.
//!
//! An act is looked at when its time comes; what it makes possible is put on the agenda then. So
//! the story needs no table of results: it goes on until today, and what has not happened by then
//! is what stands open.

#![expect(
    clippy::cast_precision_loss,
    reason = "days of a sample need not be exact"
)]

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, TimeDelta, Utc};
use entity::application;
use entity::id::{ApplicationId, CaseStudyConsentId, CaseStudyId, PartnerId};
use entity::membership::{self, MemberRole};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::cast::{Cast, Company, Outcome, Someone, Staff, Words};
use super::ladder::Sale;
use super::stage::{Letter, Stage, at_work, days, roll};
use super::study::Study;
use super::telling::{self, Told};
use super::{DOMAIN, PASSWORD};
use crate::audience::Audience;
use crate::certification::define;
use crate::certification::rules::Route;
use crate::command::Failure;
use crate::command::admin::told;
use crate::course::{author, sample};
use crate::error::{Error, Result};
use crate::identity::staff::{self, NewStaff, StaffInvite};
use crate::identity::{password, session, sign_in};
use crate::notification;
use crate::onboarding::admit;
use crate::onboarding::plan::{self, SAMPLES, SaveDraft, Source};
use crate::partner::apply::{self, Apply};
use crate::partner::member::{self, Invite};
use crate::partner::review::{self, Approve, Reject, RequestChanges};
use crate::partner::rules;

/// How many days ago the program began.
const BEGAN: f64 = 400.0;
/// How many days ago the plan for resellers was published anew.
const PLAN_CHANGED: f64 = 110.0;

/// Something that somebody does. Companies, people and staff are named by their place in the cast,
/// case studies by theirs among what is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Act {
    Hire(usize),
    StartWork(usize),
    PublishPlans,
    FillLibrary,
    ShareNotes,
    ChangePlan,
    DraftPlan,
    Apply(usize),
    Confirm(usize),
    Take(usize),
    RequestChanges(usize),
    Resubmit(usize),
    Reject(usize),
    Approve(usize),
    Invite(usize, Someone),
    Join(usize, usize),
    Leave(usize, usize),
    Save(usize, String),
    Do(usize, String),
    Review(usize, String),
    Waive(usize, String),
    Learn(usize, String, usize),
    Study(usize, Study),
    ForgetPassword(String),
    ChangePassword(String),
    LoseToken(String),
    ReadInbox(String),
    Tell(usize),
    ReviewTold(usize),
    ConsentToTold(usize),
    PublishTold(usize),
    AnnounceProgram,
    Sell(usize, Sale),
    Night,
}

/// The story as far as it has been played.
pub(super) struct Story {
    pub(super) stage: Stage,
    pub(super) cast: Cast,
    pub(super) words: Words,
    today: DateTime<Utc>,
    agenda: BTreeMap<(DateTime<Utc>, u32), Act>,
    /// How many acts were put on the agenda: two at one instant are played in this order.
    planned: u32,
    applications: BTreeMap<usize, ApplicationId>,
    pub(super) partners: BTreeMap<usize, PartnerId>,
    /// Who has taken a seat, by company.
    pub(super) seated: BTreeMap<usize, Vec<usize>>,
    /// What steps have given cause for, so that it happens once.
    pub(super) caused: BTreeSet<String>,
    /// Case studies that are told, and what became of them.
    pub(super) told: Vec<Told>,
    pub(super) stories: BTreeMap<usize, CaseStudyId>,
    pub(super) asked: BTreeMap<usize, CaseStudyConsentId>,
}

/// When the story begins that ends today.
pub(super) fn beginning(today: DateTime<Utc>) -> DateTime<Utc> {
    today - days(BEGAN)
}

impl Story {
    pub(super) fn new(stage: Stage, today: DateTime<Utc>) -> Result<Self> {
        Ok(Self {
            stage,
            cast: Cast::read()?,
            words: Words::read()?,
            today,
            agenda: BTreeMap::new(),
            planned: 0,
            applications: BTreeMap::new(),
            partners: BTreeMap::new(),
            seated: BTreeMap::new(),
            caused: BTreeSet::new(),
            told: telling::told()?,
            stories: BTreeMap::new(),
            asked: BTreeMap::new(),
        })
    }

    /// Plays the story to its end; people look into their inboxes when `told_from` has come.
    pub(super) async fn play(&mut self, told_from: DateTime<Utc>) -> Result<(), Failure> {
        self.plan_vendor(told_from);
        self.plan_study();
        for at in 0..self.cast.companies.len() {
            self.plan_company(at);
        }
        self.plan_telling();
        self.plan_ladder();
        while let Some(((at, _), act)) = self.agenda.pop_first() {
            self.stage.pass(at).await.map_err(told)?;
            let acted = self.act(act.clone()).await;
            acted.map_err(|error| format!("{act:?} at {at}: {}", told(error)))?;
        }
        self.stage.pass(self.today).await.map_err(told)
    }

    /// Puts it on the agenda, somewhat later: nobody is on time to the second.
    pub(super) fn plan(&mut self, at: DateTime<Utc>, act: Act) {
        let late = roll(&format!("{} {act:?}", self.planned), 1_200_000_000);
        let at = at + TimeDelta::microseconds(i64::try_from(late).unwrap_or_default());
        if at < self.today {
            self.planned += 1;
            self.agenda.insert((at, self.planned), act);
        }
    }

    pub(super) fn ago(&self, count: f64) -> DateTime<Utc> {
        self.today - days(count)
    }

    fn plan_vendor(&mut self, told_from: DateTime<Utc>) {
        let began = beginning(self.today);
        for at in 0..self.cast.staff.len() {
            let hired = began + TimeDelta::hours(i64::try_from(at).unwrap_or_default());
            if let Some(ago) = self.cast.staff[at].invited {
                self.plan(self.ago(ago), Act::Hire(at));
            } else {
                self.plan(hired, Act::Hire(at));
                self.plan(hired + days(1.0), Act::StartWork(at));
                let email = self.cast.staff[at].email();
                self.plan(told_from, Act::ReadInbox(email));
            }
        }
        self.plan(began + days(5.0), Act::PublishPlans);
        self.plan(began + days(6.0), Act::FillLibrary);
        self.plan(self.ago(PLAN_CHANGED), Act::ChangePlan);
        self.plan(self.ago(3.1), Act::ShareNotes);
        self.plan(self.ago(5.2), Act::DraftPlan);
        for (ago, act) in [
            (
                1.4,
                Act::ForgetPassword("jens.petersen@hansewerk.example".into()),
            ),
            (
                0.9,
                Act::ForgetPassword("beatriz.moreira@costa-filhos.example".into()),
            ),
            (
                1.1,
                Act::ChangePassword("yui.takahashi@sakura-integration.example".into()),
            ),
            (
                0.3,
                Act::LoseToken("corinne.frei@adler-soehne.example".into()),
            ),
            (
                0.2,
                Act::LoseToken("charlotte.bennett@meridian-cloud.example".into()),
            ),
        ] {
            self.plan(self.ago(ago), act);
        }
    }

    /// From the application to its end. What is long ago happened at hours at which people work.
    fn plan_company(&mut self, at: usize) {
        use Outcome as O;
        let company = &self.cast.companies[at];
        let (becomes, mended) = (company.becomes, company.mended);
        let (zone, name) = (company.zone, company.name.clone());
        let applied = match company.approved {
            Some(approved) => approved + if mended { 14.0 } else { 8.0 },
            None => company.applied,
        };
        // Each act so many days after the one before.
        let mut acts = vec![(0.0, Act::Apply(at))];
        if becomes != Some(O::Unconfirmed) {
            acts.push((0.1, Act::Confirm(at)));
        }
        if !matches!(becomes, Some(O::Unconfirmed | O::Applied)) {
            acts.push((0.9, Act::Take(at)));
        }
        if mended || matches!(becomes, Some(O::ActionRequired | O::Resubmitted)) {
            acts.push((0.6, Act::RequestChanges(at)));
        }
        match becomes {
            Some(O::Resubmitted) => acts.push((6.9, Act::Resubmit(at))),
            None if mended => acts.push((4.4, Act::Resubmit(at))),
            Some(O::Rejected) => acts.push((6.9, Act::Reject(at))),
            None | Some(O::Unconfirmed | O::Applied | O::InReview | O::ActionRequired) => (),
        }
        let mut when = self.ago(applied);
        for (after, act) in acts {
            when += days(after);
            if applied > 20.0 {
                when = at_work(when, zone, &name);
            }
            self.plan(when, act);
        }
        if let Some(approved) = self.cast.companies[at].approved {
            self.plan(self.ago(approved), Act::Approve(at));
        }
    }

    async fn act(&mut self, act: Act) -> Result<()> {
        match act {
            Act::Hire(at) => self.hire(at).await,
            Act::StartWork(at) => self.start_work(at).await,
            Act::PublishPlans => self.publish_plans().await,
            Act::FillLibrary => self.fill_library().await,
            Act::ShareNotes => self.share_notes().await,
            Act::ChangePlan => self.change_plan().await,
            Act::DraftPlan => self.draft_plan().await,
            Act::Apply(at) => self.apply(at).await,
            Act::Confirm(at) => self.confirm(at).await,
            Act::Take(at) => self.take(at).await,
            Act::RequestChanges(at) => self.request_changes(at).await,
            Act::Resubmit(at) => self.resubmit(at).await,
            Act::Reject(at) => self.reject(at).await,
            Act::Approve(at) => self.approve(at).await,
            Act::Invite(at, who) => self.invite(at, who).await,
            Act::Join(at, who) => self.join(at, who).await,
            Act::Leave(at, who) => self.leave(at, who).await,
            Act::Save(at, step) => self.save_step(at, &step).await,
            Act::Do(at, step) => self.do_step(at, &step).await,
            Act::Review(at, step) => self.review_step(at, &step).await,
            Act::Waive(at, step) => self.waive_step(at, &step).await,
            Act::Learn(at, step, who) => self.learn(at, &step, who).await,
            Act::Study(at, study) => self.study(at, study).await,
            Act::ForgetPassword(email) => {
                let op = self.stage.anyone(&email);
                password::request_reset(&op, &self.stage.app.guard, &email).await
            }
            Act::ChangePassword(email) => self.change_password(&email).await,
            Act::LoseToken(email) => self.lose_token(&email).await,
            Act::ReadInbox(email) => {
                notification::mark_read(&self.stage.person(&email)?, None).await?;
                Ok(())
            }
            Act::Tell(nth) => self.tell(nth).await,
            Act::ReviewTold(nth) => self.review_told(nth).await,
            Act::ConsentToTold(nth) => self.consent_to_told(nth).await,
            Act::PublishTold(nth) => self.publish_told(nth).await,
            Act::AnnounceProgram => self.announce_program().await,
            Act::Sell(at, sale) => self.sell(at, sale).await,
            Act::Night => self.night().await,
        }
    }

    async fn hire(&mut self, at: usize) -> Result<()> {
        let Staff {
            name,
            roles,
            zone,
            locale,
            ..
        } = &self.cast.staff[at];
        let (email, name) = (self.cast.staff[at].email(), name.clone());
        let (roles, locale, time_zone) = (roles.clone(), locale.clone(), zone.name().to_owned());
        let guard = self.stage.app.guard.clone();
        if at == 0 {
            let first = NewStaff {
                email,
                name,
                password: PASSWORD.to_owned().into(),
                roles,
                locale,
                time_zone,
            };
            staff::create(&self.stage.portal(), &guard, first).await?;
            return Ok(());
        }
        let invite = StaffInvite {
            email,
            name,
            roles,
            locale,
            time_zone,
        };
        let admin = self.cast.staff[0].email();
        if !self.stage.is_here(&admin) {
            self.stage.sign_in(&admin).await?;
        }
        staff::invite(&self.stage.person(&admin)?, &guard, invite).await?;
        Ok(())
    }

    async fn start_work(&mut self, at: usize) -> Result<()> {
        let email = self.cast.staff[at].email();
        if self.stage.is_here(&email) {
            return Ok(());
        }
        self.stage.join(&email).await
    }

    pub(super) fn author(&mut self) -> Result<crate::op::Op> {
        self.stage.person(&format!("elif.demir@{DOMAIN}"))
    }

    /// All plans; that for resellers in an older version, under which many have started.
    async fn publish_plans(&mut self) -> Result<()> {
        let [reseller, others @ ..] = SAMPLES;
        let older = reseller.replace("2026-01", "2025-01");
        for text in [older.as_str()].into_iter().chain(others) {
            plan::publish_document(
                &self.author()?,
                &self.stage.app.config.portal,
                Source::Yaml(text.to_owned()),
            )
            .await?;
        }
        self.publish_courses().await
    }

    /// The courses that come with Entente, and the certification to which they lead.
    async fn publish_courses(&mut self) -> Result<()> {
        let op = self.stage.portal();
        let portal = &self.stage.app.config.portal;
        for slug in sample::SAMPLES {
            author::publish_bundle(&op, portal, sample::sample(slug)?, false).await?;
        }
        let [course, exam, renewal] = sample::SAMPLES.map(str::to_owned);
        let certification = define::Definition {
            slug: "cloud-administrator".to_owned(),
            title: "Cloud Administrator".to_owned(),
            summary: "Runs customers' systems in the cloud, and mends them at night.".to_owned(),
            locale: "en".to_owned(),
            audience: Audience::default(),
            route: Route {
                courses: vec![course],
                exam: Some(exam),
                ..Route::default()
            },
            renewal: Some(Route {
                exam: Some(renewal),
                ..Route::default()
            }),
            validity_months: Some(12),
            window_days: 180,
            expected_version: None,
        };
        define::save(&op, portal, certification).await?;
        Ok(())
    }

    async fn change_plan(&mut self) -> Result<()> {
        let plan = Source::Yaml(SAMPLES[0].to_owned());
        plan::publish_document(&self.author()?, &self.stage.app.config.portal, plan).await?;
        Ok(())
    }

    /// The next version of the plan for services asks for the insurance earlier.
    async fn draft_plan(&mut self) -> Result<()> {
        let text = SAMPLES[2].replacen("dueDays: 21", "dueDays: 14", 1);
        let draft = SaveDraft {
            plan: Source::Yaml(text),
            expected_version: None,
        };
        plan::save_draft(&self.author()?, &self.stage.app.config.portal, draft).await?;
        Ok(())
    }

    fn company(&self, at: usize) -> &Company {
        &self.cast.companies[at]
    }

    /// What the partner manager who looks after the company does now.
    pub(super) fn owner(&mut self, at: usize) -> Result<crate::op::Op> {
        let email = self.cast.owner(&self.cast.companies[at])?.email();
        self.stage.person(&email)
    }

    fn says(&self, at: usize) -> rules::Company {
        let company = self.company(at);
        rules::Company {
            legal_name: company.name.clone(),
            website: format!("https://www.{}", company.domain),
            country: company.country.clone(),
            kind: company.kind,
            regions: vec![company.region.clone()],
            time_zone: company.zone.name().to_owned(),
            locale: company.locale.clone(),
            contact_name: company.people()[0].name.clone(),
            why: company.why.clone(),
        }
    }

    async fn apply(&mut self, at: usize) -> Result<()> {
        let portal = self.stage.app.config.portal.clone();
        let contact_email = self.company(at).people()[0].email.clone();
        let input = Apply {
            company: self.says(at),
            contact_email: contact_email.clone(),
            terms_version: portal.terms_version.clone(),
            accepts_terms: true,
        };
        let op = self.stage.anyone(&contact_email);
        let id = apply::apply(&op, &self.stage.app.guard, &portal, input).await?;
        self.applications.insert(at, id);
        Ok(())
    }

    async fn application(&self, at: usize) -> Result<application::Model> {
        let missing = || Error::NotFound("PartnerApplication");
        let id = *self.applications.get(&at).ok_or_else(missing)?;
        let found = application::Entity::find_by_id(id);
        let row = found.one(self.stage.app.db.reader()).await?;
        row.ok_or_else(missing)
    }

    async fn confirm(&mut self, at: usize) -> Result<()> {
        let row = self.application(at).await?;
        let token = self.stage.token(Letter::Confirm(row.id)).await?;
        apply::confirm(&self.stage.anyone(&row.contact_email), token).await?;
        Ok(())
    }

    async fn take(&mut self, at: usize) -> Result<()> {
        let row = self.application(at).await?;
        review::take(&self.owner(at)?, row.id, row.version).await?;
        Ok(())
    }

    async fn request_changes(&mut self, at: usize) -> Result<()> {
        let row = self.application(at).await?;
        let company = self.company(at);
        let (fields, reason) = if company.mended {
            let reason = match company.language() {
                "de" => "Bitte nennen Sie die Gemeinden, für die Sie schon arbeiten.",
                _ => "Please name the customers for whom you work already.",
            };
            (vec!["why".to_owned()], reason.to_owned())
        } else {
            (company.fields.clone(), company.reason.clone())
        };
        let input = RequestChanges {
            id: row.id,
            revision: row.version,
            fields,
            comments: Vec::new(),
            reason,
        };
        review::request_changes(&self.owner(at)?, input).await?;
        Ok(())
    }

    async fn resubmit(&mut self, at: usize) -> Result<()> {
        let row = self.application(at).await?;
        let mut says = self.says(at);
        says.why.push_str(match self.company(at).language() {
            "de" => " Darunter sind Freital, Pirna und Radebeul.",
            _ => " We are seven, on Viti Levu and Vanua Levu.",
        });
        let token = self.stage.token(Letter::NeedsChanges(row.id)).await?;
        let portal = self.stage.app.config.portal.clone();
        let op = self.stage.anyone(&row.contact_email);
        apply::resubmit(&op, &portal, token, says).await?;
        Ok(())
    }

    async fn reject(&mut self, at: usize) -> Result<()> {
        let row = self.application(at).await?;
        let input = Reject {
            id: row.id,
            revision: row.version,
            reason: self.company(at).reason.clone(),
            welcome_again_on: self.stage.now().date_naive() + Days::new(180),
        };
        review::reject(&self.owner(at)?, input).await?;
        Ok(())
    }

    async fn approve(&mut self, at: usize) -> Result<()> {
        let row = self.application(at).await?;
        let portal = self.stage.app.config.portal.clone();
        let company = self.company(at);
        let (region, pace, name) = (company.region.clone(), company.pace, company.name.clone());
        let input = Approve {
            id: row.id,
            revision: row.version,
            owner: None,
            kind: None,
            region,
            reason: String::new(),
        };
        let partner = admit::approve(&self.owner(at)?, &portal, input, None).await?;
        self.partners.insert(at, partner);
        let hours = 3 + roll(&name, 20);
        let joined = self.stage.now() + days(hours as f64 / 24.0 * pace);
        self.plan(joined, Act::Join(at, 0));
        self.look_at_steps(at).await
    }

    async fn invite(&mut self, at: usize, who: Someone) -> Result<()> {
        let company = self.company(at);
        let admin = company.people()[0].email.clone();
        let second = company.people().len() > 4 && company.people()[1] == who;
        let input = Invite {
            partner: self.partner(at)?,
            email: who.email,
            name: who.name,
            role: if second {
                MemberRole::PartnerAdmin
            } else {
                MemberRole::PartnerMember
            },
            locale: None,
        };
        member::invite(&self.stage.person(&admin)?, input).await?;
        Ok(())
    }

    async fn join(&mut self, at: usize, who: usize) -> Result<()> {
        let people = self.company(at).people();
        self.stage.join(&people[who].email).await?;
        self.seated.entry(at).or_default().push(who);
        if who == 0 {
            self.plan_colleagues(at, &people);
        }
        self.look_at_steps(at).await
    }

    /// The first of a company brings in the others.
    fn plan_colleagues(&mut self, at: usize, people: &[Someone]) {
        let (now, company) = (self.stage.now(), self.company(at));
        let (zone, pace, left) = (company.zone, company.pace, company.left());
        let invited = company.invited();
        for (who, someone) in people.iter().enumerate().skip(1) {
            let key = &someone.email;
            let asked = at_work(now + days(0.4 * who as f64 * pace), zone, key);
            let joined = asked + days((0.2 + roll(key, 30) as f64 / 10.0) * pace);
            self.plan(asked, Act::Invite(at, someone.clone()));
            self.plan(joined, Act::Join(at, who));
        }
        for (nth, someone) in invited.into_iter().enumerate() {
            let asked = self.ago(0.8 + 1.7 * nth as f64).max(now + days(0.2));
            self.plan(asked, Act::Invite(at, someone));
        }
        if let Some(who) = left {
            self.plan(self.ago(40.0), Act::Leave(at, who));
        }
        // Long ago or today: people look into their inbox now and then.
        let admin = people[0].email.clone();
        self.plan(self.ago(3.0).max(now + days(0.5)), Act::ReadInbox(admin));
    }

    async fn leave(&mut self, at: usize, who: usize) -> Result<()> {
        let people = self.company(at).people();
        let admin = self.stage.person(&people[0].email)?;
        let leaver = self.stage.person(&people[who].email)?;
        let leaver = leaver.actor().person().map(|person| person.id);
        let seat = membership::Entity::find()
            .filter(membership::Column::PartnerId.eq(self.partner(at)?))
            .filter(membership::Column::PersonId.eq(leaver))
            .one(self.stage.app.db.reader())
            .await?
            .ok_or(Error::NotFound("Membership"))?;
        member::deactivate(&admin, seat.id, seat.version).await?;
        Ok(())
    }

    pub(super) fn partner(&self, at: usize) -> Result<PartnerId> {
        let partner = self.partners.get(&at).copied();
        partner.ok_or(Error::NotFound("Partner"))
    }

    async fn change_password(&mut self, email: &str) -> Result<()> {
        let op = self.stage.person(email)?;
        let new = format!("{PASSWORD}, and again").into();
        let guard = &self.stage.app.guard;
        password::change(&op, guard, PASSWORD.to_owned().into(), new).await
    }

    /// Somebody signs in from a new device, and what it remembers is used by another, too.
    async fn lose_token(&mut self, email: &str) -> Result<()> {
        let op = self.stage.stranger(email);
        let guard = self.stage.app.guard.clone();
        let password = PASSWORD.to_owned().into();
        let tokens = sign_in::sign_in(&op, &guard, email, password).await?;
        let tokens = tokens.signed_in()?;
        let next = session::refresh(&op, &guard, tokens.refresh.clone()).await?;
        session::refresh(&op, &guard, next.refresh).await?;
        let refused = session::refresh(&op, &guard, tokens.refresh).await;
        match refused {
            Err(Error::Refused(_)) => Ok(()),
            Err(error) => Err(error),
            Ok(_) => Err(Error::fault("a refresh token was good twice")),
        }
    }
}
