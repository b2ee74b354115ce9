//! A declaration that passed every check: what `emit` takes, and nothing else.

use proc_macro2::{Ident, Span};
use syn::{Attribute, ItemTrait, Meta, Path, Signature, Token, Type};

use crate::expression::string_of;
use crate::verb::Verb;

pub(crate) struct ApiModel {
    pub(crate) krate: Path,
    /// The trait without our attributes.
    pub(crate) item: ItemTrait,
    pub(crate) methods: Vec<MethodModel>,
}

pub(crate) struct MethodModel {
    pub(crate) signature: Signature,
    /// `#[cfg]` and `#[deprecated]`.
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) receiver: Token![self],
    pub(crate) returns: Type,
    pub(crate) constant: Ident,
    pub(crate) spec: EndpointModel,
    /// `already = path`.
    pub(crate) already: Option<Path>,
    pub(crate) arguments: Vec<ArgumentModel>,
}

/// An argument and where it goes.
pub(crate) struct ArgumentModel {
    pub(crate) ident: Ident,
    /// Where the type stands: what rustc blames if it cannot go there.
    pub(crate) type_span: Span,
    pub(crate) place: ArgumentLocation,
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
    /// The header that carries a key of its own for each batch.
    pub(crate) batch_key: Option<String>,
    pub(crate) fields: Vec<(String, String)>,
    /// The text of the doc comment.
    pub(crate) docs: String,
}

/// What `#[bulk_endpoint(…)]` says.
pub(crate) struct EndpointSettings {
    pub(crate) max: usize,
    pub(crate) assumed: bool,
    pub(crate) min: Option<usize>,
    pub(crate) max_bytes: Option<usize>,
    pub(crate) max_item_bytes: Option<usize>,
    pub(crate) partial: bool,
    pub(crate) idempotent: bool,
    pub(crate) items: ItemLocation,
    pub(crate) rate: Option<RequestRate>,
    pub(crate) poll: Option<PollRequest>,
    pub(crate) classes: Vec<ClassList>,
}

pub(crate) enum ItemLocation {
    Pointer(String),
    Body,
    Lines,
    Query(String, ListStyle),
    Form(String, ListStyle),
    Header(String),
    Map(String),
    Groups(String),
    Codec(Box<Type>),
}

impl ItemLocation {
    /// They stand in the body, and not beside it.
    pub(crate) fn in_body(&self) -> bool {
        !matches!(self, ItemLocation::Query(..) | ItemLocation::Header(_))
    }
}

/// How several items stand under one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ListStyle {
    Csv,
    Repeat,
    Indexed,
    Json,
}

/// The styles as they are written.
pub(crate) const LIST_STYLES: [(&str, ListStyle); 4] = [
    ("csv", ListStyle::Csv),
    ("repeat", ListStyle::Repeat),
    ("indexed", ListStyle::Indexed),
    ("json", ListStyle::Json),
];

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
}

/// A list such as `stop(404)`.
pub(crate) struct ClassList {
    pub(crate) name: &'static str,
    pub(crate) signs: Vec<StatusOrCode>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StatusOrCode {
    Status(u16),
    Code(String),
}

/// The text of doc comments, a line a line. What another macro makes is not known yet, and left out.
pub(crate) fn docs(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => string_of(&pair.value).map(|line| line.value()),
        _ => None,
    });
    let lines: Vec<String> = lines.map(|line| line.strip_prefix(' ').unwrap_or(&line).trim_end().to_owned()).collect();
    lines.join("\n").trim().to_owned()
}

/// The attributes that the client's items share with what they are made from.
pub(crate) fn forwarded(attributes: &[Attribute]) -> Vec<Attribute> {
    let ours = |attribute: &&Attribute| attribute.path().is_ident("cfg") || attribute.path().is_ident("deprecated");
    attributes.iter().filter(ours).cloned().collect()
}
