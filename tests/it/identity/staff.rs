//! The vendor's staff, and people's own profiles.

use entente::auth::Actor;
use entente::error::Error;
use entente::identity::profile::{self, Profile};
use entente::identity::sign_in::sign_in;
use entente::identity::staff::{self, NewStaff};
use entity::id::PersonId;
use entity::person::PersonState;
use entity::staff_role::{self, VendorRole};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::house::{ANA, House, PASSWORD, codes, secret};
use super::invitations::{answer, take, to_ben};

const BEN: &str = "ben@vendor.example";

async fn roles(house: &House, person: PersonId) -> Vec<VendorRole> {
    let rows = staff_role::Entity::find()
        .filter(staff_role::Column::PersonId.eq(person))
        .all(house.db.reader())
        .await
        .unwrap();
    let mut roles: Vec<_> = rows.into_iter().map(|row| row.role).collect();
    roles.sort();
    roles
}

#[tokio::test]
async fn the_last_administrator_stays_one() {
    for house in House::each().await {
        let ana = house.ana().await;
        let id = ana.actor().person().unwrap().id;
        let demoted = staff::set_roles(&ana, id, vec![VendorRole::Finance], 1).await;
        assert_eq!(codes(demoted), ["LAST_ADMIN@"]);
        assert_eq!(codes(staff::deactivate(&ana, id, 1).await), ["LAST_ADMIN@"]);

        let ben = house.hire(BEN, &[VendorRole::Admin]).await;
        staff::deactivate(&ana, ben, 1).await.unwrap();
        let demoted = staff::set_roles(&ana, id, vec![VendorRole::Finance], 1).await;
        assert_eq!(codes(demoted), ["LAST_ADMIN@"], "Ben is gone");
        assert_eq!(roles(&house, id).await, [VendorRole::Admin]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_administrators_who_demote_each_other_at_once_one_stays() {
    for house in House::each().await {
        for round in 0..5 {
            let one = house
                .hire(&format!("one{round}@vendor.example"), &[VendorRole::Admin])
                .await;
            let two = house
                .hire(&format!("two{round}@vendor.example"), &[VendorRole::Admin])
                .await;
            let system = house.op(Actor::System);
            let demote = |id| {
                let op = system.clone();
                tokio::spawn(async move {
                    staff::set_roles(&op, id, vec![VendorRole::Auditor], 1).await
                })
            };
            let (first, second) = tokio::join!(demote(one), demote(two));
            let (first, second) = (first.unwrap(), second.unwrap());
            assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
            let lost = if first.is_ok() { second } else { first };
            assert_eq!(codes(lost), ["LAST_ADMIN@"]);
            house.force("DELETE FROM staff_role").await;
        }
    }
}

#[tokio::test]
async fn roles_are_given_and_taken_and_leave_a_line() {
    let house = House::sqlite().await;
    let ana = house.ana().await;
    let ben = house.hire(BEN, &[VendorRole::Finance]).await;
    let new = vec![
        VendorRole::Auditor,
        VendorRole::PartnerManager,
        VendorRole::Auditor,
    ];
    staff::set_roles(&ana, ben, new.clone(), 1).await.unwrap();
    assert_eq!(
        roles(&house, ben).await,
        [VendorRole::PartnerManager, VendorRole::Auditor]
    );
    let audit = house.audit().await;
    assert!(
        audit.contains(r#""before":{"roles":["FINANCE"]}"#),
        "{audit}"
    );
    assert_eq!(
        codes(staff::set_roles(&ana, ben, new, 1).await),
        ["CONFLICT@expectedVersion"]
    );
    assert_eq!(
        codes(staff::set_roles(&ana, ben, vec![], 2).await),
        ["INVALID@roles"]
    );
}

#[tokio::test]
async fn who_is_let_go_is_out_at_once_and_can_come_back() {
    let house = House::sqlite().await;
    let ana = house.ana().await;
    let ben = house.hire(BEN, &[VendorRole::Finance]).await;
    let tokens = house.sign_in(BEN).await;
    staff::deactivate(&ana, ben, 1).await.unwrap();
    assert!(matches!(
        house.actor(&tokens).await,
        Err(Error::Unauthenticated)
    ));
    let refused = sign_in(&house.anyone(), &house.guard, BEN, secret(PASSWORD)).await;
    assert_eq!(codes(refused), ["INVALID_CREDENTIALS@"]);
    let person = house.person(ben).await;
    assert_eq!(
        (person.state, person.session_epoch),
        (PersonState::Disabled, 1)
    );
    assert_eq!(
        codes(staff::set_roles(&ana, ben, vec![VendorRole::Finance], 2).await),
        ["NOT_ACTIVE@"]
    );
    staff::deactivate(&ana, ben, 1)
        .await
        .expect("once more is no fault");

    staff::invite(&ana, &house.guard, to_ben(&[VendorRole::Auditor]))
        .await
        .unwrap();
    let given = answer(house.last_token().await, Some(PASSWORD));
    let (back, _) = take(&house.anyone(), &house, given).await.unwrap();
    assert_eq!(
        (back.person.id, back.person.state),
        (ben, PersonState::Active)
    );
    assert_eq!(roles(&house, ben).await, [VendorRole::Auditor]);
    assert!(
        matches!(house.actor(&tokens).await, Err(Error::Unauthenticated)),
        "still void"
    );
}

#[tokio::test]
async fn only_administrators_and_the_command_line_manage_staff() {
    let house = House::sqlite().await;
    let ana = house.ana().await;
    let id = ana.actor().person().unwrap().id;
    house
        .hire(BEN, &[VendorRole::PartnerManager, VendorRole::Auditor])
        .await;
    let ben = house.op(house.actor(&house.sign_in(BEN).await).await.unwrap());
    let all = || VendorRole::Admin;
    assert!(matches!(
        staff::set_roles(&ben, id, vec![all()], 1).await,
        Err(Error::Forbidden)
    ));
    assert!(matches!(
        staff::deactivate(&ben, id, 1).await,
        Err(Error::Forbidden)
    ));
    let nobody = house.anyone();
    assert!(matches!(
        staff::deactivate(&nobody, id, 1).await,
        Err(Error::Unauthenticated)
    ));
}

#[tokio::test]
async fn an_administrator_is_made_on_the_command_line_with_a_good_password() {
    let house = House::sqlite().await;
    let system = house.op(Actor::System);
    let new = |email: &str, password: &str| NewStaff {
        email: email.to_owned(),
        name: "Ana".to_owned(),
        password: secret(password),
        roles: vec![VendorRole::Admin],
        locale: "en".to_owned(),
        time_zone: "UTC".to_owned(),
    };
    let weak = staff::create(&system, &house.guard, new("ana", "admin")).await;
    assert_eq!(
        codes(weak),
        ["INVALID@email", "PASSWORD_TOO_SHORT@password"]
    );
    staff::create(&system, &house.guard, new(ANA, PASSWORD))
        .await
        .unwrap();
    let taken = staff::create(&system, &house.guard, new("ANA@vendor.example", PASSWORD)).await;
    assert_eq!(codes(taken), ["EMAIL_TAKEN@email"]);
    house.sign_in(ANA).await;
}

#[tokio::test]
async fn people_change_their_own_profile() {
    let house = House::sqlite().await;
    let ana = house.ana().await;
    let id = ana.actor().person().unwrap().id;
    let edit = Profile {
        name: Some("Ana  Silva ".to_owned()),
        locale: Some("de-CH".to_owned()),
        time_zone: None,
        expected_version: 1,
    };
    profile::update(&ana, edit.clone()).await.unwrap();
    let person = house.person(id).await;
    assert_eq!(
        (person.name.as_str(), person.locale.as_str()),
        ("Ana Silva", "de-CH")
    );
    assert_eq!(
        (person.time_zone.as_str(), person.version),
        ("Europe/Lisbon", 2)
    );
    assert_eq!(
        codes(profile::update(&ana, edit.clone()).await),
        ["CONFLICT@expectedVersion"]
    );
    let wrong = Profile {
        locale: Some("x".to_owned()),
        time_zone: Some(String::new()),
        expected_version: 2,
        ..Profile::default()
    };
    assert_eq!(
        codes(profile::update(&ana, wrong).await),
        ["INVALID@locale", "INVALID@timeZone"]
    );
    assert!(matches!(
        profile::update(&house.anyone(), edit).await,
        Err(Error::Unauthenticated)
    ));
}
