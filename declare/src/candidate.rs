//! Which operations look bulk, and why; which may be one object with a list in it, and why.

use crate::items::{ItemsPlace, MaxItems, RequestItems, find_items, find_unwritable};
use crate::names;
use crate::node::Node;
use crate::openapi::kinds;
use crate::operation::ApiOperation;
use crate::role_names::{ERRORS, STATUSES, SUCCESSES};
use crate::surroundings::Surroundings;

/// Words of a path, an id or a summary that are a sign of a bulk operation.
const BULK_WORDS: [&str; 7] = ["bulk", "batch", "multi", "mass", "batchwrite", "bulkupdate", "bulkdelete"];

/// Fields beside the items that select what an operation acts on.
const SELECTORS: [&str; 8] = ["filter", "filters", "query", "where", "search", "criteria", "selector", "conditions"];

/// A smaller limit is rather that of a field than of a bulk operation.
const FEW: usize = 10;

/// An operation, and the signs that it is bulk or is not.
pub(crate) struct Candidate<'a> {
    pub(crate) operation: ApiOperation<'a>,
    pub(crate) items: Option<RequestItems<'a>>,
    /// Why there are no items: a list that a declaration cannot write.
    pub(crate) obstacle: Option<String>,
    /// Empty for an operation that does not look bulk.
    pub(crate) reasons: Vec<String>,
    /// Signs that the operation acts on one object, which has a list in it.
    pub(crate) doubts: Vec<String>,
    /// Whether the vendor calls it bulk, or its response reports single items.
    pub(crate) is_sure: bool,
}

impl<'a> Candidate<'a> {
    pub(crate) fn new(operation: ApiOperation<'a>) -> Self {
        let items = find_items(operation);
        let mut signs = Signs { operation, reasons: Vec::new(), doubts: Vec::new(), is_sure: false };
        signs.read_names();
        if let Some(items) = &items {
            signs.read_response();
            signs.read_request(items);
        }
        let unwritable = if items.is_none() { find_unwritable(operation) } else { None };
        let obstacle = unwritable.map(|(name, style)| {
            signs.reasons.push(format!("`{name}` is a list"));
            format!("the list `{name}` is `{style}`, which a declaration cannot write")
        });
        let Signs { reasons, doubts, is_sure, .. } = signs;
        Candidate { operation, items, obstacle, reasons, doubts, is_sure }
    }

    /// Whether it is declared unless the user asks for others.
    pub(crate) fn is_bulk(&self) -> bool {
        !self.reasons.is_empty() && self.doubts.is_empty()
    }

    pub(crate) fn is_doubtful(&self) -> bool {
        !self.reasons.is_empty() && !self.doubts.is_empty()
    }

    /// Whether the user means this operation: by its id, or by its method and path.
    pub(crate) fn is_named(&self, id: &str) -> bool {
        let operation = self.operation;
        operation.id() == id || format!("{} {}", operation.method, operation.path).eq_ignore_ascii_case(id)
    }
}

/// The signs of one operation, while they are read.
struct Signs<'a> {
    operation: ApiOperation<'a>,
    reasons: Vec<String>,
    doubts: Vec<String>,
    is_sure: bool,
}

impl<'a> Signs<'a> {
    fn read_names(&mut self) {
        let summary = self.operation.node.text_of("summary").unwrap_or_default();
        if let Some(word) = bulk_word(&format!("{} {} {summary}", self.operation.path, self.operation.id())) {
            self.reasons.push(format!("it mentions `{word}`"));
            self.is_sure = true;
        }
    }

    fn read_response(&mut self) {
        if reports_items(self.operation) {
            self.reasons.push("its response reports single items".into());
            self.is_sure = true;
        }
    }

    fn read_request(&mut self, items: &RequestItems<'a>) {
        let around = Surroundings::new(self.operation, items);
        self.find_reasons(items, &around);
        self.find_certain_doubts(items, &around);
        if !self.is_sure {
            self.find_doubts(items, &around);
        }
    }

    fn find_reasons(&mut self, items: &RequestItems<'a>, around: &Surroundings<'a>) {
        let place = &items.place;
        match &items.max {
            MaxItems::Declared(max) => self.reasons.push(format!("{place} takes at most {max}")),
            MaxItems::Stated { max, .. } => {
                self.reasons.push(format!("{place} takes at most {max} according to a description"));
            }
            MaxItems::Unknown if is_whole_body(place) && self.operation.method != "put" => {
                self.reasons.push("its body is a list".into());
            }
            MaxItems::Unknown if around.is_required && around.is_naming => {
                self.reasons.push(format!("{place} lists what it acts on"));
            }
            MaxItems::Unknown => {}
        }
    }

    /// Doubts about any operation, also one that the vendor calls bulk.
    fn find_certain_doubts(&mut self, items: &RequestItems<'a>, around: &Surroundings<'a>) {
        let (method, place) = (self.operation.method, &items.place);
        if method == "get" && !around.is_required {
            self.doubts.push(format!("{place} is an optional filter"));
        }
        let path = self.operation.path.trim_end_matches('/');
        if matches!(method, "put" | "patch") && path.ends_with('}') && bulk_word(path).is_none() {
            self.doubts.push("its path names the one object that it changes".into());
        }
        if items.max.known() == Some(1) {
            self.doubts.push(format!("{place} takes one"));
        }
        let selects = |name: &&&str| SELECTORS.contains(&names::folded(name).as_str());
        if !around.is_naming
            && let Some(selector) = around.siblings.iter().find(selects)
        {
            self.doubts.push(format!("`{selector}` selects what it acts on"));
        }
    }

    fn find_doubts(&mut self, items: &RequestItems<'a>, around: &Surroundings<'a>) {
        let (method, place) = (self.operation.method, &items.place);
        if around.is_json_patch {
            self.doubts.push("its body is a JSON Patch of one object".into());
        }
        if method == "put" {
            self.doubts.push(format!("a PUT of {place} replaces the whole list: a second request undoes the first"));
        }
        if around.required >= 2 {
            self.doubts.push(format!("{place} is one of {} required fields", around.required + 1));
        } else if !around.is_required && !around.siblings.is_empty() && method != "get" {
            self.doubts.push(format!("{place} is one of {} fields, and optional", around.siblings.len() + 1));
        }
        if returns_object(self.operation, around) {
            self.doubts.push(format!("its response is one object with {place} in it"));
        }
        if (2..FEW).contains(&items.max.known().unwrap_or(FEW)) {
            self.doubts.push(format!("{place} takes few"));
        }
        if around.is_of_one_object && around.has_plain_values && !around.is_naming {
            self.doubts.push(format!("{place} are values of the object that its path names"));
        }
    }
}

fn is_whole_body(place: &ItemsPlace) -> bool {
    matches!(place, ItemsPlace::Body | ItemsPlace::Lines)
}

fn bulk_word(text: &str) -> Option<&'static str> {
    let words = names::words(text);
    BULK_WORDS.into_iter().find(|word| words.iter().any(|other| other == word))
}

/// Whether a response is, or has in it, an object with the list and with what stands beside it in the request.
fn returns_object(operation: ApiOperation<'_>, around: &Surroundings<'_>) -> bool {
    let api = operation.api;
    let is_object = |schema: &Node| {
        let properties = api.properties(schema);
        let has = |name: &str| properties.iter().any(|property| property.name == name);
        has(&around.name) && around.siblings.iter().any(|name| has(name))
    };
    let contents = operation.successes().filter_map(|response| response.content);
    !around.name.is_empty()
        && contents.into_iter().any(|content| {
            is_object(content.schema) || api.properties(content.schema).iter().any(|inner| is_object(inner.schema))
        })
}

/// Whether a response has a list of elements with verdicts, or is a 207.
fn reports_items(operation: ApiOperation<'_>) -> bool {
    let api = operation.api;
    let has_verdicts = |schema: &Node| {
        let element = api.items(schema);
        element.is_some_and(|element| {
            api.properties(element).iter().any(|one| is_verdict(operation, one.name, one.schema))
        })
    };
    operation.successes().any(|response| {
        response.status == "207"
            || response.content.is_some_and(|content| {
                has_verdicts(content.schema)
                    || api.properties(content.schema).iter().any(|property| has_verdicts(property.schema))
            })
    })
}

/// Whether a field of an element reports the result of one item. Many resources have a `status`: it is one only as a number, or as a
/// word for a failure.
fn is_verdict(operation: ApiOperation<'_>, name: &str, schema: &Node) -> bool {
    let name = names::folded(name);
    let Ok(schema) = operation.api.plain(schema) else { return false };
    let is = |kind: &str| kinds(schema).contains(&kind);
    let fails = |word: &Node| {
        word.text()
            .is_some_and(|word| ["fail", "error", "reject"].iter().any(|part| word.to_lowercase().contains(part)))
    };
    match () {
        () if STATUSES.contains(&name.as_str()) => {
            is("integer") || schema.get("enum").map(Node::elements).unwrap_or_default().iter().any(fails)
        }
        () if SUCCESSES.contains(&name.as_str()) => is("boolean"),
        () => ERRORS.contains(&name.as_str()) || ["errorcode", "errormessage"].contains(&name.as_str()),
    }
}
