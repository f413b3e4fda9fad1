//! What is one partner's is nobody else's: generated from the schema, so that what is added to it
//! tomorrow is tried without anybody thinking of it.
//!
//! Two partners live through the same story. What belongs to the second is known from the rows: its
//! own, and whatever names one of them. Then people of the first, and nobody, ask for every object
//! by its id, read everything that they can reach, and call every mutation with the second's ids.

mod inputs;
mod mutations;
mod reads;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_graphql::{Request, Variables};
use entente::auth::Actor;
use entente::graphql::Api;
use entente::graphql::document::{Document, Limits};
use entente::op::Origin;
use entente::shape::global_id;
use entity::staff_role::VendorRole;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::introspection::{Field, Input, Schema};
use crate::support::rows::{self, Row, each_text};
use crate::support::team::Team;
use crate::support::{PASSWORD, Portal};

const OURS: &str = "Bergwind";
const THEIRS: &str = "Quarzwerk";

/// Objects inside objects that a test reads.
const DEPTH: usize = 3;

/// A portal with two partners, seen from the first.
struct Divided<'p> {
    portal: &'p Portal,
    /// The API without a price, since these tests read everything at once.
    api: Api,
    schema: Schema,
    /// People of the first partner, and nobody.
    outsiders: Vec<(&'static str, Actor)>,
    /// Ids of what belongs to the second, by type.
    theirs: BTreeMap<String, Vec<String>>,
    /// Ids of what belongs to the first, by type.
    ours: BTreeMap<String, Vec<String>>,
    /// Rows of the second.
    keys: BTreeSet<Uuid>,
    /// What only the second's rows say.
    secrets: Vec<String>,
    /// `version` of the rows that have one.
    versions: BTreeMap<Uuid, i64>,
}

/// Tables of what belongs to somebody by its name. Courses and assets are the vendor's, and are shared unless
/// their audience says otherwise: those of these two partners are for the one's region alone, and
/// are kept from the other like all that is its own.
const ROOTS: [&str; 10] = [
    "application",
    "asset",
    "asset_collection",
    "certification",
    "course",
    "learning_path",
    "onboarding_plan",
    "partner",
    "person",
    "playbook",
];

/// What is no partner's: the vendor's program, and what all partners read of those who went up and do
/// not mind.
const SHARED: [&str; 4] = ["Program", "ProgramReview", "ProgramVersion", "Recognition"];

/// What belongs to whoever is called so.
fn belonging_to(brand: &str, rows: &[Row]) -> BTreeSet<Uuid> {
    let brand = brand.to_lowercase();
    let roots = rows.iter().filter(|row| {
        ROOTS.contains(&row.table.as_str())
            && row
                .texts()
                .iter()
                .any(|text| text.to_lowercase().contains(&brand))
    });
    rows::belonging(rows, roots.filter_map(Row::id).collect())
}

/// Whether the text could stand in an answer for no reason but chance.
fn is_common(text: &str) -> bool {
    let is_instant = text.len() >= 10 && text.as_bytes()[..4].iter().all(u8::is_ascii_digit);
    text.chars().count() < 5 || is_instant || !text.chars().any(char::is_alphabetic)
}

/// The row's key in an object's id.
fn key_in(id: &str) -> Option<(String, Uuid)> {
    use base64::Engine;
    let (name, key) = id.split_once('_')?;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(key)
        .ok()?;
    Some((name.to_owned(), Uuid::from_slice(&bytes).ok()?))
}

impl Divided<'_> {
    /// What else that root must be given beside this argument: ids of the first partner's own.
    fn besides(&self, root: &Field, arg: &Input) -> String {
        let others = root.args.iter().filter(|other| {
            other.name != arg.name && other.ty.is_required() && other.ty.base() == "ID"
        });
        let given = others.map(|other| {
            let is_meant = |name: &str| name.to_lowercase().ends_with(&other.name);
            let mut ours = self.ours.iter().filter(|(name, _)| is_meant(name));
            let (_, ids) = ours
                .next()
                .unwrap_or_else(|| panic!("nothing for {}", other.name));
            format!(", {}: {:?}", other.name, ids[0])
        });
        given.collect()
    }
}

impl<'p> Divided<'p> {
    async fn new(portal: &'p Portal) -> Self {
        let roles = [VendorRole::Admin, VendorRole::PartnerManager];
        let paula = portal.staff("Paula", &roles).await;
        let our: Team<'p> = portal.team(&paula, OURS).await;
        let their = portal.team(&paula, THEIRS).await;
        // Somebody who works for both; each sees them, and neither what they are to the other.
        our.admin
            .invite(&our.partner, "Carla", "carla@freelance.example")
            .await;
        portal.accepted("carla@freelance.example").await;
        their
            .admin
            .invite(&their.partner, "Carla", "carla@freelance.example")
            .await;
        portal.accepted("carla@freelance.example").await;
        for team in [&our, &their] {
            let email = team.member.email.as_deref().unwrap();
            portal.came_back(&paula, email).await;
            let choose =
                "mutation { letterPreferenceSet(input: { letter: \"step_done\", wanted: false }) {
                userErrors { code } } }";
            team.member.act(choose, json!({})).await;
        }
        portal
            .measured(&paula, [(&our, OURS), (&their, THEIRS)])
            .await;
        portal.keep_promises().await;

        let mut config = (*portal.app.config).clone();
        config.http.cost_limit = u64::MAX;
        let api = Api::new(
            Arc::new(config),
            portal.app.guard.clone(),
            portal.app.files.store().clone(),
        )
        .unwrap();
        let insiders = [
            paula.actor().await,
            their.admin.actor().await,
            their.member.actor().await,
            our.admin.actor().await,
            our.member.actor().await,
        ];
        for (actor, brand) in [(&insiders[2], THEIRS), (&insiders[4], OURS)] {
            portal.add_factor(actor, &format!("Phone of {brand}")).await;
        }
        let [.., admin, member] = insiders.clone();
        let outsiders = vec![
            ("their admin", admin),
            ("their member", member),
            ("nobody", Actor::Anonymous),
        ];
        portal.keep_promises().await;

        let rows = rows::all(&portal.app.db).await;
        let keys = belonging_to(THEIRS, &rows);
        let our_keys = belonging_to(OURS, &rows);
        assert_eq!(
            keys.intersection(&our_keys).count(),
            0,
            "the two share a row"
        );
        let (those, others): (Vec<_>, Vec<_>) = rows
            .iter()
            .partition(|row| row.id().is_some_and(|id| keys.contains(&id)));
        let known: BTreeSet<_> = others.iter().flat_map(|row| row.texts()).collect();
        let secrets: BTreeSet<_> = those.iter().flat_map(|row| row.texts()).collect();
        let mut secrets: Vec<_> = secrets.difference(&known).cloned().collect();
        secrets.retain(|text| !is_common(text));
        let encoded = keys.iter().filter_map(|key| {
            let id = global_id("", *key);
            id.strip_prefix('_').map(str::to_owned)
        });
        secrets.extend(encoded);
        let versions = rows
            .iter()
            .filter_map(|row| Some((row.id()?, row.columns.get("version")?.as_i64()?)));

        let mut divided = Self {
            portal,
            api,
            schema: Schema::told().await,
            outsiders,
            theirs: BTreeMap::new(),
            ours: BTreeMap::new(),
            secrets,
            versions: versions.collect(),
            keys,
        };
        divided.collect(&insiders, &our_keys).await;
        divided
    }

    /// Finds the ids of both partners' objects, as those see them who may.
    async fn collect(&mut self, insiders: &[Actor], our_keys: &BTreeSet<Uuid>) {
        let nodes = self.schema.ty("Node").possible_types();
        let nodes: BTreeSet<_> = nodes.into_iter().map(str::to_owned).collect();
        for actor in insiders {
            for (_, query) in self.wide_queries() {
                let answer = self.ask(actor, &query, json!({})).await;
                assert!(
                    answer.get("errors").is_none_or(is_forbidden),
                    "{query}: {answer:#}"
                );
                let mut ids = BTreeSet::new();
                each_text(&answer, &mut |text| {
                    ids.extend(key_in(text).map(|(name, key)| (name, key, text.to_owned())));
                });
                for (name, key, id) in ids {
                    // A cursor may look like an id by chance.
                    if !nodes.contains(&name) {
                        continue;
                    }
                    let whose = if self.keys.contains(&key) {
                        &mut self.theirs
                    } else if our_keys.contains(&key) {
                        &mut self.ours
                    } else {
                        continue;
                    };
                    let known = whose.entry(name).or_default();
                    if !known.contains(&id) {
                        known.push(id);
                    }
                }
            }
        }
        for name in nodes.iter().filter(|it| !SHARED.contains(&it.as_str())) {
            assert!(
                self.theirs.contains_key(name) && self.ours.contains_key(name),
                "no {name} of either partner was found: let `Portal::team` make one"
            );
        }
    }

    /// A query for each root field without required arguments, of everything that it leads to.
    fn wide_queries(&self) -> Vec<(String, String)> {
        let roots = self.schema.ty("Query").fields().iter();
        let free = roots.filter(|root| !root.args.iter().any(|arg| arg.ty.is_required()));
        free.map(|root| {
            let ty = root.ty.base();
            let all = if ty.ends_with("Connection") {
                "(first: 100)"
            } else {
                ""
            };
            let within = self.schema.everything(ty, DEPTH);
            (
                root.name.clone(),
                format!("{{ {}{all} {{ {within} }} }}", root.name),
            )
        })
        .collect()
    }

    /// Asks as that actor, whatever it costs.
    async fn ask(&self, actor: &Actor, query: &str, variables: Value) -> Value {
        let wide = Limits {
            tokens: 1_000_000,
            nodes: 1_000_000,
            ..Limits::default()
        };
        let document = Document::read(query, &wide).unwrap();
        let mut request = Request::new(query).variables(Variables::from_json(variables));
        request.set_parsed_query(document.into_parsed());
        let origin = Origin {
            request_id: "test".to_owned(),
            ..Origin::default()
        };
        let op = self.portal.app.op_from(actor.clone(), origin);
        let mut answer = serde_json::to_value(self.api.answer(op, request).await).unwrap();
        answer.as_object_mut().unwrap().remove("extensions");
        answer
    }

    /// What of the second partner's an answer gives away.
    fn given_away(&self, answer: &Value) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        each_text(answer, &mut |text| {
            let secrets = self
                .secrets
                .iter()
                .filter(|secret| text.contains(secret.as_str()));
            found.extend(secrets.cloned());
        });
        found
    }

    /// The second partner's rows, as they are now.
    async fn their_rows(&self) -> Vec<Row> {
        let mut rows = rows::all(&self.portal.app.db).await;
        let keys = rows::belonging(&rows, self.keys.clone());
        rows.retain(|row| row.id().is_some_and(|id| keys.contains(&id)));
        rows
    }
}

/// The id of nothing, of that type.
fn absent(name: &str) -> String {
    global_id(
        name,
        Uuid::from_u128(0x0193_8d6c_5f00_7000_8000_dead_0000_0001),
    )
}

/// The codes of an answer's errors.
fn codes(answer: &Value) -> Vec<&str> {
    let errors = answer["errors"].as_array().into_iter().flatten();
    errors
        .map(|error| error["extensions"]["code"].as_str().unwrap_or_default())
        .collect()
}

fn is_forbidden(errors: &Value) -> bool {
    let answer = json!({ "errors": errors });
    codes(&answer)
        .iter()
        .all(|code| ["UNAUTHENTICATED", "FORBIDDEN", "NOT_FOUND"].contains(code))
}
