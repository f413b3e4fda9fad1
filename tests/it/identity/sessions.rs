//! Signing in, going on, and being out.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use entente::auth::Actor;
use entente::error::Error;
use entente::identity::session::{refresh, revoke, revoke_others, sign_out, sign_out_with};
use entente::identity::sign_in::sign_in;
use entente::identity::{actor_for, staff};
use entente::notification::Letter;
use entity::membership::MemberRole;
use entity::staff_role::VendorRole;
use entity::{refresh_token, session};
use futures_util::future::join_all;
use sea_orm::EntityTrait;

use super::house::{ANA, FOX, House, PASSWORD, codes, noon, secret};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_tabs_that_refresh_with_one_token_get_one_successor() {
    for house in House::each().await {
        house.hire(ANA, &[VendorRole::Admin]).await;
        let tokens = house.sign_in(ANA).await;
        let tries = (0..50).map(|_| {
            let (op, guard) = (house.anyone(), house.guard.clone());
            let token = tokens.refresh.clone();
            tokio::spawn(async move { refresh(&op, &guard, token).await })
        });
        let mut next: Vec<_> = join_all(tries)
            .await
            .into_iter()
            .map(|it| it.unwrap().unwrap().refresh.reveal().to_owned())
            .collect();
        next.dedup();
        assert_eq!(next.len(), 1, "the chain does not branch");
        let rows = refresh_token::Entity::find()
            .all(house.db.reader())
            .await
            .unwrap();
        assert_eq!(rows.len(), 2, "the first and one successor");
        assert!(house.letters().await.is_empty());
    }
}

#[tokio::test]
async fn a_used_token_gives_its_unused_successor_for_ten_seconds() {
    let house = House::sqlite().await;
    house.hire(ANA, &[VendorRole::Admin]).await;
    let after = |seconds| house.op_at(Actor::Anonymous, noon() + TimeDelta::seconds(seconds), FOX);
    let first = house.sign_in(ANA).await;
    let second = refresh(&after(0), &house.guard, first.refresh.clone())
        .await
        .unwrap();
    let again = refresh(&after(10), &house.guard, first.refresh.clone())
        .await
        .unwrap();
    assert_eq!(again.refresh.reveal(), second.refresh.reveal());
    assert_eq!(again.refresh_expires_at, second.refresh_expires_at);
    let late = refresh(&after(11), &house.guard, first.refresh).await;
    assert_eq!(codes(late), ["SESSION_ENDED@"]);
    assert_eq!(house.kinds_of_letters().await, ["token_reused"]);

    // A successor that was used is not given again, however soon.
    let first = house.sign_in(ANA).await;
    let second = refresh(&after(0), &house.guard, first.refresh.clone())
        .await
        .unwrap();
    let third = refresh(&after(1), &house.guard, second.refresh)
        .await
        .unwrap();
    let copied = refresh(&after(2), &house.guard, first.refresh).await;
    assert_eq!(codes(copied), ["SESSION_ENDED@"]);
    let ended = refresh(&after(3), &house.guard, third.refresh).await;
    assert_eq!(codes(ended), ["SESSION_ENDED@"]);
}

#[tokio::test]
async fn sessions_are_listed_with_their_places_and_revoked_one_and_all() {
    for house in House::each().await {
        house.hire(ANA, &[VendorRole::Admin]).await;
        house
            .hire("ben@vendor.example", &[VendorRole::Finance])
            .await;
        let [phone, laptop, desk] = [
            house.sign_in(ANA).await,
            house.sign_in(ANA).await,
            house.sign_in(ANA).await,
        ];
        let ben = house.sign_in("ben@vendor.example").await;
        let train = house.op_from("198.51.100.9", Actor::Anonymous, noon(), FOX);
        refresh(&train, &house.guard, laptop.refresh.clone())
            .await
            .unwrap();
        let row = session::Entity::find_by_id(laptop.session)
            .one(house.db.reader())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (row.address.as_str(), row.used_from.as_str()),
            ("192.0.2.7", "198.51.100.9")
        );

        let at_desk = house.op(house.actor(&desk).await.unwrap());
        assert!(matches!(
            revoke(&at_desk, ben.session).await,
            Err(Error::NotFound(_))
        ));
        assert_eq!(revoke(&at_desk, phone.session).await.unwrap(), 1);
        assert_eq!(
            codes(revoke(&at_desk, phone.session).await),
            ["SESSION_ENDED@"]
        );
        assert!(house.actor(&phone).await.is_err());
        assert!(house.actor(&laptop).await.is_ok());
        assert_eq!(revoke_others(&at_desk).await.unwrap(), 1);
        assert!(house.actor(&laptop).await.is_err());
        assert!(house.actor(&desk).await.is_ok());
        assert!(house.actor(&ben).await.is_ok());
        assert!(house.audit().await.contains("REVOKED"));
    }
}

#[tokio::test]
async fn a_session_goes_on_from_token_to_token() {
    let house = House::sqlite().await;
    house.hire(ANA, &[VendorRole::Admin]).await;
    let mut tokens = house.sign_in(ANA).await;
    for _ in 0..3 {
        let next = refresh(&house.anyone(), &house.guard, tokens.refresh)
            .await
            .unwrap();
        assert_eq!(next.session, tokens.session);
        tokens = next;
        assert!(house.actor(&tokens).await.is_ok());
    }
}

#[tokio::test]
async fn a_token_that_comes_back_ends_its_session_and_its_owner_is_told() {
    for house in House::each().await {
        house.hire(ANA, &[VendorRole::Admin]).await;
        let (first, other) = (house.sign_in(ANA).await, house.sign_in(ANA).await);
        let second = refresh(&house.anyone(), &house.guard, first.refresh.clone())
            .await
            .unwrap();
        let later = house.op_at(Actor::Anonymous, noon() + TimeDelta::minutes(1), FOX);
        for token in [&first.refresh, &first.refresh, &second.refresh] {
            let refused = refresh(&later, &house.guard, token.clone()).await;
            assert_eq!(codes(refused), ["SESSION_ENDED@"]);
        }
        assert!(matches!(
            house.actor(&second).await,
            Err(Error::Unauthenticated)
        ));
        assert!(
            house.actor(&other).await.is_ok(),
            "another session is not touched"
        );
        let letters = house.letters().await;
        let [
            Letter::TokenReused {
                device, address, ..
            },
        ] = &letters[..]
        else {
            panic!("one letter: {letters:?}");
        };
        assert_eq!((device.as_str(), address.as_str()), (FOX, "192.0.2.7"));
        assert!(house.audit().await.contains("TOKEN_REUSED"));
    }
}

#[tokio::test]
async fn a_session_ends_when_it_is_idle_and_after_its_absolute_life() {
    let house = House::sqlite().await;
    house.hire(ANA, &[VendorRole::Admin]).await;
    let idle = house.sign_in(ANA).await;
    let later = house.op_at(Actor::Anonymous, noon() + TimeDelta::days(7), FOX);
    for _ in 0..2 {
        let refused = refresh(&later, &house.guard, idle.refresh.clone()).await;
        assert_eq!(codes(refused), ["SESSION_ENDED@"]);
    }

    let mut busy = house.sign_in(ANA).await;
    for day in (6..30).step_by(6) {
        let op = house.op_at(Actor::Anonymous, noon() + TimeDelta::days(day), FOX);
        busy = refresh(&op, &house.guard, busy.refresh).await.unwrap();
    }
    assert_eq!(busy.refresh_expires_at, noon() + TimeDelta::days(30));
    let end = house.op_at(Actor::Anonymous, noon() + TimeDelta::days(30), FOX);
    assert_eq!(
        codes(refresh(&end, &house.guard, busy.refresh).await),
        ["SESSION_ENDED@"]
    );
    assert!(house.letters().await.is_empty(), "nothing was reused");
}

#[tokio::test]
async fn who_signs_out_is_out_at_once() {
    let house = House::sqlite().await;
    house.hire(ANA, &[VendorRole::Admin]).await;
    let tokens = house.sign_in(ANA).await;
    sign_out(&house.op(house.actor(&tokens).await.unwrap()))
        .await
        .unwrap();
    assert!(matches!(
        house.actor(&tokens).await,
        Err(Error::Unauthenticated)
    ));
    let refused = refresh(&house.anyone(), &house.guard, tokens.refresh).await;
    assert_eq!(codes(refused), ["SESSION_ENDED@"]);

    let tokens = house.sign_in(ANA).await;
    sign_out_with(&house.anyone(), tokens.refresh.clone())
        .await
        .unwrap();
    sign_out_with(&house.anyone(), secret("nothing"))
        .await
        .unwrap();
    assert!(matches!(
        house.actor(&tokens).await,
        Err(Error::Unauthenticated)
    ));
    assert!(house.letters().await.is_empty());
    assert!(matches!(
        sign_out(&house.anyone()).await,
        Err(Error::Unauthenticated)
    ));
}

#[tokio::test]
async fn an_unknown_address_a_wrong_password_and_a_closed_account_get_one_answer() {
    let house = House::sqlite().await;
    let ana = house.ana().await;
    let ben = house
        .hire("ben@vendor.example", &[VendorRole::Finance])
        .await;
    staff::deactivate(&ana, ben, 1).await.unwrap();
    let op = house.anyone();
    let mut answers = Vec::new();
    for (email, password) in [
        ("nobody@vendor.example", PASSWORD),
        (ANA, "copper lantern sings once"),
        ("ben@vendor.example", PASSWORD),
        ("no address", PASSWORD),
        (ANA, ""),
    ] {
        let mut quickest = Duration::MAX;
        for _ in 0..3 {
            let start = Instant::now();
            let refused = sign_in(&op, &house.guard, email, secret(password))
                .await
                .unwrap_err();
            quickest = quickest.min(start.elapsed());
            answers.push((refused.to_string(), codes::<()>(Err(refused))));
        }
        // A hash takes tens of milliseconds, and everything else one or two.
        assert!(
            quickest > Duration::from_millis(8),
            "{email} {password}: {quickest:?}"
        );
    }
    assert_eq!(answers[0].1, ["INVALID_CREDENTIALS@"]);
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "{answers:?}"
    );
    assert_eq!(
        session::Entity::find()
            .all(house.db.reader())
            .await
            .unwrap()
            .len(),
        1,
        "Ana's own"
    );
}

#[tokio::test]
async fn the_address_signs_in_in_any_case() {
    let house = House::sqlite().await;
    house.hire(ANA, &[VendorRole::Admin]).await;
    house.sign_in(" Ana@Vendor.EXAMPLE ").await;
}

#[tokio::test]
async fn a_new_device_is_told_and_the_first_and_an_updated_one_are_not() {
    let house = House::sqlite().await;
    house.hire(ANA, &[VendorRole::Admin]).await;
    let newer = FOX.replace("140", "141");
    for device in [FOX, FOX, &newer, "curl/8.5", "curl/8.6", FOX] {
        let op = house.op_at(Actor::Anonymous, noon(), device);
        sign_in(&op, &house.guard, ANA, secret(PASSWORD))
            .await
            .unwrap();
    }
    let letters = house.letters().await;
    let [Letter::NewDevice { device, .. }] = &letters[..] else {
        panic!("one letter: {letters:?}");
    };
    assert_eq!(device, "curl/8.5");
}

#[tokio::test]
async fn a_token_stands_for_what_its_bearer_holds_now() {
    for house in House::each().await {
        let roles = [VendorRole::PartnerManager, VendorRole::Admin];
        let ana = house.hire(ANA, &roles).await;
        let tokens = house.sign_in(ANA).await;
        seat(&house, ana.0).await;
        let Actor::Person(person) = house.actor(&tokens).await.unwrap() else {
            panic!("a person");
        };
        assert_eq!((person.id, person.session), (ana, tokens.session));
        assert_eq!(
            person.roles,
            [VendorRole::Admin, VendorRole::PartnerManager]
        );
        let seats: Vec<_> = person.seats.iter().map(|(_, role)| *role).collect();
        assert_eq!(seats, [MemberRole::PartnerAdmin, MemberRole::PartnerMember]);

        house
            .force("UPDATE membership SET state = 'DEACTIVATED', ended_at = joined_at")
            .await;
        house.force("DELETE FROM staff_role").await;
        let Actor::Person(person) = house.actor(&tokens).await.unwrap() else {
            panic!("a person");
        };
        assert!(person.roles.is_empty() && person.seats.is_empty());
    }
}

/// Two partners, in which the person sits.
async fn seat(house: &House, person: uuid::Uuid) {
    let id = |raw: uuid::Uuid| {
        if house.db.is_postgres() {
            format!("'{raw}'")
        } else {
            format!("x'{}'", raw.simple())
        }
    };
    let (at, json) = ("'2026-01-01T00:00:00+00:00'", "'[]'");
    for (n, role) in [(1, "PARTNER_ADMIN"), (2, "PARTNER_MEMBER")] {
        let (one, person) = (id(uuid::Uuid::from_u128(n)), id(person));
        house
            .force(&format!(
                "INSERT INTO application (id, legal_name, normalized_name, website, domain,
                    country, kind, regions, time_zone, locale, contact_name, contact_email, why,
                    terms_version, terms_accepted_at, state, submitted_at, decided_at, created_at,
                    updated_at, version)
                 VALUES ({one}, 'A', 'a', 'w', 'd', 'DE', 'RESELLER', {json}, 'UTC', 'en', 'C',
                    'c@a.example', 'why', '1', {at}, 'APPROVED', {at}, {at}, {at}, {at}, 1)"
            ))
            .await;
        house
            .force(&format!(
                "INSERT INTO partner (id, application_id, legal_name, normalized_name, website,
                    domain, country, kind, region, time_zone, locale, state, owner_id, approved_at,
                    created_at, updated_at, version)
                 VALUES ({one}, {one}, 'A', 'a', 'w', 'd', 'DE', 'RESELLER', 'EMEA', 'UTC', 'en',
                    'ONBOARDING', {person}, {at}, {at}, {at}, 1)"
            ))
            .await;
        house
            .force(&format!(
                "INSERT INTO membership (id, partner_id, person_id, role, state, joined_at, version)
                 VALUES ({one}, {one}, {person}, '{role}', 'ACTIVE', {at}, 1)"
            ))
            .await;
    }
}

#[tokio::test]
async fn a_token_is_void_when_its_account_epoch_or_session_is_over() {
    for house in House::each().await {
        let ways = [
            "UPDATE person SET state = 'DISABLED'",
            "UPDATE person SET session_epoch = session_epoch + 1",
            "UPDATE session SET ended_at = created_at",
            "UPDATE session SET expires_at = created_at",
        ];
        for (n, way) in ways.into_iter().enumerate() {
            let email = format!("ana{n}@vendor.example");
            house.hire(&email, &[VendorRole::Admin]).await;
            let tokens = house.sign_in(&email).await;
            assert!(house.actor(&tokens).await.is_ok());
            house.force(way).await;
            assert!(
                matches!(house.actor(&tokens).await, Err(Error::Unauthenticated)),
                "{way}"
            );
        }
    }
}

#[tokio::test]
async fn an_access_token_lives_ten_minutes() {
    let house = House::sqlite().await;
    house.hire(ANA, &[VendorRole::Admin]).await;
    let tokens = house.sign_in(ANA).await;
    assert_eq!(tokens.access_expires_at, noon() + TimeDelta::minutes(10));
    for (after, is_valid) in [
        (0, true),
        (604, true),
        (605, false),
        (-5, true),
        (-6, false),
    ] {
        let now = noon() + TimeDelta::seconds(after);
        let token = tokens.access.reveal();
        let actor = actor_for(&house.db, &house.guard, token, now).await;
        assert_eq!(actor.is_ok(), is_valid, "after {after} s");
    }
}
