//! A partner's way through a plan, and who may do what on it.

use chrono::Duration;
use entente::error::Error;
use entente::fact::Detail;
use entente::notification::Letter;
use entente::onboarding::{join, report, review};
use entity::membership::{self, MemberRole, MembershipState};
use entity::onboarding_step::StepState;
use entity::partner::{self, PartnerKind, PartnerState};
use entity::staff_role::VendorRole;
use entity::{audit_entry, onboarding};
use sea_orm::{ActiveModelTrait, ActiveValue, ColumnTrait, EntityTrait, QueryFilter};

use super::room::{
    PLAN, Room, id_of, new, one_step, refused, refused_whole, review, signed_in, utc,
};

stories!(
    a_partner_goes_through_a_plan_with_every_rule,
    those_who_begin_are_welcomed_with_the_plan,
    a_colleague_brings_what_they_have_learned,
    certificates_that_ran_out_or_were_revoked_do_not_count,
    what_a_member_learned_goes_with_them,
    who_comes_back_brings_what_they_have_learned,
    the_steps_of_a_partner_that_is_held_rest,
    waiving_opens_what_waited,
);

#[expect(clippy::too_many_lines, reason = "one story, told in one piece")]
async fn a_partner_goes_through_a_plan_with_every_rule(room: Room) {
    let team = room.team(PLAN).await;
    let course = || Detail::CourseCompleted {
        course: "basics".to_owned(),
    };
    says!(room.states(team.partner).await, @"Open: profile insurance kickoff");

    room.pass(Duration::days(1));
    room.hand_in(&team, &team.ben, "profile").await.unwrap();
    says!(room.post().await, @r"
    step_done Profile: Ana Mia
    step_opened Agreement: Ana Ben
    ");
    room.hand_in(&team, &team.ana, "agreement").await.unwrap();
    says!(room.post().await, @r"
    step_done Agreement: Mia
    step_opened Kicked off: Mia
    step_opened Basics: Ana Ben
    ");

    // The meeting that the vendor reports is the fact for which the system's step waits.
    room.hand_in(&team, &team.mia, "kickoff").await.unwrap();
    says!(room.post().await, @r"
    step_done Kick-off: Ana
    step_done Kicked off: Ana
    ");

    room.hand_in(&team, &team.ben, "insurance").await.unwrap();
    says!(room.post().await, @"step_submitted Insurance: Mia");
    let insurance = room.step(&team, "insurance").await;
    assert_eq!(insurance.state, StepState::Submitted);
    assert_eq!(insurance.evidence, "Done, see our notes.");
    review::sign_off_step(&room.op(&team.mia), review(&insurance, ""))
        .await
        .unwrap();
    says!(room.post().await, @r"
    step_done Insurance: Ana Ben
    step_opened Account: Mia
    ");
    room.hand_in(&team, &team.mia, "account").await.unwrap();
    says!(room.post().await, @"step_done Account: Ana");

    room.pass(Duration::days(10));
    room.learned(team.partner, &team.ana, course()).await;
    assert_eq!(room.post().await, "");
    room.learned(team.partner, &team.ben, course()).await;
    says!(room.post().await, @r"
    step_done Basics: Ana Mia
    step_opened Seller: Ana Ben
    ");
    let certificate = Detail::CertificateIssued {
        certification: "seller".to_owned(),
        valid_until: Some(room.now() + Duration::days(365)),
    };
    room.learned(team.partner, &team.ben, certificate).await;
    says!(room.post().await, @r"
    step_done Seller: Ana Mia
    step_opened Demo: Ana Ben
    ");
    says!(room.states(team.partner).await, @r"
    Done: profile agreement insurance kickoff kicked-off basics seller account
    Open: demo
    ");

    room.hand_in(&team, &team.ana, "demo").await.unwrap();
    room.post().await;
    room.pass(Duration::hours(5));
    let demo = room.step(&team, "demo").await;
    review::sign_off_step(&room.op(&team.mia), review(&demo, "Well told."))
        .await
        .unwrap();
    says!(room.post().await, @r"
    step_done Demo: Ana
    onboarding_complete -: Ana Ben Mia
    ");

    let row = partner::Entity::find_by_id(team.partner)
        .one(&room.rows)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(row.state, PartnerState::Active);
    assert_eq!(row.activated_at, Some(room.now()));
    assert_eq!(
        report::seconds_to_onboard(&row),
        Some((Duration::days(11) + Duration::hours(5)).num_seconds())
    );
    let way = onboarding::Entity::find()
        .one(&room.rows)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(way.completed_at, Some(room.now()));
    says!(room.facts(team.partner).await.join("\n"), @r"
    onboarding.started
    onboarding.step_opened profile
    onboarding.step_opened insurance
    onboarding.step_opened kickoff
    form.filled
    onboarding.step_done profile
    onboarding.step_opened agreement
    agreement.accepted
    onboarding.step_done agreement
    onboarding.step_opened kicked-off
    onboarding.step_opened basics
    meeting.held
    onboarding.step_done kickoff
    onboarding.step_done kicked-off
    document.uploaded
    onboarding.step_submitted insurance
    onboarding.step_done insurance
    onboarding.step_opened account
    onboarding.step_done account
    onboarding.step_done basics
    onboarding.step_opened seller
    onboarding.step_done seller
    onboarding.step_opened demo
    onboarding.step_submitted demo
    onboarding.step_done demo
    onboarding.completed
    ");
    let trail = audit_entry::Entity::find()
        .filter(audit_entry::Column::PartnerId.eq(team.partner))
        .filter(audit_entry::Column::SubjectKind.eq("OnboardingStep"))
        .all(&room.rows)
        .await
        .unwrap();
    let turns = room.facts(team.partner).await;
    let turns = turns
        .iter()
        .filter(|fact| fact.starts_with("onboarding.step_"));
    assert_eq!(trail.len(), turns.count(), "a line for every turn");
}

async fn those_who_begin_are_welcomed_with_the_plan(room: Room) {
    let mia = room.staff("Mia", VendorRole::PartnerManager).await;
    let version = room.publish(PLAN).await;
    let partner = room.partner(PartnerKind::Reseller, id_of(&mia)).await;
    room.start(partner, version, &mia).await.unwrap();
    // Nobody has a seat yet, but the vendor has something to do.
    assert_eq!(room.post().await, "step_opened Kick-off: Mia");
    let ana = room.member(partner, "Ana", MemberRole::PartnerAdmin).await;
    room.welcome(partner, id_of(&ana)).await;
    let letters = room.letters().await;
    let [
        (
            "Ana",
            Letter::OnboardingWelcome {
                owner, plan, steps, ..
            },
        ),
    ] = &letters[..]
    else {
        panic!("{letters:?}");
    };
    assert_eq!((owner.as_str(), plan.as_str()), ("Mia", "Every rule"));
    assert_eq!(steps.len(), 9);
    assert_eq!(steps[0].title, "Profile");
    assert_eq!(steps[0].due_on.to_string(), "2026-03-07");

    // Members of a partner that comes back have their seats already.
    let other = room.partner(PartnerKind::Reseller, id_of(&mia)).await;
    room.member(other, "Ben", MemberRole::PartnerMember).await;
    room.start(other, version, &mia).await.unwrap();
    says!(room.post().await, @r"
    onboarding_welcome -: Ben
    step_opened Profile: Ben
    step_opened Insurance: Ben
    step_opened Kick-off: Mia
    ");
}

async fn a_colleague_brings_what_they_have_learned(room: Room) {
    let rule = "{kind: CERTIFICATE_HELD, certification: seller, members: 1}";
    let team = room.team(&one_step("SYSTEM", rule, false)).await;
    let other = room.partner(PartnerKind::Services, id_of(&team.mia)).await;
    let eve = room.member(other, "Eve", MemberRole::PartnerMember).await;
    let issued = Detail::CertificateIssued {
        certification: "seller".to_owned(),
        valid_until: None,
    };
    room.learned(other, &eve, issued).await;
    room.welcome(team.partner, id_of(&team.ben)).await;
    assert_eq!(room.step(&team, "only").await.state, StepState::Open);
    room.insert(membership::Model {
        id: new(),
        partner_id: team.partner,
        person_id: id_of(&eve),
        role: MemberRole::PartnerMember,
        state: MembershipState::Active,
        joined_at: room.now(),
        ended_at: None,
        version: 1,
    })
    .await;
    room.letters().await;
    room.welcome(team.partner, id_of(&eve)).await;
    says!(room.post().await, @r"
    onboarding_welcome -: Eve
    step_done Only: Ana Mia
    onboarding_complete -: Ana Ben Eve Mia
    ");
    let row = partner::Entity::find_by_id(team.partner)
        .one(&room.rows)
        .await
        .unwrap();
    assert_eq!(row.unwrap().state, PartnerState::Active);
}

async fn certificates_that_ran_out_or_were_revoked_do_not_count(room: Room) {
    let rule = "{kind: CERTIFICATE_HELD, certification: seller, members: 2}";
    let team = room.team(&one_step("SYSTEM", rule, false)).await;
    let issued = |days: i64| Detail::CertificateIssued {
        certification: "seller".to_owned(),
        valid_until: Some(utc("2026-03-02T09:00:00Z") + Duration::days(days)),
    };
    room.learned(team.partner, &team.ana, issued(10)).await;
    room.pass(Duration::days(10));
    let first = room.learned(team.partner, &team.ben, issued(100)).await;
    assert_eq!(room.step(&team, "only").await.state, StepState::Open);
    let revoked = Detail::CertificateRevoked {
        certification: "seller".to_owned(),
    };
    room.happened(team.partner, &team.ben, first, revoked).await;
    room.learned(team.partner, &team.ana, issued(100)).await;
    assert_eq!(room.step(&team, "only").await.state, StepState::Open);
    room.learned(team.partner, &team.ben, issued(100)).await;
    assert_eq!(room.step(&team, "only").await.state, StepState::Done);
}

async fn what_a_member_learned_goes_with_them(room: Room) {
    let rule = "{kind: COURSE_COMPLETED, course: basics, members: 2}";
    let team = room.team(&one_step("SYSTEM", rule, false)).await;
    let course = || Detail::CourseCompleted {
        course: "basics".to_owned(),
    };
    room.learned(team.partner, &team.ana, course()).await;
    room.leaves(&team, &team.ana).await;
    room.learned(team.partner, &team.ben, course()).await;
    assert_eq!(room.step(&team, "only").await.state, StepState::Open);
    // And whoever left is told no more.
    room.letters().await;
    *room.now.lock().unwrap() = room.step(&team, "only").await.due_at;
    room.keep_reminders().await;
    says!(room.post().await, @"step_due_soon Only: Ben");
    let cleo = room
        .member(team.partner, "Cleo", MemberRole::PartnerMember)
        .await;
    room.learned(team.partner, &cleo, course()).await;
    assert_eq!(room.step(&team, "only").await.state, StepState::Done);
}

async fn who_comes_back_brings_what_they_have_learned(room: Room) {
    let rule = "{kind: COURSE_COMPLETED, course: basics, members: 2}";
    let team = room.team(&one_step("SYSTEM", rule, false)).await;
    let course = || Detail::CourseCompleted {
        course: "basics".to_owned(),
    };
    room.learned(team.partner, &team.ben, course()).await;
    room.leaves(&team, &team.ben).await;
    room.learned(team.partner, &team.ana, course()).await;
    assert_eq!(room.step(&team, "only").await.state, StepState::Open);
    let seat = membership::Entity::find()
        .filter(membership::Column::PersonId.eq(id_of(&team.ben)))
        .one(&room.rows)
        .await
        .unwrap()
        .unwrap();
    let stranger = signed_in(new(), vec![], vec![]);
    let result = join::reactivate(&room.op(&stranger), seat.id, seat.version).await;
    assert!(matches!(result, Err(Error::NotFound(_))), "{result:?}");
    join::reactivate(&room.op(&team.ana), seat.id, seat.version)
        .await
        .unwrap();
    assert_eq!(room.step(&team, "only").await.state, StepState::Done);
}

async fn the_steps_of_a_partner_that_is_held_rest(room: Room) {
    let team = room.team(PLAN).await;
    partner::ActiveModel {
        id: ActiveValue::Unchanged(team.partner),
        state: ActiveValue::Set(PartnerState::Suspended),
        ..Default::default()
    }
    .update(&room.rows)
    .await
    .unwrap();
    let rest = refused_whole("NOT_ONBOARDING");
    assert_eq!(
        refused(room.hand_in(&team, &team.ana, "profile").await),
        rest
    );
    let step = room.step(&team, "profile").await;
    let waived = review::waive_step(&room.op(&team.mia), review(&step, "No.")).await;
    assert_eq!(refused(waived), rest);
    room.pass(Duration::days(100));
    room.keep_reminders().await;
    assert_eq!(room.post().await, "");
}

async fn waiving_opens_what_waited(room: Room) {
    let team = room.team(PLAN).await;
    let profile = room.step(&team, "profile").await;
    let op = room.op(&team.mia);
    assert_eq!(
        refused(review::waive_step(&op, review(&profile, " ")).await),
        [("REQUIRED", "reason".to_owned())]
    );
    review::waive_step(&op, review(&profile, "We know you well."))
        .await
        .unwrap();
    says!(room.post().await, @r"
    step_waived Profile: Ana
    step_opened Agreement: Ana Ben
    ");
    assert_eq!(room.step(&team, "agreement").await.state, StepState::Open);
    let again = review::waive_step(&op, review(&profile, "Twice.")).await;
    assert_eq!(refused(again), refused_whole("ALREADY_DECIDED"));
    // What is locked can be waived as well, and whoever waives the rest has the partner active.
    let steps = room.steps(team.partner).await;
    for key in steps
        .iter()
        .rev()
        .map(|step| step.key.as_str())
        .filter(|key| *key != "profile")
    {
        let step = room.step(&team, key).await;
        review::waive_step(&op, review(&step, "Not needed."))
            .await
            .unwrap();
    }
    let row = partner::Entity::find_by_id(team.partner)
        .one(&room.rows)
        .await
        .unwrap();
    assert_eq!(row.unwrap().state, PartnerState::Active);
    let facts = room.facts(team.partner).await;
    assert_eq!(
        facts.last().map(String::as_str),
        Some("onboarding.completed")
    );
}
