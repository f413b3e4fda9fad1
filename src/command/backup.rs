//! `backup` and `restore`: a portal as a folder, and a portal from one.

use std::path::Path;

use super::{Failure, say, warn};
use crate::backup;
use crate::clock::{Clock, SystemClock};
use crate::config::Config;

pub(super) async fn backup(config: Config, to: &Path) -> Result<(), Failure> {
    let saved = backup::save(&config, to, SystemClock.now()).await?;
    say(&format!(
        "{} files, {} bytes: {}. It holds keys and personal data: keep it as you keep them.",
        saved.files,
        saved.bytes,
        to.display()
    ));
    for file in saved.elsewhere {
        warn(&format!(
            "warning: {} stands outside the data folder, and is not in the backup",
            file.display()
        ));
    }
    Ok(())
}

pub(super) async fn restore(config: Config, from: &Path, migrate: bool) -> Result<(), Failure> {
    let restored = backup::restore(&config, from, migrate).await?;
    say(&format!(
        "Restored what was saved at {}: {} files; the audit trail holds, all {} lines of it.",
        restored.made_at.format("%F %R UTC"),
        restored.files,
        restored.lines
    ));
    Ok(())
}
