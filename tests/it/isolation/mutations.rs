//! Mutations: every one of them, with another partner's ids.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::inputs::{are_rivals, id_fields, input};
use super::{Divided, absent, codes, key_in};
use crate::support::Portal;
use crate::support::introspection::Field;

/// Mutations for which nobody need be signed in, with the reason.
const DOORS: &[(&str, &str)] = &[
    ("invitationAccept", "the token of the letter is the proof"),
    (
        "partnerApplicationConfirm",
        "the token of the letter is the proof",
    ),
    (
        "partnerApplicationResubmit",
        "the token of the letter is the proof",
    ),
    ("partnerApply", "whoever applies has no account yet"),
    ("passwordReset", "the token of the letter is the proof"),
    (
        "passwordResetRequest",
        "whoever forgot the password cannot sign in",
    ),
    ("sessionComplete", "the challenge is the proof"),
    ("sessionCreate", "this is where one signs in"),
    ("sessionEnd", "the refresh token is the proof"),
    ("sessionRefresh", "the refresh token is the proof"),
];

/// Mutations that pass over what is not the asker's, with the reason.
const PASS_OVER: &[(&str, &str)] = &[(
    "notificationsMarkRead",
    "a list of lines, of which another's is passed over like an absent one",
)];

/// Types of an `id` that are not those of what the mutation answers or is called after.
const TAKES: &[(&str, &str)] = &[
    ("assetCoBrand", "Asset"),
    ("assetDownload", "Asset"),
    ("courseDiscard", "CourseVersion"),
    ("courseDuplicate", "Course"),
    ("courseExport", "CourseVersion"),
    ("fileUploadDiscard", "File"),
    ("playbookDiscard", "PlaybookVersion"),
    ("programAnnounce", "ProgramVersion"),
    ("programDraftDiscard", "ProgramVersion"),
    ("programWithdraw", "ProgramVersion"),
];

fn lists(table: &[(&str, &str)], name: &str) -> bool {
    table.iter().any(|(known, _)| *known == name)
}

/// Which ids stand where in one call: the path, the type and the id of the second partner.
type Case = BTreeMap<String, (String, String)>;

impl Divided<'_> {
    fn query(&self, mutation: &Field) -> String {
        let payload = self.schema.everything(mutation.ty.base(), 2);
        let input = mutation.args[0].ty.to_string();
        format!(
            "mutation($input: {input}) {{ done: {}(input: $input) {{ {payload} userErrors {{ message field code }} }} }}",
            mutation.name
        )
    }

    /// The type whose ids the field takes, as far as the schema tells: it is called so, or it is
    /// the object that the mutation answers.
    fn fit(&self, mutation: &Field, path: &str) -> Option<String> {
        let last = path.rsplit('.').next().unwrap_or(path);
        let types = self.theirs.keys();
        let named = types.clone().find(|name| {
            let name = name.to_lowercase();
            name == last.to_lowercase() || name.ends_with(&last.to_lowercase())
        });
        // Of what it answers, the one after which it is called: `partnerApplicationApprove`.
        let payload = self.schema.ty(mutation.ty.base()).fields().iter();
        let answered = payload
            .map(|field| field.ty.base())
            .filter(|name| self.theirs.contains_key(*name))
            .map(str::to_owned)
            .max_by_key(|name| {
                let is_after = mutation
                    .name
                    .to_lowercase()
                    .starts_with(&name.to_lowercase());
                if is_after { name.len() } else { 0 }
            });
        let said = TAKES.iter().find(|(name, _)| *name == mutation.name);
        match last {
            "id" if said.is_some() => said.map(|(_, name)| (*name).to_owned()),
            // What is gone afterwards is named by the mutation alone: `deadLetterDrop`.
            "id" => answered.or_else(|| {
                let is_called = |name: &&String| {
                    mutation
                        .name
                        .to_lowercase()
                        .starts_with(&name.to_lowercase())
                };
                types.clone().find(is_called).cloned()
            }),
            "owner" | "people" => Some("Person".to_owned()),
            "files" => Some("File".to_owned()),
            "translationOf" => Some("CaseStudy".to_owned()),
            _ => named.cloned(),
        }
    }

    /// Every way to put an id of the second partner's into a field, the others holding what fits
    /// them: the second's too, and the first's own.
    fn cases(&self, mutation: &Field) -> Vec<Case> {
        let ty = mutation.args[0].ty.base();
        let all = id_fields(&self.schema, ty);
        let mut cases = Vec::new();
        for varied in &all {
            // Where an input takes one of several, it takes the varied one.
            let mut fields = vec![varied];
            for field in &all {
                let is_rival = |other: &&String| are_rivals(&self.schema, ty, field, other);
                if !fields.contains(&field) && !fields.iter().any(is_rival) {
                    fields.push(field);
                }
            }
            let fit = self.fit(mutation, varied);
            for (name, ids) in &self.theirs {
                // All of what fits, and one of each other type.
                let many = if fit.as_ref() == Some(name) {
                    ids.len()
                } else {
                    1
                };
                for id in ids.iter().take(many) {
                    for others in [&self.theirs, &self.ours] {
                        let mut case = Case::new();
                        for &field in &fields {
                            let whole = if field == varied {
                                (name.clone(), id.clone())
                            } else {
                                let fit = self.fit(mutation, field);
                                let fit = fit.unwrap_or_else(|| "Partner".to_owned());
                                (fit.clone(), others[&fit][0].clone())
                            };
                            case.insert(field.clone(), whole);
                        }
                        if !cases.contains(&case) {
                            cases.push(case);
                        }
                    }
                }
            }
        }
        cases
    }

    /// The input of a call, and the same with ids of nothing where it holds the second's.
    fn inputs(&self, mutation: &Field, case: &Case) -> (Value, Value) {
        let is_theirs = |id: &str| key_in(id).is_some_and(|(_, key)| self.keys.contains(&key));
        let theirs = case
            .iter()
            .map(|(path, (_, id))| (path.clone(), id.clone()));
        let nothing = case.iter().map(|(path, (name, id))| {
            let id = if is_theirs(id) {
                absent(name)
            } else {
                id.clone()
            };
            (path.clone(), id)
        });
        let main = case.get("id").or_else(|| case.values().next());
        let version = main
            .and_then(|(_, id)| self.versions.get(&key_in(id)?.1))
            .copied();
        let build = |ids: BTreeMap<String, String>| {
            input(
                &self.schema,
                mutation.args[0].ty.base(),
                &ids,
                version.unwrap_or(1),
            )
            .unwrap_or_else(|what| panic!("{} cannot be called: {what}", mutation.name))
        };
        (build(theirs.collect()), build(nothing.collect()))
    }
}

/// Whether nothing was done: an error that says no more than that, or refusals.
fn is_refused(answer: &Value) -> bool {
    let refused = ["UNAUTHENTICATED", "FORBIDDEN", "NOT_FOUND"];
    let by_error = codes(answer);
    if !by_error.is_empty() {
        return by_error.iter().all(|code| refused.contains(code))
            && answer["data"]["done"].is_null();
    }
    let errors = answer["data"]["done"]["userErrors"].as_array();
    errors.is_some_and(|errors| !errors.is_empty())
}

#[tokio::test]
async fn no_mutation_touches_or_tells_of_what_is_another_partners() {
    for portal in Portal::each().await {
        let divided = Divided::new(&portal).await;
        let before = divided.their_rows().await;
        let mut wrong = Vec::new();
        let mut called = BTreeSet::new();
        for mutation in divided.schema.mutations() {
            let query = divided.query(mutation);
            let name = &mutation.name;
            for case in divided.cases(mutation) {
                called.insert(name.clone());
                let (theirs, nothing) = divided.inputs(mutation, &case);
                for (who, actor) in &divided.outsiders {
                    let answer = divided.ask(actor, &query, json!({ "input": theirs })).await;
                    let same = divided
                        .ask(actor, &query, json!({ "input": nothing }))
                        .await;
                    let told = format!("{who}: {name}({theirs})");
                    if answer != same {
                        wrong.push(format!("{told}: {answer}, and for an absent id {same}"));
                    }
                    let given = divided.given_away(&answer);
                    if !given.is_empty() {
                        wrong.push(format!("{told} gives away {given:?}"));
                    }
                    if !is_refused(&answer) && !lists(PASS_OVER, name) {
                        wrong.push(format!("{told} was not refused: {answer}"));
                    }
                }
            }
            let after = divided.their_rows().await;
            let changed: Vec<_> = after.iter().filter(|row| !before.contains(row)).collect();
            assert!(
                changed.is_empty() && after.len() == before.len(),
                "{name} changed the other partner's rows on {}: {changed:#?}",
                portal.name()
            );
        }
        assert!(
            wrong.is_empty(),
            "{}: {} of {wrong:#?}",
            portal.name(),
            wrong.len()
        );
        assert!(called.len() > 15, "{called:?}");
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn a_mutation_without_ids_is_about_the_asker_alone() {
    for portal in Portal::each().await {
        let divided = Divided::new(&portal).await;
        let before = divided.their_rows().await;
        let mut open = BTreeSet::new();
        for mutation in divided.schema.mutations() {
            let query = divided.query(mutation);
            let name = &mutation.name;
            let fields = id_fields(&divided.schema, mutation.args[0].ty.base());
            let ids: Case = fields
                .into_iter()
                .map(|field| {
                    let fit = divided
                        .fit(mutation, &field)
                        .unwrap_or_else(|| "Notification".to_owned());
                    let id = absent(&fit);
                    (field, (fit, id))
                })
                .collect();
            let has_ids = !ids.is_empty();
            let (value, _) = divided.inputs(mutation, &ids);
            for (who, actor) in divided.outsiders.iter().rev() {
                if has_ids && *who != "nobody" {
                    continue;
                }
                let answer = divided.ask(actor, &query, json!({ "input": value })).await;
                let given = divided.given_away(&answer);
                assert!(given.is_empty(), "{who}: {name} gives away {given:?}");
                if *who == "nobody" && codes(&answer) != ["UNAUTHENTICATED"] {
                    open.insert(name.clone());
                }
            }
            let after = divided.their_rows().await;
            assert_eq!(before, after, "{name} changed the other partner's rows");
        }
        let doors: BTreeSet<_> = DOORS.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(
            open,
            doors,
            "on {}: nobody is told to sign in by the first; say in DOORS why",
            portal.name()
        );
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn inviting_an_address_does_not_tell_whether_it_has_an_account() {
    for portal in Portal::each().await {
        let divided = Divided::new(&portal).await;
        let (_, admin) = &divided.outsiders[0];
        let invite = "mutation($input: MemberInviteInput!) { memberInvite(input: $input) {
            invitation { state name acceptedBy { name } invitedBy { name } } userErrors { code message field } } }";
        let mut answers = Vec::new();
        for email in ["anna@quarzwerk.example", "unheard@of.example"] {
            let partner = divided.ours["Partner"][0].clone();
            let input = json!({ "partner": partner, "email": email, "name": "Anna", "role": "PARTNER_MEMBER" });
            answers.push(divided.ask(admin, invite, json!({ "input": input })).await);
        }
        assert_eq!(answers[0], answers[1]);
        assert_eq!(answers[0]["data"]["memberInvite"]["userErrors"], json!([]));
        portal.keep_promises().await;
    }
}
