//! The library of the demo, and the notes that partners share in it.

use entity::asset::AssetKind;
use entity::id::{AssetId, FileId, PartnerId};

use super::story::Story;
use crate::audience::Audience;
use crate::error::{Error, Result};
use crate::field_note::endorse;
use crate::field_note::review::{self, Review, Word};
use crate::field_note::write::{self, Text};
use crate::file::{self, NewUpload};
use crate::library::publish::{Content, NewVersion};
use crate::library::zone::Zone;
use crate::library::{collection, define, publish};
use crate::op::Op;
use crate::playbook;
use crate::playbook::document::Document;

const OVERVIEW: &[u8] = include_bytes!("../../../assets/library/cloud-overview.pdf");
const BANNER: &[u8] = include_bytes!("../../../assets/library/cloud-banner.png");

/// Something in the library.
struct Sample {
    slug: &'static str,
    title: &'static str,
    kind: AssetKind,
    tags: &'static [&'static str],
    content: SampleContent,
}

enum SampleContent {
    File(&'static str, &'static [u8], Zone),
    Link(&'static str),
}

fn samples() -> [Sample; 3] {
    let zone = |x, y, width, height| Zone {
        page: 1,
        x,
        y,
        width,
        height,
    };
    [
        Sample {
            slug: "cloud-overview",
            title: "Cloud overview",
            kind: AssetKind::Datasheet,
            tags: &["cloud", "first-meeting"],
            content: SampleContent::File("cloud-overview.pdf", OVERVIEW, zone(680, 60, 250, 110)),
        },
        Sample {
            slug: "cloud-banner",
            title: "Banner for your web site",
            kind: AssetKind::Image,
            tags: &["cloud", "web"],
            content: SampleContent::File("cloud-banner.png", BANNER, zone(700, 150, 270, 700)),
        },
        Sample {
            slug: "cloud-tour",
            title: "A tour of the console",
            kind: AssetKind::Video,
            tags: &["cloud", "demo"],
            content: SampleContent::Link("https://videos.example.com/cloud/console-tour"),
        },
    ]
}

/// What of the library belongs to which section of a playbook.
const BESIDE: [(&str, &str); 4] = [
    ("who-we-win-with", "cloud-banner"),
    ("first-call", "cloud-overview"),
    ("joint-demo", "cloud-tour"),
    ("joint-demo", "cloud-overview"),
];

/// What somebody learned; `shows` says whose it is.
struct Note {
    company: usize,
    locale: &'static str,
    title: &'static str,
    text: &'static str,
    shows: bool,
    accepted: bool,
}

const NOTES: [Note; 3] = [
    Note {
        company: 0,
        locale: "en",
        title: "Ask for last December's bill",
        text: "Before you speak of prices, ask for the bill of the busiest month. **Nobody looks up \
               the quiet ones**, and the talk is about the peak from then on.",
        shows: true,
        accepted: true,
    },
    Note {
        company: 1,
        locale: "de",
        title: "Die Datensicherung zuerst umziehen",
        text: "Wir ziehen die Sicherung vor allem anderen um. Der Kunde sieht nach einer Woche, dass \
               es läuft, und niemand hat nachts gearbeitet.",
        shows: false,
        accepted: true,
    },
    Note {
        company: 0,
        locale: "en",
        title: "Two names on every ticket",
        text: "Write down who is called at night *and* who decides. They are never the same.",
        shows: false,
        accepted: false,
    },
];

impl Story {
    /// Assets that come with the demo, beside each other.
    pub(super) async fn fill_library(&mut self) -> Result<()> {
        let portal = self.stage.app.config.portal.clone();
        for sample in samples() {
            let definition = define::Definition {
                slug: sample.slug.to_owned(),
                title: sample.title.to_owned(),
                summary: String::new(),
                kind: sample.kind,
                tags: sample.tags.iter().map(|&tag| tag.to_owned()).collect(),
                locale: "en".to_owned(),
                audience: Audience::default(),
                owner: None,
                expires_at: None,
                expected_version: None,
            };
            let asset = define::save(&self.author()?, &portal, definition).await?;
            self.publish_sample(asset, sample.content).await?;
        }
        let definition = collection::Definition {
            slug: "selling-the-cloud".to_owned(),
            title: "Selling the cloud".to_owned(),
            summary: "What you need for the first meeting, in this order.".to_owned(),
            locale: "en".to_owned(),
            audience: Audience::default(),
            assets: samples().map(|sample| sample.slug.to_owned()).to_vec(),
            pinned_tiers: Vec::new(),
            pinned_steps: vec!["sales-basics".to_owned()],
            retired: false,
            expected_version: None,
        };
        collection::save(&self.author()?, &portal, definition).await?;
        self.publish_playbooks().await
    }

    /// The playbooks that come with Entente, with what the library has for their sections.
    async fn publish_playbooks(&mut self) -> Result<()> {
        let op = self.stage.portal();
        let portal = &self.stage.app.config.portal;
        for yaml in playbook::sample::SAMPLES {
            let mut document = Document::from_yaml(yaml)?;
            for section in &mut document.sections {
                let beside = BESIDE.iter().filter(|(key, _)| *key == section.key);
                section.assets = beside.map(|(_, slug)| (*slug).to_owned()).collect();
            }
            playbook::author::publish_document(&op, portal, document.to_yaml()?).await?;
        }
        Ok(())
    }

    async fn publish_sample(&mut self, asset: AssetId, content: SampleContent) -> Result<()> {
        let (content, zones) = match content {
            SampleContent::Link(url) => (Content::Link(url.to_owned()), Vec::new()),
            SampleContent::File(name, bytes, zone) => {
                let op = self.author()?;
                let file = self.upload(&op, None, name, bytes).await?;
                (Content::File(file), vec![zone])
            }
        };
        let version = NewVersion {
            asset,
            content,
            change_note: String::new(),
            zones,
            expected_version: 1,
        };
        let files = self.stage.app.files.store().clone();
        publish::publish(&self.author()?, &files, version).await?;
        Ok(())
    }

    /// Uploads a file, for a partner or for the vendor.
    pub(super) async fn upload(
        &self,
        op: &Op,
        partner: Option<PartnerId>,
        name: &str,
        bytes: &[u8],
    ) -> Result<FileId> {
        let app = &self.stage.app;
        let upload = NewUpload {
            name: name.to_owned(),
            size: bytes.len() as u64,
            partner,
        };
        let begun = file::begin(op, &app.config.files, upload).await?;
        let row = app.files.expected(op, begun.file).await?;
        app.files.receive(op, &row, bytes.to_vec()).await
    }

    /// Some members share what they have learned; all but the last of it is published.
    pub(super) async fn share_notes(&mut self) -> Result<()> {
        let portal = self.stage.app.config.portal.clone();
        for note in NOTES {
            let partner = self.partners.get(&note.company).copied();
            let partner = partner.ok_or_else(|| Error::fault("the demo has no such partner"))?;
            let author = self.cast.companies[note.company].people()[0].email.clone();
            let text = Text {
                title: note.title.to_owned(),
                text: note.text.to_owned(),
                tags: vec!["cloud".to_owned()],
                locale: note.locale.to_owned(),
                playbook: Some("co-selling".to_owned()),
                course: None,
                shows_partner: note.shows,
            };
            let id = write::submit(&self.stage.person(&author)?, partner, text).await?;
            if !note.accepted {
                continue;
            }
            let review = Review {
                comments: Vec::new(),
                note: id,
                reason: String::new(),
                fields: Vec::new(),
                expected_version: 1,
            };
            let word = Word::Publish(None);
            review::decide(&self.author()?, &portal, review, word).await?;
            let reader = self.cast.companies[1 - note.company].people()[0]
                .email
                .clone();
            endorse::endorse(&self.stage.person(&reader)?, id, true).await?;
        }
        Ok(())
    }
}
