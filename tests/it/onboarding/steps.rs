//! Saving and handing in steps: what is refused, and to whom.

use entente::auth::Actor;
use entente::error::Error;
use entente::onboarding::{review, submit};
use entente::op::Op;
use entity::membership::MemberRole;
use entity::onboarding_step::StepState;
use entity::partner::PartnerKind;
use entity::staff_role::VendorRole;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

use super::room::{
    PLAN, Room, Word, answers, good_answers, hand_in, id_of, new, refused, refused_whole, review,
};

stories!(
    saving_keeps_what_is_unfinished_and_submitting_refuses_it,
    a_stale_version_is_a_conflict,
    of_two_who_submit_at_once_one_does,
    only_an_admin_accepts_an_agreement,
    steps_are_done_by_those_who_are_to_do_them,
    the_steps_of_others_are_as_absent_as_none,
);

async fn saving_keeps_what_is_unfinished_and_submitting_refuses_it(room: Room) {
    let team = room.team(PLAN).await;
    let step = room.step(&team, "profile").await;
    let unfinished = answers(&[("site", "nordwind"), ("size", "huge")]);
    let op = room.op(&team.ben);
    submit::save_step(&op, hand_in(&step, &unfinished, ""))
        .await
        .unwrap();
    let step = room.step(&team, "profile").await;
    assert_eq!(step.state, StepState::Open);
    assert_eq!(step.answers, json!({ "site": "nordwind", "size": "huge" }));
    assert_eq!(
        refused(submit::submit_step(&op, hand_in(&step, &unfinished, "")).await),
        [
            ("REQUIRED", "answers.name".to_owned()),
            ("INVALID_ANSWER", "answers.1.value".to_owned()),
            ("INVALID_ANSWER", "answers.0.value".to_owned()),
        ]
    );
    let hostile = answers(&[("name", "a\0b"), ("nothing", "x")]);
    assert_eq!(
        refused(submit::save_step(&op, hand_in(&step, &hostile, &"x".repeat(5001))).await),
        [
            ("INVALID_TEXT", "answers.0.value".to_owned()),
            ("UNKNOWN_QUESTION", "answers.1.question".to_owned()),
            ("TOO_LONG", "evidence".to_owned()),
        ]
    );
    let insurance = room.step(&team, "insurance").await;
    assert_eq!(
        refused(submit::submit_step(&op, hand_in(&insurance, &[], "  ")).await),
        [("REQUIRED", "evidence".to_owned())]
    );
    assert_eq!(
        room.step(&team, "profile").await,
        step,
        "nothing was written"
    );
}

async fn a_stale_version_is_a_conflict(room: Room) {
    let team = room.team(PLAN).await;
    let step = room.step(&team, "profile").await;
    let saved = hand_in(&step, &answers(&[("name", "Nord")]), "");
    submit::save_step(&room.op(&team.ana), saved.clone())
        .await
        .unwrap();
    let conflict = [("CONFLICT", "expectedVersion".to_owned())];
    let op = room.op(&team.ben);
    assert_eq!(
        refused(submit::save_step(&op, saved.clone()).await),
        conflict
    );
    assert_eq!(refused(submit::submit_step(&op, saved).await), conflict);
    let waived = review::waive_step(&room.op(&team.mia), review(&step, "Known.")).await;
    assert_eq!(refused(waived), conflict);
    let now = room.step(&team, "profile").await;
    assert_eq!(now.answers, json!({ "name": "Nord" }));
    assert_eq!(now.version, step.version + 1);
}

async fn of_two_who_submit_at_once_one_does(room: Room) {
    let team = room.team(PLAN).await;
    let step = room.step(&team, "insurance").await;
    let (ana, ben) = (room.op(&team.ana), room.op(&team.ben));
    let submit = |op: Op| {
        let input = hand_in(&step, &[], "Policy 4711.");
        tokio::spawn(async move { submit::submit_step(&op, input).await })
    };
    let (one, other) = tokio::join!(submit(ana), submit(ben));
    let (one, other) = (one.unwrap(), other.unwrap());
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    let lost = if one.is_ok() { other } else { one };
    assert_eq!(refused(lost), [("CONFLICT", "expectedVersion".to_owned())]);
    let facts = room.facts(team.partner).await;
    let uploads = facts.iter().filter(|fact| *fact == "document.uploaded");
    assert_eq!(uploads.count(), 1);
}

async fn only_an_admin_accepts_an_agreement(room: Room) {
    let team = room.team(PLAN).await;
    room.hand_in(&team, &team.ben, "profile").await.unwrap();
    let refusal = room.hand_in(&team, &team.ben, "agreement").await;
    assert_eq!(refused(refusal), refused_whole("ADMIN_ONLY"));
    room.hand_in(&team, &team.ana, "agreement").await.unwrap();
    let accepted = entity::fact::Entity::find()
        .filter(entity::fact::Column::Kind.eq("agreement.accepted"))
        .one(&room.rows)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(accepted.person_id, Some(id_of(&team.ana)));
    assert_eq!(
        accepted.detail,
        json!({ "agreement": "partner", "version": "2" })
    );
}

async fn steps_are_done_by_those_who_are_to_do_them(room: Room) {
    let team = room.team(PLAN).await;
    let step = room.step(&team, "agreement").await;
    let locked = submit::submit_step(&room.op(&team.ana), hand_in(&step, &[], "")).await;
    let Err(Error::Refused(faults)) = locked else {
        panic!("{locked:?}");
    };
    assert_eq!(faults[0].code, "LOCKED");
    assert_eq!(
        faults[0].message,
        "This step waits for others. To be done first: Profile."
    );
    let vendors = room.step(&team, "kickoff").await;
    let systems = room.step(&team, "basics").await;
    let partners = room.step(&team, "insurance").await;
    let wrong = refused_whole("WRONG_PERFORMER");
    let (ana, mia) = (room.op(&team.ana), room.op(&team.mia));
    for step in [&vendors, &systems] {
        let result = submit::submit_step(&ana, hand_in(step, &[], "")).await;
        assert_eq!(refused(result), wrong);
    }
    for step in [&partners, &systems] {
        let result = submit::complete_vendor_step(&mia, hand_in(step, &[], "")).await;
        assert_eq!(refused(result), wrong);
    }
    assert_eq!(
        refused(submit::save_step(&ana, hand_in(&systems, &[], "")).await),
        wrong
    );
    let result = submit::complete_vendor_step(&ana, hand_in(&vendors, &[], "")).await;
    assert!(matches!(result, Err(Error::Forbidden)), "{result:?}");
    let result = submit::submit_step(&mia, hand_in(&partners, &[], "x")).await;
    assert!(matches!(result, Err(Error::Forbidden)), "{result:?}");
    let auditor = room.op(&room.staff("Ida", VendorRole::Auditor).await);
    for word in [Word::SignOff, Word::Return, Word::Waive] {
        for op in [&ana, &auditor] {
            let result = word.say(op, review(&partners, "No.")).await;
            assert!(matches!(result, Err(Error::Forbidden)), "{result:?}");
        }
    }
}

async fn the_steps_of_others_are_as_absent_as_none(room: Room) {
    let team = room.team(PLAN).await;
    let other = room.partner(PartnerKind::Services, id_of(&team.mia)).await;
    let eve = room.member(other, "Eve", MemberRole::PartnerAdmin).await;
    let mut step = room.step(&team, "profile").await;
    let (eve, nobody) = (room.op(&eve), room.op(&Actor::Anonymous));
    for _ in 0..2 {
        let input = hand_in(&step, &good_answers(&step), "");
        let results = [
            submit::save_step(&eve, input.clone()).await,
            submit::submit_step(&eve, input.clone()).await,
            submit::complete_vendor_step(&eve, input.clone()).await,
            review::waive_step(&eve, review(&step, "No.")).await,
            review::sign_off_step(&eve, review(&step, "No.")).await,
            review::return_step(&eve, review(&step, "No.")).await,
        ];
        for result in results {
            assert!(matches!(result, Err(Error::NotFound(_))), "{result:?}");
        }
        let result = submit::save_step(&nobody, input).await;
        assert!(matches!(result, Err(Error::Unauthenticated)), "{result:?}");
        // And now the same with a step that there is not.
        step.id = new();
    }
}
