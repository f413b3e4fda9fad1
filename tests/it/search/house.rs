//! Things to be found, and how they are searched: by the API, as a front end does.

use entente::auth::Actor;
use entente::config;
use entente::course::author::publish_bundle;
use entente::course::document::Document;
use entente::course::folder::Bundle;
use entente::op::Op;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{Portal, answer};

/// A document of the corpus.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Text {
    pub(super) slug: String,
    pub(super) locale: String,
    pub(super) title: String,
    pub(super) summary: String,
    pub(super) body: String,
    #[serde(default)]
    pub(super) regions: Vec<String>,
}

impl Text {
    pub(super) fn new(slug: &str, locale: &str, title: &str, body: &str) -> Self {
        Self {
            slug: slug.to_owned(),
            locale: locale.to_owned(),
            title: title.to_owned(),
            summary: String::new(),
            body: body.to_owned(),
            regions: Vec::new(),
        }
    }

    /// The same for one region alone.
    pub(super) fn of(mut self, region: &str) -> Self {
        self.regions = vec![region.to_owned()];
        self
    }

    /// As a course of one lesson.
    pub(super) fn bundle(&self) -> Bundle {
        let yaml = json!({
            "slug": self.slug, "title": self.title, "summary": self.summary, "locale": self.locale,
            "audience": { "regions": self.regions },
            "modules": [{ "key": "all", "title": "-", "lessons": [{
                "key": "all", "title": "-", "minutes": 5, "kind": "TEXT", "body": self.body,
            }] }],
        });
        Bundle {
            document: Document::from_yaml(&yaml.to_string()).unwrap(),
            files: [].into(),
        }
    }
}

impl Portal {
    /// Publishes it as a course.
    pub(super) async fn publish(&self, text: &Text) {
        self.publish_as(text.bundle()).await;
    }

    pub(super) async fn publish_as(&self, bundle: Bundle) {
        let portal: &config::Portal = &self.app.config.portal;
        let op = self.app.op(Actor::System);
        publish_bundle(&op, portal, bundle, false).await.unwrap();
    }

    /// What the search answers.
    pub(super) async fn found(&self, op: &Op, query: &str) -> Value {
        self.found_by(op, json!({ "query": query })).await
    }

    /// The same with more than a query.
    pub(super) async fn found_by(&self, op: &Op, variables: Value) -> Value {
        let mut answer = self.searched(op, variables.clone()).await;
        assert!(answer.get("errors").is_none(), "{variables} {answer:#}");
        answer["data"]["search"].take()
    }

    /// The same, whatever becomes of it.
    pub(super) async fn searched(&self, op: &Op, variables: Value) -> Value {
        answer(&self.app, op.clone(), SEARCH, variables).await
    }

    /// Titles that are suggested.
    pub(super) async fn suggested(&self, op: &Op, prefix: &str) -> Vec<String> {
        let query =
            "query($prefix: String!) { searchSuggest(prefix: $prefix) { title node { id } } }";
        let answer = answer(&self.app, op.clone(), query, json!({ "prefix": prefix })).await;
        assert!(answer.get("errors").is_none(), "{answer:#}");
        let hits = answer["data"]["searchSuggest"].as_array().unwrap();
        assert!(hits.iter().all(|hit| hit["node"]["id"].is_string()));
        hits.iter().map(|hit| text(&hit["title"])).collect()
    }
}

const SEARCH: &str = "query($query: String!, $filter: SearchFilter, $first: Int! = 20, $after: String) {
    search(query: $query, filter: $filter, first: $first, after: $after) {
        totalCount unmatched corrections { word instead }
        kinds { kind count } locales { locale count } tags { tag count }
        pageInfo { hasNextPage hasPreviousPage endCursor }
        nodes {
            kind title locale tags titlePieces { text hit } excerpt { heading pieces { text hit } }
            node { id ... on Course { slug } ... on LearningPath { slug } ... on Certification { slug } }
        } } }";

pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// The short names of what was found, the best first.
pub(super) fn slugs(found: &Value) -> Vec<String> {
    let nodes = found["nodes"].as_array().unwrap();
    nodes.iter().map(|hit| text(&hit["node"]["slug"])).collect()
}

/// The pieces of a text, with brackets around what was asked for.
pub(super) fn marked(pieces: &Value) -> String {
    let piece = |piece: &Value| {
        let shown = text(&piece["text"]);
        if piece["hit"] == true {
            format!("[{shown}]")
        } else {
            shown
        }
    };
    pieces.as_array().unwrap().iter().map(piece).collect()
}
