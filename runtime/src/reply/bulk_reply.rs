//! What a response is: a bag of lines, each an address (which item) and a verdict (what became of it).
//!
//! A reply only says lines. Whether a key is missing, foreign, repeated or contradicted is judged by `merge`, so no
//! reply, derived or written by hand, can lose an item.

use std::convert::Infallible;

use super::collector::Collector;
use super::decode_error::DecodeError;
use super::detail::Detail;
use super::element::{HasVerdict, ItemReply};
use super::failure::Failure;
use super::key::{NoKey, ReplyKey};
use super::response::RawResponse;
use super::shape::{BodyShape, ReplyShape, Role, Unlisted};
use super::success::SuccessBody;

/// The body of a response that was carried out, as lines.
///
/// Derive it for a struct of lists ([`BulkReply`](macro@crate::BulkReply)). As they are, these are replies: `Vec<E>` of an
/// [`ItemReply`], [`Pairs`] for an object, [`Ndjson`] for NDJSON, and `()`, the response without content (an empty body, `{}`, `[]`,
/// `null` or `true`).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no reply of a bulk endpoint [BULK603]",
    label = "not a reply",
    note = "derive it for a struct of lists: `#[derive(serde::Deserialize, bulk_endpoint::BulkReply)]`, with `#[bulk(succeeded)]`, `#[bulk(failed)]` or `#[bulk(results)]` on its lists",
    note = "`Vec<E>` is a reply where `E` derives `bulk_endpoint::ItemReply`; `()` is the response that tells nothing"
)]
pub trait BulkReply: Sized + Send + Sync + 'static {
    /// What the lines name items by; [`NoKey`] where they name none.
    type Key: Clone + Send + Sync + 'static;
    /// What a success carries; `()` where an item that succeeded is told by its key alone.
    type Success: Clone + Send + Sync + 'static;
    /// What a failure carries.
    type Failure: Detail;
    /// How the body is laid out, as data: names for decoding, for the fake server and for documents.
    const SHAPE: ReplyShape;
    /// The names of an enum's variants, in the order of its shapes, as serde has them: for documents.
    const VARIANTS: &'static [&'static str] = &[];

    /// Says the lines of one response. An `Err` is a body that does not have the declared shape at all.
    fn read(
        answer: &RawResponse<'_>,
        says: &mut Collector<'_, Self::Key, Self::Success, Self::Failure>,
    ) -> Result<(), DecodeError>;
}

/// A reply that says something of single items: what `partial = true` needs.
#[diagnostic::on_unimplemented(
    message = "`partial = true`, but the reply `{Self}` tells nothing of single items [BULK605]",
    label = "tells nothing of single items",
    note = "where some items may be applied and others not, the reply must name them; with `partial = false` a request is all or nothing",
    note = "the reply is the second type of `Bulk<Item, BulkReply, Error>`, and derives `bulk_endpoint::BulkReply`"
)]
pub trait PerItem: BulkReply {}

/// A type that can stand under `#[bulk(nested)]` of a reply: a reply, an `Option` of one, or a list of them.
#[diagnostic::on_unimplemented(
    message = "nothing is known of what is inside `{Self}` [BULK617]",
    label = "derives no `BulkReply`",
    note = "derive `bulk_endpoint::BulkReply` for the type under `#[bulk(nested)]`; an `Option` or a `Vec` of it will do too"
)]
pub trait Nested {
    /// The reply.
    type Reply: BulkReply<Key: ReplyKey, Success: SuccessBody, Failure: Failure>;
    /// There are several, in an array.
    const IS_LIST: bool;
}

#[diagnostic::do_not_recommend]
impl<N: Nested> Nested for Option<N> {
    type Reply = N::Reply;
    const IS_LIST: bool = N::IS_LIST;
}

#[diagnostic::do_not_recommend]
impl<N: Nested> Nested for Vec<N> {
    type Reply = N::Reply;
    const IS_LIST: bool = true;
}

impl<E: HasVerdict + ItemReply> BulkReply for Vec<E> {
    type Key = E::Key;
    type Success = E::Success;
    type Failure = E::Failure;
    const SHAPE: ReplyShape = ReplyShape::new(BodyShape::List { role: Role::Results, element: E::SHAPE });

    fn read(
        answer: &RawResponse<'_>,
        says: &mut Collector<'_, E::Key, E::Success, E::Failure>,
    ) -> Result<(), DecodeError> {
        says.results_in_body::<Vec<E>>(answer.body()?);
        Ok(())
    }
}

impl<E: HasVerdict + ItemReply> PerItem for Vec<E> {}

/// A `null` element is an item that was handed back unprocessed.
impl<E: HasVerdict + ItemReply> BulkReply for Vec<Option<E>> {
    type Key = E::Key;
    type Success = E::Success;
    type Failure = E::Failure;
    const SHAPE: ReplyShape = ReplyShape::new(BodyShape::List { role: Role::Results, element: E::SHAPE });

    fn read(
        answer: &RawResponse<'_>,
        says: &mut Collector<'_, E::Key, E::Success, E::Failure>,
    ) -> Result<(), DecodeError> {
        says.results_in_body::<Vec<Option<E>>>(answer.body()?);
        Ok(())
    }
}

impl<E: HasVerdict + ItemReply> PerItem for Vec<Option<E>> {}

impl BulkReply for () {
    type Key = NoKey;
    type Success = ();
    type Failure = Infallible;
    const SHAPE: ReplyShape = ReplyShape::new(BodyShape::Nothing).unlisted(Unlisted::Succeeded);

    /// Only a response that says nothing is one: a body with something in it may be an error under 200, or a login page.
    fn read(answer: &RawResponse<'_>, _: &mut Collector<'_, NoKey, (), Infallible>) -> Result<(), DecodeError> {
        match answer.bytes().trim_ascii() {
            b"" | b"{}" | b"[]" | b"null" | b"true" => Ok(()),
            _ => Err(DecodeError::new(
                "",
                "the reply `()` is a response without content, and this one has some: declare a type for it",
            )),
        }
    }
}
