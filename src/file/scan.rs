//! A look for malware at what is uploaded, where a scanner is named: a daemon that speaks the
//! protocol of `clamd`.

use std::time::Duration;

use clamav_client::clean;
use clamav_client::tokio::{Socket, Tcp, scan_buffer};

use crate::error::{Away, Result};

/// How long a look may take.
const DEADLINE: Duration = Duration::from_mins(1);

/// The scanner: `host:port`, or `unix:/path` of a socket.
#[derive(Clone, Debug)]
pub struct Scanner(String);

impl Scanner {
    /// One at this address.
    #[must_use]
    pub fn new(address: &str) -> Self {
        Self(address.to_owned())
    }

    /// What it found; none where it found nothing.
    ///
    /// # Errors
    /// [`Away::Store`] where it does not answer: nothing is taken that was not looked at.
    pub async fn found(&self, bytes: &[u8]) -> Result<Option<String>> {
        let asked = async {
            if let Some(path) = self.0.strip_prefix("unix:") {
                return scan_buffer(bytes, Socket { socket_path: path }, None).await;
            }
            let host_address = self.0.as_str();
            scan_buffer(bytes, Tcp { host_address }, None).await
        };
        let silent = |why: String| Away::Store(format!("the scanner {}: {why}", self.0));
        let answer = tokio::time::timeout(DEADLINE, asked)
            .await
            .map_err(|_| silent("no answer".to_owned()))?
            .map_err(|error| silent(error.to_string()))?;
        if clean(&answer).map_err(|error| silent(error.to_string()))? {
            return Ok(None);
        }
        let said = String::from_utf8_lossy(&answer);
        let said = said.trim_matches(['\0', '\n', ' ']);
        match said.strip_suffix(" FOUND") {
            Some(found) => Ok(Some(found.trim_start_matches("stream: ").to_owned())),
            None => Err(silent(said.to_owned()).into()),
        }
    }
}
