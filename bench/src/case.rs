//! What is asked, and of which rows.

use serde::Deserialize;
use uuid::Uuid;

use crate::by_shapes::row;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Case {
    /// Partners × steps × verdicts, with each verdict's reviewer.
    Partners,
    /// Fifty members of a team of two hundred, on thirty courses each.
    Team,
    /// A lesson is completed.
    Lesson,
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asker {
    /// A partner manager, who sees all.
    Staff,
    /// A member: with a seat in many partners, an administrator of the team, or the learner.
    Member,
}

/// Which request it is: each completes another lesson.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Nth {
    pub(crate) n: u64,
}

const PARTNERS: &str = "{ partners(first: 20) { nodes { id legalName country kind state createdAt
    onboardingSteps(first: 5) { nodes { id title state position dueAt
        verdicts(first: 5) { nodes { id outcome reason decidedAt reviewer { name } } } } } } } }";

const TEAM: &str = "memberships(filter: { state: { eq: ACTIVE } }, first: 50) { nodes { person { name
    enrollments(first: 30) { nodes { state dueOn isOverdue completedLessonCount
        course { title } courseVersion { lessonCount } } }
    certificates(filter: { issuedAt: { isNull: false } }, first: 5) { nodes { state validUntil number
        certification { title } } } } } }";

/// Where the team's members begin among the people.
const TEAM_START: u128 = 20_200;

/// The partner whose team it is.
pub(crate) fn team_partner() -> Uuid {
    row(3, 2001)
}

/// Its administrator.
pub(crate) fn team_admin() -> Uuid {
    row(1, TEAM_START + 1)
}

impl Case {
    /// Each with those who ask.
    pub(crate) const ALL: [(Self, &'static [Asker]); 3] = [
        (Self::Partners, &[Asker::Staff, Asker::Member]),
        (Self::Team, &[Asker::Staff, Asker::Member]),
        (Self::Lesson, &[Asker::Member]),
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Partners => "partners",
            Self::Team => "team",
            Self::Lesson => "lesson",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        let mut all = Self::ALL.iter().map(|(case, _)| *case);
        all.find(|case| case.name() == name)
    }

    /// What the `n`th request asks.
    pub(crate) fn request(self, n: u64) -> String {
        match self {
            Self::Partners => PARTNERS.to_owned(),
            Self::Team => {
                let partner = entente::shape::global_id("Partner", team_partner());
                format!("{{ node(id: \"{partner}\") {{ ... on Partner {{ {TEAM} }} }} }}")
            }
            Self::Lesson => {
                let slot = Slot::of(n);
                let enrollment = entente::shape::global_id("Enrollment", slot.enrollment());
                let lesson = entente::shape::global_id("Lesson", slot.lesson());
                format!(
                    "mutation {{ lessonRecord(input: {{ enrollment: \"{enrollment}\", lesson: \
                     \"{lesson}\", completed: true }}) {{ progress {{ seconds enrollment {{ state \
                     completedLessonCount }} }} userErrors {{ code }} }} }}"
                )
            }
        }
    }
}

impl Asker {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::Member => "member",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::Staff, Self::Member]
            .into_iter()
            .find(|asker| asker.name() == name)
    }
}

/// A lesson that somebody has not completed yet: nine of ten, so that no course is completed. Two
/// thousand learners take turns, so that no two requests of the same one meet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    learner: u128,
    lesson: u128,
}

impl Slot {
    pub(crate) fn of(n: u64) -> Self {
        let n = u128::from(n);
        Self {
            learner: 1 + n % 2000 + 2000 * (n / 18_000),
            lesson: 1 + n / 2000 % 9,
        }
    }

    pub(crate) fn person(self) -> Uuid {
        row(1, self.learner)
    }

    /// The partner in which they have their seat.
    pub(crate) fn partner(self) -> Uuid {
        row(3, (self.learner - 1) / 10 + 1)
    }

    pub(crate) fn enrollment(self) -> Uuid {
        row(15, 100_000 + self.learner)
    }

    pub(crate) fn lesson(self) -> Uuid {
        row(14, self.lesson)
    }
}
