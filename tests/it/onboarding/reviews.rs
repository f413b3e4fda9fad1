//! Reviewers: what they can say, and that one word counts.

use entente::error::Error;
use entente::notification::Letter;
use entente::notification::letter::Point;
use entente::onboarding::{review, submit};
use entente::submission::Comment;
use entity::onboarding_step::StepState;
use entity::staff_role::VendorRole;
use entity::verdict;
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::json;

use super::room::{PLAN, Room, Word, answers, hand_in, one_step, refused, refused_whole, review};

stories!(
    of_two_reviewers_at_once_one_decides_and_the_other_is_told,
    the_last_step_is_decided_once,
    nobody_reviews_their_own_submission,
    a_returned_step_is_mended_and_submitted_again,
);

async fn of_two_reviewers_at_once_one_decides_and_the_other_is_told(room: Room) {
    let team = room.team(PLAN).await;
    let ole = room.staff("Ole", VendorRole::Admin).await;
    for round in 0..5 {
        room.hand_in(&team, &team.ana, "insurance").await.unwrap();
        let step = room.step(&team, "insurance").await;
        let (mia, ole) = (room.op(&team.mia), room.op(&ole));
        let (one, other) = tokio::join!(
            tokio::spawn({
                let review = review(&step, "Not ours.");
                async move { review::return_step(&mia, review).await }
            }),
            tokio::spawn({
                let review = review(&step, "No page two.");
                async move { review::return_step(&ole, review).await }
            }),
        );
        let results = [("Mia", one.unwrap()), ("Ole", other.unwrap())];
        let (won, lost): (Vec<_>, Vec<_>) = results.iter().partition(|(_, it)| it.is_ok());
        assert_eq!(
            (won.len(), lost.len()),
            (1, 1),
            "round {round}: {results:?}"
        );
        let Err(Error::Refused(faults)) = &lost[0].1 else {
            panic!("{:?}", lost[0]);
        };
        assert_eq!(faults[0].code, "ALREADY_DECIDED");
        let expected = format!("{} returned it on 2026-03-02 at 09:00 UTC.", won[0].0);
        assert_eq!(faults[0].message, expected);
        let verdicts = verdict::Entity::find().all(&room.rows).await.unwrap();
        assert_eq!(verdicts.len(), round + 1);
    }
}

async fn the_last_step_is_decided_once(room: Room) {
    let team = room
        .team(&one_step("PARTNER", "{kind: MANUAL_SIGN_OFF}", true))
        .await;
    let ole = room.staff("Ole", VendorRole::Admin).await;
    room.hand_in(&team, &team.ana, "only").await.unwrap();
    let step = room.step(&team, "only").await;
    let decision = review(&step, "");
    review::sign_off_step(&room.op(&team.mia), decision.clone())
        .await
        .unwrap();
    let result = review::sign_off_step(&room.op(&ole), decision).await;
    let Err(Error::Refused(faults)) = result else {
        panic!("{result:?}");
    };
    assert_eq!(faults[0].code, "ALREADY_DECIDED");
    assert_eq!(
        faults[0].message,
        "Mia accepted it on 2026-03-02 at 09:00 UTC."
    );
    let again = room.hand_in(&team, &team.ana, "only").await;
    assert_eq!(refused(again), refused_whole("CLOSED"));
}

async fn nobody_reviews_their_own_submission(room: Room) {
    let team = room
        .team(&one_step("VENDOR", "{kind: MANUAL_SIGN_OFF}", true))
        .await;
    let ole = room.staff("Ole", VendorRole::PartnerManager).await;
    room.hand_in(&team, &team.mia, "only").await.unwrap();
    // The owner did it, so the others are asked to look at it.
    says!(room.post().await, @"step_submitted Only: Ole");
    let step = room.step(&team, "only").await;
    for decide in [Word::SignOff, Word::Return, Word::Waive] {
        let own = decide
            .say(&room.op(&team.mia), review(&step, "Mine."))
            .await;
        assert_eq!(refused(own), refused_whole("OWN_SUBMISSION"));
    }
    review::sign_off_step(&room.op(&ole), review(&step, ""))
        .await
        .unwrap();
    assert_eq!(room.step(&team, "only").await.state, StepState::Done);
}

async fn a_returned_step_is_mended_and_submitted_again(room: Room) {
    let plan = PLAN.replace(
        "rule: {kind: FORM_FILLED}",
        "needsReview: true\n    rule: {kind: FORM_FILLED}",
    );
    let team = room.team(&plan).await;
    room.hand_in(&team, &team.ben, "profile").await.unwrap();
    let step = room.step(&team, "profile").await;
    let again = room.hand_in(&team, &team.ben, "profile").await;
    assert_eq!(refused(again), refused_whole("WAITS_FOR_REVIEW"));
    room.letters().await;

    let mut back = review(&step, "");
    back.fields = vec!["size".to_owned(), "shoe-size".to_owned()];
    let op = room.op(&team.mia);
    assert_eq!(
        refused(review::return_step(&op, back.clone()).await),
        [
            ("REQUIRED", "reason".to_owned()),
            ("UNKNOWN_FIELD", "fields.1".to_owned())
        ]
    );
    back.fields.pop();
    "Are you not larger?".clone_into(&mut back.reason);
    back.comments = vec![Comment {
        field: "evidence".to_owned(),
        text: " Which notes? ".to_owned(),
    }];
    review::return_step(&op, back).await.unwrap();
    let letters = room.letters().await;
    let readers: Vec<_> = letters.iter().map(|(name, _)| *name).collect();
    assert_eq!(readers, ["Ana", "Ben"]);
    let Letter::StepReturned {
        reviewer,
        reason,
        points,
        ..
    } = &letters[0].1
    else {
        panic!("{letters:?}");
    };
    assert_eq!(
        (reviewer.as_str(), reason.as_str()),
        ("Mia", "Are you not larger?")
    );
    // A question by its words, and what is only said something of as well.
    let told = |point: &Point| (point.title.clone(), point.comment.clone());
    assert_eq!(
        points.iter().map(told).collect::<Vec<_>>(),
        [
            (Some("Size".to_owned()), None),
            (None, Some("Which notes?".to_owned()))
        ]
    );

    let step = room.step(&team, "profile").await;
    assert_eq!(step.state, StepState::Returned);
    // Only what is mended is sent: the rest is as it was saved.
    let mut input = hand_in(
        &step,
        &answers(&[("name", "Nordwind"), ("size", "large")]),
        "",
    );
    input.evidence = None;
    submit::submit_step(&room.op(&team.ana), input)
        .await
        .unwrap();
    let step = room.step(&team, "profile").await;
    assert_eq!(step.state, StepState::Submitted);
    assert_eq!(step.evidence, "Done, see our notes.");
    assert_eq!(step.answers["size"], "large");
    review::sign_off_step(&op, review(&step, "")).await.unwrap();
    let words: Vec<_> = verdict::Entity::find()
        .order_by_asc(verdict::Column::Id)
        .all(&room.rows)
        .await
        .unwrap()
        .into_iter()
        .map(|row| (row.outcome, row.revision, row.fields))
        .collect();
    assert_eq!(
        words,
        [
            (verdict::Outcome::Returned, 3, json!(["size"])),
            (verdict::Outcome::Accepted, 5, json!([])),
        ]
    );
}
