//! The program of the demo: announced by its manager, and by it partners are measured every night.

use chrono::SecondsFormat;
use serde_json::json;

use super::DOMAIN;
use super::stage::{days, roll};
use super::story::{Act, Story};
use crate::error::Result;
use crate::intake::line::{Raw, Whose};
use crate::intake::record;
use crate::program::announce;
use crate::tier::round;

/// How many days ago the program was announced.
const ANNOUNCED: f64 = 120.0;
/// The most deals that a partner has won.
const MOST: usize = 12;

/// A deal that a partner won, so many days ago.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sale {
    /// Counts those of the partner.
    number: usize,
    /// Days before today.
    ago: u32,
}

impl Story {
    /// The program, the deals that were won before and since, and the nights.
    pub(super) fn plan_ladder(&mut self) {
        let when = self.ago(ANNOUNCED);
        self.plan(when, Act::AnnounceProgram);
        for at in 0..self.cast.companies.len() {
            let domain = self.cast.companies[at].domain.clone();
            for number in 1..=roll(&domain, MOST + 1) {
                let after = roll(&format!("{domain} {number}"), 470);
                let ago = 5 + u32::try_from(after).unwrap_or_default();
                let sale = Sale { number, ago };
                // What was won before is told when the program begins.
                let told = self.ago(f64::from(ago).min(ANNOUNCED - 1.0));
                self.plan(told, Act::Sell(at, sale));
            }
        }
        let mut night = self.ago(ANNOUNCED - 2.0);
        while night < self.ago(0.0) {
            self.plan(night, Act::Night);
            night += days(1.0);
        }
    }

    pub(super) async fn announce_program(&mut self) -> Result<()> {
        let manager = self.stage.person(&format!("priya.raman@{DOMAIN}"))?;
        let yaml = include_str!("../../../assets/demo/program.yaml").to_owned();
        let note = "What you sell counts, and so does what you share: people who know the product, \
                    stories of customers, notes for your colleagues elsewhere.";
        announce::announce_document(&manager, yaml, note.to_owned(), None).await?;
        Ok(())
    }

    /// The partner manager records what the partner won, where it is a partner by then.
    pub(super) async fn sell(&mut self, at: usize, sale: Sale) -> Result<()> {
        let Some(partner) = self.partners.get(&at).copied() else {
            return Ok(());
        };
        let domain = &self.cast.companies[at].domain;
        let deal = format!(
            "{}-{}",
            domain.split('.').next().unwrap_or_default(),
            sale.number
        );
        let motions = ["SOURCED", "ASSISTED", "MANAGED"];
        let amount = 2_000 + 500 * roll(&deal, 60);
        let detail = json!({
            "deal": deal, "motion": motions[roll(&deal, 3)], "amount": amount.to_string(),
            "currency": "EUR", "product": "Northlight Cloud",
        });
        let won = self.ago(f64::from(sale.ago));
        let raw = Raw {
            kind: "deal.won".to_owned(),
            partner: Whose::Id(partner),
            occurred_at: won.to_rfc3339_opts(SecondsFormat::Secs, true),
            external_id: deal,
            detail: detail.as_object().cloned().unwrap_or_default(),
        };
        let owner = self.owner(at)?;
        record::record(&owner, "crm".to_owned(), vec![(raw, String::new())]).await?;
        Ok(())
    }

    /// Everybody is looked at, as every night.
    pub(super) async fn night(&mut self) -> Result<()> {
        for review in round::begin(&self.stage.portal()).await? {
            while !round::next(&self.stage.portal(), review).await?.is_over {}
        }
        Ok(())
    }
}
