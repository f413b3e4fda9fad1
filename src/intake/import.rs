//! Facts that come in a file: each line that is good is recorded, and each other one is told of.
//!
//! A file is taken in parts, each in a unit of work of its own, so that a large one holds nobody up
//! for long. Whatever dies in between, the parts before are recorded; the same file once more
//! records what is missing, and nothing twice.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::check::{self, At, Checked};
use super::line::{self, Form, Line};
use super::record::{self, Plan};
use crate::auth::{Permission, Scope, allows};
use crate::document::Faults;
use crate::error::{Error, Refusal, Result};
use crate::op::Op;

/// Lines of a unit of work.
pub const PART: usize = 1000;
/// The most refusals that are told; how many there are is told anyway.
pub const TOLD: usize = 100;

/// What is to be taken in.
#[derive(Debug)]
pub struct Import {
    /// The system that tells it.
    pub source: String,
    /// How it is written.
    pub form: Form,
    /// The file.
    pub bytes: Vec<u8>,
    /// Whether it is only looked at.
    pub dry_run: bool,
}

/// What became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Lines that are facts now, or would be.
    pub recorded: usize,
    /// Lines that were facts before.
    pub known: usize,
    /// Lines that are none.
    pub refused: usize,
    /// Why, line by line: the first [`TOLD`].
    pub refusals: Vec<Refused>,
    /// Whether it was only looked at.
    pub dry_run: bool,
}

/// One reason why a line was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Its number, the first being 1.
    pub line: u64,
    /// The column or field that is at fault; none where none is.
    pub field: Option<String>,
    /// Why, for programs: one of [`super::CODES`].
    pub code: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl Report {
    fn refuse(&mut self, line: u64, refusals: Vec<Refusal>) {
        self.refused += 1;
        let of = |refusal: Refusal| Refused {
            line,
            field: (!refusal.field.is_empty()).then(|| refusal.field.join(".")),
            code: refusal.code.to_owned(),
            message: refusal.message.into_owned(),
        };
        self.refusals.extend(refusals.into_iter().map(of));
    }

    /// The first of them, in the order of the lines.
    fn cut(&mut self) {
        self.refusals.sort_by_key(|refused| refused.line);
        self.refusals.truncate(TOLD);
    }
}

/// A good line with its number.
type Good = (u64, Checked);

/// Whether the asker may import, before anything is read for them.
///
/// # Errors
/// [`Error::Unauthenticated`] and [`Error::Forbidden`].
pub fn may(op: &Op) -> Result<()> {
    if allows(op.actor(), Permission::RecordFacts, Scope::Portal) {
        return Ok(());
    }
    op.actor().known()?;
    Err(Error::Forbidden)
}

/// Takes a file in.
///
/// # Errors
/// Refusals of [`super::CODES`] where nothing of it can be taken: its columns, its length, the name
/// of the system. What is wrong with its lines is told in the report.
pub async fn import(op: &Op, import: Import) -> Result<Report> {
    may(op)?;
    let mut faults = Faults::default();
    check::source(&import.source, &mut faults);
    faults.result()?;
    let Import {
        source,
        form,
        bytes,
        dry_run,
    } = import;
    let now = op.now();
    let read = tokio::task::spawn_blocking(move || {
        let lines = line::read(form, &bytes)?;
        let mut report = Report::default();
        let good = sift(lines, now, &mut report);
        Ok::<_, Error>((good, report))
    });
    let (good, mut report) = read
        .await
        .map_err(|panic| Error::fault(format!("a file was not read: {panic}")))??;
    report.dry_run = dry_run;
    let mut good = good.into_iter();
    loop {
        let part: Vec<Good> = good.by_ref().take(PART).collect();
        if part.is_empty() {
            break;
        }
        let done = take(op, source.clone(), part, dry_run).await?;
        report.recorded += done.recorded;
        report.known += done.known;
        report.refused += done.refused;
        report.refusals.extend(done.refusals);
    }
    report.cut();
    // Under an `Idempotency-Key` the first report is the answer for good, though another would be
    // true now: that all of it is known.
    op.unit(report, |_, report| {
        Box::pin(async move { Ok(report.clone()) })
    })
    .await
}

/// The lines that are good in themselves; all else goes into the report.
fn sift(lines: Vec<Line>, now: chrono::DateTime<chrono::Utc>, report: &mut Report) -> Vec<Good> {
    let mut names = BTreeMap::new();
    let mut good = Vec::with_capacity(lines.len());
    for Line { number, read } in lines {
        let checked = read
            .map_err(|refusal| vec![refusal])
            .and_then(|raw| check::fact(&raw, now, &At::LINE));
        match checked {
            Ok(fact) => {
                if let Some(first) = names.get(&fact.external_id) {
                    let message = format!("Line {first} is called so already.");
                    let refusal = Refusal::new("DUPLICATE", message).at("externalId");
                    report.refuse(number, vec![refusal]);
                } else {
                    names.insert(fact.external_id.clone(), number);
                    good.push((number, fact));
                }
            }
            Err(refusals) => report.refuse(number, refusals),
        }
    }
    good
}

/// Takes a part of it in, whole but for what is refused.
async fn take(op: &Op, source: String, part: Vec<Good>, dry_run: bool) -> Result<Report> {
    // No key is looked at: what is done once is the whole, and a part done twice is known.
    op.secret_unit((source, part, dry_run), |tx, (source, part, dry_run)| {
        Box::pin(async move {
            let permit = tx.permit(Permission::RecordFacts, Scope::Portal)?;
            let facts: Vec<_> = part.iter().map(|(_, fact)| fact.clone()).collect();
            let plans = record::plan(&permit, source, &facts).await?;
            if !dry_run {
                record::write(&permit, source, &plans).await?;
            }
            let mut report = Report::default();
            for ((number, _), plan) in part.iter().zip(plans) {
                match plan {
                    Plan::New(_) => report.recorded += 1,
                    Plan::Known(_) => report.known += 1,
                    Plan::Refused(refusal) => report.refuse(*number, vec![refusal]),
                }
            }
            Ok(report)
        })
    })
    .await
}
