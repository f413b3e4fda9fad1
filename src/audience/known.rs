//! Which tiers there are to be named.

use entity::program_version::{self, ProgramVersionState};
use sea_orm::{ColumnTrait, DatabaseExecutor, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Deserialize;

use crate::document::{self, Faults, is_key};
use crate::error::Result;

/// The most bytes of a program.
const PROGRAM: usize = 1 << 20;
/// In which states the tiers of a program can be named: what is announced or being written counts
/// soon, and content may be there before.
const NAMEABLE: [ProgramVersionState; 3] = [
    ProgramVersionState::InForce,
    ProgramVersionState::Announced,
    ProgramVersionState::Draft,
];

/// A program, as far as it has tiers.
#[derive(Deserialize)]
struct Program {
    tracks: Vec<Track>,
}

#[derive(Deserialize)]
struct Track {
    tiers: Vec<Tier>,
}

#[derive(Deserialize)]
struct Tier {
    key: String,
}

/// `UNKNOWN_TIER` for each at `path` that is on no track of a program that is in force, announced or
/// being written. What cannot be a key is left to others to tell.
///
/// # Errors
/// What the database said.
pub async fn check_tiers(
    db: &DatabaseExecutor<'_>,
    named: &[String],
    path: &str,
    faults: &mut Faults,
) -> Result<()> {
    if named.is_empty() {
        return Ok(());
    }
    let known = tiers(db).await?;
    for (index, tier) in named.iter().enumerate() {
        if is_key(tier) {
            let at = format!("{path}.{index}");
            faults.known("UNKNOWN_TIER", "tier", tier, &known, &at);
        }
    }
    Ok(())
}

async fn tiers(db: &DatabaseExecutor<'_>) -> Result<Vec<String>> {
    let documents: Vec<String> = program_version::Entity::find()
        .select_only()
        .column(program_version::Column::Document)
        .filter(program_version::Column::State.is_in(NAMEABLE))
        .order_by_asc(program_version::Column::Id)
        .into_tuple()
        .all(db)
        .await?;
    let mut tiers = Vec::new();
    for text in documents {
        let program: Program = document::from_yaml(&text, PROGRAM)?;
        let of_tracks = program.tracks.into_iter().flat_map(|track| track.tiers);
        tiers.extend(of_tracks.map(|tier| tier.key));
    }
    Ok(tiers)
}
