//! A house with courses in it, and how its people use them: by the API, as a front end does.

use entity::staff_role::VendorRole;
use serde_json::{Value, json};

use crate::support::{PASSWORD, Portal, Someone};

/// A course of two lessons to read.
pub(super) fn course(slug: &str, title: &str) -> String {
    format!(
        "slug: {slug}\ntitle: {title}\nlocale: en\nmodules:\n  - key: all\n    title: All of it\n    \
         lessons:\n      - {{ key: first, title: First things, minutes: 5, kind: TEXT, body: 'Read *this*.' }}\n      \
         - {{ key: second, title: Second things, minutes: 10, kind: TEXT, body: 'And <script>this</script>.' }}\n"
    )
}

/// A course that is an exam of two questions, both of which are true.
pub(super) fn exam(slug: &str, title: &str, more: &str) -> String {
    format!(
        "slug: {slug}\ntitle: {title}\nlocale: en\nmodules:\n  - key: exam\n    title: The exam\n    \
         lessons:\n      - key: exam\n        title: Questions\n        minutes: 20\n        kind: QUIZ\n        \
         quiz:\n          exam: true\n          passPercent: 100\n          {more}\n          pools:\n            \
         - questions:\n                - {{ key: one, text: Is one odd?, kind: TRUE_FALSE, answer: true, feedback: It is. }}\n                \
         - {{ key: two, text: Is two even?, kind: TRUE_FALSE, answer: true }}\n"
    )
}

impl<'p> Portal {
    /// Who looks after courses.
    pub(super) async fn elena(&'p self) -> Someone<'p> {
        self.staff("Elena", &[VendorRole::EnablementManager]).await
    }
}

/// Publishes a course from its YAML, as its next version; its id.
pub(super) async fn publish(who: &Someone<'_>, yaml: &str, outdates: bool) -> Value {
    let saved = who
        .act(
            "mutation($yaml: String!) { courseSave(input: { course: { yaml: $yaml } }) {
                courseVersion { id version } userErrors { code field message } } }",
            json!({ "yaml": yaml }),
        )
        .await;
    let draft = &saved["courseVersion"];
    let mut published = who
        .act(
            "mutation($input: CoursePublishInput!) { coursePublish(input: $input) {
                courseVersion { course { id } } userErrors { code field message } } }",
            json!({ "input": {
                "id": draft["id"], "expectedVersion": draft["version"], "outdates": outdates,
            } }),
        )
        .await;
    published["courseVersion"]["course"]["id"].take()
}

/// Saves a certification; its id.
pub(super) async fn certification(who: &Someone<'_>, input: Value) -> Value {
    let mut saved = who
        .act(
            "mutation($input: CertificationSaveInput!) { certificationSave(input: $input) {
                certification { id } userErrors { code field message } } }",
            json!({ "input": input }),
        )
        .await;
    saved["certification"]["id"].take()
}

pub(super) const ASSIGN: &str =
    "mutation($input: CourseAssignInput!) { courseAssign(input: $input) {
    assignedPeople newEnrollments coursesLeftOut userErrors { code field message } } }";

pub(super) const RECORD: &str =
    "mutation($input: LessonRecordInput!) { lessonRecord(input: $input) {
    progress { seconds completedAt enrollment { state completedLessonCount } }
    userErrors { code field message } } }";

pub(super) const START: &str = "mutation($input: QuizStartInput!) { quizStart(input: $input) {
    attempt { id number questions { key kind choiceKeys } marks { feedback } endsAt }
    userErrors { code field message } } }";

pub(super) const SUBMIT: &str = "mutation($input: QuizSubmitInput!) { quizSubmit(input: $input) {
    attempt { passed percent outOf marks { question correct feedback } }
    userErrors { code field message } } }";

impl Someone<'_> {
    /// Who they are, by the API's id.
    pub(super) async fn id(&self) -> Value {
        let mut me = self.ask("{ viewer { person { id } } }", json!({})).await;
        me["viewer"]["person"]["id"].take()
    }

    /// Their open enrollment on the course of that slug, with its lessons.
    pub(super) async fn enrolled_on(&self, slug: &str) -> Value {
        let data = self
            .ask(
                "{ viewer { person { enrollments(filter: { state: { in: [ENROLLED, IN_PROGRESS] } }) { nodes {
                    id state version dueOn isOverdue refreshes course { slug }
                    courseVersion { number lessonCount lessons { nodes { id key html } } }
                    nextLessons { key } } } } } }",
                json!({}),
            )
            .await;
        let rows = data["viewer"]["person"]["enrollments"]["nodes"].as_array();
        let found = rows
            .unwrap()
            .iter()
            .find(|row| row["course"]["slug"] == slug);
        found
            .unwrap_or_else(|| panic!("not on {slug}: {data:#}"))
            .clone()
    }

    /// Completes every lesson of the course that is to be read.
    pub(super) async fn read_all(&self, slug: &str) {
        let enrollment = self.enrolled_on(slug).await;
        for lesson in enrollment["courseVersion"]["lessons"]["nodes"]
            .as_array()
            .unwrap()
        {
            let input = json!({
                "enrollment": enrollment["id"], "lesson": lesson["id"], "completed": true,
            });
            self.act(RECORD, json!({ "input": input })).await;
        }
    }

    /// Begins the quiz of the course that is one.
    pub(super) async fn begin(&self, slug: &str) -> Value {
        let enrollment = self.enrolled_on(slug).await;
        let lesson = &enrollment["courseVersion"]["lessons"]["nodes"][0];
        let input = json!({ "enrollment": enrollment["id"], "lesson": lesson["id"] });
        let mut begun = self.act(START, json!({ "input": input })).await;
        begun["attempt"].take()
    }

    /// Answers every question of the attempt alike.
    pub(super) async fn answer_all(&self, attempt: &Value, choice: &str) -> Value {
        let answers: Vec<Value> = attempt["questions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| json!({ "question": it["key"], "choices": [choice] }))
            .collect();
        let input = json!({ "attempt": attempt["id"], "answers": answers });
        let mut judged = self.act(SUBMIT, json!({ "input": input })).await;
        judged["attempt"].take()
    }

    /// Takes the exam of that slug and passes, or does not.
    pub(super) async fn take_exam(&self, slug: &str, pass: bool) {
        let attempt = self.begin(slug).await;
        let judged = self
            .answer_all(&attempt, if pass { "true" } else { "false" })
            .await;
        assert_eq!(judged["passed"], pass, "{judged:#}");
    }

    /// Goes for a certification; the period.
    pub(super) async fn goes_for(&self, certification: &Value) -> Value {
        let mut period = self
            .act(
                "mutation($id: ID!) { certificationPursue(input: { certification: $id }) {
                    certificate { id state version } userErrors { code field message } } }",
                json!({ "id": certification }),
            )
            .await;
        period["certificate"].take()
    }

    /// Their periods of the certification of that slug, the latest first.
    pub(super) async fn certificates(&self, slug: &str) -> Vec<Value> {
        let data = self
            .ask(
                "{ viewer { person { certificates { nodes { id version sequence renewal state
                    windowOpensAt dueAt issuedAt validFrom validUntil number holder revokedReason revokedEvidence
                    certification { slug } } } } } }",
                json!({}),
            )
            .await;
        let rows = data["viewer"]["person"]["certificates"]["nodes"].as_array();
        let of_slug = |row: &&Value| row["certification"]["slug"] == slug;
        rows.unwrap().iter().filter(of_slug).cloned().collect()
    }

    /// What anybody learns of that number.
    pub(super) async fn verify(&self, number: &Value) -> Value {
        let mut found = self
            .ask(
                "query($number: String!) { certificateVerify(number: $number) {
                    number state holder certification validUntil revokedAt } }",
                json!({ "number": number }),
            )
            .await;
        found["certificateVerify"].take()
    }
}

/// Ends somebody's seat.
pub(super) async fn leave(admin: &Someone<'_>, partner: &str, who: &Someone<'_>) {
    let seats = admin.seats(partner).await;
    let seat = seats
        .iter()
        .find(|it| it["person"]["email"] == *who.email.as_ref().unwrap());
    let seat = seat.unwrap();
    admin
        .act(
            "mutation($input: MemberSeatInput!) { memberDeactivate(input: $input) {
                userErrors { code field message } } }",
            json!({ "input": { "id": seat["id"], "expectedVersion": seat["version"] } }),
        )
        .await;
}

/// Gives somebody who has an account a seat at another partner.
pub(super) async fn join(portal: &Portal, admin: &Someone<'_>, partner: &str, who: &Someone<'_>) {
    let email = who.email.as_ref().unwrap();
    admin.invite(partner, "Back again", email).await;
    let token = portal.token("invitation", email).await;
    portal
        .nobody()
        .act(
            "mutation($token: String!, $password: String!) { invitationAccept(input: {
                token: $token, password: $password }) { userErrors { code field message } } }",
            json!({ "token": token, "password": PASSWORD }),
        )
        .await;
}
