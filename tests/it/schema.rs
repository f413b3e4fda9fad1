//! What the published schema owes its readers.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::support::introspection::Schema;
use crate::tidy::{code, rust};

/// Lists that are no connection, each with what bounds it.
const BOUNDED: &[(&str, &str)] = &[
    ("Appeal.files", "an appeal has at most so many"),
    (
        "EvaluationProof.attributes",
        "what the portal knows of a partner by itself",
    ),
    ("EvaluationProof.metrics", "a document has at most so many"),
    ("EvaluationProof.tracks", "a document has at most so many"),
    (
        "EvaluationProof.turns",
        "at most one a day and track, for a year",
    ),
    ("MetricNext.come", "a proof names at most so many"),
    ("MetricNext.gone", "a proof names at most so many"),
    ("MetricProof.evidence", "a proof names at most so many"),
    ("MetricProof.leftOut", "a proof names at most so many"),
    ("MetricProof.parts", "a document has at most so many"),
    (
        "ProgramDistribution.stands",
        "a document has at most so many tiers",
    ),
    (
        "ProgramNotice.changes",
        "fifty for each track of a document at most",
    ),
    (
        "ProgramNotice.differences",
        "a document has at most so many tracks",
    ),
    ("ProgramRules.metrics", "a document has at most so many"),
    ("ProgramRules.tracks", "a document has at most so many"),
    ("ProgramWarning.path", "a document is so deep"),
    ("Query.programWarnings", "so many are told"),
    ("ProgramTier.benefits", "a letter's worth"),
    ("ProgramTier.keeps", "a document has at most so many"),
    ("ProgramTier.requires", "a document has at most so many"),
    ("ProgramTrack.review", "five sentences at most"),
    ("ProgramTrack.tiers", "a document has at most so many"),
    ("ProgramTrial.days", "the ends of four quarters, and today"),
    (
        "ProgramTrial.moves",
        "a page of partners, and the tracks of a document",
    ),
    (
        "ProgramTrial.stands",
        "a document has at most so many tiers",
    ),
    (
        "ProgramTrial.withoutCost",
        "a document has at most so many benefits",
    ),
    (
        "ProgramTrialMove.story",
        "a line for each week of a year at most",
    ),
    (
        "ProgramTrialMove.tiers",
        "the ends of four quarters, and today",
    ),
    ("ProgramTrialMove.why", "twelve reasons at most"),
    (
        "Query.programChanges",
        "two documents differ in at most so much",
    ),
    ("RequirementProof.of", "a document has at most so many"),
    (
        "StandingExplanation.benefits",
        "a document has at most so many",
    ),
    (
        "StandingMissing.ways",
        "a document has at most so many metrics",
    ),
    (
        "StandingNext.forecast",
        "a turn for each day of two years at most",
    ),
    ("StandingNext.benefits", "a document has at most so many"),
    ("StandingNext.missing", "a document has at most so many"),
    ("StandingMove.because", "`REASONS` of each"),
    ("StandingTurn.because", "a document has at most so many"),
    ("TierProof.keeps", "a document has at most so many"),
    ("TierProof.requires", "a document has at most so many"),
    ("TrackProof.tiers", "a document has at most so many"),
    (
        "FactsImportReport.refusals",
        "a report tells at most so many",
    ),
    ("FactsRecorded.ids", "a request tells at most so many facts"),
    ("CaseStudy.imageFiles", "LINKED_MOST"),
    ("CaseStudy.images", "a case study has at most so many"),
    ("CaseStudy.products", "a case study has at most so many"),
    ("CaseStudy.results", "a case study has at most so many"),
    (
        "CaseStudyConsent.images",
        "a case study has at most so many",
    ),
    (
        "CaseStudyConsent.results",
        "a case study has at most so many",
    ),
    (
        "CaseStudyContent.products",
        "a case study has at most so many",
    ),
    ("Asset.kinds", "there are five kinds"),
    ("Asset.regions", "regions are configured"),
    ("Asset.tags", "an asset has at most so many"),
    ("Asset.tiers", "an audience names at most so many"),
    ("AssetCollection.kinds", "there are five kinds"),
    (
        "AssetCollection.pinnedSteps",
        "a collection is pinned to at most so many",
    ),
    (
        "AssetCollection.pinnedTiers",
        "a collection is pinned to at most so many",
    ),
    ("AssetCollection.regions", "regions are configured"),
    ("AssetCollection.tiers", "an audience names at most so many"),
    ("AssetVersion.zones", "a version has at most so many"),
    ("FieldNote.kinds", "there are five kinds"),
    ("FieldNote.regions", "regions are configured"),
    ("FieldNote.tags", "a note has at most so many"),
    ("FieldNote.tiers", "an audience names at most so many"),
    ("FieldNoteChange.tags", "a note has at most so many"),
    ("OnboardingStep.collections", "LINKED_MOST"),
    ("Standing.collections", "LINKED_MOST"),
    ("Certification.kinds", "there are five kinds"),
    ("Certification.regions", "regions are configured"),
    ("Certification.tiers", "an audience names at most so many"),
    (
        "CertificationRoute.courses",
        "a route names at most so many",
    ),
    ("Course.kinds", "there are five kinds"),
    ("Course.regions", "regions are configured"),
    ("Course.tiers", "an audience names at most so many"),
    (
        "CourseVersion.prerequisites",
        "a course has at most so many",
    ),
    (
        "CourseAssignPayload.coursesLeftOut",
        "a route names at most so many",
    ),
    ("Enrollment.nextLessons", "one at most"),
    (
        "Enrollment.requires",
        "a course's prerequisites, and what comes before it on a path or a route: each has at most so many",
    ),
    (
        "CourseReport.questions",
        "of one course, out of as many attempts as a report looks at",
    ),
    ("FactorPasskeyConfirmPayload.recoveryCodes", "ten are given"),
    ("FactorTotpConfirmPayload.recoveryCodes", "ten are given"),
    ("FormQuestion.choices", "a question has at most so many"),
    ("Invitation.vendorRoles", "there are six roles"),
    ("LearningPath.kinds", "there are five kinds"),
    ("LearningPath.regions", "regions are configured"),
    ("LearningPath.tiers", "an audience names at most so many"),
    ("OnboardingPlanStep.questions", "a form has at most so many"),
    (
        "OnboardingPlanStep.requires",
        "a plan has at most so many steps",
    ),
    ("OnboardingPlanVersion.kinds", "there are five kinds"),
    ("OnboardingPlanVersion.regions", "regions are configured"),
    ("OnboardingReport.groups", "kinds by configured regions"),
    (
        "OnboardingReport.steps",
        "a report looks at so many, and says `capped`",
    ),
    ("OnboardingStep.answers", "one for each question at most"),
    ("OnboardingStep.questions", "a form has at most so many"),
    (
        "OnboardingStep.requires",
        "a plan has at most so many steps",
    ),
    (
        "PartnerApplication.possibleDuplicatePartners",
        "LINKED_MOST",
    ),
    ("PartnerApplication.possibleDuplicates", "LINKED_MOST"),
    ("PartnerApplication.regions", "regions are configured"),
    ("Person.vendorRoles", "there are six roles"),
    (
        "PortalInfo.locales",
        "languages that letters are written in",
    ),
    ("PortalInfo.regions", "regions are configured"),
    ("Playbook.kinds", "there are five kinds"),
    ("Playbook.regions", "regions are configured"),
    ("Playbook.tiers", "an audience names at most so many"),
    (
        "PlaybookChanges.sections",
        "two versions have at most so many",
    ),
    (
        "PlaybookChanges.summaryRuns",
        "a summary has at most so many words",
    ),
    ("PlaybookSection.assets", "LINKED_MOST"),
    (
        "PlaybookSectionChange.addedAssets",
        "a section has at most so many",
    ),
    (
        "PlaybookSectionChange.removedAssets",
        "a section has at most so many",
    ),
    (
        "PlaybookSectionChange.runs",
        "a section has at most so many words",
    ),
    ("PlaybookVersion.readerSections", "LINKED_MOST"),
    (
        "PlaybookVersion.texts",
        "a playbook has at most so many languages",
    ),
    ("Query.nodes", "as many as ids were given: 100 at most"),
    ("QuizAttempt.marks", "one for each question at most"),
    ("QuizAttempt.questions", "a quiz has at most so many"),
    ("QuizQuestion.choiceKeys", "a question has at most so many"),
    ("QuizQuestion.choiceTexts", "a question has at most so many"),
    ("RecoveryCodesRenewPayload.recoveryCodes", "ten are given"),
    ("Query.searchSuggest", "20 at most"),
    (
        "SearchExcerpt.pieces",
        "an excerpt has at most so many words",
    ),
    ("SearchHit.tags", "a thing has at most so many"),
    ("SearchHit.titlePieces", "a title has at most so many words"),
    ("SignInChallenge.factors", "each kind once"),
    ("Verdict.comments", "a verdict has at most so many"),
    (
        "Verdict.fields",
        "fields of one form, or of the application",
    ),
    ("Viewer.permissions", "permissions by one's own seats"),
];

/// The list that nobody reads from its end: the best is first.
const BEST_FIRST: &str = "search";

/// Scalars of GraphQL itself.
const BUILT_IN: [&str; 5] = ["Boolean", "Float", "ID", "Int", "String"];

#[test]
fn the_committed_schema_is_what_the_code_says() {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema.graphql");
    let committed = fs::read_to_string(committed).unwrap();
    let told = entente::graphql::sdl(&entente::graphql::schema());
    let differs = committed
        .lines()
        .zip(told.lines())
        .find(|(committed, told)| committed != told);
    assert!(
        committed.trim_end() == told.trim_end(),
        "schema.graphql is not what the code says: cargo run -- schema > schema.graphql\n\
         The first difference: {differs:#?}"
    );
}

#[tokio::test]
async fn everything_in_the_schema_is_described() {
    let schema = Schema::told().await;
    let mut bare = Vec::new();
    let mut look = |name: String, description: Option<&String>| {
        if description.is_none_or(|text| text.trim().is_empty()) {
            bare.push(name);
        }
    };
    for ty in schema
        .types()
        .filter(|it| !BUILT_IN.contains(&it.name.as_str()))
    {
        let name = &ty.name;
        look(name.clone(), ty.description.as_ref());
        for field in ty.fields() {
            look(format!("{name}.{}", field.name), field.description.as_ref());
            for arg in &field.args {
                let arg_name = format!("{name}.{}({}:)", field.name, arg.name);
                look(arg_name, arg.description.as_ref());
            }
        }
        for input in ty.inputs() {
            look(format!("{name}.{}", input.name), input.description.as_ref());
        }
        for value in ty.values() {
            look(format!("{name}.{}", value.name), value.description.as_ref());
        }
    }
    for directive in &schema.directives {
        look(
            format!("@{}", directive.name),
            directive.description.as_ref(),
        );
    }
    assert!(bare.is_empty(), "without a description: {bare:#?}");
}

#[tokio::test]
async fn every_list_is_bounded() {
    let schema = Schema::told().await;
    let mut found = BTreeSet::new();
    for ty in schema.types().filter(|it| it.kind == "OBJECT") {
        // A page is bounded by `first` and `last`, a path by the depth of the input.
        if ty.name.ends_with("Connection") || ty.name.ends_with("UserError") {
            continue;
        }
        for field in ty.fields() {
            let is_refusals = field.ty.base().ends_with("UserError");
            if field.ty.item().is_some() && !is_refusals {
                found.insert(format!("{}.{}", ty.name, field.name));
            }
            if field.ty.base().ends_with("Connection") {
                let from_the_end = field.name != BEST_FIRST;
                let wanted = ["first", "after"].into_iter();
                for arg in wanted.chain(["last", "before"].into_iter().filter(|_| from_the_end)) {
                    assert!(
                        field.args.iter().any(|it| it.name == arg),
                        "{}.{} takes no `{arg}`",
                        ty.name,
                        field.name
                    );
                }
            }
        }
    }
    let known: BTreeSet<_> = BOUNDED.iter().map(|(name, _)| (*name).to_owned()).collect();
    let new: Vec<_> = found.difference(&known).collect();
    let gone: Vec<_> = known.difference(&found).collect();
    assert!(
        new.is_empty() && gone.is_empty(),
        "make a connection of a list that can grow, or say in BOUNDED what bounds it: {new:#?}\n\
         BOUNDED names what is no list any more: {gone:#?}"
    );
}

#[tokio::test]
async fn every_mutation_takes_one_input_and_says_why_it_refuses() {
    let schema = Schema::told().await;
    let mut wrong = Vec::new();
    for mutation in schema.mutations() {
        let name = &mutation.name;
        let capital = name[..1].to_uppercase() + &name[1..];
        let mut expect = |holds: bool, what: &str| {
            if !holds {
                wrong.push(format!("{name}: {what}"));
            }
        };
        match mutation.args.as_slice() {
            [input] => {
                let ty = schema.ty(input.ty.base());
                let is_input = ty.kind == "INPUT_OBJECT" && ty.name.ends_with("Input");
                expect(input.name == "input", "its argument is called `input`");
                expect(
                    is_input && input.ty.to_string() == format!("{}!", ty.name),
                    "`input` is a required input object",
                );
            }
            _ => expect(false, "it takes one argument"),
        }
        let payload = schema.ty(mutation.ty.base());
        expect(
            mutation.ty.to_string() == format!("{capital}Payload"),
            "its payload may be null and is called after it",
        );
        let errors = format!("{capital}UserError");
        for field in payload.fields() {
            if field.name == "userErrors" {
                expect(
                    field.ty.to_string() == format!("[{errors}!]!"),
                    "`userErrors` is a list of its own",
                );
            } else {
                expect(
                    !field.ty.is_required(),
                    "its objects are null where it refused",
                );
            }
        }
        expect(payload.fields().len() > 1, "it answers what it changed");
        let is_there = payload.field("userErrors").is_some();
        expect(is_there, "it has `userErrors`");
        if is_there {
            let errors = schema.ty(&errors);
            expect(
                errors.interfaces() == ["UserError"],
                "its refusals are a `UserError`",
            );
            let code = errors.field("code").map(|code| code.ty.to_string());
            expect(
                code == Some(format!("{capital}ErrorCode!")),
                "its refusals have a code of its own enum",
            );
            let codes = schema.ty(&format!("{capital}ErrorCode"));
            expect(!codes.values().is_empty(), "its codes are listed");
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The code without its closed lists: what is left names a code where it refuses.
fn without_lists(code: &str) -> String {
    let mut left = code.to_owned();
    for (list, end) in [("CODES: &[&str] =", ";"), ("refuses [", "]")] {
        let mut parts = left.split(list);
        let mut kept = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            kept.push_str(part.split_once(end).map_or("", |(_, after)| after));
        }
        left = kept;
    }
    left
}

/// Codes that only the command line meets, or who sends the bytes of a file.
const NOT_IN_THE_API: &[&str] = &[
    "ALREADY_UPLOADED",
    "DRAFT_EXISTS",
    "EMAIL_TAKEN",
    "INCOMPLETE",
    "MALWARE",
    "WRONG_SIZE",
];

#[tokio::test]
async fn every_code_is_given_by_some_code_and_every_refusal_is_listed() {
    let schema = Schema::told().await;
    let listed: BTreeSet<_> = schema
        .types()
        .filter(|it| it.kind == "ENUM" && it.name.ends_with("ErrorCode"))
        .flat_map(|it| it.values().iter().map(|value| value.name.clone()))
        .collect();
    let mut dead = listed.clone();
    for (path, text) in rust("src") {
        // They only list codes, but for what a plan's fields refuse.
        let lists = path == "src/graphql/payload.rs"
            || path.starts_with("src/graphql/") && path != "src/graphql/onboarding.rs";
        if lists {
            continue;
        }
        let code = without_lists(&code(&text));
        dead.retain(|it| !code.contains(&format!("\"{it}\"")));
        for (at, hit) in code.match_indices("Refusal::new(") {
            let rest = code[at + hit.len()..].trim_start();
            if let Some(literal) = rest.strip_prefix('"').and_then(|it| it.split('"').next()) {
                assert!(
                    listed.contains(literal) || NOT_IN_THE_API.contains(&literal),
                    "{path} refuses with {literal}, which no mutation lists"
                );
            }
        }
    }
    assert!(dead.is_empty(), "listed, and never given: {dead:#?}");
    assert!(listed.len() > 20);
}
