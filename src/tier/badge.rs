//! What a partner shows of its tier: a picture, and an Open Badges credential that anybody can prove.
//!
//! A certificate holds until its end, and a list says if it was taken back. A tier is looked at every
//! night: its credential says that it held on the day on which it was asked for, ends after a month,
//! and is had anew for as long as the partner stands on the tier. So nobody has to ask the portal
//! about anybody, and nothing has to be taken back.

use chrono::{DateTime, TimeDelta, Utc};
use entity::standing;

use super::store;
use crate::auth::token::Keys;
use crate::certification::credential::{self, Award};
use crate::error::Result;
use crate::op::Op;
use crate::partner::store::partner;
use crate::program::document::Document;
use crate::program::store as programs;
use crate::program::words::Words;
use crate::{config, shape};

/// How long a credential says that a partner stands on its tier.
const HOLDS: TimeDelta = TimeDelta::days(30);
/// The most characters of a line of the picture.
const LINE: usize = 28;

/// What a partner shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Badge {
    /// The picture.
    pub svg: String,
    /// The credential, a compact JWT.
    pub credential: String,
    /// When it ends.
    pub valid_until: DateTime<Utc>,
}

/// The badge of a standing; none where the partner stands on no tier.
///
/// # Errors
/// What the database said.
pub async fn badge(
    op: &Op,
    portal: &config::Portal,
    keys: &Keys,
    row: &standing::Model,
) -> Result<Option<Badge>> {
    let db = op.reader();
    let version = programs::in_force_at(&db, row.program_id, op.now()).await?;
    let (Some(version), Some(key)) = (version, row.tier.as_deref()) else {
        return Ok(None);
    };
    let document = Document::from_yaml(&version.document)?;
    let Some((track, tier)) = document
        .track(&row.track)
        .and_then(|track| Some((track, track.tier(key)?)))
    else {
        return Ok(None);
    };
    let read = |text: &crate::program::document::Text| {
        text.read(&document.locale, &document.locale).to_owned()
    };
    let (program, track_name, tier_name) =
        (read(&document.name), read(&track.name), read(&tier.name));
    let holder = partner(&db, row.partner_id).await?.legal_name;
    let svg = picture(&program, &track_name, &tier_name, &holder);
    let valid_until = op.now() + HOLDS;
    // In the program's own language, like the names: anybody may read a credential.
    let words = Words::of(&document, &document.locale);
    let last = store::move_before(&db, row.id, op.now()).await?;
    // Whoever was given a tier against the rules need not meet them, and nothing says that it does.
    let criteria = if let Some(given) = store::given_by(&db, row, last.as_ref()).await? {
        words.given(given.ends_on)
    } else {
        let criteria = tier.requires.iter();
        let criteria = criteria.map(|it| format!("- {}", words.requirement(it)));
        criteria.collect::<Vec<_>>().join("\n")
    };
    let id = shape::global_id("Standing", row.id.0);
    let award = Award {
        id_url: format!("urn:uuid:{}", row.id),
        number: id,
        certification_name: format!("{tier_name} – {track_name}"),
        certification_description: format!("A tier of {program}, version {}.", version.number),
        criteria,
        achievement_url: format!("urn:entente:tier:{}:{}:{key}", version.hash, row.track),
        issuer: credential::Issuer {
            did: credential::did(&portal.base_url),
            name: portal.name.clone(),
            url: portal.base_url.to_string(),
        },
        holder_name: holder,
        subject_id: format!("urn:uuid:{}", row.partner_id),
        valid_from: op.now(),
        valid_until: Some(valid_until),
        status: None,
        achievement_type: "Membership",
        image: Some(svg.clone()),
    };
    let signed = credential::sign(&credential::credential(&award), keys.credential())?;
    Ok(Some(Badge {
        svg,
        credential: signed,
        valid_until,
    }))
}

/// A picture that says who stands where; every text in it is escaped.
fn picture(program: &str, track: &str, tier: &str, holder: &str) -> String {
    let line = |text: &str| {
        let mut line: String = text.chars().take(LINE).collect();
        if text.chars().nth(LINE).is_some() {
            line.pop();
            line.push('…');
        }
        escaped(&line)
    };
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 320 180\" width=\"320\" height=\"180\" \
         role=\"img\" aria-label=\"{label}\">\
         <rect x=\"1\" y=\"1\" width=\"318\" height=\"178\" rx=\"14\" fill=\"#0b6464\"/>\
         <rect x=\"9\" y=\"9\" width=\"302\" height=\"162\" rx=\"9\" fill=\"none\" stroke=\"#7fd1c7\"/>\
         <g fill=\"#ffffff\" text-anchor=\"middle\" font-family=\"system-ui, sans-serif\">\
         <text x=\"160\" y=\"46\" font-size=\"15\">{}</text>\
         <text x=\"160\" y=\"94\" font-size=\"34\" font-weight=\"700\">{}</text>\
         <text x=\"160\" y=\"121\" font-size=\"15\">{}</text>\
         <text x=\"160\" y=\"153\" font-size=\"13\" fill=\"#d6efec\">{}</text>\
         </g></svg>",
        line(program),
        line(tier),
        line(track),
        line(holder),
        label = escaped(&format!("{holder}: {tier}, {track}, {program}")),
    )
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            c if c.is_control() => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_the_picture_is_words_and_nothing_else() {
        let svg = picture(
            "P & Q",
            "T",
            "\"Gold\"",
            "<script>alert(1)</script> and much more of it",
        );
        assert!(svg.contains("P &amp; Q") && svg.contains("&quot;Gold&quot;"));
        assert!(
            svg.contains("&lt;script&gt;alert(1)&lt;/script&gt; a…"),
            "{svg}"
        );
        assert!(!svg.contains("<script"));
    }
}
