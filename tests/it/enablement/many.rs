//! Many at once, and pages of many: nothing is lost, nothing twice, and no statement for each row.

use entente::auth::{Actor, Assurance, SignedIn};
use entente::course::learn::{self, Record};
use entente::op::Origin;
use entity::id::{EnrollmentId, LessonId, PersonId};
use entity::membership::{MemberRole, MembershipState};
use entity::person::{self, PersonState};
use entity::staff_role::VendorRole;
use entity::{certificate, enrollment, fact, lesson, membership};
use futures_util::StreamExt;
use futures_util::stream;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Database, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter,
};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;

use super::house::{ASSIGN, certification, course, publish};
use crate::support::{Portal, by_force};

/// Adds members to a partner by force: accounts that nobody signs in to.
async fn members(portal: &Portal, partner: &str, count: u128) -> Vec<PersonId> {
    let db = Database::connect(by_force(&portal.url())).await.unwrap();
    let like = person::Entity::find().one(&db).await.unwrap().unwrap();
    let key = entente::shape::key_of::<entente::reads::partner::Partner>(&partner.into()).unwrap();
    let now = portal.app.op(Actor::System).now();
    let mut people = Vec::new();
    for number in 0..count {
        let id = PersonId(Uuid::from_u128((1 << 100) + number));
        let row = person::Model {
            id,
            email: format!("learner-{number}@many.example"),
            name: format!("Learner {number}"),
            state: PersonState::Active,
            ..like.clone()
        };
        row.into_active_model()
            .reset_all()
            .insert(&db)
            .await
            .unwrap();
        let seat = membership::Model {
            id: Uuid::from_u128((1 << 101) + number).into(),
            partner_id: key.into(),
            person_id: id,
            role: MemberRole::PartnerMember,
            state: MembershipState::Active,
            joined_at: now,
            ended_at: None,
            version: 1,
        };
        seat.into_active_model()
            .reset_all()
            .insert(&db)
            .await
            .unwrap();
        people.push(id);
    }
    db.close().await.unwrap();
    people
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::too_many_lines, reason = "what is set up is what is counted")]
async fn five_hundred_who_finish_at_once_lose_nothing_and_are_certified_once() {
    for portal in Portal::each().await {
        let elena = portal.elena().await;
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let team = portal.team(&paula, "Bergwind").await;
        publish(&elena, &course("basics", "Basics"), false).await;
        let seller = certification(
            &elena,
            json!({ "slug": "seller", "title": "Seller", "locale": "en", "route": { "courses": ["basics"] },
                    "validityMonths": 12 }),
        )
        .await;
        // On SQLite one writes after the other anyway.
        let count = if portal.app.db.is_postgres() { 500 } else { 50 };
        let people = members(&portal, &team.partner, count - 2).await;
        let input = json!({ "assigned": { "certification": seller }, "partner": team.partner });
        let assigned = elena.act(ASSIGN, json!({ "input": input })).await;
        assert_eq!(assigned["assignedPeople"], json!(count));
        portal.keep_promises().await;
        let db = portal.app.db.reader();
        let enrollments = enrollment::Entity::find()
            .filter(enrollment::Column::PersonId.is_in(people.iter().copied()))
            .all(db)
            .await
            .unwrap();
        let version = enrollments[0].course_version_id;
        let lessons: Vec<LessonId> = lesson::Entity::find()
            .filter(lesson::Column::CourseVersionId.eq(version))
            .all(db)
            .await
            .unwrap()
            .iter()
            .map(|it| it.id)
            .collect();
        let op_of = |person: PersonId| {
            let me = SignedIn {
                id: person,
                session: Uuid::nil().into(),
                roles: Vec::new(),
                seats: Vec::new(),
                assurance: Assurance::Recent,
            };
            portal
                .app
                .op_from(Actor::Person(Arc::new(me)), Origin::default())
        };
        let record = |op: entente::op::Op, enrollment: EnrollmentId, lesson: LessonId| async move {
            let record = Record {
                enrollment,
                lesson,
                seconds: 0,
                completed: true,
            };
            // A client that is told to come back comes back, as it would.
            for _ in 0..50 {
                match learn::record(&op, record).await {
                    Ok(_) => return,
                    Err(entente::error::Error::Busy(_)) => {
                        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                    }
                    Err(error) => panic!("{error}"),
                }
            }
            panic!("it was put off again and again");
        };
        for lesson in lessons {
            let all = enrollments
                .iter()
                .map(|row| record(op_of(row.person_id), row.id, lesson));
            stream::iter(all)
                .buffer_unordered(64)
                .collect::<Vec<()>>()
                .await;
        }
        let issued = certificate::Entity::find()
            .filter(certificate::Column::IssuedAt.is_not_null())
            .filter(certificate::Column::PersonId.is_in(people.iter().copied()))
            .all(db)
            .await
            .unwrap();
        let holders: BTreeSet<_> = issued.iter().map(|row| row.person_id).collect();
        assert_eq!(
            (issued.len(), holders.len()),
            (people.len(), people.len()),
            "on {}",
            portal.name()
        );
        let places: BTreeSet<_> = issued.iter().map(|row| row.status_index).collect();
        assert_eq!(places.len(), people.len(), "each has a place of its own");
        let of_kind = |kind: &str| {
            fact::Entity::find()
                .filter(fact::Column::Kind.eq(kind))
                .filter(fact::Column::PersonId.is_in(people.iter().copied()))
                .count(db)
        };
        assert_eq!(
            of_kind("lesson.completed").await.unwrap(),
            2 * people.len() as u64
        );
        assert_eq!(
            of_kind("course.completed").await.unwrap(),
            people.len() as u64
        );
        assert_eq!(
            of_kind("certificate.issued").await.unwrap(),
            people.len() as u64
        );
        portal.keep_promises().await;
    }
}
