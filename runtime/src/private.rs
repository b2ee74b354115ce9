//! What generated code names. Not part of the public interface.

pub use serde;
pub use std::borrow::Cow;
pub use std::option::Option::{self, None, Some};
pub use std::result::Result::{self, Err, Ok};
pub use std::sync::Arc;

pub use crate::client::Client;
pub use crate::declare::{
    ArgumentAt, Compression, EndpointSpec, ItemsAt, ListStyle, Method, Rate, ReplyOf, StatusOrCode, Types, Unfit,
    check, check_code, check_default, check_further_code, check_reachable, check_status, check_variant,
};
pub use crate::dynamic;
pub use crate::item::{BulkItem, Decodes, Encodes, Grouped, ItemKey, KeyInside, Keyed, Shareable};
pub use crate::reply::{
    Address, ApiError, AsText, BodyShape, BulkReply, CodeAt, CodeSet, Codes, CollectorOf, DecodeError, DelayAt,
    DelayUnit, Detail, ElementList, ElementShape, Failure, Field, FieldKind, FieldShape, HasVerdict, Index,
    IntoFailure, IntoSuccess, IsPresent, ItemCount, ItemReply, KeyList, KeyText, Listed, MatchesKey, Nested, NoFailure,
    NoKey, NotListed, PerItem, RawResponse, ReplyKey, ReplyShape, RetryDelay, RetryFlag, Role, Shown, Status,
    SuccessBody, Unlisted, Verdict,
};
pub use crate::request::{Already, Binder, EndpointTypes, PreparedEndpoint, TypesOf};
pub use crate::run::Endpoint;

use crate::dynamic::{Argument, ArgumentError, Arguments, DynamicEndpoint, DynamicValue};
use crate::request::Codec;

/// Starts to bind an endpoint to its arguments.
pub fn bind<B>(client: &Client, endpoint: Endpoint<B>) -> Binder {
    Binder::new(client, *endpoint.spec())
}

/// `items = map(…)`: the items must have keys.
pub fn in_map<B: EndpointTypes<Item: Keyed>>(binder: Binder) -> Binder {
    binder
}

/// `items = groups(…)`: the items must have groups.
pub fn in_groups<B: EndpointTypes<Item: Grouped>>(binder: Binder) -> Binder {
    binder.grouped(|item| match item.downcast_ref::<B::Item>() {
        Some(item) => item.group(),
        // The binder is of the same types as the items that are sent.
        None => Cow::Borrowed(""),
    })
}

/// `items = codec(C)`.
pub fn by_codec<B: EndpointTypes<Item: BulkItem>, C: Codec<B::Item>>(binder: Binder) -> Binder {
    binder.encoded_by::<C, B::Item>()
}

/// A group's name as serde writes it.
pub fn group_name(group: &impl serde::Serialize) -> Cow<'_, str> {
    Cow::Owned(crate::text::key_text(group))
}

/// Binds an endpoint with plug-ins, which its constant has.
pub fn finish_with_plug_ins<B: EndpointTypes>(endpoint: Endpoint<B>, binder: Binder) -> B {
    endpoint.finish(binder)
}

/// Binds an endpoint that is all or nothing.
pub fn finish<B: EndpointTypes>(binder: Binder) -> B {
    binder.finish(None)
}

/// Binds an endpoint that may apply some items and not others: its reply must tell which.
pub fn finish_partial<B: EndpointTypes<Reply: PerItem>>(binder: Binder) -> B {
    binder.finish(None)
}

/// As [`finish`], with the predicate for failures which mean that the item was already in the requested state.
pub fn finish_already<B: EndpointTypes>(binder: Binder, already: Already<B>) -> B {
    binder.finish(Some(already))
}

/// As [`finish_partial`], with that predicate.
pub fn finish_partial_already<B: EndpointTypes<Reply: PerItem>>(binder: Binder, already: Already<B>) -> B {
    binder.finish(Some(already))
}

/// An endpoint of a `dynamic` trait.
pub const fn dynamic_endpoint<B>(
    endpoint: Endpoint<B>,
    arguments: &'static [Argument],
    bind: fn(&Client, &Arguments) -> Result<B, ArgumentError>,
) -> DynamicEndpoint<B> {
    DynamicEndpoint::new(endpoint, arguments, bind)
}

/// An argument of a method of a `dynamic` trait.
pub const fn dynamic_argument<T: DynamicValue>(name: &'static str, docs: &'static str) -> Argument {
    Argument::new::<T>(name, docs)
}

/// An item.
#[diagnostic::on_unimplemented(
    message = "this word belongs to `BulkItem`, which `{Self}` does not derive [BULK632]",
    label = "this word has no effect",
    note = "derive `bulk_endpoint::BulkItem` too, or remove the word"
)]
pub trait IsItem {}

#[diagnostic::do_not_recommend]
impl<T: BulkItem> IsItem for T {}

/// `BulkItem` reads a word.
pub const fn item_word<T: IsItem>() {}

/// An element, or what stands in one.
#[diagnostic::on_unimplemented(
    message = "this word belongs to `ItemReply`, which `{Self}` does not derive [BULK632]",
    label = "this word has no effect",
    note = "derive `bulk_endpoint::ItemReply` too, or remove the word"
)]
pub trait IsElement {}

#[diagnostic::do_not_recommend]
impl<T: Failure> IsElement for T {}

/// `ItemReply` reads a word.
pub const fn element_word<T: IsElement>() {}

/// Derives check the type under them with one of these.
pub const fn item_type<T: Shareable + Encodes>() {}
/// An element of a response.
pub const fn element_type<T: Shareable + Decodes>() {}
/// A reply.
pub const fn reply_type<T: Shareable>() {}
/// An error body that is one type.
pub const fn error_type<T: Shareable + Shown + Decodes>() {}
/// An error body with one type for each status.
pub const fn error_enum_type<T: Shareable + Shown>() {}
/// The type of a field with `#[bulk(key, nested)]` in an item.
pub const fn key_inside<T: KeyInside>() {}

/// Decodes an error body: what the derive calls for each variant.
pub fn error_body<T: serde::de::DeserializeOwned>(response: &RawResponse<'_>) -> Result<T, DecodeError> {
    crate::reply::body(response)
}

/// Decodes an error body with fields that are headers.
pub fn error_body_beside_headers<T: serde::de::DeserializeOwned>(response: &RawResponse<'_>) -> Result<T, DecodeError> {
    crate::reply::body_beside_headers(response)
}

/// Reads an error code from a header.
pub fn header_code<T: AsText + serde::de::DeserializeOwned>(text: &str) -> Option<String> {
    crate::reply::header_code::<T>(text)
}

/// Reads the number of a status, of an enum with `#[repr(i64)]`.
pub fn status_number<'de, D: serde::Deserializer<'de>>(from: D) -> Result<i128, D::Error> {
    crate::reply::whole_number(from)
}

/// The error for a number that no variant has.
pub fn unknown_status<E: serde::de::Error>(number: i128) -> E {
    E::custom(format_args!("unknown status {number}"))
}

/// The word of such a status: its number.
pub fn status_word(number: i128) -> Cow<'static, str> {
    Cow::Owned(number.to_string())
}

/// Reads the error code of a body that does not decode as a whole.
pub fn code_text<T: AsText + serde::de::DeserializeOwned>(raw: &serde_json::value::RawValue) -> Option<String> {
    crate::reply::code_text::<T>(raw)
}

/// A delay of this many units, each of this many milliseconds.
pub fn retry_after(units: Option<u64>, unit_ms: u64) -> Option<std::time::Duration> {
    crate::reply::retry_after(units, unit_ms)
}

/// The verdict of an element that is judged by what is in it.
pub fn by_presence(failed: Option<bool>, succeeded: Option<bool>) -> Option<Verdict> {
    crate::reply::by_presence(failed, succeeded)
}

/// The same for an element that can also be accepted.
pub fn by_presence_of(failed: Option<bool>, succeeded: Option<bool>, accepted: bool) -> Option<Verdict> {
    crate::reply::by_presence_of(failed, succeeded, accepted)
}
