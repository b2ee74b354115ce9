//! The trait that a reply implements, and the replies that need no derive: `Vec<E>` and `()`.

use super::collector::Collector;
use super::decode_error::DecodeError;
use super::detail::Detail;
use super::element::{HasVerdict, ItemReply};
use super::failure::{Failure, NoFailure};
use super::key::{NoKey, ReplyKey};
use super::response::RawResponse;
use super::shape::{BodyShape, ReplyShape, Role, Unlisted};
use super::success::SuccessBody;

/// The body of a response to a request that was carried out: a type that reads it into entries.
///
/// Derive it for a struct of lists ([`BulkReply`](macro@crate::BulkReply)). These types are replies without a derive:
///
/// | body | type |
/// |---|---|
/// | `[{"id": "a", "status": 200}, …]` | `Vec<E>`, where `E` is an [`ItemReply`] with a verdict |
/// | `{"a": {"status": 200}, …}` | [`Pairs<K, V>`](crate::Pairs) |
/// | `{"id": "a", "status": 200}⏎…` | [`Ndjson<E>`](crate::Ndjson) |
/// | no body, `{}`, `[]`, `null` or `true` | `()`; [`Accepted`] if a success means that the items are queued |
///
/// To implement it by hand, see the [module documentation](crate::reply).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a reply of a bulk endpoint [BULK603]",
    label = "not a reply",
    note = "derive it for a struct of lists: `#[derive(serde::Deserialize, bulk_endpoint::BulkReply)]`, with `#[bulk(succeeded)]`, `#[bulk(failed)]` or `#[bulk(results)]` on its lists",
    note = "`Vec<E>` is a reply if `E` derives `bulk_endpoint::ItemReply`; `()` is the reply that reports on no item"
)]
pub trait BulkReply: Sized + Send + Sync + 'static {
    /// The type of the keys in the entries; [`NoKey`] if the entries have no keys.
    type Key: Clone + Send + Sync + 'static;
    /// The success body of an item; `()` if the response has only the key of an item that succeeded.
    type Success: Clone + Send + Sync + 'static;
    /// The failure of an item.
    type Failure: Detail;
    /// The layout of the body as data: for decoding, the fake server and OpenAPI documents. [`BodyShape::Opaque`] for a hand-written
    /// reply.
    const SHAPE: ReplyShape;
    /// The names of an enum's variants, as serde writes them, in the order of its shapes: for OpenAPI documents.
    const VARIANTS: &'static [&'static str] = &[];

    /// Reads one response, and hands each of its entries to the collector.
    ///
    /// # Errors
    ///
    /// An error if the body does not have the declared shape at all: every item of the request is then uncertain. For one bad element,
    /// call [`Collector::bad_element`] and go on.
    fn read(response: &RawResponse<'_>, collector: &mut CollectorOf<'_, Self>) -> Result<(), DecodeError>;

    /// Reads the fields of a response that belong to no item, such as the id of a task: this type, with its lists of items empty. A run
    /// keeps it as the [body](crate::BulkResponse::body) of the response.
    ///
    /// `None`, the default, if the type has no such fields. An `Err` if they cannot be read: the items keep their outcomes.
    fn without_items(response: &RawResponse<'_>) -> Option<Result<Self, DecodeError>> {
        let _ = response;
        None
    }
}

/// The collector of a reply: what [`BulkReply::read`] fills.
pub type CollectorOf<'b, R> =
    Collector<'b, <R as BulkReply>::Key, <R as BulkReply>::Success, <R as BulkReply>::Failure>;

/// A reply whose entries name single items. An endpoint with `partial = true` needs one.
#[diagnostic::on_unimplemented(
    message = "`partial = true` needs a reply that reports on each item, found `{Self}` [BULK605]",
    label = "reports on no item",
    note = "use a reply that lists the items, or write `partial = false` if a request is all or nothing",
    note = "if a success means that all items are done, and only a refusal may have applied some of them, use an enum with a variant without fields, `#[bulk(on(200, 204))] All`, and `uncertain(400)` for that refusal",
    note = "the reply is the second type of `Bulk<Item, Reply, Error>`, and derives `bulk_endpoint::BulkReply`"
)]
pub trait PerItem: BulkReply {}

/// The type of a field with `#[bulk(nested)]` in a reply: a reply, an `Option` of one, or a `Vec` of them.
///
/// `{"result": {"done": ["a"]}}` has a reply in `result`; `{"batches": [{"done": ["a"]}, {"done": ["b"]}]}` has a list of replies.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a nested reply [BULK617]",
    label = "does not derive `BulkReply`",
    note = "derive `bulk_endpoint::BulkReply` for the type under `#[bulk(nested)]`; an `Option` or a `Vec` of it works too"
)]
pub trait Nested {
    /// The nested reply.
    type Reply: BulkReply<Key: ReplyKey, Success: SuccessBody, Failure: Failure>;
    /// Whether the field is an array of replies.
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

    fn read(response: &RawResponse<'_>, collector: &mut CollectorOf<'_, Self>) -> Result<(), DecodeError> {
        collector.results_in_body::<Vec<E>>(response.body()?);
        Ok(())
    }
}

impl<E: HasVerdict + ItemReply> PerItem for Vec<E> {}

/// A `null` element is an item that was returned as unprocessed: `[{"ok": true}, null]`.
impl<E: HasVerdict + ItemReply> BulkReply for Vec<Option<E>> {
    type Key = E::Key;
    type Success = E::Success;
    type Failure = E::Failure;
    const SHAPE: ReplyShape = ReplyShape::new(BodyShape::List { role: Role::Results, element: E::SHAPE });

    fn read(response: &RawResponse<'_>, collector: &mut CollectorOf<'_, Self>) -> Result<(), DecodeError> {
        collector.results_in_body::<Vec<Option<E>>>(response.body()?);
        Ok(())
    }
}

impl<E: HasVerdict + ItemReply> PerItem for Vec<Option<E>> {}

impl BulkReply for () {
    type Key = NoKey;
    type Success = ();
    type Failure = NoFailure;
    const SHAPE: ReplyShape = ReplyShape::new(BodyShape::Nothing).unlisted(Unlisted::Succeeded);

    fn read(response: &RawResponse<'_>, _: &mut CollectorOf<'_, Self>) -> Result<(), DecodeError> {
        response.expect_nothing("()")
    }
}

/// The reply of a response without content whose success means that the items are accepted, and not that they are done: a 200 or 204 for
/// "queued". Under 202, `()` means the same.
///
/// ```
/// use bulk_endpoint::{Accepted, Bulk, bulk_api};
///
/// #[bulk_api]
/// pub trait Events: Send + Sync {
///     /// The vendor queues the events, and responds with an empty 200.
///     #[post("/events")]
///     #[bulk_endpoint(max = 500, partial = false, items = "events")]
///     fn track(&self) -> Bulk<String, Accepted>;
/// }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Accepted;

impl BulkReply for Accepted {
    type Key = NoKey;
    type Success = ();
    type Failure = NoFailure;
    const SHAPE: ReplyShape = ReplyShape::new(BodyShape::Nothing).unlisted(Unlisted::Accepted);

    fn read(response: &RawResponse<'_>, _: &mut CollectorOf<'_, Self>) -> Result<(), DecodeError> {
        response.expect_nothing("Accepted")
    }
}
