//! A document is measured before anything walks it.
//!
//! A fragment that spreads another twice, which spreads a third twice, is small to send and
//! doubles with each line when it is written out; validation and execution write it out. Here each
//! fragment is measured once and its measure is added wherever it is spread, so the work is
//! proportional to the text and the numbers alone grow. The text is looked at first, because the
//! parser calls itself for each open bracket.

use std::collections::HashMap;

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{
    ExecutableDocument, Field, OperationDefinition, OperationType, Selection, SelectionSet,
};
use async_graphql::{Name, Pos, Positioned, ServerError};

use super::refusal;

/// How large a document may be.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Brackets of any kind open at once in the text.
    pub nesting: usize,
    /// Names, numbers, strings and signs in the text.
    pub tokens: usize,
    /// Operations, of which one is run.
    pub operations: usize,
    /// Fragment definitions.
    pub fragments: usize,
    /// Variables of one operation.
    pub variables: usize,
    /// Arguments of one field or directive.
    pub arguments: usize,
    /// Fields and spreads with all fragments written out, over all operations and fragments.
    pub nodes: u32,
    /// Fields inside fields.
    pub depth: u32,
    /// Aliases with all fragments written out, in one operation.
    pub aliases: u32,
    /// Directives with all fragments written out, in one operation.
    pub directives: u32,
    /// Fields at the root of a query.
    pub root_fields: u32,
    /// Fields at the root of a mutation.
    pub mutations: u32,
    /// Mutations that are the only one in their operation, since each costs a password hash.
    pub alone: &'static [&'static str],
    /// `__schema` and `__type` in one operation.
    pub introspections: u32,
    /// Lists inside lists of an introspection: types, their fields, their arguments.
    pub introspection_lists: u32,
}

impl Default for Limits {
    /// What any front end that was looked at stays well below. Codegen and IDEs ask for the schema
    /// with 15 levels and about 200 nodes.
    fn default() -> Self {
        Self {
            nesting: 64,
            tokens: 10_000,
            operations: 10,
            fragments: 50,
            variables: 100,
            arguments: 32,
            nodes: 5_000,
            depth: 15,
            aliases: 100,
            directives: 50,
            root_fields: 20,
            mutations: 5,
            alone: &[
                "sessionCreate",
                "invitationAccept",
                "passwordReset",
                "passwordChange",
            ],
            introspections: 2,
            introspection_lists: 3,
        }
    }
}

/// A document that is small enough to be looked at.
#[derive(Debug)]
pub struct Document {
    parsed: ExecutableDocument,
    operations: Vec<Operation>,
}

/// One operation of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its name; none where it is the only one and has none.
    pub name: Option<String>,
    /// Query, mutation or subscription.
    pub kind: OperationType,
    /// Whether it asks for the schema.
    pub introspects: bool,
}

impl Document {
    /// Parses and measures.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` where it cannot be understood, `COST_EXCEEDED` where it is too large.
    pub fn read(text: &str, limits: &Limits) -> Result<Self, ServerError> {
        scan(text, limits)?;
        let parsed = parse_query(text).map_err(|error| {
            let mut error = ServerError::from(error);
            super::set_code(&mut error, "BAD_USER_INPUT");
            error
        })?;
        let operations = measure(&parsed, limits)?;
        Ok(Self { parsed, operations })
    }

    /// The operation to run: the one of that name, or the only one.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` where the choice is not clear.
    pub fn operation(&self, name: Option<&str>) -> Result<&Operation, ServerError> {
        match (name, self.operations.as_slice()) {
            (Some(name), all) => all
                .iter()
                .find(|operation| operation.name.as_deref() == Some(name))
                .ok_or_else(|| {
                    refusal(
                        "BAD_USER_INPUT",
                        "The document has no operation of that `operationName`.",
                    )
                }),
            (None, [only]) => Ok(only),
            (None, _) => Err(refusal(
                "BAD_USER_INPUT",
                "The document has several operations: name one in `operationName`.",
            )),
        }
    }

    /// The parsed document, for execution.
    #[must_use]
    pub fn into_parsed(self) -> ExecutableDocument {
        self.parsed
    }
}

fn too_large(what: &str, limit: impl std::fmt::Display, at: Option<Pos>) -> ServerError {
    let mut error = refusal(
        "COST_EXCEEDED",
        format!("The document is too large: {what}. The limit is {limit}."),
    );
    error.locations.extend(at);
    error
}

/// Counts tokens and open brackets, in the text's own order and without recursion.
fn scan(text: &str, limits: &Limits) -> Result<(), ServerError> {
    let bytes = text.as_bytes();
    let (mut at, mut tokens, mut open) = (0, 0_usize, 0_usize);
    while let Some(&byte) = bytes.get(at) {
        at += match byte {
            b' ' | b'\t' | b'\n' | b'\r' | b',' => {
                at += 1;
                continue;
            }
            b'#' => {
                at += line(&bytes[at..]);
                continue;
            }
            b'"' => string(&bytes[at..])?,
            byte if is_name(byte) => bytes[at..].iter().take_while(|b| is_name(**b)).count(),
            b'{' | b'[' | b'(' => {
                open += 1;
                1
            }
            b'}' | b']' | b')' => {
                open = open.saturating_sub(1);
                1
            }
            _ => 1,
        };
        tokens += 1;
        if tokens > limits.tokens {
            return Err(too_large("it has too many tokens", limits.tokens, None));
        }
        if open > limits.nesting {
            return Err(too_large(
                "too many brackets are open at once",
                limits.nesting,
                None,
            ));
        }
    }
    Ok(())
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Bytes to the end of the line.
fn line(rest: &[u8]) -> usize {
    rest.iter()
        .take_while(|byte| !matches!(byte, b'\n' | b'\r'))
        .count()
}

/// Bytes of the string that begins here. One that does not end is refused: the parser would try to
/// read it another way, and see brackets where this saw none.
fn string(rest: &[u8]) -> Result<usize, ServerError> {
    let is_block = rest.starts_with(b"\"\"\"");
    let mut at = if is_block { 3 } else { 1 };
    while let Some(&byte) = rest.get(at) {
        if is_block && rest[at..].starts_with(b"\\\"\"\"") {
            at += 4;
        } else if is_block && rest[at..].starts_with(b"\"\"\"") {
            return Ok(at + 3);
        } else if is_block {
            at += 1;
        } else {
            match byte {
                b'"' => return Ok(at + 1),
                b'\\' => at += 2,
                b'\n' | b'\r' => break,
                _ => at += 1,
            }
        }
    }
    Err(refusal("BAD_USER_INPUT", "A string does not end."))
}

/// What a selection set amounts to with its fragments written out.
#[derive(Clone, Copy, Debug, Default)]
struct Measure {
    /// Fields and spreads.
    nodes: u32,
    /// Fields inside fields.
    depth: u32,
    /// Fields at this level.
    fields: u32,
    aliases: u32,
    directives: u32,
    introspections: u32,
    /// Lists inside lists, by the names that introspection has for them.
    lists: u32,
}

impl Measure {
    /// Beside what was measured so far.
    fn and(self, other: Self) -> Self {
        Self {
            nodes: self.nodes.saturating_add(other.nodes),
            depth: self.depth.max(other.depth),
            fields: self.fields.saturating_add(other.fields),
            aliases: self.aliases.saturating_add(other.aliases),
            directives: self.directives.saturating_add(other.directives),
            introspections: self.introspections.saturating_add(other.introspections),
            lists: self.lists.max(other.lists),
        }
    }
}

#[derive(Clone, Copy)]
enum Progress {
    /// On the way to here: to meet it again is a cycle.
    Open,
    Done(Measure),
}

struct Walk<'d> {
    document: &'d ExecutableDocument,
    limits: &'d Limits,
    fragments: HashMap<&'d Name, Progress>,
}

/// Measures every operation and every fragment: those that are not run are validated all the same.
fn measure(document: &ExecutableDocument, limits: &Limits) -> Result<Vec<Operation>, ServerError> {
    if document.fragments.len() > limits.fragments {
        return Err(too_large(
            "it has too many fragments",
            limits.fragments,
            None,
        ));
    }
    if document.operations.iter().len() > limits.operations {
        return Err(too_large(
            "it has too many operations",
            limits.operations,
            None,
        ));
    }
    let mut walk = Walk {
        document,
        limits,
        fragments: HashMap::with_capacity(document.fragments.len()),
    };
    let mut nodes = 0_u32;
    for (name, definition) in &document.fragments {
        let measure = walk.fragment(name, definition.pos, 0)?;
        nodes = nodes.saturating_add(measure.nodes);
    }
    let mut operations = Vec::with_capacity(document.operations.iter().len());
    for (name, definition) in document.operations.iter() {
        let measure = walk.operation(definition)?;
        nodes = nodes.saturating_add(measure.nodes);
        operations.push(Operation {
            name: name.map(ToString::to_string),
            kind: definition.node.ty,
            introspects: measure.introspections > 0,
        });
    }
    if nodes > limits.nodes {
        return Err(too_large(
            "it selects too many fields, with fragments written out",
            limits.nodes,
            None,
        ));
    }
    // Only now may anything be written out.
    for (_, definition) in document.operations.iter() {
        if definition.node.ty == OperationType::Mutation {
            walk.check_alone(definition)?;
        }
    }
    Ok(operations)
}

impl<'d> Walk<'d> {
    fn operation(
        &mut self,
        definition: &'d Positioned<OperationDefinition>,
    ) -> Result<Measure, ServerError> {
        let (limits, at) = (self.limits, Some(definition.pos));
        let operation = &definition.node;
        if operation.variable_definitions.len() > limits.variables {
            return Err(too_large("it has too many variables", limits.variables, at));
        }
        let mut measure = self.selection(&operation.selection_set.node, 0)?;
        let own = operation.directives.len()
            + operation
                .variable_definitions
                .iter()
                .map(|variable| variable.node.directives.len())
                .sum::<usize>();
        measure.directives = measure.directives.saturating_add(count(own));
        let roots = match operation.ty {
            OperationType::Mutation => limits.mutations,
            OperationType::Query | OperationType::Subscription => limits.root_fields,
        };
        for (value, limit, what) in [
            (measure.depth, limits.depth, "fields are nested too deep"),
            (measure.aliases, limits.aliases, "it has too many aliases"),
            (
                measure.directives,
                limits.directives,
                "it has too many directives",
            ),
            (measure.fields, roots, "it has too many fields at its root"),
            (
                measure.introspections,
                limits.introspections,
                "it asks for the schema too often",
            ),
        ] {
            if value > limit {
                return Err(too_large(what, limit, at));
            }
        }
        Ok(measure)
    }

    fn fragment(&mut self, name: &'d Name, at: Pos, level: usize) -> Result<Measure, ServerError> {
        match self.fragments.get(name) {
            Some(Progress::Done(measure)) => return Ok(*measure),
            Some(Progress::Open) => {
                let mut error = refusal(
                    "BAD_USER_INPUT",
                    format!("The fragment {name} spreads itself."),
                );
                error.locations.push(at);
                return Err(error);
            }
            None => {}
        }
        // One that is not defined counts nothing; validation names it.
        let Some(definition) = self.document.fragments.get(name) else {
            return Ok(Measure::default());
        };
        self.fragments.insert(name, Progress::Open);
        let mut measure = self.selection(&definition.node.selection_set.node, level + 1)?;
        measure.directives = measure
            .directives
            .saturating_add(count(definition.node.directives.len()));
        self.fragments.insert(name, Progress::Done(measure));
        Ok(measure)
    }

    fn selection(&mut self, set: &'d SelectionSet, level: usize) -> Result<Measure, ServerError> {
        let mut sum = Measure::default();
        for item in &set.items {
            let at = item.pos;
            // What is inside a chain of fragments is nested like what is inside brackets.
            if level > self.limits.nesting {
                return Err(too_large(
                    "fragments are nested too deep",
                    self.limits.nesting,
                    Some(at),
                ));
            }
            let (inside, directives) = match &item.node {
                Selection::Field(field) => {
                    let inside = self.selection(&field.node.selection_set.node, level + 1)?;
                    (self.field(field, inside)?, &field.node.directives)
                }
                Selection::FragmentSpread(spread) => (
                    self.fragment(&spread.node.fragment_name.node, at, level)?,
                    &spread.node.directives,
                ),
                Selection::InlineFragment(fragment) => (
                    self.selection(&fragment.node.selection_set.node, level + 1)?,
                    &fragment.node.directives,
                ),
            };
            for directive in directives {
                self.check_arguments(directive.node.arguments.len(), directive.pos)?;
            }
            sum = sum.and(inside).and(Measure {
                nodes: 1,
                directives: count(directives.len()),
                ..Measure::default()
            });
        }
        Ok(sum)
    }

    /// A field around what is inside it.
    fn field(&self, field: &Positioned<Field>, inside: Measure) -> Result<Measure, ServerError> {
        self.check_arguments(field.node.arguments.len(), field.pos)?;
        let name = field.node.name.node.as_str();
        let introspects = matches!(name, "__schema" | "__type");
        if introspects && (inside.lists > self.limits.introspection_lists || inside.aliases > 0) {
            let mut error = refusal(
                "COST_EXCEEDED",
                "An introspection has no aliases, and its lists are nested at most three deep. \
                 The schema can be read as a whole at /schema.graphql.",
            );
            error.locations.push(field.pos);
            return Err(error);
        }
        let is_list = matches!(
            name,
            "types"
                | "fields"
                | "args"
                | "inputFields"
                | "interfaces"
                | "possibleTypes"
                | "enumValues"
                | "directives"
        );
        Ok(Measure {
            depth: inside.depth.saturating_add(1),
            fields: 1,
            aliases: inside
                .aliases
                .saturating_add(field.node.alias.is_some().into()),
            introspections: inside.introspections.saturating_add(introspects.into()),
            lists: inside.lists.saturating_add(is_list.into()),
            ..inside
        })
    }

    fn check_arguments(&self, arguments: usize, at: Pos) -> Result<(), ServerError> {
        let limit = self.limits.arguments;
        if arguments > limit {
            return Err(too_large("a field has too many arguments", limit, Some(at)));
        }
        Ok(())
    }

    fn check_alone(&self, definition: &Positioned<OperationDefinition>) -> Result<(), ServerError> {
        let mut names = Vec::new();
        self.root_names(&definition.node.selection_set.node, &mut names);
        let expensive = names.iter().find(|name| self.limits.alone.contains(name));
        match expensive {
            Some(name) if names.len() > 1 => Err(refusal(
                "COST_EXCEEDED",
                format!("{name} is the only field of its operation: send the others separately."),
            )),
            Some(_) | None => Ok(()),
        }
    }

    /// Names of the fields at the root; written out, so only after the measure was found small.
    fn root_names<'s>(&'s self, set: &'s SelectionSet, names: &mut Vec<&'s str>) {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => names.push(field.node.name.node.as_str()),
                Selection::FragmentSpread(spread) => {
                    let fragment = self.document.fragments.get(&spread.node.fragment_name.node);
                    if let Some(fragment) = fragment {
                        self.root_names(&fragment.node.selection_set.node, names);
                    }
                }
                Selection::InlineFragment(fragment) => {
                    self.root_names(&fragment.node.selection_set.node, names);
                }
            }
        }
    }
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    fn read(text: &str) -> Result<Document, ServerError> {
        Document::read(text, &Limits::default())
    }

    fn refused(text: &str) -> (String, String) {
        let error = read(text).expect_err("is refused");
        let code = error.extensions.as_ref().and_then(|it| it.get("code"));
        (
            code.map(|code| code.to_string().replace('"', ""))
                .unwrap_or_default(),
            error.message,
        )
    }

    fn is_too_large(text: &str, because: &str) {
        let (code, message) = refused(text);
        assert_eq!(code, "COST_EXCEEDED", "{message}");
        assert!(message.contains(because), "{message}");
    }

    /// Each fragment spreads the next one `width` times; written out, `width ^ levels` fields.
    fn bomb(levels: usize, width: usize) -> String {
        let mut text = String::from("{ ...F0 }");
        for level in 0..levels {
            let _ = write!(text, " fragment F{level} on Query {{ ");
            for _ in 0..width {
                let _ = write!(text, "...F{} ", level + 1);
            }
            text.push('}');
        }
        let _ = write!(text, " fragment F{levels} on Query {{ version }}");
        text
    }

    #[test]
    fn a_fragment_bomb_is_refused_without_writing_it_out() {
        // 2^40 and 20^49 fields: the test ends because nothing counts them one by one.
        is_too_large(&bomb(40, 2), "too many fields");
        is_too_large(&bomb(49, 20), "too many fields");
    }

    #[test]
    fn a_bomb_without_any_field_is_refused() {
        let text = bomb(30, 3).replace("{ version }", "{ ...Nowhere }");
        is_too_large(&text, "too many fields");
    }

    #[test]
    fn a_bomb_in_fragments_that_nobody_spreads_is_refused() {
        let text = bomb(40, 2).replace("{ ...F0 }", "{ version }");
        is_too_large(&text, "too many fields");
    }

    #[test]
    fn a_bomb_in_an_operation_that_is_not_run_is_refused() {
        let text = bomb(40, 2).replace("{ ...F0 }", "query A { version } query B { ...F0 }");
        is_too_large(&text, "too many fields");
    }

    #[test]
    fn a_mutation_of_empty_spreads_is_refused_before_its_names_are_collected() {
        let text = bomb(40, 2)
            .replace("{ ...F0 }", "mutation { ...F0 }")
            .replace("{ version }", "{ ...Nowhere }");
        is_too_large(&text, "too many fields");
    }

    #[test]
    fn fragments_in_a_circle_are_refused() {
        let (code, message) =
            refused("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }");
        assert_eq!(code, "BAD_USER_INPUT");
        assert!(message.contains("spreads itself"), "{message}");
    }

    #[test]
    fn a_fragment_that_is_not_defined_is_left_to_validation() {
        assert!(read("{ ...Nowhere }").is_ok());
    }

    #[test]
    fn brackets_are_counted_before_the_parser_calls_itself_for_each() {
        for (open, close) in [("{a", "}"), ("{a(b:[", "])}"), ("{a(b:{c:", "})}")] {
            let text = open.repeat(20_000) + &close.repeat(20_000);
            let (code, _) = refused(&text);
            assert_eq!(code, "COST_EXCEEDED");
        }
        let list = format!("{{ a(b: {}{}) }}", "[".repeat(9_000), "]".repeat(9_000));
        is_too_large(&list, "brackets");
        let type_ = format!(
            "query($a: {}Int{}) {{ b }}",
            "[".repeat(9_000),
            "]".repeat(9_000)
        );
        is_too_large(&type_, "brackets");
    }

    #[test]
    fn brackets_in_strings_and_comments_do_not_count() {
        let many = "[{(".repeat(200);
        let text = format!("{{ a(b: \"{many}\\\"\" c: \"\"\"{many}\\\"\"\"\n\"\"\") # {many}\n }}");
        assert!(read(&text).is_ok(), "{:?}", read(&text).err());
    }

    #[test]
    fn a_string_that_does_not_end_hides_no_brackets() {
        let many = "[".repeat(5_000);
        for text in [
            format!("{{ a(b: \"\"\"{many}) }}"),
            format!("{{ a(b: [\"\"\"x\" {many}]) }}"),
            format!("{{ a(b: \"{many}\n\") }}"),
        ] {
            assert_eq!(refused(&text).0, "BAD_USER_INPUT");
        }
    }

    #[test]
    fn tokens_are_counted() {
        is_too_large(&format!("{{ {} }}", "a ".repeat(20_000)), "tokens");
    }

    #[test]
    fn depth_counts_through_fragments() {
        let deep = |levels: usize| {
            format!(
                "{{ a {} ...F {} }} fragment F on Query {{ b {{ c }} }}",
                "{ a ".repeat(levels),
                "}".repeat(levels)
            )
        };
        assert!(read(&deep(13)).is_ok());
        is_too_large(&deep(14), "nested too deep");
    }

    #[test]
    fn aliases_count_wherever_their_fragment_is_spread() {
        let text = |spreads: usize| {
            format!(
                "{{ {} }} fragment F on Query {{ x: version y: version }}",
                (0..spreads).fold(String::new(), |text, _| text + "...F ")
            )
        };
        assert!(read(&text(10)).is_ok());
        let mut many = String::from("{ a { ");
        for n in 0..101 {
            let _ = write!(many, "a{n}: version ");
        }
        many.push_str("} }");
        is_too_large(&many, "aliases");
    }

    #[test]
    fn directives_arguments_variables_and_operations_are_counted() {
        is_too_large(&format!("{{ a {} }}", "@x ".repeat(51)), "directives");
        is_too_large(&format!("{{ a({}) }}", "b: 1 ".repeat(33)), "arguments");
        is_too_large(&format!("{{ a @x({}) }}", "b: 1 ".repeat(33)), "arguments");
        is_too_large(
            &format!("query({}) {{ a }}", "$a: Int ".repeat(101)),
            "variables",
        );
        let operations = (0..11).fold(String::new(), |text, n| {
            text + &format!("query Q{n} {{ a }} ")
        });
        is_too_large(&operations, "operations");
        let fragments = (0..51).fold(String::from("{ a }"), |text, n| {
            text + &format!(" fragment F{n} on Query {{ a }}")
        });
        is_too_large(&fragments, "fragments");
    }

    #[test]
    fn roots_count_through_fragments() {
        let text = |kind: &str, fields: usize| {
            format!(
                "{kind} {{ ...F }} fragment F on X {{ {} }}",
                "a ".repeat(fields)
            )
        };
        assert!(read(&text("query", 20)).is_ok());
        is_too_large(&text("query", 21), "root");
        assert!(read(&text("mutation", 5)).is_ok());
        is_too_large(&text("mutation", 6), "root");
    }

    #[test]
    fn what_hashes_a_password_stands_alone() {
        assert!(read("mutation { sessionCreate(input: {}) { x } }").is_ok());
        is_too_large(
            "mutation { a: sessionCreate(input: {}) { x } ...F } fragment F on M { b: sessionCreate { x } }",
            "sessionCreate",
        );
    }

    #[test]
    fn introspection_is_no_bomb() {
        let nested =
            "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }";
        is_too_large(nested, "introspection");
        is_too_large(
            "{ __type(name: \"A\") { a: fields { name } b: fields { name } } }",
            "introspection",
        );
        is_too_large(
            "{ a: __schema { x } b: __schema { x } c: __schema { x } }",
            "schema too often",
        );
        // The same names elsewhere are fields like any other.
        assert!(
            read("{ types { fields { type { fields { type { fields { name } } } } } } }").is_ok()
        );
    }

    #[test]
    fn the_operation_is_chosen_by_name() {
        let several = read("query A { a } mutation B { b }").expect("is read");
        assert_eq!(
            several.operation(Some("B")).map(|it| it.kind).ok(),
            Some(OperationType::Mutation)
        );
        assert!(several.operation(None).is_err());
        assert!(several.operation(Some("C")).is_err());
        let one = read("query A { __schema { queryType { name } } }").expect("is read");
        assert!(one.operation(None).is_ok_and(|it| it.introspects));
    }
}
