//! How often a password may be tried, and from where.

use chrono::{DateTime, TimeDelta, Utc};
use entente::auth::Actor;
use entente::error::Error;
use entente::identity::password::{change, request_reset};
use entente::identity::sign_in::sign_in;
use entity::session;
use entity::staff_role::VendorRole;
use futures_util::future::join_all;
use sea_orm::{EntityTrait, PaginatorTrait};

use super::house::{ANA, FOX, House, PASSWORD, codes, noon, secret};

/// What comes of a try: whether it got in, was told that it is wrong, or to wait.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    In,
    Wrong,
    Wait,
}

async fn attempt(house: &House, from: &str, at: DateTime<Utc>, email: &str, word: &str) -> Told {
    let op = house.op_from(from, Actor::Anonymous, at, FOX);
    match sign_in(&op, &house.guard, email, secret(word)).await {
        Ok(_) => Told::In,
        Err(Error::Refused(_)) => Told::Wrong,
        Err(Error::Busy(_)) => Told::Wait,
        Err(error) => panic!("{error:?}"),
    }
}

const HOME: &str = "192.0.2.7";

/// So many networks that nobody knows.
fn networks() -> impl Iterator<Item = String> {
    (0..).map(|n| format!("203.0.113.{n}"))
}

#[tokio::test]
async fn strangers_use_up_their_own_tries_and_the_owner_gets_in() {
    for house in House::each().await {
        house.hire(ANA, &[VendorRole::Admin]).await;
        // Ana signed in here once.
        assert_eq!(attempt(&house, HOME, noon(), ANA, PASSWORD).await, Told::In);
        let mut told = Vec::new();
        for from in networks().take(22) {
            told.push(attempt(&house, &from, noon(), ANA, "copper lantern sings").await);
        }
        let wrong = told.iter().filter(|it| **it == Told::Wrong).count();
        assert_eq!(wrong, 20, "{told:?}");
        assert_eq!(told.last(), Some(&Told::Wait));
        // Even with the right password: whoever guesses does not find out that they did.
        let abroad = attempt(&house, "198.51.100.1", noon(), ANA, PASSWORD).await;
        assert_eq!(abroad, Told::Wait);
        assert_eq!(attempt(&house, HOME, noon(), ANA, PASSWORD).await, Told::In);
        let later = noon() + TimeDelta::minutes(5);
        let abroad = attempt(&house, "198.51.100.1", later, ANA, PASSWORD).await;
        assert_eq!(abroad, Told::In, "one try is forgotten every five minutes");
    }
}

#[tokio::test]
async fn an_unknown_account_is_counted_like_a_known_one() {
    let house = House::sqlite().await;
    house.hire(ANA, &[VendorRole::Admin]).await;
    for email in [ANA, "nobody@vendor.example"] {
        let mut told = Vec::new();
        for from in networks().take(21) {
            told.push(attempt(&house, &from, noon(), email, "copper lantern sings").await);
        }
        assert!(told[..20].iter().all(|it| *it == Told::Wrong), "{told:?}");
        assert_eq!(told[20], Told::Wait);
    }
}

#[tokio::test]
async fn a_known_network_has_ten_tries_and_one_more_each_minute() {
    let house = House::sqlite().await;
    house.hire(ANA, &[VendorRole::Admin]).await;
    assert_eq!(attempt(&house, HOME, noon(), ANA, PASSWORD).await, Told::In);
    for _ in 0..10 {
        assert_eq!(
            attempt(&house, HOME, noon(), ANA, "copper lantern").await,
            Told::Wrong
        );
    }
    assert_eq!(
        attempt(&house, HOME, noon(), ANA, PASSWORD).await,
        Told::Wait
    );
    let op = house.op_from(HOME, Actor::Anonymous, noon(), FOX);
    let Err(Error::Busy(wait)) = sign_in(&op, &house.guard, ANA, secret(PASSWORD)).await else {
        panic!("told to wait");
    };
    assert_eq!(wait.as_secs(), 60);
    let minute = noon() + TimeDelta::minutes(1);
    assert_eq!(attempt(&house, HOME, minute, ANA, PASSWORD).await, Told::In);
    // What was right was not counted: there is as much left as before.
    assert_eq!(attempt(&house, HOME, minute, ANA, PASSWORD).await, Told::In);
}

#[tokio::test]
async fn a_network_that_tries_account_after_account_waits() {
    let house = House::sqlite().await;
    let spray = "2001:db8:1:2";
    let mut told = Vec::new();
    for n in 0..31 {
        let from = format!("{spray}::{n}");
        let email = format!("person{n}@vendor.example");
        told.push(attempt(&house, &from, noon(), &email, "copper lantern").await);
    }
    assert!(told[..30].iter().all(|it| *it == Told::Wrong), "{told:?}");
    assert_eq!(told[30], Told::Wait);
    let neighbour = attempt(
        &house,
        "2001:db8:1:3::1",
        noon(),
        "person1@vendor.example",
        "x",
    );
    assert_eq!(neighbour.await, Told::Wrong);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tries_at_the_same_time_take_no_more_places_than_there_are() {
    for house in House::each().await {
        house.hire(ANA, &[VendorRole::Admin]).await;
        let tries = networks().take(30).map(|from| {
            let op = house.op_from(&from, Actor::Anonymous, noon(), FOX);
            let guard = house.guard.clone();
            tokio::spawn(async move { sign_in(&op, &guard, ANA, secret("copper lantern")).await })
        });
        let answers = join_all(tries).await;
        let wrong = answers
            .iter()
            .filter(|it| matches!(it, Ok(Err(Error::Refused(_)))))
            .count();
        assert!(wrong <= 20, "{wrong} of 20 were looked at");
        assert!(wrong >= 10, "{wrong}");
    }
}

#[tokio::test]
async fn guessing_the_current_password_of_an_open_session_is_counted() {
    let house = House::sqlite().await;
    let ana = house.ana().await;
    let mut told = Vec::new();
    for _ in 0..11 {
        let guess = change(&ana, &house.guard, secret("copper"), secret(PASSWORD)).await;
        told.push(guess.unwrap_err());
    }
    assert!(matches!(told[9], Error::Refused(_)), "{told:?}");
    assert!(matches!(told[10], Error::Busy(_)), "{told:?}");
}

#[tokio::test]
async fn a_network_that_asks_for_reset_after_reset_waits() {
    let house = House::sqlite().await;
    let op = house.anyone();
    for n in 0..30 {
        let email = format!("person{n}@vendor.example");
        request_reset(&op, &house.guard, &email).await.unwrap();
    }
    let more = request_reset(&op, &house.guard, "more@vendor.example").await;
    assert!(matches!(more, Err(Error::Busy(_))), "{more:?}");
}

/// Interleaved, so that whatever else the machine does falls on all alike; compared by medians,
/// which a hash that is left out would set apart by a factor of ten and more.
#[tokio::test]
async fn unknown_wrong_and_disabled_take_the_same_time() {
    let mut house = House::sqlite().await;
    // Here what is counted would only hide what is measured.
    house.guard.tries_per_network = 0;
    house.hire(ANA, &[VendorRole::Admin]).await;
    house
        .hire("ben@vendor.example", &[VendorRole::Finance])
        .await;
    house
        .force("UPDATE person SET state = 'DISABLED' WHERE email = 'ben@vendor.example'")
        .await;
    let cases = [
        ("nobody@vendor.example", PASSWORD),
        (ANA, "copper lantern sings once"),
        ("ben@vendor.example", PASSWORD),
    ];
    let mut times = [const { Vec::new() }; 3];
    for round in 0..30 {
        for (case, (email, word)) in cases.into_iter().enumerate() {
            // A day for each round: every try is forgotten.
            let at = noon() + TimeDelta::days(round);
            let op = house.op_from(HOME, Actor::Anonymous, at, FOX);
            let start = std::time::Instant::now();
            let refused = sign_in(&op, &house.guard, email, secret(word)).await;
            times[case].push(start.elapsed());
            assert_eq!(codes(refused), ["INVALID_CREDENTIALS@"]);
        }
    }
    let medians = times.map(|mut times| {
        times.sort_unstable();
        times[times.len() / 2].as_secs_f64()
    });
    let (least, most) = medians
        .iter()
        .fold((f64::MAX, 0.0_f64), |(least, most), it| {
            (least.min(*it), most.max(*it))
        });
    assert!(most < 1.5 * least, "medians in seconds: {medians:?}");
    let sessions = session::Entity::find().count(house.db.reader()).await;
    assert_eq!(sessions.unwrap(), 0);
}
