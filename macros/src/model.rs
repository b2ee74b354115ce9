//! A checked declaration, as plain data: the input of `emit`.

use proc_macro2::{Ident, Span};
use syn::{Attribute, ItemTrait, LitInt, LitStr, Meta, Path, Signature, Token, Type};

use crate::expression::string_of;
use crate::spans::SpanEnds;
use crate::verb::Verb;

pub(crate) struct ApiModel {
    pub(crate) krate: Path,
    /// The trait without the attributes of `bulk_api`.
    pub(crate) item: ItemTrait,
    /// `dynamic`: the endpoints are also usable without their types.
    pub(crate) dynamic: bool,
    pub(crate) methods: Vec<MethodModel>,
}

pub(crate) struct MethodModel {
    pub(crate) signature: Signature,
    /// `#[cfg]` and `#[deprecated]`.
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) receiver: Token![self],
    pub(crate) returns: Type,
    /// Where `returns` stands.
    pub(crate) ends: SpanEnds,
    pub(crate) constant: Ident,
    pub(crate) spec: EndpointModel,
    /// `already = path`.
    pub(crate) already: Option<Path>,
    pub(crate) arguments: Vec<ArgumentModel>,
    /// The arguments as `dynamic` makes them, in the same order; empty without `dynamic`.
    pub(crate) owned: Vec<OwnedArgument>,
}

/// An argument and its place.
pub(crate) struct ArgumentModel {
    pub(crate) ident: Ident,
    /// The span of the type, where rustc reports a type that does not fit the place.
    pub(crate) type_span: Span,
    pub(crate) place: ArgumentLocation,
}

/// An argument as a value that is made at run time.
pub(crate) struct OwnedArgument {
    pub(crate) name: String,
    /// The text of its doc comment.
    pub(crate) docs: String,
    /// The type that is made: `String` for `&str`.
    pub(crate) ty: Type,
    pub(crate) passed: Passing,
}

/// How a made value becomes the argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passing {
    ByValue,
    /// `&T`
    Borrowed,
    /// `Option<&T>`
    AsRef,
    /// `Option<&str>`, `Option<&[T]>`
    AsDeref,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ArgumentLocation {
    Path(String),
    Query(String),
    Header(String),
    Field(String),
}

/// The constant part of an endpoint.
pub(crate) struct EndpointModel {
    pub(crate) name: String,
    pub(crate) verb: Verb,
    pub(crate) path: String,
    pub(crate) settings: EndpointSettings,
    pub(crate) headers: Vec<(String, String)>,
    /// The headers and fields with a unique key per batch.
    pub(crate) batch_keys: Vec<String>,
    pub(crate) fields: Vec<(String, String)>,
    /// The text of the doc comment.
    pub(crate) docs: String,
}

/// The settings in `#[bulk_endpoint(…)]`.
pub(crate) struct EndpointSettings {
    pub(crate) max: usize,
    pub(crate) assumed: bool,
    pub(crate) min: Option<usize>,
    pub(crate) max_bytes: Option<usize>,
    pub(crate) max_item_bytes: Option<usize>,
    /// `compress = gzip`.
    pub(crate) compress: bool,
    /// `max_bytes = compressed(…)`.
    pub(crate) max_compressed_bytes: Option<usize>,
    pub(crate) partial: bool,
    pub(crate) idempotent: Idempotence,
    pub(crate) items: ItemLocation,
    /// The declaration does not name a place of the items.
    pub(crate) has_default_items: bool,
    pub(crate) rate: Option<RequestRate>,
    pub(crate) poll: Option<PollRequest>,
    pub(crate) classes: Vec<ClassList>,
}

/// Whether a retry is safe, also if an earlier attempt may have applied the items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Idempotence {
    Unsafe,
    Safe,
    /// Under the idempotency key of the batch, for this time from its first attempt.
    ByKey {
        valid_ms: u64,
    },
}

pub(crate) enum ItemLocation {
    Pointer(String),
    Body,
    Ndjson,
    Query(String, ListStyle),
    Form(String, ListStyle),
    Header(String),
    /// The text between the items.
    Text(String),
    Map(String),
    Groups(String),
    Codec(Box<Type>),
}

impl ItemLocation {
    /// Returns whether the items are in the body.
    pub(crate) fn in_body(&self) -> bool {
        match self {
            ItemLocation::Query(..) | ItemLocation::Header(_) => false,
            ItemLocation::Pointer(_)
            | ItemLocation::Body
            | ItemLocation::Ndjson
            | ItemLocation::Form(..)
            | ItemLocation::Text(_)
            | ItemLocation::Map(_)
            | ItemLocation::Groups(_)
            | ItemLocation::Codec(_) => true,
        }
    }
}

/// The style of several items under one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ListStyle {
    Csv,
    Repeat,
    /// The name is a template: `users[{i}]`.
    Numbered,
    Json,
}

/// The styles that are written as words.
pub(crate) const LIST_STYLES: [(&str, ListStyle); 3] =
    [("csv", ListStyle::Csv), ("repeat", ListStyle::Repeat), ("json", ListStyle::Json)];

/// The numbers in a name: the place of an item among those of its request, counted from 0, and from 1.
pub(crate) const NUMBERS: [&str; 2] = ["{i}", "{n}"];

impl ListStyle {
    /// Returns whether items of this style, under this name, have the name `other` in a query or a form.
    pub(crate) fn has_name(self, name: &str, other: &str) -> bool {
        let number = NUMBERS
            .iter()
            .find_map(|number| name.split_once(number))
            .and_then(|(before, after)| other.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)));
        match self {
            ListStyle::Numbered => number.is_some_and(|number| number.parse::<usize>().is_ok()),
            ListStyle::Csv | ListStyle::Repeat | ListStyle::Json => name == other,
        }
    }
}

/// `rate = "100/10s"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RequestRate {
    pub(crate) count: usize,
    pub(crate) items: bool,
    pub(crate) per_ms: u64,
}

/// `poll = "/jobs/{job}"`, or `poll = post("/jobs", "/id")`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PollRequest {
    pub(crate) verb: Verb,
    pub(crate) path: String,
    pub(crate) field: Option<String>,
    /// `handle(secret)`.
    pub(crate) secret: bool,
}

/// A list such as `stop(404)`.
pub(crate) struct ClassList {
    pub(crate) name: &'static str,
    pub(crate) members: Vec<StatusOrCode>,
    /// The codes, the likeliest mistake first, for errors about codes that never match.
    pub(crate) codes: Vec<LitStr>,
    /// The first status, for errors about statuses that never match.
    pub(crate) first_status: Option<LitInt>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StatusOrCode {
    Status(u16),
    Code(String),
}

/// The text of doc comments, one line per attribute. Attributes with a macro call are left out, since it is not expanded yet.
pub(crate) fn docs(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => string_of(&pair.value).map(|line| line.value()),
        _ => None,
    });
    let lines: Vec<String> = lines.map(|line| line.strip_prefix(' ').unwrap_or(&line).trim_end().to_owned()).collect();
    lines.join("\n").trim().to_owned()
}

/// The attributes that are copied to the generated items.
pub(crate) fn forwarded(attributes: &[Attribute]) -> Vec<Attribute> {
    let ours = |attribute: &&Attribute| attribute.path().is_ident("cfg") || attribute.path().is_ident("deprecated");
    attributes.iter().filter(ours).cloned().collect()
}
