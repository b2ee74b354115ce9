//! One method of the trait: its documentation, its settings and its arguments.

use crate::item_type::ItemType;
use crate::items::{ItemsPlace, MaxItems, RequestItems};
use crate::names;
use crate::operation::ApiOperation;
use crate::path::pointer;
use crate::rust_type::RustType;
use crate::stated::{LimitOf, StatedLimit};

/// One method.
#[derive(Default)]
pub(crate) struct BulkMethod {
    pub(crate) docs: Vec<String>,
    /// Open questions, one for each `TODO(you)`.
    pub(crate) notes: Vec<String>,
    pub(crate) name: String,
    pub(crate) verb: &'static str,
    pub(crate) path: String,
    /// Attributes with a fixed value, as source text: `#[header("X-Kind", "bulk")]`, `#[field("/all", true)]`.
    pub(crate) fixed: Vec<String>,
    /// What `#[bulk_endpoint(…)]` has, as source text.
    pub(crate) settings: Vec<String>,
    /// As source text, attributes included.
    pub(crate) arguments: Vec<String>,
    pub(crate) returns: ReturnTypes,
    /// The types of the arguments.
    pub(crate) argument_types: Vec<RustType>,
    /// Types that the notes name.
    pub(crate) noted_types: Vec<RustType>,
    /// Whether each request has an idempotency key.
    pub(crate) has_batch_key: bool,
    argument_names: Vec<String>,
}

/// The types in `Bulk<…>`.
#[derive(Default)]
pub(crate) struct ReturnTypes {
    pub(crate) item: Option<RustType>,
    pub(crate) reply: Option<RustType>,
    pub(crate) error: Option<RustType>,
}

impl ReturnTypes {
    pub(crate) fn all(&self) -> impl Iterator<Item = &RustType> {
        [&self.item, &self.reply, &self.error].into_iter().flatten()
    }
}

impl BulkMethod {
    pub(crate) fn new(name: String, operation: ApiOperation<'_>) -> Self {
        let mut method = BulkMethod { name, verb: operation.method, ..BulkMethod::default() };
        method.document(operation);
        method
    }

    fn document(&mut self, operation: ApiOperation<'_>) {
        let text = |name| operation.node.text_of(name).map(str::trim).unwrap_or_default();
        let (summary, description) = (text("summary"), text("description"));
        if !description.starts_with(summary) {
            self.docs.push(summary.to_owned());
        }
        self.docs.push(description.to_owned());
        self.docs.retain(|text| !text.is_empty());
        if let Some(url) = operation.node.get("externalDocs").and_then(|docs| docs.text_of("url")) {
            self.docs.push(format!("[The vendor's page]({url})"));
        }
        if operation.node.is_true("deprecated") {
            self.docs.push("Deprecated by the vendor.".into());
        }
    }

    /// Adds `max` and `min`.
    pub(crate) fn set_limits(&mut self, items: &RequestItems<'_>) {
        match &items.max {
            MaxItems::Declared(max) => self.settings.push(format!("max = {max}")),
            MaxItems::Stated { max, sentence } => {
                self.settings.push(format!("max = {max}"));
                self.notes.push(format!("`max` is read from this sentence: \"{sentence}\""));
            }
            MaxItems::Unknown => {
                self.settings.push("max = assumed(100)".into());
                self.notes.push("the specification gives no limit: `max` is assumed".into());
            }
        }
        for limit in &items.stated {
            self.note_limit(limit, &items.max);
        }
        let is_possible = |min: &usize| items.max.known().is_none_or(|max| max >= *min);
        self.settings.extend(items.min.filter(is_possible).map(|min| format!("min = {min}")));
    }

    /// Quotes a limit that is not the value of `max` already.
    fn note_limit(&mut self, limit: &StatedLimit, max: &MaxItems) {
        let question = match limit.of {
            LimitOf::Items(number) if max.known() == Some(number) => return,
            LimitOf::Items(_) => "is this the `max` of a request?",
            LimitOf::Bytes => "is this `max_bytes`, or `max_item_bytes`?",
            LimitOf::Rate => "add it as `rate = \"…/1s\"`?",
        };
        self.notes.push(format!("the description says: \"{}\": {question}", limit.sentence));
    }

    /// Adds `items`.
    pub(crate) fn set_place(&mut self, items: &RequestItems<'_>, item: &ItemType) {
        if !items.groups.is_empty() {
            let groups: Vec<String> = items.groups.iter().map(|group| format!("`{}`", group.name)).collect();
            let groups = groups.join(", ");
            self.notes
                .push(format!("an item is in one of the lists {groups}: may a request have items in several of them?"));
        }
        // A name that a declaration could read as a path, or as a word.
        let is_plain = |name: &str| {
            !name.is_empty() && !name.contains(['/', '~', '.', '$', '[', ']']) && !["body", "ndjson"].contains(&name)
        };
        let place = match &items.place {
            // The default of `items`, for plain ids.
            ItemsPlace::Field(steps) if *steps == ["ids"] && matches!(item, ItemType::Key { .. }) => None,
            ItemsPlace::Field(steps) => match steps.as_slice() {
                [one] if is_plain(one) => Some(format!("{one:?}")),
                [above @ .., last] => Some(format!("{:?}", pointer(above, last))),
                [] => None,
            },
            ItemsPlace::Body => Some("body".into()),
            ItemsPlace::Lines => Some("ndjson".into()),
            ItemsPlace::Map(steps) => Some(format!("map({:?})", pointer_to(steps))),
            ItemsPlace::Groups(steps) => Some(format!("groups({:?})", pointer_to(steps))),
            ItemsPlace::Query(name, style) => Some(format!("query({name:?}, {style})")),
            ItemsPlace::Form(name, style) => Some(format!("form({name:?}, {style})")),
            ItemsPlace::Header(name) => Some(format!("header({name:?})")),
        };
        self.settings.extend(place.map(|place| format!("items = {place}")));
    }

    /// Adds `partial`.
    pub(crate) fn set_partial(&mut self, partial: bool) {
        self.settings.push(format!("partial = {partial}"));
        if !partial {
            self.notes.push(
                "`partial = false` means that a request is all or nothing: the response does not report single items"
                    .into(),
            );
        }
    }

    /// Adds `idempotent`, which follows from the verb.
    pub(crate) fn set_idempotent(&mut self) {
        if self.has_batch_key {
            self.notes.push(
                "each request has an idempotency key: add `idempotent = key(valid = \"24h\")`, with the time for which the vendor \
                 keeps keys"
                    .into(),
            );
        } else if matches!(self.verb, "get" | "put" | "delete") {
            self.settings.push("idempotent = true".into());
            self.notes.push(format!(
                "`idempotent` follows from HTTP's definition of {}: does the vendor keep to it?",
                self.verb.to_uppercase()
            ));
        } else {
            self.notes.push("if a retry is safe, add `idempotent = true`".into());
        }
    }

    /// Adds an argument. `attribute` makes its attribute, if it needs one, from its Rust name.
    pub(crate) fn add_argument(&mut self, wire: &str, ty: RustType, attribute: impl Fn(&str) -> Option<String>) {
        let is_taken = |name: &str| self.argument_names.iter().any(|other| other == name);
        let name = names::free_name(&names::snake(wire), is_taken);
        self.argument_names.push(name.clone());
        let attribute = attribute(&name).map(|attribute| format!("{attribute} ")).unwrap_or_default();
        self.arguments.push(format!("{attribute}{}: {}", names::escaped(&name), borrowed(&ty)));
        self.argument_types.push(ty);
    }
}

/// The JSON pointer of these steps; empty for the body.
fn pointer_to(steps: &[String]) -> String {
    steps.split_last().map_or(String::new(), |(last, above)| pointer(above, last))
}

/// The type of an argument as source text.
fn borrowed(ty: &RustType) -> String {
    match ty {
        RustType::Plain("String") => "&str".into(),
        RustType::Plain(name) => (*name).to_owned(),
        RustType::List(of) => format!("&[{of}]"),
        RustType::Optional(of) => format!("Option<{}>", borrowed(of)),
        ty => format!("&{ty}"),
    }
}
