//! What a case study says: what may be kept of it, and what must be there before it is submitted.
//!
//! A customer consents to all of it: whatever of this changes afterwards, outdates the consent.

use entity::case_study::{self, Industry};
use entity::id::FileId;
use serde::{Deserialize, Serialize};

use crate::document::Faults;
use crate::error::Result;
use crate::markdown;

/// The most characters of a title, a name, a product, a label.
pub const LINE: usize = 200;
/// The most characters of the summary and of the quote.
pub const SHORT: usize = 1_000;
/// The most characters of each of challenge, solution and outcome.
pub const TEXT: usize = 20_000;
/// The most characters of a value that was measured.
pub const VALUE: usize = 60;
/// The most products.
pub const PRODUCTS: usize = 20;
/// The most results.
pub const RESULTS: usize = 20;
/// The most pictures.
pub const IMAGES: usize = 10;

/// Everything that a reviewer may name to be mended, or comment on, by the API's names.
pub const FIELDS: [&str; 14] = [
    "title",
    "summary",
    "customer",
    "industry",
    "region",
    "products",
    "challenge",
    "solution",
    "outcome",
    "results",
    "images",
    "quote",
    "quoteBy",
    "quoteRole",
];

/// What was measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Measured {
    /// Of what.
    pub label: String,
    /// The result, as a text such as `−40`.
    pub value: String,
    /// Its unit, such as `%`.
    pub unit: Option<String>,
    /// What it was before.
    pub before: Option<String>,
    /// What it is now.
    pub after: Option<String>,
}

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Picture {
    /// Its file.
    pub file: FileId,
    /// What it shows, for those who do not see it.
    pub alt: String,
}

/// All that a case study says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Content {
    /// What it is called.
    pub title: String,
    /// What it is about, as plain text.
    pub summary: String,
    /// Name of the customer.
    pub customer: String,
    /// What the customer does.
    pub industry: Option<Industry>,
    /// Code of the region.
    pub region: Option<String>,
    /// Products.
    pub products: Vec<String>,
    /// What was wrong, as Markdown.
    pub challenge: String,
    /// What was done, as Markdown.
    pub solution: String,
    /// What came of it, as Markdown.
    pub outcome: String,
    /// What was measured.
    pub results: Vec<Measured>,
    /// Pictures.
    #[serde(default)]
    pub images: Vec<Picture>,
    /// What somebody of the customer says.
    pub quote: String,
    /// Who says it.
    pub quote_by: String,
    /// As what they say it.
    pub quote_role: String,
}

/// What of it is to be changed: what is left out stays, what is given replaces it.
#[derive(Clone, Debug, Default)]
pub struct Edit {
    /// As in [`Content`].
    pub title: Option<String>,
    /// As in [`Content`].
    pub summary: Option<String>,
    /// As in [`Content`].
    pub customer: Option<String>,
    /// As in [`Content`].
    pub industry: Option<Industry>,
    /// As in [`Content`].
    pub region: Option<String>,
    /// As in [`Content`].
    pub products: Option<Vec<String>>,
    /// As in [`Content`].
    pub challenge: Option<String>,
    /// As in [`Content`].
    pub solution: Option<String>,
    /// As in [`Content`].
    pub outcome: Option<String>,
    /// As in [`Content`].
    pub results: Option<Vec<Measured>>,
    /// As in [`Content`].
    pub images: Option<Vec<Picture>>,
    /// As in [`Content`].
    pub quote: Option<String>,
    /// As in [`Content`].
    pub quote_by: Option<String>,
    /// As in [`Content`].
    pub quote_role: Option<String>,
}

impl Content {
    /// What the row says.
    ///
    /// # Errors
    /// A fault where the row holds what nobody wrote.
    pub fn of(row: &case_study::Model) -> Result<Self> {
        Ok(Self {
            title: row.title.clone(),
            summary: row.summary.clone(),
            customer: row.customer.clone(),
            industry: row.industry,
            region: row.region.clone(),
            products: products(&row.products),
            challenge: row.challenge.clone(),
            solution: row.solution.clone(),
            outcome: row.outcome.clone(),
            results: serde_json::from_value(row.results.clone())?,
            images: serde_json::from_value(row.images.clone())?,
            quote: row.quote.clone(),
            quote_by: row.quote_by.clone(),
            quote_role: row.quote_role.clone(),
        })
    }

    /// The row with this in it.
    ///
    /// # Errors
    /// A fault where it cannot be kept as JSON.
    pub(super) fn into_row(self, row: case_study::Model) -> Result<case_study::Model> {
        Ok(case_study::Model {
            title: self.title,
            summary: self.summary,
            customer: self.customer,
            industry: self.industry,
            region: self.region,
            products: self.products.join("\n"),
            challenge: self.challenge,
            solution: self.solution,
            outcome: self.outcome,
            results: serde_json::to_value(self.results)?,
            images: serde_json::to_value(self.images)?,
            quote: self.quote,
            quote_by: self.quote_by,
            quote_role: self.quote_role,
            ..row
        })
    }

    /// With what the edit changes, in the form in which it is kept.
    #[must_use]
    pub fn edited(mut self, edit: Edit) -> Self {
        fn put(text: &mut String, new: Option<String>) {
            if let Some(new) = new {
                new.trim().clone_into(text);
            }
        }
        put(&mut self.title, edit.title);
        put(&mut self.summary, edit.summary);
        put(&mut self.customer, edit.customer);
        put(&mut self.challenge, edit.challenge);
        put(&mut self.solution, edit.solution);
        put(&mut self.outcome, edit.outcome);
        put(&mut self.quote, edit.quote);
        put(&mut self.quote_by, edit.quote_by);
        put(&mut self.quote_role, edit.quote_role);
        self.industry = edit.industry.or(self.industry);
        self.region = edit.region.or(self.region);
        if let Some(products) = edit.products {
            self.products = products.iter().map(|it| it.trim().to_owned()).collect();
        }
        if let Some(results) = edit.results {
            self.results = results.into_iter().map(trimmed).collect();
        }
        if let Some(images) = edit.images {
            let trimmed = |it: Picture| Picture {
                alt: it.alt.trim().to_owned(),
                ..it
            };
            self.images = images.into_iter().map(trimmed).collect();
        }
        self
    }

    /// What keeps it from being kept: texts that are too long or no texts, what is not known.
    pub fn check_kept(&self, regions: &[String], faults: &mut Faults) {
        one_line(&self.title, LINE, "title", faults);
        faults.text(&self.summary, SHORT, "summary");
        one_line(&self.customer, LINE, "customer", faults);
        if let Some(region) = self.region.as_ref().filter(|it| !regions.contains(it)) {
            let message = format!("`{region}` is none of {}.", regions.join(", "));
            faults.add("UNKNOWN_REGION", message, "region");
        }
        faults.at_most(self.products.len(), PRODUCTS, "products");
        faults.distinct(self.products.iter(), "products");
        for (index, product) in self.products.iter().take(PRODUCTS).enumerate() {
            faults.line(product, LINE, &format!("products.{index}"));
        }
        for (name, text) in self.texts() {
            faults.text(text, TEXT, name);
            if markdown::has_picture(text) {
                // What lies elsewhere can be another one tomorrow.
                let message =
                    "Upload pictures, and name them in `images`: the customer consents to those.";
                faults.add("INVALID_TEXT", message, name);
            }
        }
        faults.at_most(self.results.len(), RESULTS, "results");
        for (index, result) in self.results.iter().take(RESULTS).enumerate() {
            let at = |part: &str| format!("results.{index}.{part}");
            faults.line(&result.label, LINE, &at("label"));
            faults.line(&result.value, VALUE, &at("value"));
            for (name, part) in [
                ("unit", &result.unit),
                ("before", &result.before),
                ("after", &result.after),
            ] {
                if let Some(part) = part {
                    one_line(part, VALUE, &at(name), faults);
                }
            }
        }
        faults.at_most(self.images.len(), IMAGES, "images");
        let files = self.images.iter().map(|it| it.file);
        faults.distinct_at(files, "images", "file");
        for (index, image) in self.images.iter().take(IMAGES).enumerate() {
            one_line(&image.alt, LINE, &format!("images.{index}.alt"), faults);
        }
        faults.text(&self.quote, SHORT, "quote");
        one_line(&self.quote_by, LINE, "quoteBy", faults);
        one_line(&self.quote_role, LINE, "quoteRole", faults);
    }

    /// What is missing before it can be submitted.
    pub fn check_whole(&self, faults: &mut Faults) {
        let mut need = |missing: bool, at: &str| {
            if missing {
                faults.add("REQUIRED", "This must not be empty.", at);
            }
        };
        need(self.title.is_empty(), "title");
        need(self.summary.is_empty(), "summary");
        need(self.customer.is_empty(), "customer");
        need(self.industry.is_none(), "industry");
        need(self.region.is_none(), "region");
        need(self.products.is_empty(), "products");
        for (name, text) in self.texts() {
            need(text.is_empty(), name);
        }
        need(self.results.is_empty(), "results");
        for (index, image) in self.images.iter().enumerate() {
            need(image.alt.is_empty(), &format!("images.{index}.alt"));
        }
        need(
            !self.quote.is_empty() && self.quote_by.is_empty(),
            "quoteBy",
        );
        need(self.quote.is_empty() && !self.quote_by.is_empty(), "quote");
    }

    fn texts(&self) -> [(&'static str, &String); 3] {
        [
            ("challenge", &self.challenge),
            ("solution", &self.solution),
            ("outcome", &self.outcome),
        ]
    }
}

/// Products, as a row keeps them.
#[must_use]
pub fn products(kept: &str) -> Vec<String> {
    kept.lines().map(str::to_owned).collect()
}

/// Empty, or one line.
fn one_line(text: &str, most: usize, at: &str, faults: &mut Faults) {
    if !text.trim().is_empty() {
        faults.line(text, most, at);
    }
}

fn trimmed(result: Measured) -> Measured {
    let some = |text: Option<String>| {
        let text = text.map(|text| text.trim().to_owned());
        text.filter(|text| !text.is_empty())
    };
    Measured {
        label: result.label.trim().to_owned(),
        value: result.value.trim().to_owned(),
        unit: some(result.unit),
        before: some(result.before),
        after: some(result.after),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn empty() -> Content {
        Content {
            title: String::new(),
            summary: String::new(),
            customer: String::new(),
            industry: None,
            region: None,
            products: Vec::new(),
            challenge: String::new(),
            solution: String::new(),
            outcome: String::new(),
            results: Vec::new(),
            images: Vec::new(),
            quote: String::new(),
            quote_by: String::new(),
            quote_role: String::new(),
        }
    }

    fn found(check: impl Fn(&mut Faults)) -> Vec<(&'static str, String)> {
        let mut faults = Faults::default();
        check(&mut faults);
        let refusals = faults.into_refusals().into_iter();
        refusals.map(|it| (it.code, it.field.join("."))).collect()
    }

    #[test]
    fn an_empty_draft_can_be_kept_and_not_submitted() {
        let content = empty();
        assert_eq!(found(|faults| content.check_kept(&[], faults)), []);
        let missing = found(|faults| content.check_whole(faults));
        let names: Vec<_> = missing.iter().map(|(_, at)| at.as_str()).collect();
        // Nobody need be quoted.
        assert_eq!(names, FIELDS[..10]);
    }

    #[test]
    fn what_cannot_be_kept_is_told_all_at_once() {
        let result = Measured {
            label: " ".to_owned(),
            value: "x".repeat(VALUE + 1),
            unit: Some("a\nb".to_owned()),
            before: Some("  ".to_owned()),
            after: None,
        };
        let content = empty().edited(Edit {
            title: Some("two\nlines".to_owned()),
            region: Some("MOON".to_owned()),
            products: Some(vec!["A".to_owned(), " A ".to_owned(), String::new()]),
            challenge: Some("x".repeat(TEXT + 1)),
            results: Some(vec![result]),
            quote: Some("a\0b".to_owned()),
            ..Edit::default()
        });
        let regions = ["EMEA".to_owned()];
        assert_eq!(
            found(|faults| content.check_kept(&regions, faults)),
            [
                ("INVALID_TEXT", "title"),
                ("UNKNOWN_REGION", "region"),
                ("DUPLICATE", "products.1"),
                ("REQUIRED", "products.2"),
                ("TOO_LONG", "challenge"),
                ("REQUIRED", "results.0.label"),
                ("TOO_LONG", "results.0.value"),
                ("INVALID_TEXT", "results.0.unit"),
                ("INVALID_TEXT", "quote"),
            ]
            .map(|(code, at)| (code, at.to_owned()))
        );
    }

    #[test]
    fn an_edit_changes_what_it_names_and_nothing_else() {
        let first = empty().edited(Edit {
            title: Some(" One ".to_owned()),
            products: Some(vec!["A".to_owned()]),
            ..Edit::default()
        });
        let second = first.clone().edited(Edit {
            summary: Some("Short.".to_owned()),
            ..Edit::default()
        });
        assert_eq!(second.title, "One");
        assert_eq!(second.products, ["A"]);
        assert_eq!(first.clone().edited(Edit::default()), first);
    }

    #[test]
    fn a_quote_has_a_speaker() {
        let mut content = empty();
        content.quote = "It works.".to_owned();
        let missing = found(|faults| content.check_whole(faults));
        assert!(missing.contains(&("REQUIRED", "quoteBy".to_owned())));
    }
}
