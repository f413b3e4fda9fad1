//! Invitations, with a place among the staff as the example.

use chrono::TimeDelta;
use entente::auth::{Actor, Permission, Scope};
use entente::config::Secret;
use entente::error::{Error, Result};
use entente::identity::invitation::{Accepted, Answer, Invite, accept, invite, prepare};
use entente::identity::session::{self, Opened};
use entente::identity::staff::{self, StaffInvite};
use entente::op::Op;
use entity::invitation::{self, InvitationState};
use entity::staff_role::VendorRole;
use sea_orm::EntityTrait;

use super::house::{ANA, FOX, House, PASSWORD, codes, noon, secret};

const BEN: &str = "ben@vendor.example";

pub(super) fn to_ben(roles: &[VendorRole]) -> StaffInvite {
    StaffInvite {
        email: BEN.to_uppercase(),
        name: "Ben  Okafor".to_owned(),
        roles: roles.to_vec(),
        locale: "de".to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
    }
}

pub(super) fn answer(token: String, password: Option<&str>) -> Answer {
    Answer {
        token: token.into(),
        name: None,
        password: password.map(secret),
        locale: None,
        time_zone: None,
    }
}

/// What the whole action does, but for a seat.
pub(super) async fn take(op: &Op, house: &House, answer: Answer) -> Result<(Accepted, Opened)> {
    let prepared = prepare(op, &house.guard, answer).await?;
    op.secret_unit((prepared, house.guard.lives), |tx, (prepared, lives)| {
        Box::pin(async move {
            let permit = tx.permit(Permission::UseIdentity, Scope::Portal)?;
            let accepted = accept(&permit, prepared).await?;
            let opened = session::open(&permit, &accepted.person, *lives).await?;
            Ok((accepted, opened))
        })
    })
    .await
}

#[tokio::test]
async fn nobody_is_invited_without_end() {
    for house in House::each().await {
        let ana = house.ana().await;
        let roles = [VendorRole::Auditor];
        for _ in 0..5 {
            staff::invite(&ana, &house.guard, to_ben(&roles))
                .await
                .unwrap();
        }
        let error = staff::invite(&ana, &house.guard, to_ben(&roles))
            .await
            .unwrap_err();
        assert!(
            matches!(error, Error::Busy(wait) if wait.as_secs() == 6 * 3600),
            "{error:?}"
        );
        let other = StaffInvite {
            email: "cleo@vendor.example".to_owned(),
            ..to_ben(&roles)
        };
        staff::invite(&ana, &house.guard, other).await.unwrap();
        let later = house.op_at(ana.actor().clone(), noon() + TimeDelta::hours(6), FOX);
        staff::invite(&later, &house.guard, to_ben(&roles))
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn whoever_accepts_gets_an_account_the_roles_and_a_session() {
    for house in House::each().await {
        let ana = house.ana().await;
        let roles = [VendorRole::Finance, VendorRole::Auditor];
        staff::invite(&ana, &house.guard, to_ben(&roles))
            .await
            .unwrap();
        let token = house.last_token().await;
        let given = answer(token.clone(), Some(PASSWORD));
        let (accepted, opened) = take(&house.anyone(), &house, given).await.unwrap();
        let ben = house.person(accepted.person.id).await;
        assert_eq!((ben.email.as_str(), ben.name.as_str()), (BEN, "Ben Okafor"));
        assert_eq!(
            (ben.locale.as_str(), ben.time_zone.as_str()),
            ("de", "Europe/Berlin")
        );
        assert_eq!(
            ben.email_confirmed_at,
            Some(noon()),
            "the link proved the address"
        );
        let tokens = house.guard.sign_in(&house.anyone(), opened).unwrap();
        let actor = house.actor(&tokens).await.unwrap();
        assert_eq!(actor.person().unwrap().roles, roles);
        house.sign_in(BEN).await;

        let row = &invitation::Entity::find()
            .all(house.db.reader())
            .await
            .unwrap()[0];
        assert_eq!(
            (row.state, row.accepted_by),
            (InvitationState::Accepted, Some(ben.id))
        );
        let again = take(
            &house.anyone(),
            &house,
            answer(token.clone(), Some(PASSWORD)),
        )
        .await;
        assert_eq!(codes(again), ["LINK_INVALID@token"]);
        let audit = house.audit().await;
        for hidden in ["argon2", PASSWORD, &token] {
            assert!(!audit.contains(hidden), "{audit}");
        }
    }
}

#[tokio::test]
async fn all_that_is_wrong_with_an_answer_is_told_at_once() {
    let house = House::sqlite().await;
    let ana = house.ana().await;
    staff::invite(&ana, &house.guard, to_ben(&[VendorRole::Finance]))
        .await
        .unwrap();
    let token = house.last_token().await;
    let wrong = Answer {
        name: Some(" ".to_owned()),
        locale: Some("German".to_owned()),
        time_zone: Some("Mars/Olympus".to_owned()),
        ..answer(token.clone(), None)
    };
    assert_eq!(
        codes(take(&house.anyone(), &house, wrong).await),
        [
            "INVALID@name",
            "INVALID@locale",
            "INVALID@timeZone",
            "PASSWORD_TOO_SHORT@password"
        ]
    );
    let named = answer(token, Some("Ben Okafor 1999 !"));
    assert_eq!(
        codes(take(&house.anyone(), &house, named).await),
        ["PASSWORD_TOO_EASY@password"]
    );
}

#[tokio::test]
async fn an_account_that_is_there_is_kept_by_its_owner() {
    let house = House::sqlite().await;
    let ana = house.ana().await;
    staff::invite(&ana, &house.guard, to_ben(&[VendorRole::Finance]))
        .await
        .unwrap();
    let first = answer(house.last_token().await, Some(PASSWORD));
    take(&house.anyone(), &house, first).await.unwrap();
    house
        .force("DELETE FROM staff_role WHERE role = 'FINANCE'")
        .await;

    // Whoever can read Ben's mail has the link, and not his password.
    staff::invite(&ana, &house.guard, to_ben(&[VendorRole::Auditor]))
        .await
        .unwrap();
    let token = house.last_token().await;
    for password in [None, Some("kettle orbit velvet canyon")] {
        let refused = take(&house.anyone(), &house, answer(token.clone(), password)).await;
        assert_eq!(codes(refused), ["INVALID_CREDENTIALS@password"]);
    }
    let refused = take(&ana, &house, answer(token.clone(), None)).await;
    assert_eq!(
        codes(refused),
        ["INVALID_CREDENTIALS@password"],
        "signed in as somebody else"
    );

    let right = answer(token, Some(PASSWORD));
    let (accepted, _) = take(&house.anyone(), &house, right).await.unwrap();
    assert_eq!(accepted.person.name, "Ben Okafor");

    house
        .force("DELETE FROM staff_role WHERE role = 'AUDITOR'")
        .await;
    staff::invite(&ana, &house.guard, to_ben(&[VendorRole::Finance]))
        .await
        .unwrap();
    let ben = house.op(house.actor(&house.sign_in(BEN).await).await.unwrap());
    let token = house.last_token().await;
    let (again, _) = take(&ben, &house, answer(token, None)).await.unwrap();
    assert_eq!(
        again.person.id, accepted.person.id,
        "signed in: no password is asked for"
    );
}

#[tokio::test]
async fn a_new_invitation_replaces_the_one_that_is_open() {
    let house = House::sqlite().await;
    let ana = house.ana().await;
    let first = staff::invite(&ana, &house.guard, to_ben(&[VendorRole::Admin]))
        .await
        .unwrap();
    let old = house.last_token().await;
    let second = staff::invite(&ana, &house.guard, to_ben(&[VendorRole::Finance]))
        .await
        .unwrap();
    let refused = take(&house.anyone(), &house, answer(old, Some(PASSWORD))).await;
    assert_eq!(codes(refused), ["LINK_INVALID@token"]);
    assert_eq!(codes(staff::withdraw(&ana, first).await), ["NOT_OPEN@"]);
    let new = house.last_token().await;
    staff::withdraw(&ana, second).await.unwrap();
    let refused = take(&house.anyone(), &house, answer(new, Some(PASSWORD))).await;
    assert_eq!(codes(refused), ["LINK_INVALID@token"]);
}

#[tokio::test]
async fn an_invitation_is_open_for_a_fortnight() {
    let house = House::sqlite().await;
    let ana = house.ana().await;
    staff::invite(&ana, &house.guard, to_ben(&[VendorRole::Finance]))
        .await
        .unwrap();
    let given = answer(house.last_token().await, Some(PASSWORD));
    let late = house.op_at(Actor::Anonymous, noon() + TimeDelta::days(14), FOX);
    assert_eq!(
        codes(take(&late, &house, given).await),
        ["LINK_INVALID@token"]
    );
}

#[tokio::test]
async fn a_password_that_changed_while_the_answer_was_checked_is_asked_for_again() {
    let house = House::sqlite().await;
    house.hire(ANA, &[VendorRole::Admin]).await;
    let invited = house
        .op(Actor::System)
        .unit((), |tx, ()| {
            Box::pin(async move {
                let permit = tx.permit(Permission::ManageStaff, Scope::Portal)?;
                invite(&permit, offer()).await
            })
        })
        .await;
    invited.unwrap();
    let given = answer(house.last_token().await, Some(PASSWORD));
    let prepared = prepare(&house.anyone(), &house.guard, given).await.unwrap();
    house
        .force("UPDATE person SET password_hash = 'another'")
        .await;
    let refused = house
        .anyone()
        .secret_unit(prepared, |tx, prepared| {
            Box::pin(async move {
                let permit = tx.permit(Permission::UseIdentity, Scope::Portal)?;
                accept(&permit, prepared).await
            })
        })
        .await;
    assert_eq!(codes(refused), ["INVALID_CREDENTIALS@password"]);
}

fn offer() -> Invite {
    Invite {
        partner: None,
        email: ANA.to_owned(),
        name: "Ana".to_owned(),
        member_role: None,
        vendor_roles: vec![VendorRole::Finance],
        locale: "en".to_owned(),
        time_zone: "UTC".to_owned(),
        organization: "Lumen Partners".to_owned(),
        inviter: "Lumen Partners".to_owned(),
    }
}

#[tokio::test]
async fn what_was_prepared_shows_no_secret() {
    let house = House::sqlite().await;
    let ana = house.ana().await;
    staff::invite(&ana, &house.guard, to_ben(&[VendorRole::Finance]))
        .await
        .unwrap();
    let given = answer(house.last_token().await, Some(PASSWORD));
    let shown = format!("{given:?}");
    let prepared = prepare(&house.anyone(), &house.guard, given).await.unwrap();
    let shown = format!("{shown}{prepared:?}{:?}", Secret::from(PASSWORD.to_owned()));
    assert!(
        !shown.contains(PASSWORD) && !shown.contains("argon2"),
        "{shown}"
    );
    assert!(!shown.contains(&house.last_token().await), "{shown}");
}
