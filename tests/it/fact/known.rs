//! What was known of a partner at an instant.

use chrono::{DateTime, TimeDelta, Utc};
use entente::auth::{Actor, Permission, Scope};
use entente::fact::load::{self, Known, PAGE, Which};
use entente::fact::{Amount, Detail, Told, record_told};
use entente::reads::partner::Partner;
use entente::shape::key_of;
use entity::fact;
use entity::id::{FactId, PartnerId};
use entity::staff_role::VendorRole;
use sea_orm::TransactionTrait;

use crate::support::Portal;

fn key(partner: &str) -> PartnerId {
    key_of::<Partner>(&partner.to_owned().into())
        .unwrap()
        .into()
}

fn measured(partner: PartnerId, measure: &str, value: i64, at: DateTime<Utc>) -> Told {
    let detail = Detail::MeasureReported {
        measure: measure.to_owned(),
        value: Amount::from(value),
        currency: None,
        item: None,
        tag: None,
    };
    Told {
        partner,
        detail,
        occurred_at: at,
        source: Some("test".to_owned()),
        external_id: None,
        corrects: None,
    }
}

async fn tell(portal: &Portal, told: Vec<Told>) -> Vec<FactId> {
    portal
        .app
        .op(Actor::System)
        .unit(told, |tx, told| {
            Box::pin(async move {
                let permit = tx.permit(Permission::KeepPromises, Scope::Portal)?;
                record_told(&permit, told).await
            })
        })
        .await
        .unwrap()
}

/// Everything that was known, page by page.
async fn known(
    portal: &Portal,
    partner: PartnerId,
    at: DateTime<Utc>,
    which: Which,
) -> Vec<fact::Model> {
    let known = Known { partner, at, which };
    let reading = portal.app.db.reader().begin().await.unwrap();
    let mut all = Vec::new();
    load::each_page(&(&reading).into(), &known, |page| {
        assert!(page.len() as u64 <= PAGE);
        all.extend(page);
        Ok(())
    })
    .await
    .unwrap();
    all
}

fn values(rows: &[fact::Model], measure: &str) -> Vec<String> {
    let of = rows.iter().filter(|row| row.detail["measure"] == measure);
    of.map(|row| row.detail["value"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn what_was_told_later_and_what_was_corrected_later_is_known_later() {
    for portal in Portal::each().await {
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let team = portal.team(&paula, "Bergwind").await;
        let other = portal.team(&paula, "Quarzwerk").await;
        let (partner, other) = (key(&team.partner), key(&other.partner));
        let began = portal.app.op(Actor::System).now();
        let march = "2026-03-01T00:00:00Z".parse().unwrap();

        let mut first = measured(partner, "load", 1, march);
        first.external_id = Some("m-1".to_owned());
        let told = vec![
            first,
            measured(other, "load", 7, march),
            measured(partner, "load", 2, march),
        ];
        let ids = tell(&portal, told).await;
        portal.pass(TimeDelta::hours(1));
        let corrected = Told {
            corrects: Some(ids[0]),
            ..measured(partner, "load", 10, march)
        };
        let corrected = tell(&portal, vec![corrected]).await[0];
        portal.pass(TimeDelta::hours(1));
        let retracted = Told {
            detail: Detail::FactRetracted {
                reason: "It was another's.".to_owned(),
            },
            corrects: Some(corrected),
            ..measured(partner, "load", 0, march)
        };
        tell(&portal, vec![retracted]).await;

        let (before, hour) = (began - TimeDelta::microseconds(1), TimeDelta::hours(1));
        let mut seen = Vec::new();
        for at in [before, began, began + hour, began + hour * 2] {
            let all = known(&portal, partner, at, Which::All).await;
            let in_force = known(&portal, partner, at, Which::InForce).await;
            assert!(all.iter().all(|row| row.recorded_at <= at));
            assert!(all.is_sorted_by_key(|row| (row.occurred_at, row.id)));
            seen.push((
                values(&all, "load").join(" "),
                values(&in_force, "load").join(" "),
            ));
            // The correction of one is no reason to miss another.
            assert!(in_force.iter().all(|row| all.contains(row)));
        }
        let said = |all: &str, in_force: &str| (all.to_owned(), in_force.to_owned());
        assert_eq!(
            seen,
            [
                said("", ""),
                said("1 2", "1 2"),
                said("1 2 10", "2 10"),
                said("1 2 10", "2")
            ],
            "{}",
            portal.name()
        );
        let others = known(&portal, other, began + hour * 2, Which::All).await;
        assert_eq!(values(&others, "load"), ["7"]);
    }
}

#[tokio::test]
async fn what_people_learned_is_known_of_every_partner_of_which_they_were_a_member() {
    for portal in Portal::each().await {
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let team = portal.team(&paula, "Bergwind").await;
        let other = portal.team(&paula, "Quarzwerk").await;
        portal.keep_promises().await;
        let now = portal.app.op(Actor::System).now();
        for (team, others) in [(&team, &other), (&other, &team)] {
            let rows = known(&portal, key(&team.partner), now, Which::All).await;
            let own = |row: &&fact::Model| row.partner_id == Some(key(&team.partner));
            let of_people: Vec<_> = rows.iter().filter(|row| !own(row)).collect();
            let certificates = of_people
                .iter()
                .filter(|row| row.kind == "certificate.issued");
            assert!(certificates.count() > 0, "{}", portal.name());
            assert!(of_people.iter().any(|row| row.kind == "course.completed"));
            assert!(
                of_people
                    .iter()
                    .all(|row| load::OF_PEOPLE.contains(&row.kind.as_str()))
            );
            let members = [team.admin.actor().await, team.member.actor().await];
            let members: Vec<_> = members.iter().map(|it| it.person().unwrap().id).collect();
            assert!(
                of_people
                    .iter()
                    .all(|row| members.contains(&row.person_id.unwrap()))
            );
            assert!(
                rows.iter()
                    .all(|row| row.partner_id != Some(key(&others.partner)))
            );
        }
        // Who leaves is still somebody who was there: what they learned counts until they left.
        portal
            .force("UPDATE membership SET state = 'DEACTIVATED', ended_at = joined_at")
            .await;
        let rows = known(&portal, key(&team.partner), now, Which::All).await;
        assert!(rows.iter().any(|row| row.kind == "certificate.issued"));
    }
}

#[tokio::test]
async fn what_is_known_is_read_in_pages_that_leave_nothing_out() {
    for portal in Portal::each().await {
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let team = portal.team(&paula, "Bergwind").await;
        let partner = key(&team.partner);
        let march: DateTime<Utc> = "2026-03-01T00:00:00Z".parse().unwrap();
        // Some happened at once, and they were not told in the order in which they happened.
        let many = 2 * i64::try_from(PAGE).unwrap() + 7;
        let told = (0..many).map(|number| {
            let at = march + TimeDelta::minutes((number * 7919) % 600);
            measured(partner, "load", number, at)
        });
        tell(&portal, told.collect()).await;
        let now = portal.app.op(Actor::System).now();
        let rows = known(&portal, partner, now, Which::InForce).await;
        assert!(rows.is_sorted_by_key(|row| (row.occurred_at, row.id)));
        let mut numbers: Vec<i64> = values(&rows, "load")
            .iter()
            .map(|it| it.parse().unwrap())
            .collect();
        numbers.sort_unstable();
        assert!(numbers.into_iter().eq(0..many));
        assert!(rows.iter().any(|row| row.kind == "certificate.issued"));
    }
}
