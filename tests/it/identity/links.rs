//! Links of letters, with the reset of a password as the example.

use chrono::TimeDelta;
use entente::auth::{Actor, Permission, Scope};
use entente::error::Result;
use entente::identity::link;
use entente::identity::password::reset;
use entente::op::Op;
use entity::link::LinkPurpose;
use entity::staff_role::VendorRole;
use futures_util::future::join_all;
use sea_orm::EntityTrait;

use super::house::{ANA, FOX, House, codes, noon, secret};

async fn redeem(op: &Op, token: &str, purpose: LinkPurpose) -> Result<entity::link::Model> {
    op.secret_unit((token.to_owned(), purpose), |tx, (token, purpose)| {
        Box::pin(async move {
            let permit = tx.permit(Permission::UseIdentity, Scope::Portal)?;
            link::redeem(&permit, token, *purpose).await
        })
    })
    .await
}

#[tokio::test]
async fn a_link_opens_its_own_door_once() {
    for house in House::each().await {
        let ana = house.hire(ANA, &[VendorRole::Admin]).await;
        let token = house.reset_link(ana).await;
        for other in [
            LinkPurpose::ConfirmEmail,
            LinkPurpose::EditApplication,
            LinkPurpose::AcceptInvitation,
        ] {
            let refused = redeem(&house.anyone(), &token, other).await;
            assert_eq!(codes(refused), ["LINK_INVALID@token"], "{other:?}");
        }
        let opened = link::peek(&house.anyone(), &token, LinkPurpose::ResetPassword).await;
        assert_eq!(opened.unwrap().used_at, None, "a look does not use it up");
        let used = redeem(&house.anyone(), &token, LinkPurpose::ResetPassword)
            .await
            .unwrap();
        assert_eq!((used.person_id, used.email.as_str()), (Some(ana), ANA));
        let again = redeem(&house.anyone(), &token, LinkPurpose::ResetPassword).await;
        assert_eq!(codes(again), ["LINK_INVALID@token"]);
        let again = link::peek(&house.anyone(), &token, LinkPurpose::ResetPassword).await;
        assert_eq!(codes(again), ["LINK_INVALID@token"]);
    }
}

#[tokio::test]
async fn a_link_works_until_its_end() {
    let house = House::sqlite().await;
    let ana = house.hire(ANA, &[VendorRole::Admin]).await;
    let token = house.reset_link(ana).await;
    let hour = TimeDelta::hours(1);
    let at = |now| house.op_at(Actor::Anonymous, now, FOX);
    let late = redeem(&at(noon() + hour), &token, LinkPurpose::ResetPassword).await;
    assert_eq!(codes(late), ["LINK_INVALID@token"]);
    let just = at(noon() + hour - TimeDelta::microseconds(1));
    redeem(&just, &token, LinkPurpose::ResetPassword)
        .await
        .unwrap();
}

#[tokio::test]
async fn using_one_link_uses_up_those_that_open_the_same_door() {
    let house = House::sqlite().await;
    let ana = house.hire(ANA, &[VendorRole::Admin]).await;
    let ben = house
        .hire("ben@vendor.example", &[VendorRole::Finance])
        .await;
    let (one, two) = (house.reset_link(ana).await, house.reset_link(ana).await);
    let other = house.reset_link(ben).await;
    redeem(&house.anyone(), &two, LinkPurpose::ResetPassword)
        .await
        .unwrap();
    let refused = redeem(&house.anyone(), &one, LinkPurpose::ResetPassword).await;
    assert_eq!(codes(refused), ["LINK_INVALID@token"]);
    redeem(&house.anyone(), &other, LinkPurpose::ResetPassword)
        .await
        .unwrap();
}

#[tokio::test]
async fn what_is_no_token_is_answered_like_a_used_one() {
    let house = House::sqlite().await;
    let ana = house.hire(ANA, &[VendorRole::Admin]).await;
    let token = house.reset_link(ana).await;
    let row = &entity::link::Entity::find()
        .all(house.db.reader())
        .await
        .unwrap()[0];
    let flipped = token.replace(
        &token[60..],
        if &token[60..] == "AAAA" {
            "BBBB"
        } else {
            "AAAA"
        },
    );
    for guess in ["", "x", &row.token_hash, &row.id.to_string(), &flipped] {
        let refused = redeem(&house.anyone(), guess, LinkPurpose::ResetPassword).await;
        assert_eq!(codes(refused), ["LINK_INVALID@token"], "{guess}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_twenty_who_use_a_link_at_once_one_gets_in() {
    for house in House::each().await {
        let ana = house.hire(ANA, &[VendorRole::Admin]).await;
        let token = house.reset_link(ana).await;
        let tries = (0..20).map(|n| {
            let (op, guard, token) = (house.anyone(), house.guard.clone(), token.clone());
            let new = secret(&format!("kettle orbit velvet {n} canyon"));
            tokio::spawn(async move { reset(&op, &guard, token.into(), new).await })
        });
        let answers: Vec<_> = join_all(tries)
            .await
            .into_iter()
            .map(Result::unwrap)
            .collect();
        assert_eq!(answers.iter().filter(|it| it.is_ok()).count(), 1);
        for lost in answers.into_iter().filter(Result::is_err) {
            assert_eq!(codes(lost), ["LINK_INVALID@token"]);
        }
        assert_eq!(house.kinds_of_letters().await, ["password_changed"]);
    }
}
