//! Answers to whole documents: paging, fragments, aliases, one field after the other.

use super::*;

/// Begins what stands for a cursor while it is not known how the fast reader writes it.
pub(in crate::reads) const CURSOR: &str = "\u{1}cursor";

/// What stands for a cursor: the list and its order, and the key.
fn cursor(type_name: &str, by: &[(String, bool)], key: Uuid) -> String {
    format!("{} {key}", cursors_of(type_name, by))
}

/// What the cursors of such a list have in common.
pub(in crate::reads) fn cursors_of(type_name: &str, by: &[(String, bool)]) -> String {
    format!("{CURSOR} {type_name} {by:?}")
}

/// An answer to a whole document.
pub(in crate::reads) struct Answer<'w, 'q> {
    pub(in crate::reads) slow: &'q Slow<'w>,
    document: ExecutableDocument,
    variables: &'q Variables,
    /// What is known of the fast reader's cursors: the place that each stands for.
    pub(in crate::reads) cursors: &'q BTreeMap<String, String>,
}

/// A part of a list.
struct Page<'w> {
    type_name: &'static str,
    by: Vec<(String, bool)>,
    rows: Vec<Thing<'w>>,
    total: usize,
    has_next: bool,
    has_previous: bool,
}

impl<'w, 'q> Answer<'w, 'q> {
    pub(in crate::reads) fn new(
        slow: &'q Slow<'w>,
        query: &str,
        variables: &'q Variables,
        cursors: &'q BTreeMap<String, String>,
    ) -> Self {
        let document = parse_query(query).unwrap();
        Self {
            slow,
            document,
            variables,
            cursors,
        }
    }

    pub(in crate::reads) fn answer(&self) -> Value {
        let DocumentOperations::Single(operation) = &self.document.operations else {
            panic!("one operation")
        };
        let mut answer = IndexMap::new();
        for fields in self.fields(&[&operation.node.selection_set.node], "Query") {
            let field = fields[0];
            let value = match field.name.node.as_str() {
                "__typename" => Value::from("Query"),
                "nodes" => items(&self.argument(field, "ids"))
                    .iter()
                    .map(|id| self.thing(self.by_id(&string(id)), &fields))
                    .collect(),
                "node" => self.thing(self.by_id(&string(&self.argument(field, "id"))), &fields),
                name => match root(name) {
                    (type_name, false) => {
                        let found = self.by_id(&string(&self.argument(field, "id")));
                        let found = found.filter(|thing| thing.type_name() == type_name);
                        self.thing(found, &fields)
                    }
                    (type_name, true) => {
                        self.connection(type_name, self.slow.visible(type_name), &fields, true)
                    }
                },
            };
            answer.insert(field.response_key().node.clone(), value);
        }
        Value::Object(answer)
    }

    fn by_id(&self, wanted: &str) -> Option<Thing<'w>> {
        let mut all = TYPES
            .iter()
            .flat_map(|type_name| self.slow.visible(type_name));
        all.find(|thing| id(thing.type_name(), thing.key()) == wanted)
    }

    fn thing(&self, thing: Option<Thing<'w>>, fields: &[&Field]) -> Value {
        let Some(thing) = thing else {
            return Value::Null;
        };
        let selections: Vec<_> = fields
            .iter()
            .map(|field| &field.selection_set.node)
            .collect();
        let mut object = IndexMap::new();
        for fields in self.fields(&selections, thing.type_name()) {
            let value = match fields[0].name.node.as_str() {
                "__typename" => Value::from(thing.type_name()),
                "certifiedMemberCount" => {
                    let of = self.argument(fields[0], "certification");
                    let of = (of != Value::Null).then(|| string(&of));
                    Value::from(self.slow.certified_members(thing, of.as_deref()))
                }
                name => match self.slow.field(thing, name) {
                    Held::Plain(value) => Value::from_json(value).unwrap(),
                    Held::One(other) => self.thing(other, &fields),
                    Held::Many(type_name, all) => self.connection(type_name, all, &fields, false),
                    Held::Within(name, serde_json::Value::Array(all)) => all
                        .iter()
                        .map(|it| self.within(name, it, &fields))
                        .collect(),
                    Held::Within(name, it) => self.within(name, &it, &fields),
                    Held::Linked(None) => Value::Null,
                    Held::Linked(Some(all)) => all
                        .into_iter()
                        .map(|other| self.thing(Some(other), &fields))
                        .collect(),
                },
            };
            object.insert(fields[0].response_key().node.clone(), value);
        }
        Value::Object(object)
    }

    fn page(
        &self,
        type_name: &'static str,
        mut all: Vec<Thing<'w>>,
        field: &Field,
        at_root: bool,
    ) -> Page<'w> {
        let filter = self.argument(field, "filter");
        all.retain(|thing| self.slow.passes(*thing, &filter));
        let by = order_of(type_name, &self.argument(field, "orderBy"), at_root);
        self.slow.sort(&mut all, &by);
        let total = all.len();
        let place = |name: &str| match self.argument(field, name) {
            Value::Null => None,
            cursor => {
                let place = &self.cursors[&string(&cursor)];
                let every = Thing::all(self.slow.world, type_name);
                let at = every
                    .iter()
                    .find(|it| &self::cursor(type_name, &by, it.key()) == place);
                Some(*at.expect("a cursor of this order"))
            }
        };
        let (after, before) = (place("after"), place("before"));
        all.retain(|thing| {
            let stands = |at: &Thing<'w>| self.slow.compare(*thing, *at, &by);
            after.as_ref().is_none_or(|at| stands(at).is_gt())
                && before.as_ref().is_none_or(|at| stands(at).is_lt())
        });
        let size = |name: &str| match self.argument(field, name) {
            Value::Number(number) => Some(usize::try_from(number.as_u64().unwrap()).unwrap()),
            _ => None,
        };
        let (mut has_next, mut has_previous) = (before.is_some(), after.is_some());
        if let Some(last) = size("last") {
            let beyond = all.len().saturating_sub(last);
            all.drain(..beyond);
            has_previous = beyond > 0;
        } else {
            let first = size("first").unwrap_or(20);
            has_next = all.len() > first;
            all.truncate(first);
        }
        if size("last").is_some() {
            has_next = before.is_some();
        } else {
            has_previous = after.is_some();
        }
        Page {
            type_name,
            by,
            rows: all,
            total,
            has_next,
            has_previous,
        }
    }

    fn connection(
        &self,
        type_name: &'static str,
        all: Vec<Thing<'w>>,
        fields: &[&Field],
        at_root: bool,
    ) -> Value {
        let page = self.page(type_name, all, fields[0], at_root);
        let own = format!("{type_name}Connection");
        self.object(fields, &own, |name, fields| match name {
            "totalCount" => Value::from(page.total),
            "nodes" => page
                .rows
                .iter()
                .map(|it| self.thing(Some(*it), fields))
                .collect(),
            "edges" => page
                .rows
                .iter()
                .map(|it| self.edge(&page, *it, fields))
                .collect(),
            "pageInfo" => self.object(fields, "PageInfo", |name, _| {
                let cursor = |row: Option<&Thing<'w>>| {
                    row.map_or(Value::Null, |it| {
                        Value::from(cursor(page.type_name, &page.by, it.key()))
                    })
                };
                match name {
                    "hasNextPage" => Value::from(page.has_next),
                    "hasPreviousPage" => Value::from(page.has_previous),
                    "startCursor" => cursor(page.rows.first()),
                    "endCursor" => cursor(page.rows.last()),
                    other => panic!("{other}"),
                }
            }),
            other => panic!("{other}"),
        })
    }

    fn edge(&self, page: &Page<'w>, row: Thing<'w>, fields: &[&Field]) -> Value {
        let own = format!("{}Edge", page.type_name);
        self.object(fields, &own, |name, fields| match name {
            "cursor" => Value::from(cursor(page.type_name, &page.by, row.key())),
            "node" => self.thing(Some(row), fields),
            other => panic!("{other}"),
        })
    }

    /// An object that is stored within a row.
    fn within(&self, type_name: &str, it: &serde_json::Value, fields: &[&Field]) -> Value {
        self.object(fields, type_name, |name, _| {
            Value::from_json(it[name].clone()).unwrap()
        })
    }

    fn object(
        &self,
        fields: &[&Field],
        type_name: &str,
        value: impl Fn(&str, &[&Field]) -> Value,
    ) -> Value {
        let selections: Vec<_> = fields
            .iter()
            .map(|field| &field.selection_set.node)
            .collect();
        let mut object = IndexMap::new();
        for fields in self.fields(&selections, type_name) {
            let value = match fields[0].name.node.as_str() {
                "__typename" => Value::from(type_name),
                name => value(name, &fields),
            };
            object.insert(fields[0].response_key().node.clone(), value);
        }
        Value::Object(object)
    }

    /// The fields that are asked, by response key, in the order of the text.
    fn fields<'a>(&'a self, sets: &[&'a SelectionSet], type_name: &str) -> Vec<Vec<&'a Field>> {
        let mut all: Vec<Vec<&Field>> = Vec::new();
        for set in sets {
            self.collect(set, type_name, &mut all);
        }
        all
    }

    fn collect<'a>(
        &'a self,
        set: &'a SelectionSet,
        type_name: &str,
        all: &mut Vec<Vec<&'a Field>>,
    ) {
        for item in &set.items {
            let skipped = item.node.directives().iter().any(|directive| {
                let condition = self.resolve(&directive.node.arguments[0].1.node);
                condition == Value::Boolean(directive.node.name.node == "skip")
            });
            if skipped {
                continue;
            }
            let applies =
                |on: &str| on == type_name || (on == "Node" && TYPES.contains(&type_name));
            match &item.node {
                Selection::Field(field) => {
                    let key = &field.node.response_key().node;
                    match all
                        .iter_mut()
                        .find(|fields| &fields[0].response_key().node == key)
                    {
                        Some(fields) => fields.push(&field.node),
                        None => all.push(vec![&field.node]),
                    }
                }
                Selection::InlineFragment(inline) => {
                    let on = inline.node.type_condition.as_ref();
                    if on.is_none_or(|on| applies(&on.node.on.node)) {
                        self.collect(&inline.node.selection_set.node, type_name, all);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    let fragment = &self.document.fragments[&spread.node.fragment_name.node].node;
                    if applies(&fragment.type_condition.node.on.node) {
                        self.collect(&fragment.selection_set.node, type_name, all);
                    }
                }
            }
        }
    }

    fn argument(&self, field: &Field, name: &str) -> Value {
        let value = field.get_argument(name);
        value.map_or(Value::Null, |value: &Positioned<_>| {
            self.resolve(&value.node)
        })
    }

    fn resolve(&self, value: &async_graphql_value::Value) -> Value {
        let resolved = value.clone().into_const_with(|name: Name| {
            Ok::<_, ()>(self.variables.get(&name).cloned().unwrap_or_default())
        });
        resolved.unwrap()
    }
}

/// The type of a field of the root, and whether it is a list.
fn root(name: &str) -> (&'static str, bool) {
    match name {
        "partner" => ("Partner", false),
        "partners" => ("Partner", true),
        "partnerApplication" => ("PartnerApplication", false),
        "partnerApplications" => ("PartnerApplication", true),
        "person" => ("Person", false),
        "people" => ("Person", true),
        "onboardingPlans" => ("OnboardingPlan", true),
        "onboardingSteps" => ("OnboardingStep", true),
        "facts" => ("Fact", true),
        "auditEntries" => ("AuditEntry", true),
        "deadLetters" => ("DeadLetter", true),
        "suppressions" => ("Suppression", true),
        "course" => ("Course", false),
        "courses" => ("Course", true),
        "learningPaths" => ("LearningPath", true),
        "enrollments" => ("Enrollment", true),
        "certifications" => ("Certification", true),
        "certificates" => ("Certificate", true),
        "certificationEvidence" => ("CertificationEvidence", true),
        "playbook" => ("Playbook", false),
        "playbooks" => ("Playbook", true),
        "playbookVersions" => ("PlaybookVersion", true),
        "playbookAcknowledgements" => ("PlaybookAcknowledgement", true),
        "program" => ("Program", false),
        "programs" => ("Program", true),
        "programVersions" => ("ProgramVersion", true),
        "standing" => ("Standing", false),
        "standings" => ("Standing", true),
        "standingMoves" => ("StandingMove", true),
        "standingOverrides" => ("StandingOverride", true),
        "appeals" => ("Appeal", true),
        "recognitions" => ("Recognition", true),
        "caseStudies" => ("CaseStudy", true),
        "asset" => ("Asset", false),
        "assets" => ("Asset", true),
        "assetCollections" => ("AssetCollection", true),
        "fieldNotes" => ("FieldNote", true),
        "fieldNoteChanges" => ("FieldNoteChange", true),
        other => panic!("no such root: {other}"),
    }
}
