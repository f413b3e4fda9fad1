//! How long onboarding takes.

use chrono::{DateTime, Duration, Utc};
use entente::auth::Actor;
use entente::error::Error;
use entente::onboarding::report::{self, Window};
use entente::op::Op;
use entity::partner::PartnerKind;
use entity::staff_role::VendorRole;

use super::room::{Room, Team, id_of, new, one_step, signed_in};

stories!(
    the_time_to_onboard_is_what_was_measured,
    the_steps_that_hold_partners_up_come_first,
    the_report_is_for_the_vendors_staff,
);

fn day(n: i64) -> i64 {
    Duration::days(n).num_seconds()
}

/// Ten days in the life of four partners, and who looks back on them.
async fn ten_days(room: &Room) -> (DateTime<Utc>, Op, Window) {
    let plan = format!(
        "{}  - {{key: second, title: Second, performer: VENDOR, dueDays: 2, requires: [only], rule: {{kind: MANUAL_SIGN_OFF}}}}\n",
        one_step("VENDOR", "{kind: MANUAL_SIGN_OFF}", false)
    );
    let mia = room.staff("Mia", VendorRole::PartnerManager).await;
    let version = room.publish(&plan).await;
    let begin = room.now();
    // The first step takes so many days, the second one day more; the last partner stays in it.
    let mut teams = Vec::new();
    for (kind, days) in [
        (PartnerKind::Reseller, 1),
        (PartnerKind::Reseller, 2),
        (PartnerKind::Services, 3),
        (PartnerKind::Services, 10),
    ] {
        let partner = room.partner(kind, id_of(&mia)).await;
        room.start(partner, version, &mia).await.unwrap();
        let mia = mia.clone();
        teams.push((
            days,
            Team {
                partner,
                ana: mia.clone(),
                ben: mia.clone(),
                mia,
            },
        ));
    }
    for day in 1..=10 {
        room.pass(Duration::days(1));
        for (days, team) in &teams {
            if day == *days {
                room.hand_in(team, &team.mia, "only").await.unwrap();
            } else if day == 2 * *days + 1 {
                room.hand_in(team, &team.mia, "second").await.unwrap();
            }
        }
    }
    let op = room.op(&mia);
    let window = Window {
        from: begin,
        to: room.now() + Duration::seconds(1),
    };
    (begin, op, window)
}

async fn the_time_to_onboard_is_what_was_measured(room: Room) {
    let (begin, op, window) = ten_days(&room).await;
    let time = report::time_to_onboard(&op, window).await.unwrap();
    let overall = time.overall.unwrap();
    assert_eq!(
        (overall.count, overall.median, overall.p90),
        (3, day(5), day(7))
    );
    assert!(!time.capped);
    let groups: Vec<_> = time
        .groups
        .iter()
        .map(|it| (it.kind, it.region.as_deref(), it.took.count, it.took.median))
        .collect();
    let (reseller, services) = (Some(PartnerKind::Reseller), Some(PartnerKind::Services));
    assert_eq!(
        groups,
        [
            (reseller, None, 2, day(3)),
            (services, None, 1, day(7)),
            (None, Some("EMEA"), 3, day(5)),
            (reseller, Some("EMEA"), 2, day(3)),
            (services, Some("EMEA"), 1, day(7)),
        ]
    );
    // The window's end does not belong to it.
    let early = Window {
        from: begin,
        to: begin + Duration::days(5),
    };
    let early = report::time_to_onboard(&op, early).await.unwrap();
    assert_eq!(early.overall.unwrap().count, 1);
    let none = Window {
        from: room.now() + Duration::days(1),
        to: room.now() + Duration::days(2),
    };
    assert_eq!(
        report::time_to_onboard(&op, none).await.unwrap().overall,
        None
    );
}

async fn the_steps_that_hold_partners_up_come_first(room: Room) {
    let (begin, op, window) = ten_days(&room).await;
    let steps = report::hold_ups(&op, window).await.unwrap().steps;
    let lines: Vec<_> = steps
        .iter()
        .map(|it| {
            let took = it.took.unwrap();
            let oldest = it.oldest.map(|at| (at - begin).num_days());
            (
                it.step.as_str(),
                took.count,
                took.median,
                took.p90,
                it.open,
                oldest,
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            ("only", 4, day(2), day(10), 0, None),
            ("second", 3, day(3), day(4), 1, Some(10)),
        ]
    );
    assert_eq!(
        (steps[0].plan.as_str(), steps[0].title.as_str()),
        ("small", "Only")
    );
}

async fn the_report_is_for_the_vendors_staff(room: Room) {
    let now = room.now();
    let window = Window { from: now, to: now };
    let auditor = room.staff("Ida", VendorRole::Auditor).await;
    let read = |op: Op| async move {
        let times = report::time_to_onboard(&op, window).await.map(|_| ());
        (times, report::hold_ups(&op, window).await.map(|_| ()))
    };
    let told = read(room.op(&auditor)).await;
    assert!(matches!(told, (Ok(()), Ok(()))), "{told:?}");
    let member = signed_in(new(), vec![], vec![]);
    let told = read(room.op(&member)).await;
    let forbidden = matches!(told, (Err(Error::Forbidden), Err(Error::Forbidden)));
    assert!(forbidden, "{told:?}");
    let told = read(room.op(&Actor::Anonymous)).await;
    let unknown = matches!(
        told,
        (Err(Error::Unauthenticated), Err(Error::Unauthenticated))
    );
    assert!(unknown, "{told:?}");
}
