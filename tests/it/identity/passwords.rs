//! Passwords: hashed within bounds, changed, and set anew by link.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use entente::auth::password::Hasher;
use entente::error::Error;
use entente::identity::password::{change, request_reset, reset};
use entente::identity::sign_in::sign_in;
use entente::identity::staff;
use entity::staff_role::VendorRole;
use futures_util::future::join_all;

use super::house::{ANA, House, PASSWORD, codes, secret};

const NEW: &str = "kettle orbit velvet canyon";

#[tokio::test]
async fn a_password_is_kept_as_argon2id_of_nineteen_mebibytes() {
    let hasher = Hasher::with_cores(1).unwrap();
    let hash = hasher.hash(&secret(PASSWORD)).await.unwrap();
    assert!(
        hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
        "{hash}"
    );
    assert_ne!(
        hash,
        hasher.hash(&secret(PASSWORD)).await.unwrap(),
        "salted"
    );
    for (password, stored, fits) in [
        (PASSWORD, Some(hash.as_str()), true),
        ("copper lantern sings once", Some(&hash), false),
        (PASSWORD, None, false),
        (PASSWORD, Some("$argon2id$nonsense"), false),
        ("", Some(&hash), false),
    ] {
        let answer = hasher.verify(&secret(password), stored).await.unwrap();
        assert_eq!(answer, fits, "{password} {stored:?}");
    }
    // An e with its accent, as one character and as two.
    let hash = hasher
        .hash(&secret("caf\u{e9} lantern sings"))
        .await
        .unwrap();
    let other_keyboard = secret("cafe\u{301} lantern sings");
    assert!(hasher.verify(&other_keyboard, Some(&hash)).await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_hashes_at_once_are_bounded_and_the_rest_is_sent_away() {
    let hasher = Hasher::with_cores(2).unwrap();
    let peak = Arc::new(AtomicUsize::new(0));
    let is_over = Arc::new(AtomicBool::new(false));
    let watch = {
        let (hasher, peak, is_over) = (hasher.clone(), Arc::clone(&peak), Arc::clone(&is_over));
        std::thread::spawn(move || {
            while !is_over.load(Ordering::Relaxed) {
                peak.fetch_max(hasher.running(), Ordering::Relaxed);
                std::thread::sleep(Duration::from_micros(200));
            }
        })
    };
    let password = secret(PASSWORD);
    let answers = join_all((0..200).map(|_| hasher.hash(&password))).await;
    is_over.store(true, Ordering::Relaxed);
    watch.join().unwrap();
    let done = answers.iter().filter(|it| it.is_ok()).count();
    let sent_away = answers
        .iter()
        .filter(|it| matches!(it, Err(Error::Busy(_))))
        .count();
    assert_eq!(done + sent_away, 200);
    assert!(
        (34..60).contains(&done),
        "two run and thirty-two wait: {done}"
    );
    assert_eq!(peak.load(Ordering::Relaxed), 2);
    assert_eq!(hasher.running(), 0);
    assert!(hasher.hash(&password).await.is_ok(), "the flood is over");
}

#[tokio::test]
async fn a_sign_in_that_is_given_up_keeps_its_place_until_the_hash_is_done() {
    let hasher = Hasher::with_cores(1).unwrap();
    let password = secret(PASSWORD);
    let given_up = tokio::time::timeout(Duration::from_millis(1), hasher.hash(&password)).await;
    assert!(given_up.is_err());
    assert_eq!(hasher.running(), 1, "the thread goes on");
    hasher.hash(&password).await.unwrap();
    assert_eq!(hasher.running(), 0);
}

#[tokio::test]
async fn a_reset_sets_the_password_and_ends_every_session() {
    for house in House::each().await {
        house.hire(ANA, &[VendorRole::Admin]).await;
        let tokens = house.sign_in(ANA).await;
        request_reset(&house.anyone(), &house.guard, ANA)
            .await
            .unwrap();
        let token = house.last_token().await;
        let weak = reset(
            &house.anyone(),
            &house.guard,
            token.clone().into(),
            secret("short"),
        )
        .await;
        assert_eq!(codes(weak), ["PASSWORD_TOO_SHORT@password"]);
        reset(
            &house.anyone(),
            &house.guard,
            token.clone().into(),
            secret(NEW),
        )
        .await
        .unwrap();
        assert!(matches!(
            house.actor(&tokens).await,
            Err(Error::Unauthenticated)
        ));
        let old = sign_in(&house.anyone(), &house.guard, ANA, secret(PASSWORD)).await;
        assert_eq!(codes(old), ["INVALID_CREDENTIALS@"]);
        sign_in(&house.anyone(), &house.guard, ANA, secret(NEW))
            .await
            .unwrap();
        assert_eq!(
            house.kinds_of_letters().await,
            ["reset_password", "password_changed"]
        );
        let audit = house.audit().await;
        assert!(
            audit.contains("passwordChanged") && audit.contains("PASSWORD_CHANGED"),
            "{audit}"
        );
        for hidden in ["argon2", NEW, &token] {
            assert!(!audit.contains(hidden), "{audit}");
        }
    }
}

#[tokio::test]
async fn a_request_for_a_reset_does_not_tell_who_has_an_account() {
    let house = House::sqlite().await;
    let ana = house.ana().await;
    let ben = house
        .hire("ben@vendor.example", &[VendorRole::Finance])
        .await;
    staff::deactivate(&ana, ben, 1).await.unwrap();
    for email in [
        ANA,
        "nobody@vendor.example",
        "ben@vendor.example",
        "no address",
    ] {
        let start = Instant::now();
        request_reset(&house.anyone(), &house.guard, email)
            .await
            .unwrap();
        let took = start.elapsed().as_millis();
        assert!(took >= 200, "{email}: {took} ms");
    }
    assert_eq!(
        house.kinds_of_letters().await,
        ["reset_password"],
        "to Ana alone"
    );
}

#[tokio::test]
async fn nobody_can_flood_a_mailbox_with_resets() {
    let house = House::sqlite().await;
    house.hire(ANA, &[VendorRole::Admin]).await;
    for _ in 0..5 {
        request_reset(&house.anyone(), &house.guard, ANA)
            .await
            .unwrap();
    }
    assert_eq!(house.letters().await.len(), 3);
}

#[tokio::test]
async fn a_change_needs_the_current_password_and_ends_the_other_sessions() {
    let house = House::sqlite().await;
    house.hire(ANA, &[VendorRole::Admin]).await;
    let (here, there) = (house.sign_in(ANA).await, house.sign_in(ANA).await);
    let op = house.op(house.actor(&here).await.unwrap());
    let wrong = change(&op, &house.guard, secret("something else"), secret(NEW)).await;
    assert_eq!(codes(wrong), ["INVALID_CREDENTIALS@currentPassword"]);
    let easy = change(
        &op,
        &house.guard,
        secret(PASSWORD),
        secret("Lumen Partners 2026"),
    )
    .await;
    assert_eq!(codes(easy), ["PASSWORD_TOO_EASY@password"]);
    assert!(house.letters().await.is_empty());

    change(&op, &house.guard, secret(PASSWORD), secret(NEW))
        .await
        .unwrap();
    assert!(house.actor(&here).await.is_ok());
    assert!(matches!(
        house.actor(&there).await,
        Err(Error::Unauthenticated)
    ));
    assert_eq!(house.kinds_of_letters().await, ["password_changed"]);
    let nobody = change(&house.anyone(), &house.guard, secret(NEW), secret(NEW)).await;
    assert!(matches!(nobody, Err(Error::Unauthenticated)));
}
