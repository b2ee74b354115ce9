//! Which operations look bulk, and where their items are.

use crate::names;
use crate::node::Node;
use crate::spec::{Content, Operation, Property, is_json, is_lines, kinds};

/// Words of a path, an id or a summary that say that there are many.
const WORDS: [&str; 6] = ["bulk", "batch", "multi", "mass", "batchwrite", "bulkupdate"];

/// Fields of an element that say what became of one item.
const VERDICTS: [&str; 7] = ["status", "statuscode", "httpstatus", "success", "error", "errors", "errorcode"];

/// How deep in a body items are looked for.
const DEPTH: usize = 3;

/// An operation, and what makes it look bulk.
pub(crate) struct Candidate<'a> {
    pub(crate) operation: Operation<'a>,
    pub(crate) items: Option<Items<'a>>,
    pub(crate) reasons: Vec<String>,
}

/// The items of a request.
#[derive(Clone)]
pub(crate) struct Items<'a> {
    pub(crate) place: Place,
    /// One of them.
    pub(crate) schema: &'a Node,
    pub(crate) max: Limit,
    pub(crate) min: Option<usize>,
}

/// Where the items are.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Place {
    /// The steps of a JSON pointer.
    Field(Vec<String>),
    Body,
    Lines,
    /// The steps of a JSON pointer to an object of them, each under its key; none for the body.
    Map(Vec<String>),
    Query(String, &'static str),
    Form(String, &'static str),
    Header(String),
}

/// How many items a request takes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Limit {
    /// The schema says so.
    Declared(usize),
    /// This text says so.
    Told(usize, String),
    Unknown,
}

impl<'a> Candidate<'a> {
    /// Looks at an operation.
    pub(crate) fn of(operation: Operation<'a>) -> Self {
        let items = find_items(operation);
        let mut reasons = Vec::new();
        if let Some(items) = &items {
            match &items.max {
                Limit::Declared(max) => reasons.push(format!("{} takes at most {max}", items.place)),
                Limit::Told(max, _) => reasons.push(format!("{} takes at most {max}, as a text says", items.place)),
                Limit::Unknown => {}
            }
        }
        let summary = operation.node.text_of("summary").unwrap_or_default();
        let told = names::words(&format!("{} {} {summary}", operation.path, operation.id()));
        if let Some(word) = WORDS.iter().find(|word| told.iter().any(|told| told == *word)) {
            reasons.push(format!("it says `{word}`"));
        }
        if items.is_some() && tells_items(operation) {
            reasons.push("its response tells of single items".into());
        }
        Candidate { operation, items, reasons }
    }
}

impl Place {
    /// How many steps lead to it.
    fn depth(&self) -> usize {
        if let Place::Field(steps) | Place::Map(steps) = self { steps.len() } else { 0 }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Place::Map(steps) if steps.is_empty() => f.write_str("its body"),
            Place::Field(steps) | Place::Map(steps) => write!(f, "`{}`", steps.join("/")),
            Place::Body | Place::Lines => f.write_str("its body"),
            Place::Query(name, _) | Place::Form(name, _) | Place::Header(name) => write!(f, "`{name}`"),
        }
    }
}

fn find_items(operation: Operation<'_>) -> Option<Items<'_>> {
    let body = operation.body().filter(|_| operation.method != "get");
    let in_body = body.and_then(|body| {
        let mut found = Vec::new();
        if is_lines(body.media) {
            found.push(lines(operation, body.schema));
        } else if is_json(body.media) {
            look(operation, body.schema, &mut Vec::new(), &mut found);
        } else if body.media == "application/x-www-form-urlencoded" {
            look_in_form(operation, body, &mut found);
        }
        // Of the outermost the first that is limited, else the first; an array before an object.
        let is_map = |items: &Items<'_>| matches!(items.place, Place::Map(_));
        found.into_iter().min_by_key(|items| (items.place.depth(), items.max == Limit::Unknown, is_map(items)))
    });
    in_body.or_else(|| find_parameter(operation))
}

/// The lines of a body: its schema is that of a line, or of an array of them.
fn lines<'a>(operation: Operation<'a>, schema: &'a Node) -> Items<'a> {
    const ANYTHING: &Node = &Node::Null;
    let whole = operation.spec.follow(schema).unwrap_or(schema);
    let line = operation.spec.items(whole).unwrap_or(schema);
    // As a text it is all the lines, of which nothing is known.
    let line = if scalar(whole).is_some() { ANYTHING } else { line };
    Items { place: Place::Lines, schema: line, max: limit(operation, &[whole], "maxItems"), min: None }
}

/// Arrays in a body, and objects whose entries are items, outer before inner, required before others.
fn look<'a>(operation: Operation<'a>, schema: &'a Node, steps: &mut Vec<String>, found: &mut Vec<Items<'a>>) {
    let spec = operation.spec;
    let Ok(schema) = spec.follow(schema) else { return };
    if let Some(item) = spec.items(schema) {
        let place = if steps.is_empty() { Place::Body } else { Place::Field(steps.clone()) };
        let max = limit(operation, &[schema], "maxItems");
        found.push(Items { place, schema: item, max, min: schema.number_of("minItems").filter(|min| *min > 1) });
        return;
    }
    if let Some(value) = entries(operation, schema) {
        let max = limit(operation, &[schema], "maxProperties");
        let min = schema.number_of("minProperties").filter(|min| *min > 1);
        found.push(Items { place: Place::Map(steps.clone()), schema: value, max, min });
        return;
    }
    if steps.len() == DEPTH {
        return;
    }
    let mut properties = spec.properties(schema);
    let is_array = |property: &Property<'_>| spec.items(property.schema).is_some();
    properties.sort_by_key(|property| (!is_array(property), !property.required));
    for property in properties {
        steps.push(property.name.to_owned());
        look(operation, property.schema, steps, found);
        steps.pop();
    }
}

/// What stands under each name of an object without names of its own. Bare values are rarely items: labels, counts, settings.
fn entries<'a>(operation: Operation<'a>, schema: &'a Node) -> Option<&'a Node> {
    let spec = operation.spec;
    let value = schema.get("additionalProperties").filter(|value| value.fields().is_some_and(|all| !all.is_empty()))?;
    let is_item = spec.items(value).is_some() || !spec.properties(value).is_empty();
    (is_item && spec.properties(schema).is_empty()).then_some(value)
}

fn look_in_form<'a>(operation: Operation<'a>, body: Content<'a>, found: &mut Vec<Items<'a>>) {
    for property in operation.spec.properties(body.schema) {
        let Some(item) = operation.spec.items(property.schema) else { continue };
        let encoding = body.encoding.and_then(|encoding| encoding.get(property.name));
        let exploded = encoding.and_then(|encoding| encoding.get("explode")) != Some(&Node::Bool(false));
        let style = if exploded { "repeat" } else { "csv" };
        let max = limit(operation, &[property.schema], "maxItems");
        found.push(Items { place: Place::Form(property.name.to_owned(), style), schema: item, max, min: None });
    }
}

/// Items in the query, a header, or a form of Swagger 2.
fn find_parameter(operation: Operation<'_>) -> Option<Items<'_>> {
    let places = ["query", "formData", "header"];
    let parameters = operation.parameters();
    let parameters = parameters.iter().filter(|parameter| places.contains(&parameter.place));
    let mut found: Vec<_> = parameters
        .filter_map(|parameter| {
            let schema = operation.spec.follow(parameter.schema).ok()?;
            let item = operation.spec.items(schema)?;
            let name = parameter.name.to_owned();
            let exploded = match (parameter.node.text_of("collectionFormat"), parameter.node.get("explode")) {
                (Some(format), _) => format == "multi",
                (None, Some(explode)) => *explode == Node::Bool(true),
                // Swagger 2 has commas unless told otherwise, OpenAPI 3 repeats.
                (None, None) => {
                    parameter.node.get("schema").is_some()
                        && parameter.node.text_of("style").is_none_or(|style| style == "form")
                }
            };
            let style = if exploded { "repeat" } else { "csv" };
            let place = match parameter.place {
                "query" => Place::Query(name, style),
                "formData" => Place::Form(name, style),
                _ => Place::Header(name),
            };
            let items = Items {
                place,
                schema: item,
                max: limit(operation, &[schema, parameter.node], "maxItems"),
                min: schema.number_of("minItems").filter(|min| *min > 1),
            };
            Some((parameter.required, items))
        })
        .collect();
    found.sort_by_key(|(required, items)| (items.max == Limit::Unknown, !required));
    found.into_iter().next().map(|(_, items)| items)
}

/// The limit of an array, or an object: in its schema under `word`, or in what is written about it.
fn limit(operation: Operation<'_>, places: &[&Node], word: &str) -> Limit {
    if let Some(max) = places.iter().find_map(|place| place.number_of(word)).filter(|max| *max > 0) {
        return Limit::Declared(max);
    }
    let texts = places.iter().map(|place| place.text_of("description"));
    let texts = texts.chain(["description", "summary"].map(|text| operation.node.text_of(text)));
    let told = texts.flatten().find_map(told_limit);
    told.map_or(Limit::Unknown, |(max, text)| Limit::Told(max, text))
}

/// A limit in a text: "up to 250 items", with the words around it.
fn told_limit(text: &str) -> Option<(usize, String)> {
    const CUES: [&str; 8] =
        ["up to", "at most", "maximum", "max", "no more than", "not exceed", "limited to", "limit of"];
    const OTHERS: [&str; 9] = ["char", "byte", "kb", "mb", "kib", "mib", "second", "minute", "day"];
    let words: Vec<&str> = text.split_whitespace().collect();
    (0..words.len()).find_map(|at| {
        let digits: String = words[at].chars().filter(|c| *c != ',').collect();
        let digits = digits.trim_matches(|c: char| !c.is_ascii_digit());
        let max: usize = digits.parse().ok().filter(|max| (2..=1_000_000).contains(max))?;
        let before = words[at.saturating_sub(5)..at].join(" ").to_lowercase();
        let after = words.get(at + 1).map(|word| word.to_lowercase()).unwrap_or_default();
        let unit =
            format!("{}{after}", words[at].trim_start_matches(|c: char| c.is_ascii_digit() || c == ',').to_lowercase());
        let fits = CUES.iter().any(|cue| before.contains(cue)) && !OTHERS.iter().any(|other| unit.starts_with(other));
        fits.then(|| (max, words[at.saturating_sub(5)..words.len().min(at + 4)].join(" ")))
    })
}

/// Whether a response has a list of elements with verdicts, or is a 207.
fn tells_items(operation: Operation<'_>) -> bool {
    let spec = operation.spec;
    let judges = |schema: &Node| {
        let words = |name: &str| names::words(name).concat();
        spec.items(schema).is_some_and(|element| {
            spec.properties(element).iter().any(|property| VERDICTS.contains(&words(property.name).as_str()))
        })
    };
    operation.responses().iter().filter(|response| response.status.starts_with('2')).any(|response| {
        response.status == "207"
            || response.content.is_some_and(|content| {
                judges(content.schema) || spec.properties(content.schema).iter().any(|property| judges(property.schema))
            })
    })
}

/// What an array's elements are, if they are plain: `string` or `integer`.
pub(crate) fn scalar(schema: &Node) -> Option<&'static str> {
    match kinds(schema).as_slice() {
        ["string"] | ["string", "null"] => Some("String"),
        ["integer"] | ["integer", "null"] => Some("i64"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_told_in_words() {
        for (text, want) in [
            ("Up to 250 items per request.", Some(250)),
            ("A maximum of 10,000 records can be sent.", Some(10_000)),
            ("The list must not exceed 100.", Some(100)),
            ("Ids (max 50)", Some(50)),
            ("Names of up to 255 characters", None),
            ("A body of at most 10 MB", None),
            ("A body of at most 10MB", None),
            ("Version 2 of the 15 endpoints", None),
            ("at most one", None),
        ] {
            assert_eq!(told_limit(text).map(|(max, _)| max), want, "{text}");
        }
    }
}
