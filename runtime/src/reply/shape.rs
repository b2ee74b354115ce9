//! The layout of responses, as data.

/// What the place of a line says of its item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The list of those done.
    Succeeded,
    /// The list of those not done.
    Failed,
    /// The list of those handed back unprocessed.
    Unprocessed,
    /// The elements judge themselves.
    Results,
}

/// One field of a response's object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldShape {
    /// Its JSON name.
    pub name: &'static str,
    /// Further JSON names it is read under.
    pub aliases: &'static [&'static str],
    /// It is always there, empty or not.
    pub required: bool,
    /// What it is.
    pub kind: FieldKind,
}

/// What a field of a response's object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldKind {
    /// A list of elements.
    List {
        /// What standing in it means.
        role: Role,
        /// Its elements.
        element: ElementShape,
    },
    /// A reply of its own.
    Nested {
        /// Its layout.
        reply: &'static ReplyShape,
        /// It is an array of such.
        is_list: bool,
    },
    /// The number of lines of a role.
    Count(Role),
    /// What the response says of itself: done, not done, or not yet.
    Status,
    /// The error code of the whole response.
    Code,
    /// The message of the whole response.
    Message,
    /// The handle of the job that will tell.
    Job,
    /// Nothing that is read.
    Plain,
}

impl FieldShape {
    /// A field of this kind.
    pub const fn new(name: &'static str, kind: FieldKind) -> Self {
        FieldShape { name, aliases: &[], required: false, kind }
    }

    /// Further names.
    pub const fn aliases(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    /// Always there.
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }
}

/// What it means that a response does not name an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unlisted {
    /// Nothing is known of it (the default).
    Unknown,
    /// It was done: the response lists failures only.
    Succeeded,
    /// It was not done: the response lists all that was.
    Failed,
}

/// How a reply's body is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReplyShape {
    /// The container.
    pub body: BodyShape,
    /// What silence means.
    pub unlisted: Unlisted,
    /// The statuses that carry it; empty: any 2xx.
    pub statuses: &'static [u16],
}

/// The container of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BodyShape {
    /// An object with these fields.
    Object(&'static [FieldShape]),
    /// The body is one list, or one object whose entries are.
    List {
        /// What standing in it means.
        role: Role,
        /// Its elements.
        element: ElementShape,
    },
    /// A JSON text an element, one a line.
    Ndjson(ElementShape),
    /// Other shapes under other statuses, each with its own.
    ByStatus(&'static [ReplyShape]),
    /// The body tells nothing.
    Nothing,
    /// A hand-written reply.
    Opaque,
}

impl ReplyShape {
    /// A container whose silence means nothing, carried by any 2xx.
    pub const fn new(body: BodyShape) -> Self {
        ReplyShape { body, unlisted: Unlisted::Unknown, statuses: &[] }
    }

    /// Says what silence means.
    pub const fn unlisted(mut self, unlisted: Unlisted) -> Self {
        self.unlisted = unlisted;
        self
    }

    /// The statuses that carry it.
    pub const fn on(mut self, statuses: &'static [u16]) -> Self {
        self.statuses = statuses;
        self
    }

    /// The status under which it says that a request was carried out: the first that is declared, of 2xx if there is one.
    pub fn usual_status(&self) -> u16 {
        let declared = match self.body {
            BodyShape::ByStatus(shapes) => shapes.iter().flat_map(|shape| shape.statuses).copied().collect(),
            _ => self.statuses.to_vec(),
        };
        let done = declared.iter().find(|status| (200..300).contains(*status));
        done.or(declared.first()).copied().unwrap_or(200)
    }

    /// The shape under this status; `None` where the status is not declared for it.
    pub fn under(&self, status: u16) -> Option<&ReplyShape> {
        match self.body {
            BodyShape::ByStatus(shapes) => shapes.iter().find_map(|shape| shape.under(status)),
            _ if self.statuses.is_empty() => (200..300).contains(&status).then_some(self),
            _ => self.statuses.contains(&status).then_some(self),
        }
    }
}

/// How an element is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ElementShape {
    /// The fields that together are the key, in the order of their names; empty where the element is the key itself, or has none.
    pub key: &'static [&'static str],
    /// The field with the item's status.
    pub status: Option<&'static str>,
    /// How it names its item.
    pub key_source: KeySource,
}

/// How an element names its item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeySource {
    /// By fields of it.
    Fields,
    /// It is the bare key.
    Itself,
    /// By its position in the list.
    Position,
    /// It is an object's entry, and the key is its name.
    Member,
    /// By something inside it that no field of its own tells.
    Nested,
}

impl ElementShape {
    const fn new(key_source: KeySource) -> Self {
        ElementShape { key: &[], status: None, key_source }
    }

    /// An element that is the key itself.
    pub const fn bare() -> Self {
        ElementShape::new(KeySource::Itself)
    }

    /// An element with its key in these fields (JSON names).
    pub const fn keyed(key: &'static [&'static str]) -> Self {
        ElementShape { key, ..ElementShape::new(KeySource::Fields) }
    }

    /// An element told by its position.
    pub const fn positional() -> Self {
        ElementShape::new(KeySource::Position)
    }

    /// An entry of an object.
    pub const fn member() -> Self {
        ElementShape::new(KeySource::Member)
    }

    /// An element whose key is further inside.
    pub const fn nested() -> Self {
        ElementShape::new(KeySource::Nested)
    }

    /// An element whose key is in one of its fields, which is laid out so.
    pub const fn nested_in(field: &ElementShape) -> Self {
        ElementShape { key: field.key, ..ElementShape::nested() }
    }

    /// Names the field with the status.
    pub const fn status(mut self, field: &'static str) -> Self {
        self.status = Some(field);
        self
    }
}
