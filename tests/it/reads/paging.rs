//! Pages, cursors and orders.
use super::*;

#[tokio::test]
async fn debugging() {
    let api = Api::new();
    let house = world::sqlite().await;
    World::random(11, 6).write(&house.writer).await;
    for q in [
        "{ onboardingPlans { nodes { versions { nodes { author { id } } } } } }",
        "{ onboardingPlans { nodes { versions { nodes { id steps(last: 3) { nodes { id } } author { unreadNotificationCount vendorRoles } } } } } }",
        "{ onboardingPlans { nodes { versions { nodes { author { vendorRoles } } } } } }",
        "{ partners { nodes { onboarding { stepCount } } } }",
        "{ partners { nodes { onboarding { planVersion { kinds } } } } }",
        "{ partners { nodes { onboarding { partner { id  facts { nodes { person { id } partner { id } recordedBy { id }} }} } } } }",
    ] {
        let r = api
            .ask(&house.db, &Actor::System, q, Variables::default())
            .await;
        println!("{q} {:?}", r.errors);
    }
}
