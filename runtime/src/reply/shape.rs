//! The layout of responses as data: what the derives write down, and the fake server and OpenAPI documents read.

use super::codes::Codes;
use super::delay::DelayAt;

/// The role of a list: what it means that an item is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The items in the list are done: `{"done": ["a"]}`.
    Succeeded,
    /// The items in the list are accepted, and the vendor does not report the final result: `{"queued": ["a"]}`.
    Accepted,
    /// The items in the list failed: `{"failed": [{"id": "a", "reason": "gone"}]}`.
    Failed,
    /// The server handed the items back without acting on them: `{"unprocessed": ["a"]}`.
    Unprocessed,
    /// Each element has its own verdict: `{"results": [{"id": "a", "status": 404}]}`.
    Results,
}

/// One field of a response object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldShape {
    /// The JSON name.
    pub name: &'static str,
    /// Further JSON names under which the field is read.
    pub aliases: &'static [&'static str],
    /// Whether the field is always present, empty or not.
    pub required: bool,
    /// The role of the field.
    pub kind: FieldKind,
    /// Whether the field is a header of the response, with this name, and not in the body.
    pub is_header: bool,
}

/// The role of a field of a response object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldKind {
    /// A list of elements.
    List {
        /// The role of the list.
        role: Role,
        /// The layout of an element.
        element: ElementShape,
    },
    /// A nested reply: `{"result": {"done": ["a"]}}`.
    Nested {
        /// The layout of the nested reply.
        reply: &'static ReplyShape,
        /// Whether the field is an array of nested replies.
        is_list: bool,
    },
    /// The number of items with this role: `{"failed_count": 2}`.
    Count(Role),
    /// The status of the whole response, done, failed or pending: `{"ok": false}`.
    Status {
        /// Its words, which are the error codes of the response if it has no other.
        codes: Codes,
    },
    /// The error code of the whole response.
    Code {
        /// The codes that the type of the field can hold.
        codes: Codes,
    },
    /// The message of the whole response.
    Message,
    /// The handle of the job that works on the items: `{"job_id": "7"}`.
    Job,
    /// The handle of the next poll: `{"next_page": "b7"}`.
    NextJob,
    /// A field without a role.
    Plain,
}

impl FieldShape {
    /// An optional field with this role.
    pub const fn new(name: &'static str, kind: FieldKind) -> Self {
        FieldShape { name, aliases: &[], required: false, kind, is_header: false }
    }

    /// Adds further JSON names.
    pub const fn aliases(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    /// Marks the field as a header.
    pub const fn header(mut self) -> Self {
        self.is_header = true;
        self
    }

    /// Returns whether the field is read from the JSON field with this name.
    pub(crate) fn is_read_from(&self, name: &str) -> bool {
        !self.is_header && (self.name == name || self.aliases.contains(&name))
    }

    /// Marks the field as always present.
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }
}

/// What it means that a response does not list an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unlisted {
    /// The result of the item is unknown (the default).
    Unknown,
    /// The item succeeded: the response lists only failures.
    Succeeded,
    /// The item is accepted: the response lists only items that were not.
    Accepted,
    /// The item failed: the response lists every item that succeeded.
    Failed,
    /// The server did not act on the item: the response lists every item that it acted on.
    Unprocessed,
    /// The server stops at the first item that fails: an item before it succeeded, an item after it was not processed.
    StopsAtFailure,
}

/// The layout of a reply: its container, and the statuses under which it comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReplyShape {
    /// The container.
    pub body: BodyShape,
    /// The meaning of an unlisted item.
    pub unlisted: Unlisted,
    /// Whether a field that is not declared does not fit: `#[serde(deny_unknown_fields)]`.
    pub denies_unknown: bool,
    /// The HTTP statuses under which the body has this layout; empty for any 2xx.
    pub statuses: &'static [u16],
    /// Where the response says how long to wait before its items are sent again.
    pub delays: &'static [DelayAt],
}

/// The container of a response's entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BodyShape {
    /// An object with these fields.
    Object(&'static [FieldShape]),
    /// The body is one list (`[{…}, {…}]`), or one object used as a list (`{"a": {…}, "b": {…}}`).
    List {
        /// The role of the list.
        role: Role,
        /// The layout of an element.
        element: ElementShape,
    },
    /// One JSON text on each line (NDJSON), each an element.
    Ndjson(ElementShape),
    /// One shape for each set of statuses. Of several shapes under one status, the first that the body has.
    ByStatus(&'static [ReplyShape]),
    /// The body is empty: the reply `()`.
    Nothing,
    /// The body is the error type of the endpoint: a variant with `#[bulk(failed)]` and no fields.
    Error,
    /// A hand-written reply, whose layout is not known.
    Opaque,
}

impl ReplyShape {
    /// A shape under any 2xx status, in which an unlisted item is unknown.
    pub const fn new(body: BodyShape) -> Self {
        ReplyShape { body, unlisted: Unlisted::Unknown, denies_unknown: false, statuses: &[], delays: &[] }
    }

    /// Sets the meaning of an unlisted item.
    pub const fn unlisted(mut self, unlisted: Unlisted) -> Self {
        self.unlisted = unlisted;
        self
    }

    /// Denies fields that are not declared.
    pub const fn deny_unknown(mut self) -> Self {
        self.denies_unknown = true;
        self
    }

    /// Sets the places of the delay.
    pub const fn delays(mut self, delays: &'static [DelayAt]) -> Self {
        self.delays = delays;
        self
    }

    /// Returns whether a part of the response is in headers.
    pub(crate) fn reads_headers(&self) -> bool {
        matches!(self.body, BodyShape::Object(fields) if fields.iter().any(|field| field.is_header))
    }

    /// Sets the statuses under which the body has this layout.
    pub const fn on(mut self, statuses: &'static [u16]) -> Self {
        self.statuses = statuses;
        self
    }

    /// Returns the usual status of a request that was carried out: the first declared 2xx, else the first declared status, else 200.
    pub fn usual_status(&self) -> u16 {
        let declared = match self.body {
            BodyShape::ByStatus(shapes) => shapes.iter().flat_map(|shape| shape.statuses).copied().collect(),
            _ => self.statuses.to_vec(),
        };
        let done = declared.iter().find(|status| (200..300).contains(*status));
        done.or(declared.first()).copied().unwrap_or(200)
    }

    /// Returns the shape of a body under this status; `None` if the status is not declared.
    pub fn under(&self, status: u16) -> Option<&ReplyShape> {
        match self.body {
            BodyShape::ByStatus(shapes) => shapes.iter().find_map(|shape| shape.under(status)),
            _ if self.statuses.is_empty() => (200..300).contains(&status).then_some(self),
            _ => self.statuses.contains(&status).then_some(self),
        }
    }
}

/// The layout of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ElementShape {
    /// The key fields, in the order of their names; empty if the element is the key itself, or has no key.
    pub key: &'static [&'static str],
    /// The field with the status of the item.
    pub status: Option<&'static str>,
    /// How the element names its item.
    pub key_source: KeySource,
    /// Whether the container is this one element, in place of a list: [`One`](crate::One).
    pub is_single: bool,
    /// The text around the key in its field: `users('{key}')`.
    pub key_text: Option<&'static str>,
    /// The field with the group of the item.
    pub group: Option<&'static str>,
}

/// How an element names its item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeySource {
    /// By its fields: `{"id": "a"}`.
    Fields,
    /// The element is the key: `"a"`.
    Itself,
    /// By its position in the list.
    Position,
    /// The element is a member of an object, and its name is the key: `"a": {…}`.
    Member,
    /// The element is a member of an object, whose name is a code, and whose value is a list of keys: `"not_found": ["a"]`.
    Code,
    /// By a key further inside: `{"item": {"id": "a"}}`, or `{"path": "/items/a"}`.
    Nested,
    /// By a position, counted from this number: it stands for the items from there on.
    From(usize),
    /// By a position, counted from this number: it stands for the items before it.
    Until(usize),
}

impl ElementShape {
    const fn new(key_source: KeySource) -> Self {
        ElementShape { key: &[], status: None, key_source, is_single: false, key_text: None, group: None }
    }

    /// An element that is the key itself: `"a"`.
    pub const fn bare() -> Self {
        ElementShape::new(KeySource::Itself)
    }

    /// An element with its key in these fields (JSON names): `{"id": "a"}`.
    pub const fn keyed(key: &'static [&'static str]) -> Self {
        ElementShape { key, ..ElementShape::new(KeySource::Fields) }
    }

    /// An element that names its item by its position in the list.
    pub const fn positional() -> Self {
        ElementShape::new(KeySource::Position)
    }

    /// A member of an object: `"a": {…}`.
    pub const fn member() -> Self {
        ElementShape::new(KeySource::Member)
    }

    /// The items with one code: `"not_found": ["a"]`.
    pub const fn in_code() -> Self {
        ElementShape::new(KeySource::Code)
    }

    /// An element with its key further inside: `{"item": {"id": "a"}}`.
    pub const fn nested() -> Self {
        ElementShape::new(KeySource::Nested)
    }

    /// An element with its key inside one of its fields; `field` is the layout of that field.
    pub const fn nested_in(field: &ElementShape) -> Self {
        ElementShape { key: field.key, key_text: field.key_text, group: field.group, ..ElementShape::nested() }
    }

    /// An element whose key is a part of the text in this field: `{"path": "/items/a"}` with `/items/{key}`.
    pub const fn keyed_in(key: &'static [&'static str], text: &'static str) -> Self {
        ElementShape { key, key_text: Some(text), ..ElementShape::nested() }
    }

    /// A position that stands for many items: one with [`KeySource::From`] or [`KeySource::Until`].
    pub const fn range(key_source: KeySource) -> Self {
        ElementShape::new(key_source)
    }

    /// Returns whether the element stands for a range of positions.
    pub(crate) const fn is_range(&self) -> bool {
        matches!(self.key_source, KeySource::From(_) | KeySource::Until(_))
    }

    /// Sets the name of the field with the group.
    pub const fn group(mut self, field: &'static str) -> Self {
        self.group = Some(field);
        self
    }

    /// The element in place of a list.
    pub const fn single(mut self) -> Self {
        self.is_single = true;
        self
    }

    /// Sets the name of the field with the status.
    pub const fn status(mut self, field: &'static str) -> Self {
        self.status = Some(field);
        self
    }
}
