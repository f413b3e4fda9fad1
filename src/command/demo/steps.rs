//! How the demo's people do onboarding steps: they see what is open and do it in their time.

#![expect(
    clippy::cast_precision_loss,
    reason = "days of a sample need not be exact"
)]

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use entity::onboarding_step::{self, StepState};
use entity::plan_step::Performer;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::stage::{at_work, days, roll};
use super::story::{Act, Story};
use crate::auth::{Permission, Scope};
use crate::error::{Error, Result};
use crate::fact::{self, About, Detail};
use crate::onboarding::facts_arrived;
use crate::onboarding::form::{Answer, Form, Question, QuestionType};
use crate::onboarding::review::{self, Review};
use crate::onboarding::rules::Rule;
use crate::onboarding::submit::{self, HandIn};

impl Story {
    /// Puts on the agenda what the company's steps give cause for now, and have not before.
    pub(super) async fn look_at_steps(&mut self, at: usize) -> Result<()> {
        let partner = self.partner(at)?;
        let steps = onboarding_step::Entity::find()
            .filter(onboarding_step::Column::PartnerId.eq(partner))
            .order_by_asc(onboarding_step::Column::Position)
            .all(self.stage.app.db.reader())
            .await?;
        for step in steps {
            let waits_for_people =
                step.performer != Performer::Vendor && !self.seated.contains_key(&at);
            let cause = format!("{at} {} {:?} {:?}", step.key, step.state, step.submitted_at);
            if !waits_for_people && self.caused.insert(cause) {
                self.look_at(at, &step)?;
            }
        }
        Ok(())
    }

    fn look_at(&mut self, at: usize, step: &onboarding_step::Model) -> Result<()> {
        let company = &self.cast.companies[at];
        let named = |keys: &[String]| keys.contains(&step.key);
        let rule: Rule = serde_json::from_value(step.rule.clone())?;
        let stops = named(&company.stops);
        let pace = company.pace;
        let key = step.key.clone();
        match step.state {
            StepState::Open if named(&company.waived) => {
                let when = self.in_a_while(at, 4.0, &key);
                self.plan(when, Act::Waive(at, key));
            }
            StepState::Open if step.performer == Performer::System => {
                let needed = members(&rule);
                let learners = if stops {
                    needed.saturating_sub(1)
                } else {
                    needed
                };
                for nth in 0..learners {
                    let takes = effort(step, &rule) * (0.6 + 0.3 * nth as f64);
                    let when = self.in_a_while(at, takes * pace, &format!("{key}{nth}"));
                    self.plan(when, Act::Learn(at, key.clone(), nth));
                }
            }
            StepState::Open if stops => {
                if rule == (Rule::FormFilled {}) {
                    let when = self.in_a_while(at, 2.0 * pace, &key);
                    self.plan(when, Act::Save(at, key));
                }
            }
            StepState::Open => {
                let when = self.in_a_while(at, effort(step, &rule) * pace, &key);
                self.plan(when, Act::Do(at, key));
            }
            StepState::Returned if !named(&company.unmended) => {
                let when = self.in_a_while(at, 3.0 * pace, &key);
                self.plan(when, Act::Do(at, key));
            }
            StepState::Submitted if !named(&company.waits) => {
                let when = self.in_a_while(at, 1.5, &key);
                self.plan(when, Act::Review(at, key));
            }
            StepState::Locked
            | StepState::Returned
            | StepState::Submitted
            | StepState::Done
            | StepState::Waived => (),
        }
        Ok(())
    }

    /// About so many days from now, at an hour at which people work there.
    fn in_a_while(&self, at: usize, about: f64, key: &str) -> DateTime<Utc> {
        let company = &self.cast.companies[at];
        let key = format!("{} {key}", company.domain);
        let takes = about * (0.6 + roll(&key, 80) as f64 / 100.0);
        let when = self.stage.now() + days(takes) + TimeDelta::minutes(20);
        at_work(when, company.zone, &key)
    }

    async fn step(&self, at: usize, key: &str) -> Result<onboarding_step::Model> {
        onboarding_step::Entity::find()
            .filter(onboarding_step::Column::PartnerId.eq(self.partner(at)?))
            .filter(onboarding_step::Column::Key.eq(key))
            .one(self.stage.app.db.reader())
            .await?
            .ok_or(Error::NotFound("OnboardingStep"))
    }

    /// Begins with a form, and goes to lunch.
    pub(super) async fn save_step(&mut self, at: usize, key: &str) -> Result<()> {
        let step = self.step(at, key).await?;
        let mut input = self.hand_in(at, &step)?;
        if let Some(answers) = &mut input.answers {
            answers.truncate(2);
        }
        let email = self.doer(at, &step)?;
        submit::save_step(&self.stage.person(&email)?, input).await?;
        Ok(())
    }

    pub(super) async fn do_step(&mut self, at: usize, key: &str) -> Result<()> {
        let step = self.step(at, key).await?;
        let input = self.hand_in(at, &step)?;
        if step.performer == Performer::Vendor {
            submit::complete_vendor_step(&self.owner(at)?, input).await?;
        } else {
            let email = self.doer(at, &step)?;
            submit::submit_step(&self.stage.person(&email)?, input).await?;
        }
        self.look_at_steps(at).await
    }

    /// Who does the step: an admin what binds the partner, anybody with a seat the rest.
    fn doer(&self, at: usize, step: &onboarding_step::Model) -> Result<String> {
        let company = &self.cast.companies[at];
        let people = company.people();
        let rule: Rule = serde_json::from_value(step.rule.clone())?;
        let seated = self.seated.get(&at).map_or(&[][..], Vec::as_slice);
        let here: Vec<usize> = seated
            .iter()
            .copied()
            .filter(|who| company.left() != Some(*who))
            .collect();
        let binds = matches!(rule, Rule::AgreementAccepted { .. });
        let who = if binds || here.is_empty() {
            0
        } else {
            here[roll(&format!("{} {}", company.domain, step.key), here.len())]
        };
        Ok(people[who].email.clone())
    }

    fn hand_in(&self, at: usize, step: &onboarding_step::Model) -> Result<HandIn> {
        let form: Form = serde_json::from_value(step.form.clone())?;
        let answers = form.questions.iter().filter_map(|question| {
            Some(Answer {
                question: question.key.clone(),
                value: self.answer(at, question)?,
            })
        });
        let answers: Vec<_> = answers.collect();
        Ok(HandIn {
            document: None,
            step: step.id,
            answers: (!answers.is_empty()).then_some(answers),
            evidence: self.words(at, &self.words.evidence, &step.key),
            expected_version: step.version,
        })
    }

    fn answer(&self, at: usize, question: &Question) -> Option<String> {
        let company = &self.cast.companies[at];
        let (domain, key) = (&company.domain, &question.key);
        let said = self.words(at, &self.words.answers, key);
        said.or_else(|| match question.kind {
            QuestionType::Choice => {
                let choice = roll(&format!("{domain} {key}"), question.choices.len().max(1));
                question.choices.get(choice).cloned()
            }
            QuestionType::Email => Some(format!("{}@{domain}", key.trim_end_matches("-email"))),
            QuestionType::Url => Some(format!("https://www.{domain}/{key}")),
            QuestionType::Date => {
                let after = 90 + i64::try_from(roll(domain, 200)).unwrap_or_default();
                let day = self.stage.now() + TimeDelta::days(after);
                Some(day.date_naive().to_string())
            }
            QuestionType::Text | QuestionType::LongText | QuestionType::Number => None,
        })
    }

    /// What this company says of it, in its language.
    fn words(
        &self,
        at: usize,
        words: &BTreeMap<String, BTreeMap<String, Vec<String>>>,
        key: &str,
    ) -> Option<String> {
        let company = &self.cast.companies[at];
        let texts = words.get(key)?.get(company.language())?;
        let text = texts.get(roll(
            &format!("{} {key}", company.domain),
            texts.len().max(1),
        ))?;
        Some(text.replace("{domain}", &company.domain))
    }

    pub(super) async fn review_step(&mut self, at: usize, key: &str) -> Result<()> {
        let step = self.step(at, key).await?;
        let company = &self.cast.companies[at];
        let is_wanting = [&company.returned, &company.unmended]
            .iter()
            .any(|keys| keys.iter().any(|it| it == key));
        let first = self.caused.insert(format!("{at} {key} was returned"));
        let language = self.cast.companies[at].language();
        let mut review = Review {
            step: step.id,
            reason: String::new(),
            fields: Vec::new(),
            expected_version: step.version,
        };
        if is_wanting && first {
            review.reason = self.words.returned(key, language)?;
            let form: Form = serde_json::from_value(step.form.clone())?;
            let last = form.questions.iter().rfind(|question| question.required);
            let field = last.map_or("evidence", |question| question.key.as_str());
            review.fields.push(field.to_owned());
            review::return_step(&self.owner(at)?, review).await?;
        } else {
            review::sign_off_step(&self.owner(at)?, review).await?;
        }
        self.look_at_steps(at).await
    }

    pub(super) async fn waive_step(&mut self, at: usize, key: &str) -> Result<()> {
        let step = self.step(at, key).await?;
        let language = self.cast.companies[at].language();
        let review = Review {
            step: step.id,
            reason: self.words.waived(key, language)?,
            fields: Vec::new(),
            expected_version: step.version,
        };
        review::waive_step(&self.owner(at)?, review).await?;
        self.look_at_steps(at).await
    }

    /// A fact that comes from elsewhere, from the systems that the vendor had before: somebody completed a course, or holds a
    /// certificate. What proves it lies elsewhere.
    pub(super) async fn learn(&mut self, at: usize, key: &str, nth: usize) -> Result<()> {
        let step = self.step(at, key).await?;
        let seated = self.seated.get(&at).cloned().unwrap_or_default();
        let Some(&who) = seated.get(nth) else {
            return Ok(());
        };
        let email = self.cast.companies[at].people()[who].email.clone();
        let learner = self.stage.person(&email)?;
        let person = learner.actor().person().map(|person| person.id);
        let detail = match serde_json::from_value(step.rule.clone())? {
            Rule::CourseCompleted { course, .. } => Detail::CourseCompleted { course },
            Rule::CertificateHeld { certification, .. } => Detail::CertificateIssued {
                certification,
                valid_until: Some(self.stage.now() + TimeDelta::days(730)),
            },
            rule @ (Rule::FormFilled {}
            | Rule::AgreementAccepted { .. }
            | Rule::MeetingHeld { .. }
            | Rule::DocumentUploaded { .. }
            | Rule::ManualSignOff {}) => {
                return Err(Error::fault(format!("nobody learns a {}", rule.kind())));
            }
        };
        let input = (step.partner_id, person, detail);
        self.stage
            .portal()
            .unit(input, |tx, (partner, person, detail)| {
                Box::pin(async move {
                    let scope = Scope::Partner(*partner);
                    let permit = tx.permit(Permission::KeepPromises, scope)?;
                    let about = About {
                        partner: Some(*partner),
                        person: *person,
                        subject: permit.new_id(),
                    };
                    fact::record(&permit, about, detail).await?;
                    facts_arrived(&permit, *partner).await
                })
            })
            .await?;
        self.look_at_steps(at).await
    }
}

/// Of how many people the rule asks something.
fn members(rule: &Rule) -> usize {
    match rule {
        Rule::CourseCompleted { members, .. } | Rule::CertificateHeld { members, .. } => {
            usize::try_from(*members).unwrap_or_default()
        }
        Rule::FormFilled {}
        | Rule::AgreementAccepted { .. }
        | Rule::MeetingHeld { .. }
        | Rule::DocumentUploaded { .. }
        | Rule::ManualSignOff {} => 0,
    }
}

/// About how many days a brisk partner takes.
fn effort(step: &onboarding_step::Model, rule: &Rule) -> f64 {
    match (rule, step.performer) {
        (Rule::FormFilled {}, _)
        | (Rule::ManualSignOff {}, Performer::Vendor | Performer::System) => 3.0,
        (Rule::AgreementAccepted { .. } | Rule::DocumentUploaded { .. }, _) => 5.0,
        (Rule::MeetingHeld { .. }, _) => 7.0,
        (Rule::CourseCompleted { .. }, _) => 10.0,
        (Rule::CertificateHeld { .. }, _) => 9.0,
        (Rule::ManualSignOff {}, Performer::Partner) => 11.0,
    }
}
