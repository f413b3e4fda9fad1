//! Reminders come once, and only while there is cause.

use chrono::Duration;
use entente::onboarding::remind::{StepDueSoon, StepOverdue};
use entente::outbox::Job;
use entity::outbox_message;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::room::{PLAN, Room, id_of, utc};

stories!(
    reminders_come_once_and_only_while_there_is_cause,
    a_step_that_opens_late_is_not_overdue_at_once,
);

async fn reminders_come_once_and_only_while_there_is_cause(room: Room) {
    let team = room.team(PLAN).await;
    let promised = || async {
        outbox_message::Entity::find()
            .filter(outbox_message::Column::Kind.is_in([StepDueSoon::KIND, StepOverdue::KIND]))
            .all(&room.rows)
            .await
            .unwrap()
            .len()
    };
    // Profile, insurance and kick-off are open: two reminders each, however often it is settled.
    assert_eq!(promised().await, 6);
    room.welcome(team.partner, id_of(&team.ben)).await;
    room.letters().await;
    assert_eq!(promised().await, 6);
    room.keep_reminders().await;
    assert_eq!(room.post().await, "");

    // Approved on the 2nd: the profile is due on the 7th, so on the 4th at nine in Berlin.
    *room.now.lock().unwrap() = utc("2026-03-04T08:00:00Z");
    room.keep_reminders().await;
    says!(room.post().await, @"step_due_soon Profile: Ana Ben");
    room.keep_reminders().await;
    assert_eq!(room.post().await, "");

    // The insurance is handed in before its reminder: there is no cause any more. When it is
    // overdue it is the reviewer who keeps it.
    room.hand_in(&team, &team.ana, "insurance").await.unwrap();
    room.letters().await;
    *room.now.lock().unwrap() = utc("2026-03-07T22:59:59.999999Z");
    room.keep_reminders().await;
    assert_eq!(room.post().await, "");
    *room.now.lock().unwrap() = utc("2026-03-07T23:00:00Z");
    room.keep_reminders().await;
    says!(room.post().await, @"step_overdue Profile: Ana Ben Mia");
    *room.now.lock().unwrap() = utc("2026-03-20T00:00:00Z");
    room.keep_reminders().await;
    says!(room.post().await, @r"
    step_overdue Insurance: Mia
    step_due_soon Kick-off: Mia
    step_overdue Kick-off: Mia
    ");
    room.keep_reminders().await;
    assert_eq!(room.post().await, "");
}

async fn a_step_that_opens_late_is_not_overdue_at_once(room: Room) {
    let team = room.team(PLAN).await;
    room.pass(Duration::days(30));
    room.keep_reminders().await;
    room.letters().await;
    room.hand_in(&team, &team.ana, "profile").await.unwrap();
    room.letters().await;
    room.keep_reminders().await;
    assert_eq!(room.post().await, "");
    room.pass(Duration::days(3));
    room.keep_reminders().await;
    says!(room.post().await, @"step_overdue Agreement: Ana Ben Mia");
}
