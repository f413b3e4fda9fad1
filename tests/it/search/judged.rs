//! The search judged: sixty queries, and what answers them.

use std::collections::BTreeMap;

use entente::course::sample::sample;
use entente::op::Op;
use entity::staff_role::VendorRole;
use serde::Deserialize;

use super::house::{Text, slugs};
use crate::support::Portal;

/// What was reached. It may rise, and does not fall.
const REACHED: f64 = 0.985;

#[derive(Deserialize)]
pub(crate) struct Query {
    pub(crate) query: String,
    pub(crate) wanted: BTreeMap<String, f64>,
}

/// Normalized discounted cumulative gain of the first five.
pub(crate) fn ndcg(wanted: &BTreeMap<String, f64>, found: &[String]) -> f64 {
    let gain = |(at, grade): (u32, f64)| (grade.exp2() - 1.0) / f64::from(at + 2).log2();
    let grades = found
        .iter()
        .map(|slug| wanted.get(slug).copied().unwrap_or(0.0));
    let mut best: Vec<f64> = wanted.values().copied().collect();
    best.sort_by(|one, other| other.total_cmp(one));
    let reached: f64 = (0..).zip(grades).take(5).map(gain).sum();
    let possible: f64 = (0..).zip(best).take(5).map(gain).sum();
    reached / possible
}

pub(crate) fn mean(gains: &[f64]) -> f64 {
    let count = u32::try_from(gains.len()).unwrap();
    gains.iter().sum::<f64>() / f64::from(count)
}

async fn judged(portal: &Portal, op: &Op, queries: &[Query]) -> Vec<(f64, Vec<String>)> {
    let mut judged = Vec::new();
    for it in queries {
        let found = slugs(&portal.found(op, &it.query).await);
        judged.push((ndcg(&it.wanted, &found), found));
    }
    judged
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "the figure is for people to read")]
async fn sixty_queries_are_answered_as_people_judged() {
    let corpus: Vec<Text> = serde_saphyr::from_str(include_str!("corpus.yaml")).unwrap();
    let queries: Vec<Query> = serde_saphyr::from_str(include_str!("judged.yaml")).unwrap();
    let mut on_each = Vec::new();
    for portal in Portal::each().await {
        for slug in [
            "cloud-fundamentals",
            "cloud-administrator-exam",
            "cloud-renewal",
        ] {
            portal.publish_as(sample(slug).unwrap()).await;
        }
        for text in &corpus {
            portal.publish(text).await;
        }
        portal.keep_promises().await;
        let op = portal
            .staff("Henrik", &[VendorRole::Auditor])
            .await
            .op()
            .await;
        on_each.push(judged(&portal, &op, &queries).await);
    }
    let judged = on_each.remove(0);
    let gains = |judged: &[(f64, _)]| judged.iter().map(|(gain, _)| *gain).collect::<Vec<_>>();
    for other in on_each {
        // What is worth the same stands by its keys, which differ.
        assert_eq!(gains(&judged), gains(&other), "both databases rank alike");
    }
    let gains = gains(&judged);
    let (english, german) = gains.split_at(30);
    for ((gain, found), it) in judged.iter().zip(&queries) {
        if *gain < 0.999 {
            println!(
                "{gain:.3} {}: {:?}",
                it.query,
                found.iter().take(5).collect::<Vec<_>>()
            );
        }
    }
    println!(
        "nDCG@5: {:.4} ({:.4} English, {:.4} German)",
        mean(&gains),
        mean(english),
        mean(german)
    );
    assert!(mean(&gains) >= REACHED, "{}", mean(&gains));
}
