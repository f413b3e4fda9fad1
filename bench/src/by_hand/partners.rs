//! Partners × steps × verdicts, with each verdict's reviewer: four statements.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::postgres::PgPool;
use uuid::Uuid;

use super::{Nodes, id, instant};
use crate::{Asker, by_shapes};

// Rows as tuples: read by position, which is the fastest that sqlx has.
/// Id, legal name, country, kind, state, creation.
type PartnerRow = (Uuid, String, String, String, String, DateTime<Utc>);
/// Id, partner, title, state, position, due.
type StepRow = (Uuid, Uuid, String, String, i32, DateTime<Utc>);
/// Id, step, outcome, reason, decision, reviewer.
type VerdictRow = (Uuid, Uuid, String, String, DateTime<Utc>, Uuid);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Partner<'r> {
    id: String,
    legal_name: &'r str,
    country: &'r str,
    kind: &'r str,
    state: &'r str,
    created_at: String,
    onboarding_steps: Nodes<Step<'r>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Step<'r> {
    id: String,
    title: &'r str,
    state: &'r str,
    position: i32,
    due_at: String,
    verdicts: Nodes<Verdict<'r>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Verdict<'r> {
    id: String,
    outcome: &'r str,
    reason: &'r str,
    decided_at: String,
    reviewer: Option<Reviewer<'r>>,
}

#[derive(Serialize)]
struct Reviewer<'r> {
    name: &'r str,
}

#[derive(Serialize)]
struct Data<'r> {
    partners: Nodes<Partner<'r>>,
}

/// The statements, and for the member the same rule in each of them as the shapes have.
pub(super) async fn partners(pool: &PgPool, asker: Asker) -> sqlx::Result<Vec<u8>> {
    let is_staff = asker == Asker::Staff;
    let seats = if is_staff {
        Vec::new()
    } else {
        by_shapes::seats()
    };
    let mut connection = pool.acquire().await?;
    let partners: Vec<PartnerRow> = {
        let query = sqlx::query_as(if is_staff {
            "SELECT id, legal_name, country, kind, state, created_at FROM partner \
             ORDER BY created_at DESC, id DESC LIMIT 20"
        } else {
            "SELECT id, legal_name, country, kind, state, created_at FROM partner \
             WHERE id = ANY($1) ORDER BY created_at DESC, id DESC LIMIT 20"
        });
        let query = if is_staff { query } else { query.bind(&seats) };
        query.fetch_all(&mut *connection).await?
    };
    let keys: Vec<Uuid> = partners.iter().map(|row| row.0).collect();
    let steps: Vec<StepRow> = {
        let query = sqlx::query_as(if is_staff {
            "SELECT page.* FROM unnest($1) AS parent(id) CROSS JOIN LATERAL (\
             SELECT id, partner_id, title, state, position, due_at FROM onboarding_step \
             WHERE partner_id = parent.id ORDER BY position, id LIMIT 5) AS page \
             ORDER BY position, id"
        } else {
            "SELECT page.* FROM unnest($1) AS parent(id) CROSS JOIN LATERAL (\
             SELECT id, partner_id, title, state, position, due_at FROM onboarding_step \
             WHERE partner_id = parent.id AND partner_id = ANY($2) ORDER BY position, id LIMIT 5) \
             AS page ORDER BY position, id"
        });
        let query = query.bind(&keys);
        let query = if is_staff { query } else { query.bind(&seats) };
        query.fetch_all(&mut *connection).await?
    };
    let keys: Vec<Uuid> = steps.iter().map(|row| row.0).collect();
    let verdicts: Vec<VerdictRow> = {
        let query = sqlx::query_as(if is_staff {
            "SELECT page.* FROM unnest($1) AS parent(id) CROSS JOIN LATERAL (\
             SELECT id, subject_id, outcome, reason, decided_at, reviewer_id FROM verdict \
             WHERE subject_id = parent.id ORDER BY decided_at DESC, id DESC LIMIT 5) AS page \
             ORDER BY decided_at DESC, id DESC"
        } else {
            "SELECT page.* FROM unnest($1) AS parent(id) CROSS JOIN LATERAL (\
             SELECT id, subject_id, outcome, reason, decided_at, reviewer_id FROM verdict \
             WHERE subject_id = parent.id AND partner_id = ANY($2) \
             ORDER BY decided_at DESC, id DESC LIMIT 5) AS page ORDER BY decided_at DESC, id DESC"
        });
        let query = query.bind(&keys);
        let query = if is_staff { query } else { query.bind(&seats) };
        query.fetch_all(&mut *connection).await?
    };
    let mut keys: Vec<Uuid> = verdicts.iter().map(|row| row.5).collect();
    keys.sort_unstable();
    keys.dedup();
    let names: Vec<(Uuid, String)> = {
        let query = sqlx::query_as(if is_staff {
            "SELECT id, name FROM person WHERE id = ANY($1)"
        } else {
            "SELECT id, name FROM person WHERE id = ANY($1) AND (id = $3 \
             OR id IN (SELECT person_id FROM membership WHERE partner_id = ANY($2)) \
             OR id IN (SELECT owner_id FROM partner WHERE id = ANY($2)) \
             OR id IN (SELECT reviewer_id FROM verdict WHERE partner_id = ANY($2)))"
        });
        let query = query.bind(&keys);
        let query = if is_staff {
            query
        } else {
            query.bind(&seats).bind(by_shapes::row(1, 1))
        };
        query.fetch_all(&mut *connection).await?
    };
    drop(connection);
    Ok(answer(&partners, &steps, &verdicts, &names))
}

fn answer(
    partners: &[PartnerRow],
    steps: &[StepRow],
    verdicts: &[VerdictRow],
    names: &[(Uuid, String)],
) -> Vec<u8> {
    let names: HashMap<Uuid, &str> = names
        .iter()
        .map(|(id, name)| (*id, name.as_str()))
        .collect();
    let mut verdicts_of: HashMap<Uuid, Vec<Verdict<'_>>> = HashMap::with_capacity(steps.len());
    for (key, step, outcome, reason, decided_at, reviewer) in verdicts {
        verdicts_of.entry(*step).or_default().push(Verdict {
            id: id("Verdict", *key),
            outcome,
            reason,
            decided_at: instant(*decided_at),
            reviewer: names.get(reviewer).map(|name| Reviewer { name }),
        });
    }
    let mut steps_of: HashMap<Uuid, Vec<Step<'_>>> = HashMap::with_capacity(partners.len());
    for (key, partner, title, state, position, due_at) in steps {
        steps_of.entry(*partner).or_default().push(Step {
            id: id("OnboardingStep", *key),
            title,
            state,
            position: *position,
            due_at: instant(*due_at),
            verdicts: Nodes {
                nodes: verdicts_of.remove(key).unwrap_or_default(),
            },
        });
    }
    let nodes =
        partners.iter().map(
            |(key, legal_name, country, kind, state, created_at)| Partner {
                id: id("Partner", *key),
                legal_name,
                country,
                kind,
                state,
                created_at: instant(*created_at),
                onboarding_steps: Nodes {
                    nodes: steps_of.remove(key).unwrap_or_default(),
                },
            },
        );
    let partners = Nodes {
        nodes: nodes.collect(),
    };
    super::json(Data { partners })
}
