//! The ways by which letters leave: an SMTP server, the mailbox folder, or none.

use std::path::{Path, PathBuf};

use entity::id::OutboxMessageId;
use lettre::Message;

use super::smtp::Relay;
use super::{Delivery, mailbox};
use crate::config::{Mail, MailTransport};
use crate::error::Result;

/// A way by which letters leave.
#[derive(Debug)]
pub enum Transport {
    /// To an SMTP server.
    Smtp(Box<Relay>),
    /// Into a folder, a file for each letter.
    Folder(PathBuf),
    /// Nowhere.
    None,
}

impl Transport {
    /// The configured way; `data` is the data folder.
    ///
    /// # Errors
    /// A fault that says which setting is wrong.
    pub fn new(config: &Mail, data: &Path) -> Result<Self> {
        Ok(match config.transport {
            MailTransport::Smtp => Self::Smtp(Box::new(Relay::new(config)?)),
            MailTransport::Folder => Self::Folder(mailbox::folder(data)),
            MailTransport::None => Self::None,
        })
    }

    /// Hands a message over.
    pub(super) async fn send(&self, id: OutboxMessageId, message: &Message) -> Delivery {
        match self {
            Self::Smtp(relay) => relay.send(message).await,
            Self::Folder(folder) => {
                let (folder, bytes) = (folder.clone(), message.formatted());
                let put = move || mailbox::put(&folder, id, &bytes);
                match tokio::task::spawn_blocking(put).await {
                    Ok(Ok(())) => Delivery::Sent,
                    Ok(Err(error)) => Delivery::Later(format!("mailbox: {error}")),
                    Err(panic) => Delivery::Later(format!("mailbox: {panic}")),
                }
            }
            Self::None => Delivery::Sent,
        }
    }

    /// Tries the way without sending anything.
    pub(super) async fn check(&self) -> Result<(), String> {
        match self {
            Self::Smtp(relay) => relay.check().await,
            Self::Folder(folder) => std::fs::create_dir_all(folder)
                .map_err(|error| format!("{} cannot be made: {error}", folder.display())),
            Self::None => Ok(()),
        }
    }
}
