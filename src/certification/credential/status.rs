//! The lists that say what was taken back (W3C Bitstring Status List).
//!
//! A list has a bit for each of 131,072 credentials, so whoever fetches it does not tell about which
//! of them. All unused bits are zeros: a list is some dozen bytes long, compressed.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use flate2::{Compression, GzBuilder};
use serde_json::{Value, json};

use super::{VC, instant};
use crate::error::{Error, Result};

/// How many credentials a list is for; fewer would give away about which one is asked.
pub const LIST_LENGTH: u32 = 131_072;

/// What a list says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusList {
    /// Where the list can be had; it is its name, too.
    pub url: String,
    /// The DID of who gave the credentials.
    pub issuer: String,
    /// The bits of those that were taken back, from the left.
    pub revoked: Vec<u32>,
    /// From when it is true, to the second.
    pub valid_from: DateTime<Utc>,
    /// Until when a copy of it may be believed, to the second.
    pub valid_until: DateTime<Utc>,
}

/// The list as a credential, unsigned.
///
/// # Errors
/// A fault where a bit is beyond the list.
pub fn status_list(list: &StatusList) -> Result<Value> {
    Ok(json!({
        "@context": [VC],
        "id": list.url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": list.issuer,
        "validFrom": instant(list.valid_from),
        "validUntil": instant(list.valid_until),
        "credentialSubject": {
            "id": format!("{}#list", list.url),
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": encoded(&list.revoked)?,
        },
    }))
}

/// The bits, compressed by gzip, in base64url as multibase writes it. The same bits give the same
/// text: no time and no name is in the head of the gzip.
fn encoded(revoked: &[u32]) -> Result<String> {
    let mut bytes = vec![0_u8; LIST_LENGTH as usize / 8];
    for index in revoked {
        let byte = bytes.get_mut(*index as usize / 8).ok_or_else(|| {
            Error::fault(format!("bit {index} of a list with {LIST_LENGTH} bits"))
        })?;
        *byte |= 0x80 >> (index % 8);
    }
    let mut gzip = GzBuilder::new().write(Vec::new(), Compression::best());
    let compressed = gzip
        .write_all(&bytes)
        .and_then(|()| gzip.finish())
        .map_err(|error| Error::fault(format!("compressing a status list: {error}")))?;
    Ok(format!("u{}", URL_SAFE_NO_PAD.encode(compressed)))
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;

    use super::*;

    #[test]
    fn bits_count_from_the_left_and_there_are_131_072() {
        let text = encoded(&[0, 9, LIST_LENGTH - 1]).unwrap();
        assert_eq!(text, encoded(&[9, LIST_LENGTH - 1, 0]).unwrap());
        let compressed = URL_SAFE_NO_PAD.decode(text.strip_prefix('u').unwrap());
        let mut bytes = Vec::new();
        GzDecoder::new(&compressed.unwrap()[..])
            .read_to_end(&mut bytes)
            .unwrap();
        assert_eq!(bytes.len(), 16_384);
        assert_eq!((bytes[0], bytes[1], bytes[16_383]), (0x80, 0x40, 0x01));
        assert_eq!(bytes.iter().filter(|it| **it != 0).count(), 3);
        assert!(encoded(&[LIST_LENGTH]).is_err());
        assert!(encoded(&[]).unwrap().len() < 100);
    }
}
