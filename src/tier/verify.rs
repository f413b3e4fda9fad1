//! Stored evaluations, computed anew: the same rules and what was known then give the same proof, byte
//! for byte.

use entity::evaluation;
use entity::id::EvaluationId;
use sea_orm::{ColumnTrait, DatabaseExecutor, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::digest;
use crate::error::Result;
use crate::program::evaluate::evaluate;
use crate::program::proof::Evaluation;
use crate::program::rules::Rules;
use crate::program::store as programs;

/// Evaluations of a page.
const PAGE: u64 = 50;

/// Why a stored evaluation is not what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// The proof is not what its digest was made of.
    Altered,
    /// It cannot be read any more.
    Unreadable,
    /// The version does not say any more what it said.
    OtherRules,
    /// From what was known then something else follows.
    Differs,
}

/// A page of evaluations, compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// How many were looked at.
    pub count: usize,
    /// Those that are wrong.
    pub wrong: Vec<(EvaluationId, Wrong)>,
    /// The last one; none where there are no more.
    pub last: Option<EvaluationId>,
}

/// Compares the next stored evaluations behind one.
///
/// # Errors
/// What the database said.
pub async fn verify(db: &DatabaseExecutor<'_>, after: Option<EvaluationId>) -> Result<Verified> {
    let mut rows = evaluation::Entity::find();
    if let Some(after) = after {
        rows = rows.filter(evaluation::Column::Id.gt(after));
    }
    let rows = rows
        .order_by_asc(evaluation::Column::Id)
        .limit(PAGE)
        .all(db)
        .await?;
    let mut verified = Verified {
        count: rows.len(),
        last: rows.last().map(|row| row.id),
        wrong: Vec::new(),
    };
    let mut rules: Option<(entity::id::ProgramVersionId, Rules)> = None;
    for row in &rows {
        if rules
            .as_ref()
            .is_none_or(|(id, _)| *id != row.program_version_id)
        {
            let version = programs::version(db, row.program_version_id).await?;
            rules = Some((version.id, Rules::from_yaml(&version.document)?));
        }
        if let Some((_, rules)) = &rules
            && let Some(why) = compared(db, rules, row).await?
        {
            verified.wrong.push((row.id, why));
        }
    }
    Ok(verified)
}

async fn compared(
    db: &DatabaseExecutor<'_>,
    rules: &Rules,
    row: &evaluation::Model,
) -> Result<Option<Wrong>> {
    if digest::hex(&digest::plain(&row.proof)) != row.digest {
        return Ok(Some(Wrong::Altered));
    }
    let Ok(stored) = serde_json::from_str::<Evaluation>(&row.proof) else {
        return Ok(Some(Wrong::Unreadable));
    };
    if stored.rules != rules.hash {
        return Ok(Some(Wrong::OtherRules));
    }
    let facts = programs::facts(db, row.partner_id, row.known_on).await?;
    let again = evaluate(rules, &facts, &stored.partner, row.as_of, row.known_on);
    let same = serde_json::to_string(&again)? == row.proof;
    Ok((!same).then_some(Wrong::Differs))
}
