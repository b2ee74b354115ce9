//! What an answer is: a bag of lines, each an address (which item) and a verdict (what became of it).
//!
//! A reply only says lines. Whether a key is missing, foreign, repeated or contradicted is judged by `merge`, so no
//! reply, derived or written by hand, can lose an item.

use super::collector::Says;
use super::decode_error::Misfit;
use super::detail::Detail;
use super::element::{ItemReply, JudgesItself};
use super::failure::{Failure, NeverFails};
use super::key::{ReplyKey, Unnamed};
use super::response::Answer;
use super::shape::{BodyShape, ReplyShape, Role, Silence};
use super::success::Body;

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
