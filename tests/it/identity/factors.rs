//! Second factors: what they stand before, what ends them, and who may do without.

use chrono::{DateTime, TimeDelta, Utc};
use entente::auth::{Actor, Assurance, Permission, Scope};
use entente::error::Error;
use entente::identity::challenge::{Challenge, complete};
use entente::identity::factor::{Again, Proof, add, recovery, remove, step_up};
use entente::identity::invitation::{self, Answer, Invite};
use entente::identity::session::{SignedIn, refresh, sign_out};
use entente::identity::sign_in::{Entry, sign_in};
use entente::identity::{actor_for, password, profile, staff};
use entente::notification::Letter;
use entente::onboarding::join;
use entente::op::Op;
use entity::staff_role::VendorRole;
use entity::{factor, recovery_code, session};
use futures_util::future::join_all;
use sea_orm::EntityTrait;
use totp_rs::{Builder, Totp};

use super::house::{ANA, FOX, House, PASSWORD, codes, noon, secret};

/// What somebody's device shows, and what they wrote down.
struct Kept {
    totp: Totp,
    paper: Vec<String>,
    id: entity::id::FactorId,
}

impl Kept {
    fn code(&self, at: DateTime<Utc>) -> Proof {
        Proof::Code(secret(&self.shown(at)))
    }

    fn shown(&self, at: DateTime<Utc>) -> String {
        let seconds = u64::try_from(at.timestamp()).unwrap();
        self.totp.generate(seconds).to_string()
    }
}

async fn enroll(house: &House, op: &Op) -> Kept {
    let begun = add::start(op, &house.guard, "Phone".to_owned())
        .await
        .unwrap();
    let shared = totp_rs::Secret::try_from_base32(begun.secret.reveal()).unwrap();
    let totp = Builder::new().with_secret(shared).build().unwrap();
    let mut kept = Kept {
        totp,
        paper: Vec::new(),
        id: begun.id,
    };
    let code = secret(&kept.shown(op.now()));
    let added = add::confirm(op, &house.guard, begun.id, code)
        .await
        .unwrap();
    let paper = added.recovery_codes.iter();
    kept.paper = paper.map(|it| it.reveal().to_owned()).collect();
    kept
}

fn after(seconds: i64) -> DateTime<Utc> {
    noon() + TimeDelta::seconds(seconds)
}

/// Nobody, so many seconds after noon.
fn anyone(house: &House, seconds: i64) -> Op {
    house.op_at(Actor::Anonymous, after(seconds), FOX)
}

async fn challenged(house: &House, op: &Op) -> Challenge {
    match sign_in(op, &house.guard, ANA, secret(PASSWORD))
        .await
        .unwrap()
    {
        Entry::Challenged(challenge) => challenge,
        Entry::SignedIn(_) => panic!("a password was enough"),
    }
}

/// Ana with the tokens, so many seconds after noon.
async fn as_ana(house: &House, tokens: &SignedIn, seconds: i64) -> Op {
    let now = after(seconds);
    let token = tokens.access.reveal();
    let actor = actor_for(&house.db, &house.guard, token, now)
        .await
        .unwrap();
    house.op_at(actor, now, FOX)
}

fn assurance(op: &Op) -> Assurance {
    op.actor().person().unwrap().assurance
}

#[tokio::test]
async fn with_a_second_factor_a_right_password_is_half_the_way() {
    for house in House::each().await {
        let ana = house.ana().await;
        let kept = enroll(&house, &ana).await;
        let op = anyone(&house, 60);
        let challenge = challenged(&house, &op).await;
        assert_eq!(challenge.kinds, [factor::FactorKind::Totp]);
        assert_eq!(challenge.expires_at, after(60) + TimeDelta::minutes(5));
        // A wrong password is answered as ever.
        let wrong = sign_in(&op, &house.guard, ANA, secret("copper lantern")).await;
        assert_eq!(codes(wrong), ["INVALID_CREDENTIALS@"]);

        let code = kept.code(after(60));
        let token = challenge.token.clone();
        let tokens = complete(&op, &house.guard, token, code.clone())
            .await
            .unwrap();
        let ana = as_ana(&house, &tokens, 60).await;
        assert_eq!(assurance(&ana), Assurance::Recent);
        assert!(ana.actor().has_role(&[VendorRole::Admin]));

        // Neither the challenge nor the code is good again.
        let again = complete(&op, &house.guard, challenge.token, code.clone()).await;
        assert_eq!(codes(again), ["CHALLENGE_INVALID@challenge"]);
        let next = challenged(&house, &op).await;
        let again = complete(&op, &house.guard, next.token.clone(), code).await;
        assert_eq!(codes(again), ["CODE_INVALID@proof"]);
        // Nor is one from before it, though a clock may be off by a step.
        let older = complete(&op, &house.guard, next.token.clone(), kept.code(after(30))).await;
        assert_eq!(codes(older), ["CODE_INVALID@proof"]);
        let newer = complete(&op, &house.guard, next.token, kept.code(after(90))).await;
        assert!(newer.is_ok());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_bring_one_code_at_once_one_gets_in() {
    for house in House::each().await {
        let ana = house.ana().await;
        let kept = enroll(&house, &ana).await;
        let mut challenges = Vec::new();
        for _ in 0..8 {
            challenges.push(challenged(&house, &anyone(&house, 60)).await);
        }
        let tries = challenges.into_iter().map(|challenge| {
            let (op, guard) = (anyone(&house, 60), house.guard.clone());
            let code = kept.code(after(60));
            tokio::spawn(async move { complete(&op, &guard, challenge.token, code).await.is_ok() })
        });
        let done = join_all(tries).await;
        let entered = done.iter().filter(|it| *it.as_ref().unwrap());
        assert_eq!(entered.count(), 1);

        // Nor does it matter what for.
        let tries = (0..8).map(|_| {
            let op = house.op_at(ana.actor().clone(), after(120), FOX);
            let (guard, code) = (house.guard.clone(), Again::Factor(kept.code(after(120))));
            tokio::spawn(async move { step_up(&op, &guard, code).await.is_ok() })
        });
        let done = join_all(tries).await;
        let entered = done.iter().filter(|it| *it.as_ref().unwrap());
        assert_eq!(entered.count(), 1);
    }
}

#[tokio::test]
async fn a_challenge_bears_five_codes_and_five_minutes() {
    for house in House::each().await {
        let ana = house.ana().await;
        let kept = enroll(&house, &ana).await;
        let op = anyone(&house, 60);
        let challenge = challenged(&house, &op).await;
        let wrong = || Proof::Code(secret("000000"));
        for _ in 0..5 {
            let refused = complete(&op, &house.guard, challenge.token.clone(), wrong()).await;
            assert_eq!(codes(refused), ["CODE_INVALID@proof"]);
        }
        let right = kept.code(after(60));
        let refused = complete(&op, &house.guard, challenge.token, right).await;
        assert_eq!(codes(refused), ["CHALLENGE_INVALID@challenge"]);

        let challenge = challenged(&house, &op).await;
        let late = anyone(&house, 360);
        let refused = complete(&late, &house.guard, challenge.token, kept.code(after(360))).await;
        assert_eq!(codes(refused), ["CHALLENGE_INVALID@challenge"]);
        let refused = complete(&op, &house.guard, secret("no-token"), wrong()).await;
        assert_eq!(codes(refused), ["CHALLENGE_INVALID@challenge"]);
    }
}

#[tokio::test]
async fn codes_are_counted_by_account_however_many_challenges_there_are() {
    for house in House::each().await {
        let ana = house.ana().await;
        let kept = enroll(&house, &ana).await;
        let far = || house.op_from("198.51.100.9", Actor::Anonymous, after(60), FOX);
        let mut answers = Vec::new();
        for _ in 0..6 {
            let challenge = challenged(&house, &far()).await;
            for _ in 0..4 {
                let code = Proof::Code(secret("000000"));
                let refused = complete(&far(), &house.guard, challenge.token.clone(), code).await;
                answers.extend(codes(refused));
            }
        }
        let wrong = answers.iter().filter(|it| *it == "CODE_INVALID@proof");
        assert_eq!(wrong.count(), 20);
        assert_eq!(answers.last().unwrap(), "RATE_LIMITED");
        // The right one is not looked at either; and at home Ana gets in.
        let challenge = challenged(&house, &far()).await;
        let code = || kept.code(after(60));
        let refused = complete(&far(), &house.guard, challenge.token.clone(), code()).await;
        assert_eq!(codes(refused), ["RATE_LIMITED"]);
        let home = anyone(&house, 60);
        assert!(
            complete(&home, &house.guard, challenge.token, code())
                .await
                .is_ok()
        );
    }
}

#[tokio::test]
async fn what_changes_an_account_ends_the_sign_ins_that_are_under_way() {
    for house in House::each().await {
        let ana = house.ana().await;
        let me = ana.actor().person().unwrap().id;
        let kept = enroll(&house, &ana).await;
        let op = anyone(&house, 60);

        let challenge = challenged(&house, &op).await;
        let link = house.reset_link(me).await;
        let new = "seven quiet rivers bend";
        password::reset(&op, &house.guard, secret(&link), secret(new))
            .await
            .unwrap();
        let refused = complete(&op, &house.guard, challenge.token, kept.code(after(60))).await;
        assert_eq!(codes(refused), ["CHALLENGE_INVALID@challenge"]);

        // A new password takes no factor away.
        let entry = sign_in(&op, &house.guard, ANA, secret(new)).await.unwrap();
        let Entry::Challenged(challenge) = entry else {
            panic!("a new password was enough");
        };
        let system = house.op_at(Actor::System, after(60), FOX);
        remove::remove_all(&system, me, "Lost.".to_owned())
            .await
            .unwrap();
        let refused = complete(&op, &house.guard, challenge.token, kept.code(after(60))).await;
        assert_eq!(codes(refused), ["CHALLENGE_INVALID@challenge"]);
    }
}

#[tokio::test]
async fn a_code_on_paper_is_good_once_and_its_owner_is_told() {
    for house in House::each().await {
        let ana = house.ana().await;
        let kept = enroll(&house, &ana).await;
        assert_eq!(kept.paper.len(), recovery::COUNT);
        let op = anyone(&house, 60);
        let paper = |at: usize| Proof::RecoveryCode(secret(&kept.paper[at].to_lowercase()));
        let challenge = challenged(&house, &op).await;
        let tokens = complete(&op, &house.guard, challenge.token, paper(3))
            .await
            .unwrap();
        let letters = house.letters().await;
        let Some(Letter::RecoveryCodeUsed { left, .. }) = letters.last() else {
            panic!("{letters:?}");
        };
        assert_eq!(*left, 9);
        let challenge = challenged(&house, &op).await;
        let again = complete(&op, &house.guard, challenge.token.clone(), paper(3)).await;
        assert_eq!(codes(again), ["CODE_INVALID@proof"]);

        let ana = as_ana(&house, &tokens, 60).await;
        let refused = recovery::renew(&ana, false).await;
        assert_eq!(codes(refused), ["INVALID@confirm"]);
        let fresh = recovery::renew(&ana, true).await.unwrap();
        let ended = complete(&op, &house.guard, challenge.token, paper(4)).await;
        assert_eq!(codes(ended), ["CHALLENGE_INVALID@challenge"]);
        let challenge = challenged(&house, &op).await;
        let old = complete(&op, &house.guard, challenge.token.clone(), paper(4)).await;
        assert_eq!(codes(old), ["CODE_INVALID@proof"]);
        let new = Proof::RecoveryCode(fresh[0].clone());
        assert!(
            complete(&op, &house.guard, challenge.token, new)
                .await
                .is_ok()
        );
        let kinds = house.kinds_of_letters().await;
        assert_eq!(
            kinds,
            [
                "factor_added",
                "recovery_code_used",
                "recovery_codes_renewed",
                "recovery_code_used"
            ]
        );
    }
}

#[tokio::test]
async fn a_factor_more_or_less_ends_the_other_sessions_at_once() {
    for house in House::each().await {
        let ana = house.ana().await;
        let other = house.sign_in(ANA).await;
        let kept = enroll(&house, &ana).await;
        assert!(house.actor(&other).await.is_err());
        let gone = refresh(&house.anyone(), &house.guard, other.refresh).await;
        assert_eq!(codes(gone), ["SESSION_ENDED@"]);

        let op = anyone(&house, 60);
        let challenge = challenged(&house, &op).await;
        let code = kept.code(after(60));
        let other = complete(&op, &house.guard, challenge.token, code)
            .await
            .unwrap();
        assert_eq!(
            assurance(&as_ana(&house, &other, 60).await),
            Assurance::Recent
        );
        remove::remove(&ana, kept.id).await.unwrap();
        let token = other.access.reveal();
        let gone = actor_for(&house.db, &house.guard, token, after(60)).await;
        assert!(matches!(gone, Err(Error::Unauthenticated)));
        // The one that asked goes on, and the password is enough again.
        assert!(sign_out(&ana).await.is_ok());
        assert!(house.sign_in(ANA).await.access.reveal().len() > 20);
        assert_eq!(
            house.kinds_of_letters().await,
            ["factor_added", "factor_removed"]
        );
        assert!(house.audit().await.contains("FACTOR_CHANGED"));
        let left = recovery_code::Entity::find()
            .all(house.db.reader())
            .await
            .unwrap();
        assert!(left.is_empty(), "codes go with the last factor");
        let refused = remove::remove(&ana, kept.id).await;
        assert_eq!(codes(refused), ["NOT_FOUND"]);
    }
}

#[tokio::test]
async fn an_administrator_removes_the_factors_of_whoever_lost_them() {
    const BEN: &str = "ben@vendor.example";
    for house in House::each().await {
        let ben = house.hire(BEN, &[VendorRole::PartnerManager]).await;
        let session = house.sign_in(BEN).await;
        let as_ben = house.op(house.actor(&session).await.unwrap());
        let kept = enroll(&house, &as_ben).await;
        let ana = house.ana().await;
        let me = ana.actor().person().unwrap().id;

        let refused = remove::remove_all(&as_ben, me, "Because.".to_owned()).await;
        assert_eq!(codes(refused), ["FORBIDDEN"]);
        let refused = remove::remove_all(&ana, ben, "  ".to_owned()).await;
        assert_eq!(codes(refused), ["INVALID@reason"]);
        let refused = remove::remove_all(&ana, me, "Because.".to_owned()).await;
        assert_eq!(codes(refused), ["NO_FACTOR@"]);
        // Somebody else's factor is like one that is not there.
        let refused = remove::remove(&ana, kept.id).await;
        assert_eq!(codes(refused), ["NOT_FOUND"]);

        remove::remove_all(&ana, ben, "Lost on a journey.".to_owned())
            .await
            .unwrap();
        assert!(house.actor(&session).await.is_err());
        assert!(house.sign_in(BEN).await.access.reveal().len() > 20);
        let letters = house.letters().await;
        let Some(Letter::FactorRemoved {
            by, reason, names, ..
        }) = letters.last()
        else {
            panic!("{letters:?}");
        };
        assert_eq!(by.as_deref(), Some("ana"));
        assert_eq!(reason.as_deref(), Some("Lost on a journey."));
        assert_eq!(names, &["Phone"]);
        assert!(house.audit().await.contains("Lost on a journey."));
    }
}

#[tokio::test]
async fn nothing_in_the_database_gives_a_code() {
    for house in House::each().await {
        let ana = house.ana().await;
        let kept = enroll(&house, &ana).await;
        let key = house.guard.keys.link().totp_secret(kept.id);
        assert_eq!(kept.totp.secret().as_bytes(), key);
        let factors = factor::Entity::find().all(house.db.reader()).await.unwrap();
        let papers = recovery_code::Entity::find()
            .all(house.db.reader())
            .await
            .unwrap();
        let rows = format!("{factors:?} {papers:?} {}", house.audit().await);
        assert!(!rows.contains(&kept.totp.secret().to_base32()));
        for code in &kept.paper {
            assert!(!rows.contains(code) && !rows.contains(&code.replace('-', "")));
        }
    }
}

#[tokio::test]
async fn an_authenticator_is_good_once_its_first_code_was_right() {
    for house in House::each().await {
        let ana = house.ana().await;
        let guard = &house.guard;
        let begun = add::start(&ana, guard, "Phone".to_owned()).await.unwrap();
        assert!(
            begun
                .uri
                .reveal()
                .starts_with("otpauth://totp/Lumen%20Partners:ana%40vendor.example?")
        );
        let wrong = add::confirm(&ana, guard, begun.id, secret("000000")).await;
        assert_eq!(codes(wrong), ["CODE_INVALID@code"]);
        // Nothing is asked for yet.
        house.sign_in(ANA).await;
        // One that is begun anew takes its place, and one is not waited for for ever.
        let next = add::start(&ana, guard, "Phone".to_owned()).await.unwrap();
        let gone = add::confirm(&ana, guard, begun.id, secret("000000")).await;
        assert_eq!(codes(gone), ["NOT_FOUND"]);
        let later = house.op_at(ana.actor().clone(), after(3600), FOX);
        let late = add::confirm(&later, guard, next.id, secret("000000")).await;
        assert_eq!(codes(late), ["NOT_FOUND"]);
        let nameless = add::start(&ana, guard, " ".to_owned()).await;
        assert_eq!(codes(nameless), ["INVALID@name"]);
    }
}

#[tokio::test]
async fn whoever_needs_a_factor_can_add_one_and_nothing_else() {
    for mut house in House::each().await {
        house.guard.demands.for_staff = true;
        let ben = house
            .hire("ben@vendor.example", &[VendorRole::Finance])
            .await;
        house.hire(ANA, &[VendorRole::Admin]).await;
        let tokens = house.sign_in(ANA).await;
        let ana = as_ana(&house, &tokens, 0).await;
        assert_eq!(assurance(&ana), Assurance::Missing);
        assert!(!ana.actor().is_staff());
        let roles = vec![VendorRole::Auditor];
        let refused = staff::set_roles(&ana, ben, roles.clone(), 1).await;
        assert_eq!(codes(refused), ["FACTOR_REQUIRED"]);
        let rename = profile::Profile {
            name: Some("Anna".to_owned()),
            expected_version: 1,
            ..profile::Profile::default()
        };
        let refused = profile::update(&ana, rename).await;
        assert_eq!(codes(refused), ["FACTOR_REQUIRED"]);
        let guard = &house.guard;
        let changed = password::change(
            &ana,
            guard,
            secret(PASSWORD),
            secret("seven quiet rivers bend"),
        );
        assert_eq!(codes(changed.await), ["FACTOR_REQUIRED"]);

        // With one, the same session may what its roles say; without it, no more.
        let kept = enroll(&house, &ana).await;
        let ana = as_ana(&house, &tokens, 0).await;
        assert_eq!(assurance(&ana), Assurance::Recent);
        staff::set_roles(&ana, ben, roles, 1).await.unwrap();
        remove::remove(&ana, kept.id).await.unwrap();
        let ana = as_ana(&house, &tokens, 0).await;
        assert_eq!(assurance(&ana), Assurance::Missing);
        sign_out(&ana).await.unwrap();
    }
}

#[tokio::test]
async fn what_is_grave_needs_a_proof_of_the_last_quarter_of_an_hour() {
    for house in House::each().await {
        let ben = house
            .hire("ben@vendor.example", &[VendorRole::Finance])
            .await;
        house.hire(ANA, &[VendorRole::Admin]).await;
        let tokens = house.sign_in(ANA).await;
        let roles = || vec![VendorRole::Auditor];
        let late = anyone(&house, 900);
        let tokens = refresh(&late, &house.guard, tokens.refresh).await.unwrap();
        let ana = as_ana(&house, &tokens, 900).await;
        assert_eq!(assurance(&ana), Assurance::Old);
        let refused = staff::set_roles(&ana, ben, roles(), 1).await;
        assert!(matches!(refused, Err(Error::StepUpRequired)), "{refused:?}");
        let refused = add::start(&ana, &house.guard, "Phone".to_owned())
            .await
            .map(|_| ());
        assert_eq!(codes(refused), ["STEP_UP_REQUIRED"]);

        // Without a factor the password does, and only the right one.
        let wrong = Again::Password(secret("copper lantern"));
        let refused = step_up(&ana, &house.guard, wrong).await;
        assert_eq!(codes(refused), ["INVALID_CREDENTIALS@proof"]);
        let right = || Again::Password(secret(PASSWORD));
        step_up(&ana, &house.guard, right()).await.unwrap();
        let ana = as_ana(&house, &tokens, 900).await;
        staff::set_roles(&ana, ben, roles(), 1).await.unwrap();

        // With one, the factor does and the password does not.
        let kept = enroll(&house, &ana).await;
        let late = anyone(&house, 1860);
        let tokens = refresh(&late, &house.guard, tokens.refresh).await.unwrap();
        let ana = as_ana(&house, &tokens, 1860).await;
        assert_eq!(assurance(&ana), Assurance::Old);
        let refused = step_up(&ana, &house.guard, right()).await;
        assert_eq!(codes(refused), ["FACTOR_NEEDED@proof"]);
        let wrong = Again::Factor(Proof::Code(secret("000000")));
        let refused = step_up(&ana, &house.guard, wrong).await;
        assert_eq!(codes(refused), ["CODE_INVALID@proof"]);
        let code = Again::Factor(kept.code(after(1860)));
        step_up(&ana, &house.guard, code.clone()).await.unwrap();
        let ana = as_ana(&house, &tokens, 1860).await;
        assert_eq!(assurance(&ana), Assurance::Recent);
        let refused = step_up(&ana, &house.guard, code).await;
        assert_eq!(codes(refused), ["CODE_INVALID@proof"]);
    }
}

#[tokio::test]
async fn an_invitation_and_a_password_do_not_stand_in_for_a_factor() {
    for house in House::each().await {
        let ana = house.ana().await;
        enroll(&house, &ana).await;
        let system = house.op(Actor::System);
        let me = ana.actor().person().unwrap().id;
        let person = house.person(me).await;
        let invite = Invite {
            partner: None,
            email: person.email,
            name: person.name,
            member_role: None,
            vendor_roles: vec![VendorRole::Finance],
            locale: "en".to_owned(),
            time_zone: "UTC".to_owned(),
            organization: "Lumen Partners".to_owned(),
            inviter: "Lumen Partners".to_owned(),
        };
        let offered = system.unit(invite, |tx, invite| {
            Box::pin(async move {
                let permit = tx.permit(Permission::ManageStaff, Scope::Portal)?;
                invitation::invite(&permit, invite.clone()).await
            })
        });
        offered.await.unwrap();
        let answer = Answer {
            token: secret(&house.last_token().await),
            name: None,
            password: Some(secret(PASSWORD)),
            locale: None,
            time_zone: None,
        };
        let refused = join::join(&house.anyone(), &house.guard, answer.clone()).await;
        assert_eq!(codes(refused), ["SIGN_IN_FIRST@"]);
        // Whoever is signed in takes it, and has proven themselves when they were.
        let later = house.op_at(ana.actor().clone(), after(300), FOX);
        let tokens = join::join(&later, &house.guard, answer).await.unwrap();
        let token = tokens.access.reveal();
        let fresh = actor_for(&house.db, &house.guard, token, after(300))
            .await
            .unwrap();
        assert_eq!(fresh.person().unwrap().assurance, Assurance::Recent);
        let row = session::Entity::find_by_id(tokens.session)
            .one(house.db.reader())
            .await;
        assert_eq!(row.unwrap().unwrap().proven_at, Some(noon()));
    }
}
