//! What an answer is: a bag of lines, each an address (which item) and a verdict (what became of it).
//!
//! A reply only says lines. Whether a key is missing, foreign, repeated or contradicted is judged by `merge`, so no
//! reply, derived or written by hand, can lose an item.

mod element;
mod failure;
mod key;
mod lines;
mod pairs;
mod told;

pub use element::{Address, By, ElementShape, Elements, ItemReply, JudgesItself, Several};
pub use failure::{Body, Carries, Detail, FailsAs, Failure, Listed, NeverFails, Silent};
pub use key::{Index, Names, ReplyKey, Unnamed};
pub use lines::Lines;
pub use pairs::{Pair, Pairs};
pub use told::{ItemStatus, Present, Status, Text, Wait, by_presence, wait};

use crate::decode::{Answer, Misfit, Says};

/// The body of an answer that was carried out, as lines.
///
/// Derive it for a struct of lists ([`BulkReply`](macro@crate::BulkReply)). As they are, these are replies: `Vec<E>` of an
/// [`ItemReply`], [`Pairs`] for an object, [`Lines`] for NDJSON, and `()`, the answer without content (an empty body, `{}`, `[]`,
/// `null` or `true`).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no reply of a bulk endpoint [BULK603]",
    label = "not a reply",
    note = "derive it for a struct of lists: `#[derive(serde::Deserialize, bulk_endpoint::BulkReply)]`, with `#[bulk(succeeded)]`, `#[bulk(failed)]` or `#[bulk(each)]` on its lists",
    note = "`Vec<E>` is a reply where `E` derives `bulk_endpoint::ItemReply`; `()` is the answer that tells nothing"
)]
pub trait Reply: Sized + Send + Sync + 'static {
    /// What the lines name items by; [`Unnamed`] where they name none.
    type Key: Clone + Send + Sync + 'static;
    /// What a success carries; `()` where an item that succeeded is told by its key alone.
    type Success: Clone + Send + Sync + 'static;
    /// What a failure carries.
    type Failure: Detail;
    /// How the body is laid out, as data: names for decoding, for the fake server and for documents.
    const SHAPE: ReplyShape;
    /// The names of an enum's variants, in the order of its shapes, as serde has them: for documents.
    const VARIANTS: &'static [&'static str] = &[];

    /// Says the lines of one answer. An `Err` is a body that does not have the declared shape at all.
    fn read(answer: &Answer<'_>, says: &mut Says<'_, Self::Key, Self::Success, Self::Failure>) -> Result<(), Misfit>;
}

/// A reply that says something of single items: what `partial = true` needs.
#[diagnostic::on_unimplemented(
    message = "`partial = true`, but the reply `{Self}` tells nothing of single items [BULK605]",
    label = "tells nothing of single items",
    note = "where some items may be applied and others not, the reply must name them; with `partial = false` a request is all or nothing",
    note = "the reply is the second type of `Bulk<Item, Reply, Error>`, and derives `bulk_endpoint::BulkReply`"
)]
pub trait TellsItems: Reply {}

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
    Each,
}

/// One field of an answer's object.
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

/// What a field of an answer's object is.
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
    Inside {
        /// Its layout.
        reply: &'static ReplyShape,
        /// It is an array of such.
        several: bool,
    },
    /// The number of lines of a role.
    Count(Role),
    /// What the answer says of itself: done, not done, or not yet.
    Status,
    /// The error code of the whole answer.
    Code,
    /// The message of the whole answer.
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

/// What it means that an answer does not name an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// Nothing is known of it (the default).
    Unsure,
    /// It was done: the answer lists failures only.
    Succeeded,
    /// It was not done: the answer lists all that was.
    Failed,
}

/// How a reply's body is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReplyShape {
    /// The container.
    pub body: BodyShape,
    /// What silence means.
    pub silence: Silence,
    /// The statuses that carry it; empty: any 2xx.
    pub statuses: &'static [u16],
}

/// The container of an answer.
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
    Lines(ElementShape),
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
        ReplyShape { body, silence: Silence::Unsure, statuses: &[] }
    }

    /// Says what silence means.
    pub const fn silence(mut self, silence: Silence) -> Self {
        self.silence = silence;
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

/// A type that can stand under `#[bulk(inside)]` of a reply: a reply, an `Option` of one, or a list of them.
#[diagnostic::on_unimplemented(
    message = "nothing is known of what is inside `{Self}` [BULK617]",
    label = "derives no `BulkReply`",
    note = "derive `bulk_endpoint::BulkReply` for the type under `#[bulk(inside)]`; an `Option` or a `Vec` of it will do too"
)]
pub trait Nested {
    /// The reply.
    type Reply: Reply<Key: ReplyKey, Success: Body, Failure: Failure>;
    /// There are several, in an array.
    const SEVERAL: bool;
}

#[diagnostic::do_not_recommend]
impl<N: Nested> Nested for Option<N> {
    type Reply = N::Reply;
    const SEVERAL: bool = N::SEVERAL;
}

#[diagnostic::do_not_recommend]
impl<N: Nested> Nested for Vec<N> {
    type Reply = N::Reply;
    const SEVERAL: bool = true;
}

impl<E: JudgesItself + ItemReply> Reply for Vec<E> {
    type Key = E::Key;
    type Success = E::Success;
    type Failure = E::Failure;
    const SHAPE: ReplyShape = ReplyShape::new(BodyShape::List { role: Role::Each, element: E::SHAPE });

    fn read(answer: &Answer<'_>, says: &mut Says<'_, E::Key, E::Success, E::Failure>) -> Result<(), Misfit> {
        says.each_in_body::<Vec<E>>(answer.body()?);
        Ok(())
    }
}

impl<E: JudgesItself + ItemReply> TellsItems for Vec<E> {}

/// A `null` element is an item that was handed back unprocessed.
impl<E: JudgesItself + ItemReply> Reply for Vec<Option<E>> {
    type Key = E::Key;
    type Success = E::Success;
    type Failure = E::Failure;
    const SHAPE: ReplyShape = ReplyShape::new(BodyShape::List { role: Role::Each, element: E::SHAPE });

    fn read(answer: &Answer<'_>, says: &mut Says<'_, E::Key, E::Success, E::Failure>) -> Result<(), Misfit> {
        says.each_in_body::<Vec<Option<E>>>(answer.body()?);
        Ok(())
    }
}

impl<E: JudgesItself + ItemReply> TellsItems for Vec<Option<E>> {}

impl Reply for () {
    type Key = Unnamed;
    type Success = ();
    type Failure = NeverFails;
    const SHAPE: ReplyShape = ReplyShape::new(BodyShape::Nothing).silence(Silence::Succeeded);

    /// Only an answer that says nothing is one: a body with something in it may be an error under 200, or a login page.
    fn read(answer: &Answer<'_>, _: &mut Says<'_, Unnamed, (), NeverFails>) -> Result<(), Misfit> {
        match answer.bytes().trim_ascii() {
            b"" | b"{}" | b"[]" | b"null" | b"true" => Ok(()),
            _ => Err(Misfit::new(
                "",
                "the reply `()` is an answer without content, and this one has some: declare a type for it",
            )),
        }
    }
}
