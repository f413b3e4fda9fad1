//! The pages of a team and of a learner, where there are many.

use std::sync::Arc;
use std::time::{Duration, Instant};

use entente::auth::{Actor, Assurance, SignedIn};
use entente::shape::global_id;
use entity::membership::MemberRole;
use serde_json::Value;

use super::Api;
use super::trust::statements;
use super::world::{World, houses};

const MEMBERS: usize = 200;
const COURSES: usize = 30;

/// What a front end shows of what somebody learns and holds.
fn learned(first: usize) -> String {
    format!(
        "enrollments(first: {first}) {{ nodes {{ state dueOn isOverdue completedLessonCount \
         course {{ title }} courseVersion {{ lessonCount }} nextLessons {{ title }} }} }} \
         certificates(first: {first}) {{ nodes {{ state number validUntil \
         certification {{ title }} }} }}"
    )
}

/// A page of the team, from that cursor on.
fn team(partner: &str, members: usize, courses: usize, after: &Value) -> String {
    let learned = learned(courses);
    format!(
        "{{ node(id: \"{partner}\") {{ ... on Partner {{ memberCount certifiedMemberCount \
         memberships(first: {members}, after: {after}) {{ pageInfo {{ hasNextPage endCursor }} \
         nodes {{ person {{ name {learned} }} }} }} }} }} }}"
    )
}

#[tokio::test]
async fn a_team_of_two_hundred_on_thirty_courses_takes_as_many_statements_as_one_of_two() {
    let api = Api::new();
    for house in houses("a_team_of_two_hundred_on_thirty_courses").await {
        let (world, partner) = World::with_team(MEMBERS, COURSES);
        world.write(&house.writer).await;
        let admin = Actor::Person(Arc::new(SignedIn {
            id: world.membership.last().unwrap().person_id,
            session: world.session[0].id,
            roles: Vec::new(),
            seats: vec![(partner, MemberRole::PartnerAdmin)],
            assurance: Assurance::Recent,
        }));
        let partner = global_id("Partner", partner.0);
        for actor in [&Actor::System, &admin] {
            let mut seen = Vec::new();
            for (members, courses) in [(2, 2), (20, 5), (100, COURSES)] {
                let text = team(&partner, members, courses, &Value::Null);
                seen.push(statements(&api, &house, actor, &text).await.len());
            }
            assert_eq!(seen[0], seen[2], "{} {seen:?}", house.name);
            assert_eq!(seen[1], seen[2], "{} {seen:?}", house.name);
            assert!(seen[2] <= 14, "{} {seen:?}", house.name);

            // And every row is there: a hundred of them on each of two pages.
            let (mut after, mut people) = (Value::Null, 0);
            for page in 0..2 {
                let text = team(&partner, 100, COURSES, &after);
                let began = Instant::now();
                let data = api.data(&house.db, actor, &text).await.into_json().unwrap();
                let took = began.elapsed();
                assert!(took < Duration::from_secs(10), "{}: {took:?}", house.name);
                let team = &data["node"];
                assert_eq!(team["memberCount"], MEMBERS);
                assert_eq!(team["certifiedMemberCount"], MEMBERS);
                for seat in team["memberships"]["nodes"].as_array().unwrap() {
                    let enrollments = seat["person"]["enrollments"]["nodes"].as_array().unwrap();
                    assert_eq!(enrollments.len(), COURSES);
                    for it in enrollments {
                        assert_eq!(it["completedLessonCount"], 2);
                        assert_eq!(it["courseVersion"]["lessonCount"], 4);
                        assert_eq!(it["nextLessons"][0]["title"], "Lesson 3");
                    }
                    let certificates = &seat["person"]["certificates"]["nodes"];
                    assert_eq!(certificates.as_array().unwrap().len(), 2);
                    people += 1;
                }
                let info = &team["memberships"]["pageInfo"];
                assert_eq!(info["hasNextPage"], page == 0);
                after = info["endCursor"].clone();
            }
            assert_eq!(people, MEMBERS, "{}", house.name);
        }
    }
}

#[tokio::test]
async fn the_page_of_a_learner_takes_as_many_statements_however_many_rows() {
    let api = Api::new();
    for house in houses("the_page_of_a_learner").await {
        World::random(7, 12).write(&house.writer).await;
        let mut seen = Vec::new();
        for first in [2, 6, 12] {
            let text = format!(
                "{{ people(first: 1) {{ nodes {{ name {} }} }} }}",
                learned(first)
            );
            seen.push(statements(&api, &house, &Actor::System, &text).await.len());
        }
        assert_eq!(seen[0], seen[1], "{}", house.name);
        assert_eq!(seen[1], seen[2], "{}", house.name);
        assert!(seen[2] <= 14, "{seen:?}");
    }
}
