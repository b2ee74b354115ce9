//! Where a request has its items, and how many it takes.

use std::cell::OnceCell;
use std::fmt;

use crate::node::Node;
use crate::openapi::{Property, kinds};
use crate::operation::{ApiContent, ApiOperation, ApiParameter, is_json, is_lines};
use crate::role_names::is_action;
use crate::stated::{self, LimitOf, StatedLimit};

/// The deepest level of a body that is searched for items.
const MAX_DEPTH: usize = 5;

/// The items of a request.
#[derive(Clone)]
pub(crate) struct RequestItems<'a> {
    pub(crate) place: ItemsPlace,
    /// The schema of the body, or of the one of several bodies that has the items.
    pub(crate) body: Option<&'a Node>,
    /// The other bodies that the request may have, by name.
    pub(crate) other_bodies: Vec<String>,
    /// The schema of one item. In groups, that of the object with the groups.
    pub(crate) schema: &'a Node,
    /// The arrays of `ItemsPlace::Groups`.
    pub(crate) groups: Vec<Property<'a>>,
    pub(crate) max: MaxItems,
    pub(crate) min: Option<usize>,
    /// What the descriptions of the list and of its operation state about limits.
    pub(crate) stated: Vec<StatedLimit>,
}

/// Where a request has its items.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ItemsPlace {
    /// An array in a field. The steps of its JSON pointer.
    Field(Vec<String>),
    /// The body is an array.
    Body,
    /// The lines of the body.
    Lines,
    /// The entries of an object, each under its key. The steps of its JSON pointer, empty for the body.
    Map(Vec<String>),
    /// Arrays in an object, one for each thing that is done with items. The steps of its JSON pointer, empty for the body.
    Groups(Vec<String>),
    /// A parameter of the query, and the style of its list.
    Query(String, &'static str),
    /// A field of a form, and the style of its list.
    Form(String, &'static str),
    Header(String),
}

/// How many items a request takes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum MaxItems {
    /// The schema has this limit.
    Declared(usize),
    /// A description has this limit.
    Stated {
        max: usize,
        sentence: String,
    },
    Unknown,
}

/// The words of a schema that limit how many items it takes.
struct LimitWords {
    max: &'static str,
    min: &'static str,
}

const OF_ARRAY: LimitWords = LimitWords { max: "maxItems", min: "minItems" };
const OF_OBJECT: LimitWords = LimitWords { max: "maxProperties", min: "minProperties" };

impl<'a> RequestItems<'a> {
    /// `nodes` have the limits: the array, and what has a description of it.
    fn new(search: &Search<'a>, place: ItemsPlace, schema: &'a Node, nodes: &[&Node], words: &LimitWords) -> Self {
        let stated = search.stated_limits(nodes);
        let declared = nodes.iter().find_map(|node| node.number_of(words.max)).filter(|max| *max > 0);
        let max = declared.map(MaxItems::Declared).or_else(|| {
            stated.iter().find_map(|limit| match limit.of {
                LimitOf::Items(max) => Some(MaxItems::Stated { max, sentence: limit.sentence.clone() }),
                _ => None,
            })
        });
        // A minimum of one is no restriction.
        let min = nodes.iter().find_map(|node| node.number_of(words.min)).filter(|min| *min > 1);
        let max = max.unwrap_or(MaxItems::Unknown);
        let body = search.operation.body().map(|body| body.schema);
        RequestItems { place, body, other_bodies: Vec::new(), schema, groups: Vec::new(), max, min, stated }
    }
}

impl MaxItems {
    pub(crate) fn known(&self) -> Option<usize> {
        match self {
            MaxItems::Declared(max) | MaxItems::Stated { max, .. } => Some(*max),
            MaxItems::Unknown => None,
        }
    }
}

impl ItemsPlace {
    /// The number of steps to it.
    fn depth(&self) -> usize {
        match self {
            ItemsPlace::Field(steps) | ItemsPlace::Map(steps) | ItemsPlace::Groups(steps) => steps.len(),
            _ => 0,
        }
    }
}

impl fmt::Display for ItemsPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ItemsPlace::Map(steps) | ItemsPlace::Groups(steps) if steps.is_empty() => f.write_str("its body"),
            ItemsPlace::Field(steps) | ItemsPlace::Map(steps) | ItemsPlace::Groups(steps) => {
                write!(f, "`{}`", steps.join("/"))
            }
            ItemsPlace::Body | ItemsPlace::Lines => f.write_str("its body"),
            ItemsPlace::Query(name, _) | ItemsPlace::Form(name, _) | ItemsPlace::Header(name) => write!(f, "`{name}`"),
        }
    }
}

/// The search for the items of an operation.
struct Search<'a> {
    operation: ApiOperation<'a>,
    /// The limits that the descriptions of the operation and of its body state. They are read when a list is found.
    stated: OnceCell<Vec<StatedLimit>>,
}

impl<'a> Search<'a> {
    /// The limits that descriptions state: those of the list first, then those of the body and of the operation.
    fn stated_limits(&self, nodes: &[&Node]) -> Vec<StatedLimit> {
        let of_list = nodes.iter().filter_map(|node| node.text_of("description")).flat_map(stated::find_all);
        let mut found: Vec<StatedLimit> = Vec::new();
        for limit in of_list.chain(self.of_operation().iter().cloned()) {
            if !found.contains(&limit) {
                found.push(limit);
            }
        }
        found
    }

    fn of_operation(&self) -> &[StatedLimit] {
        self.stated.get_or_init(|| {
            let node = self.operation.node;
            let body = node.get("requestBody").and_then(|body| self.operation.api.follow(body).ok());
            // `components/schemas/DeleteRequest`, whose list has no description of its own.
            let schema = self.operation.body().and_then(|body| self.operation.api.follow(body.schema).ok());
            let texts = body.into_iter().chain([node]).filter_map(|node| node.text_of("description"));
            let of_schema = schema.and_then(|schema| schema.text_of("description"));
            texts.chain(node.text_of("summary")).chain(of_schema).flat_map(stated::find_all).collect()
        })
    }
}

/// Finds the items of an operation: in its body, else in its parameters.
pub(crate) fn find_items(operation: ApiOperation<'_>) -> Option<RequestItems<'_>> {
    let search = Search { operation, stated: OnceCell::new() };
    let body = operation.body().filter(|_| operation.method != "get");
    let in_body = body.and_then(|body| {
        let mut found = Vec::new();
        if is_lines(body.media) {
            found.push(lines(&search, body.schema));
        } else if is_json(body.media) {
            find_in_bodies(&search, body.schema, &mut found);
        } else if body.media == "application/x-www-form-urlencoded" {
            find_in_form(&search, body, &mut found);
        }
        // Prefer the outermost place, then one with a limit, then an array over an object.
        let is_map = |items: &RequestItems<'_>| matches!(items.place, ItemsPlace::Map(_));
        found.into_iter().min_by_key(|items| (items.place.depth(), [items.max == MaxItems::Unknown, is_map(items)]))
    });
    in_body.or_else(|| find_in_parameters(&search))
}

/// The lines of a body. Its schema is the schema of one line, or of an array of lines.
fn lines<'a>(search: &Search<'a>, schema: &'a Node) -> RequestItems<'a> {
    const ANYTHING: &Node = &Node::Null;
    let operation = search.operation;
    let whole = operation.api.plain(schema).unwrap_or(schema);
    let line = operation.api.items(whole).unwrap_or(schema);
    // A text is the whole body: the schema of a line is unknown.
    let line = if scalar(whole).is_some() { ANYTHING } else { line };
    RequestItems::new(search, ItemsPlace::Lines, line, &[whole], &OF_ARRAY)
}

/// Finds items in a body, or in each body that the request may have.
fn find_in_bodies<'a>(search: &Search<'a>, body: &'a Node, found: &mut Vec<RequestItems<'a>>) {
    let api = search.operation.api;
    let bodies = api.alternatives(body);
    let names: Vec<String> =
        bodies.iter().map(|body| api.name_of(body).unwrap_or("a body without a name").to_owned()).collect();
    for (at, body) in bodies.iter().enumerate() {
        let mut in_body = Vec::new();
        find_in_schema(search, body, &mut Vec::new(), &mut in_body);
        let others = names.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, name)| name.clone());
        let other_bodies: Vec<String> = others.collect();
        found.extend(in_body.into_iter().map(|items| RequestItems {
            body: Some(body),
            other_bodies: other_bodies.clone(),
            ..items
        }));
    }
}

/// Finds arrays, and objects whose entries are items: outer before inner, required before optional.
fn find_in_schema<'a>(
    search: &Search<'a>,
    outer: &'a Node,
    steps: &mut Vec<String>,
    found: &mut Vec<RequestItems<'a>>,
) {
    let api = search.operation.api;
    let (Ok(wrapper), Ok(schema)) = (api.follow(outer), api.plain(outer)) else { return };
    if let Some(item) = api.items(schema) {
        // `[{"ids": ["a", "b"]}]`: an array around the one object with the list.
        if let [only] = api.properties(item).as_slice()
            && steps.is_empty()
            && api.items(only.schema).is_some()
        {
            steps.extend(["0".to_owned(), only.name.to_owned()]);
            find_in_schema(search, only.schema, steps, found);
            steps.clear();
            return;
        }
        // `[{"add": ["a"], "remove": ["b"]}]`: the same around the one object with groups.
        if steps.is_empty() && find_groups(search, item, &["0".to_owned()], found, true) {
            return;
        }
        let place = if steps.is_empty() { ItemsPlace::Body } else { ItemsPlace::Field(steps.clone()) };
        found.push(RequestItems::new(search, place, item, &[wrapper, schema, outer], &OF_ARRAY));
        return;
    }
    if let Some(value) = entry_schema(search.operation, schema) {
        found.push(RequestItems::new(
            search,
            ItemsPlace::Map(steps.clone()),
            value,
            &[wrapper, schema, outer],
            &OF_OBJECT,
        ));
        return;
    }
    find_groups(search, schema, steps, found, false);
    if steps.len() == MAX_DEPTH {
        return;
    }
    let mut properties = api.properties(schema);
    let is_array = |property: &Property<'_>| api.items(property.schema).is_some();
    properties.sort_by_key(|property| (!is_array(property), !property.required));
    for property in properties {
        steps.push(property.name.to_owned());
        find_in_schema(search, property.schema, steps, found);
        steps.pop();
    }
}

/// Finds the groups of an object whose arrays are all named by what is done with their items, and that needs no other field. If `alone`, it
/// has no other one.
fn find_groups<'a>(
    search: &Search<'a>,
    schema: &'a Node,
    steps: &[String],
    found: &mut Vec<RequestItems<'a>>,
    alone: bool,
) -> bool {
    let api = search.operation.api;
    let properties = api.properties(schema);
    let is_array = |property: &Property<'a>| api.items(property.schema).is_some();
    let (groups, others): (Vec<_>, Vec<_>) = properties.into_iter().partition(is_array);
    let is_one = groups.len() > 1
        && groups.iter().all(|group| is_action(group.name))
        && others.iter().all(|other| !alone && !other.required);
    if is_one {
        let nodes: Vec<&Node> =
            groups.iter().filter_map(|group| api.plain(group.schema).ok()).chain([schema]).collect();
        let items = RequestItems::new(search, ItemsPlace::Groups(steps.to_vec()), schema, &nodes, &OF_ARRAY);
        found.push(RequestItems { groups, ..items });
    }
    is_one
}

/// The schema of the values of an object without properties. Plain values are rarely items: they are labels, counts, settings.
fn entry_schema<'a>(operation: ApiOperation<'a>, schema: &'a Node) -> Option<&'a Node> {
    let api = operation.api;
    let value = schema.get("additionalProperties").filter(|value| value.fields().is_some_and(|all| !all.is_empty()))?;
    let is_item = api.items(value).is_some() || !api.properties(value).is_empty();
    (is_item && api.properties(schema).is_empty()).then_some(value)
}

fn find_in_form<'a>(search: &Search<'a>, body: ApiContent<'a>, found: &mut Vec<RequestItems<'a>>) {
    let operation = search.operation;
    for property in operation.api.properties(body.schema) {
        let Some(item) = operation.api.items(property.schema) else { continue };
        let encoding = body.encoding.and_then(|encoding| encoding.get(property.name)).unwrap_or(&Node::Null);
        let Ok(style) = list_style(encoding, true) else { continue };
        let place = ItemsPlace::Form(property.name.to_owned(), style);
        let array = operation.api.plain(property.schema).unwrap_or(property.schema);
        found.push(RequestItems::new(search, place, item, &[array, property.schema], &OF_ARRAY));
    }
}

/// Finds items in the query, a header, or a form of Swagger 2. Beside a body, an optional list in the query rather says what the response has.
fn find_in_parameters<'a>(search: &Search<'a>) -> Option<RequestItems<'a>> {
    let parameters = search.operation.parameters();
    let has_body = search.operation.body().is_some();
    let may_have = |parameter: &&ApiParameter<'a>| parameter.required || parameter.place == "formData" || !has_body;
    let found = parameters.iter().filter(may_have);
    let found = found.filter_map(|parameter| Some((parameter, parameter_items(search, parameter)?)));
    // Prefer a limit, then a required parameter.
    let best = found.min_by_key(|(parameter, items)| [items.max == MaxItems::Unknown, !parameter.required]);
    best.map(|(_, items)| items)
}

fn parameter_items<'a>(search: &Search<'a>, parameter: &ApiParameter<'a>) -> Option<RequestItems<'a>> {
    let operation = search.operation;
    let name = parameter.name.to_owned();
    let array = operation.api.plain(parameter.schema).ok()?;
    let schema = operation.api.items(array)?;
    // A list of texts has no place for an object, which is JSON as a text.
    let is_object = operation.api.follow(schema).is_ok_and(|schema| schema.get("properties").is_some());
    let style = || if is_object { Ok("json") } else { parameter_style(parameter) };
    let place = match parameter.place {
        "query" => ItemsPlace::Query(name, style().ok()?),
        "formData" => ItemsPlace::Form(name, style().ok()?),
        "header" if !is_object => ItemsPlace::Header(name),
        _ => return None,
    };
    Some(RequestItems::new(search, place, schema, &[array, parameter.node], &OF_ARRAY))
}

/// How a parameter writes a list.
pub(crate) fn parameter_style<'a>(parameter: &ApiParameter<'a>) -> Result<&'static str, &'a str> {
    // The default is commas in Swagger 2, and repetition in OpenAPI 3.
    list_style(parameter.node, parameter.node.get("schema").is_some())
}

/// How a list is written: `?id=1&id=2` is `repeat`, `?id=1,2` is `csv`. An `Err` is a style that a declaration cannot write.
fn list_style(node: &Node, is_repeated: bool) -> Result<&'static str, &str> {
    let format = node.text_of("collectionFormat").or_else(|| node.text_of("style")).unwrap_or("form");
    let explode = node.get("explode").map(|explode| *explode == Node::Bool(true));
    match format {
        "multi" => Ok("repeat"),
        // Only `form` is repeated by default.
        "form" if explode.unwrap_or(is_repeated) => Ok("repeat"),
        "pipeDelimited" | "spaceDelimited" if explode == Some(true) => Ok("repeat"),
        "pipeDelimited" | "spaceDelimited" | "pipes" | "ssv" | "tsv" => Err(format),
        _ => Ok("csv"),
    }
}

/// A list of ids that a declaration cannot write: the name of its parameter, and its style.
pub(crate) fn find_unwritable(operation: ApiOperation<'_>) -> Option<(&str, &str)> {
    operation.parameters().into_iter().find_map(|parameter| {
        let is_place = ["query", "formData"].contains(&parameter.place) && parameter.required;
        operation.api.items(parameter.schema).filter(|_| is_place)?;
        Some((parameter.name, parameter_style(&parameter).err()?))
    })
}

/// The Rust type of a schema that is plain text or a whole number.
pub(crate) fn scalar(schema: &Node) -> Option<&'static str> {
    match kinds(schema).as_slice() {
        ["string"] | ["string", "null"] => Some("String"),
        ["integer"] | ["integer", "null"] => Some("i64"),
        _ => None,
    }
}
