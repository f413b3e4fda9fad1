//! Plans from draft to retirement.

use entente::auth::Actor;
use entente::error::Error;
use entente::onboarding::choose::choose_for;
use entente::onboarding::document::Document;
use entente::onboarding::plan::{self, Draft, SAMPLES, SaveDraft, Source};
use entity::onboarding_step::StepState;
use entity::partner::PartnerKind;
use entity::staff_role::VendorRole;
use entity::{onboarding, onboarding_plan, plan_version};
use sea_orm::EntityTrait;

use super::room::{PLAN, Room, id_of, new, refused, refused_whole, signed_in};

stories!(
    drafts_are_published_once_and_never_change,
    a_draft_that_is_discarded_leaves_what_was_published,
    two_who_write_the_same_plan_do_not_lose_a_draft,
    publishing_a_file_again_does_nothing,
    the_sample_plans_are_chosen_for_whom_they_are_made,
    a_partner_finishes_on_the_version_that_it_started,
);

async fn drafts_are_published_once_and_never_change(room: Room) {
    let mia = room.staff("Mia", VendorRole::PartnerManager).await;
    let op = room.op(&mia);
    let draft = |text: &str, expected_version| SaveDraft {
        plan: Source::Yaml(text.to_owned()),
        expected_version,
    };
    let conflict = [("CONFLICT", "expectedVersion".to_owned())];
    let first = plan::save_draft(&op, &room.portal, draft(PLAN, None))
        .await
        .unwrap();
    assert_eq!(
        refused(plan::save_draft(&op, &room.portal, draft(PLAN, None)).await),
        conflict
    );
    assert_eq!(
        refused(plan::save_draft(&op, &room.portal, draft(PLAN, Some(2))).await),
        conflict
    );
    let longer = PLAN.replace("title: Profile", "title: Your profile");
    let again = plan::save_draft(&op, &room.portal, draft(&longer, Some(1)))
        .await
        .unwrap();
    assert_eq!(first, again);
    assert_eq!(plan::export(&op, first).await.unwrap(), longer);
    assert_eq!(
        choose_for(&op.reader(), PartnerKind::Reseller, "EMEA", "en")
            .await
            .unwrap(),
        None
    );

    let stale = Draft {
        plan_version: first,
        expected_version: 1,
    };
    assert_eq!(refused(plan::publish(&op, stale).await), conflict);
    let input = Draft {
        plan_version: first,
        expected_version: 2,
    };
    plan::publish(&op, input.clone()).await.unwrap();
    assert_eq!(
        refused(plan::publish(&op, input).await),
        refused_whole("NOT_DRAFT")
    );
    assert_eq!(
        choose_for(&op.reader(), PartnerKind::Reseller, "EMEA", "en")
            .await
            .unwrap(),
        Some(first)
    );

    assert_eq!(
        refused(plan::save_draft(&op, &room.portal, draft(PLAN, Some(2))).await),
        conflict
    );
    let second = plan::save_draft(&op, &room.portal, draft(PLAN, None))
        .await
        .unwrap();
    assert_ne!(first, second);
    assert_eq!(plan::export(&op, first).await.unwrap(), longer);
    let shape = plan::publish_document(&op, &room.portal, Source::Yaml(longer))
        .await
        .unwrap();
    assert_eq!(shape, first, "the published text is what is asked for");
    let other = PLAN.replace("title: Profile", "title: A third");
    let taken = plan::publish_document(&op, &room.portal, Source::Yaml(other)).await;
    assert_eq!(refused(taken), refused_whole("DRAFT_EXISTS"));

    let bad = draft(&PLAN.replace("dueDays: 5", "dueDays: 99999"), None);
    assert_eq!(
        refused(plan::save_draft(&op, &room.portal, bad).await),
        [("OUT_OF_RANGE", "plan.yaml".to_owned())]
    );
    let mut bad = Document::from_yaml(PLAN).unwrap();
    bad.steps[0].due_days = 99_999;
    bad.regions.push("MARS".to_owned());
    let bad = SaveDraft {
        plan: Source::Document(Box::new(bad)),
        expected_version: None,
    };
    assert_eq!(
        refused(plan::save_draft(&op, &room.portal, bad).await),
        [
            ("UNKNOWN_REGION", "plan.fields.regions.0".to_owned()),
            ("OUT_OF_RANGE", "plan.fields.steps.0.dueDays".to_owned()),
        ]
    );
    let auditor = room.op(&room.staff("Ida", VendorRole::Auditor).await);
    let result = plan::save_draft(&auditor, &room.portal, draft(PLAN, Some(1))).await;
    assert!(matches!(result, Err(Error::Forbidden)), "{result:?}");
    assert!(plan::export(&auditor, first).await.is_ok());
    let member = signed_in(new(), vec![], vec![]);
    let result = plan::export(&room.op(&member), first).await;
    assert!(matches!(result, Err(Error::NotFound(_))), "{result:?}");
}

async fn a_draft_that_is_discarded_leaves_what_was_published(room: Room) {
    let op = room.op(&room.staff("Mia", VendorRole::PartnerManager).await);
    let save = |text: &str| {
        let plan = Source::Yaml(text.to_owned());
        plan::save_draft(
            &op,
            &room.portal,
            SaveDraft {
                plan,
                expected_version: None,
            },
        )
    };
    let draft = |plan_version, expected_version| Draft {
        plan_version,
        expected_version,
    };
    let only = save(PLAN).await.unwrap();
    assert_eq!(
        refused(plan::discard(&op, draft(only, 2)).await),
        [("CONFLICT", "expectedVersion".to_owned())]
    );
    plan::discard(&op, draft(only, 1)).await.unwrap();
    let plans = onboarding_plan::Entity::find().all(&room.rows).await;
    assert_eq!(
        plans.unwrap(),
        [],
        "a plan of which nothing is left is gone"
    );

    let first = room.publish(PLAN).await;
    let second = save(&PLAN.replace("title: Profile", "title: Other"))
        .await
        .unwrap();
    plan::discard(&op, draft(second, 1)).await.unwrap();
    let versions = plan_version::Entity::find().all(&room.rows).await.unwrap();
    assert_eq!(
        versions.iter().map(|row| row.id).collect::<Vec<_>>(),
        [first]
    );
    assert_eq!(
        refused(plan::discard(&op, draft(first, 2)).await),
        refused_whole("NOT_DRAFT")
    );
    let auditor = room.op(&room.staff("Ida", VendorRole::Auditor).await);
    let result = plan::discard(&auditor, draft(first, 2)).await;
    assert!(matches!(result, Err(Error::Forbidden)), "{result:?}");
}

async fn two_who_write_the_same_plan_do_not_lose_a_draft(room: Room) {
    let mia = room.staff("Mia", VendorRole::PartnerManager).await;
    let save = |title: &str| {
        let op = room.op(&mia);
        let input = SaveDraft {
            plan: Source::Yaml(PLAN.replace("title: Profile", title)),
            expected_version: None,
        };
        let portal = room.portal.clone();
        tokio::spawn(async move { plan::save_draft(&op, &portal, input).await })
    };
    let (one, other) = tokio::join!(save("title: One"), save("title: Other"));
    let (one, other) = (one.unwrap(), other.unwrap());
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    let lost = if one.is_ok() { other } else { one };
    assert_eq!(refused(lost), [("CONFLICT", "expectedVersion".to_owned())]);
}

async fn publishing_a_file_again_does_nothing(room: Room) {
    let first = room.publish(PLAN).await;
    assert_eq!(room.publish(PLAN).await, first);
    let rows = plan_version::Entity::find().all(&room.rows).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].author_id, None);
}

async fn the_sample_plans_are_chosen_for_whom_they_are_made(room: Room) {
    for sample in SAMPLES {
        room.publish(sample).await;
    }
    let reader = room.op(&Actor::System);
    for (kind, locale, slug) in [
        (PartnerKind::Reseller, "en", "reseller-en"),
        (PartnerKind::Reseller, "de-AT", "reseller-de"),
        (PartnerKind::Referral, "de", "reseller-de"),
        (PartnerKind::Services, "de", "services-de"),
        (PartnerKind::Technology, "en-GB", "services-en"),
        (PartnerKind::ManagedService, "en", "services-en"),
    ] {
        let id = choose_for(&reader.reader(), kind, "EMEA", locale)
            .await
            .unwrap();
        let text = plan::export(&reader, id.unwrap()).await.unwrap();
        assert!(
            text.contains(&format!("slug: {slug}\n")),
            "{kind:?} {locale}"
        );
    }
}

async fn a_partner_finishes_on_the_version_that_it_started(room: Room) {
    let team = room.team(PLAN).await;
    let shorter = PLAN.replace("title: Profile", "title: Another profile");
    let second = room.publish(&shorter).await;
    let first = onboarding::Entity::find()
        .one(&room.rows)
        .await
        .unwrap()
        .unwrap()
        .plan_version_id;
    assert_ne!(first, second);
    let row = |id| plan_version::Entity::find_by_id(id).one(&room.rows);
    let (first, second) = (row(first).await.unwrap(), row(second).await.unwrap());
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!(first.state, plan_version::PlanVersionState::Retired);
    assert_eq!((first.number, second.number), (1, 2));
    assert_eq!(room.step(&team, "profile").await.title, "Profile");
    room.hand_in(&team, &team.ana, "profile").await.unwrap();
    assert_eq!(room.step(&team, "agreement").await.state, StepState::Open);

    // Nobody else begins on the old version.
    let other = room.partner(PartnerKind::Reseller, id_of(&team.mia)).await;
    assert_eq!(
        refused(room.start(other, first.id, &team.mia).await),
        [("NOT_PUBLISHED", "planVersion".to_owned())]
    );
    room.start(other, second.id, &team.mia).await.unwrap();
    assert_eq!(room.steps(other).await[0].title, "Another profile");
}
