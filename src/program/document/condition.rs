//! Conditions as they are written: which records are meant.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Named, Scalar};
use crate::program::number::Number;

/// What a record is multiplied by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Weight {
    /// Which records; all without it.
    #[serde(default, rename = "where", skip_serializing_if = "BTreeMap::is_empty")]
    pub conditions: Named<Condition>,
    /// By how much.
    pub times: Number,
}

/// What a field has to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "write a word, a number, a list of them, or a test such as {atLeast: 10}, {since: 2027-01-31}, {in: aList} or {not: [word]}"
)]
pub enum Condition {
    /// This.
    Is(Scalar),
    /// One of these.
    OneOf(Vec<Scalar>),
    /// As the test says.
    Test(Box<FieldTest>),
}

/// Tests of a field; all that are written hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct FieldTest {
    /// One of the list of that name.
    #[serde(rename = "in", skip_serializing_if = "Option::is_none")]
    pub list: Option<String>,
    /// None of the list of that name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_in: Option<String>,
    /// None of these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not: Vec<Scalar>,
    /// This or more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<Number>,
    /// More than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub above: Option<Number>,
    /// This or less.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_most: Option<Number>,
    /// Less than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub below: Option<Number>,
    /// This day or later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<NaiveDate>,
    /// An earlier day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<NaiveDate>,
    /// What the partner itself is: its `country`, `region` or `kind`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of_partner: Option<String>,
    /// Whether it is told at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub told: Option<bool>,
}
