//! Which operations look bulk, and why.

use crate::items::{MaxItems, RequestItems, find_items};
use crate::names;
use crate::node::Node;
use crate::operation::ApiOperation;

/// Words of a path, an id or a summary that are a sign of a bulk operation.
const BULK_WORDS: [&str; 6] = ["bulk", "batch", "multi", "mass", "batchwrite", "bulkupdate"];

/// Fields of an element that report the result of one item.
const VERDICTS: [&str; 7] = ["status", "statuscode", "httpstatus", "success", "error", "errors", "errorcode"];

/// An operation, and the reasons why it looks bulk.
pub(crate) struct Candidate<'a> {
    pub(crate) operation: ApiOperation<'a>,
    pub(crate) items: Option<RequestItems<'a>>,
    /// Empty for an operation that does not look bulk.
    pub(crate) reasons: Vec<String>,
}

impl<'a> Candidate<'a> {
    pub(crate) fn new(operation: ApiOperation<'a>) -> Self {
        let items = find_items(operation);
        let mut reasons = Vec::new();
        if let Some(items) = &items {
            match &items.max {
                MaxItems::Declared(max) => reasons.push(format!("{} takes at most {max}", items.place)),
                MaxItems::Stated { max, .. } => {
                    reasons.push(format!("{} takes at most {max} according to a description", items.place));
                }
                MaxItems::Unknown => {}
            }
        }
        let summary = operation.node.text_of("summary").unwrap_or_default();
        let words = names::words(&format!("{} {} {summary}", operation.path, operation.id()));
        if let Some(word) = BULK_WORDS.iter().find(|word| words.iter().any(|other| other == *word)) {
            reasons.push(format!("it mentions `{word}`"));
        }
        if items.is_some() && reports_items(operation) {
            reasons.push("its response reports single items".into());
        }
        Candidate { operation, items, reasons }
    }

    /// Whether the user means this operation: by its id, or by its method and path.
    pub(crate) fn is_named(&self, id: &str) -> bool {
        let operation = self.operation;
        operation.id() == id || format!("{} {}", operation.method, operation.path).eq_ignore_ascii_case(id)
    }
}

/// Whether a response has a list of elements with verdicts, or is a 207.
fn reports_items(operation: ApiOperation<'_>) -> bool {
    let api = operation.api;
    let has_verdicts = |schema: &Node| {
        api.items(schema).is_some_and(|element| {
            api.properties(element).iter().any(|property| VERDICTS.contains(&names::folded(property.name).as_str()))
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
