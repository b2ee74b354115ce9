//! Replies: how the body of a response becomes one entry for each item.
//!
//! Most endpoints derive [`BulkReply`](macro@crate::BulkReply), [`ItemReply`](macro@crate::ItemReply) and
//! [`Status`](macro@crate::Status), and need nothing from this module. Use it to write a reply by hand, for a format that the derives
//! do not cover (XML, a text protocol, an unusual JSON layout).
//!
//! A response is a list of **entries**. An entry has an address (which item) and a verdict (done, failed, handed back). A reply reads
//! the body and hands each entry to a [`Collector`]; it decides nothing else. The run then joins the entries to the items of the
//! request, and finds missing, unknown, duplicate and contradictory keys. So no reply, derived or hand-written, can lose an item.
//!
//! | type | what it is for |
//! |---|---|
//! | [`BulkReply`] | the trait that a reply implements: it reads one response |
//! | [`PerItem`] | marks a reply that names single items; `partial = true` needs it |
//! | [`RawResponse`] | one response: status, headers, body |
//! | [`Collector`] | takes the entries: `succeeded`, `accepted`, `failed`, `unprocessed`, `bad_element`, `refused`, `pending`, `of_job` |
//! | [`ItemRef`] | the address of an entry: a key, or a position in the request |
//! | [`DecodeError`] | a body, or an element, that does not have the declared shape |
//! | [`ReplyShape`] | the layout as data; [`BodyShape::Opaque`] for a hand-written reply |
//!
//! ```
//! use bulk_endpoint::BulkReply;
//! use bulk_endpoint::reply::{BodyShape, Collector, DecodeError, PerItem, RawResponse, ReplyShape};
//!
//! /// A text body with one line for each item: `t1 ok`, `t2 gone`.
//! pub struct StatusLines;
//!
//! impl BulkReply for StatusLines {
//!     type Key = String;
//!     type Success = ();
//!     type Failure = String;
//!     const SHAPE: ReplyShape = ReplyShape::new(BodyShape::Opaque);
//!
//!     fn read(response: &RawResponse<'_>, collector: &mut Collector<'_, String, (), String>) -> Result<(), DecodeError> {
//!         let text = str::from_utf8(response.bytes()).map_err(|error| DecodeError::new("", error))?;
//!         for line in text.lines() {
//!             match line.split_once(' ') {
//!                 Some((id, "ok")) => collector.succeeded(&id.to_owned(), ()),
//!                 Some((id, reason)) => collector.failed(&id.to_owned(), reason.to_owned()),
//!                 None => collector.bad_element(DecodeError::new("", "expected `id result`")),
//!             }
//!         }
//!         Ok(())
//!     }
//! }
//!
//! impl PerItem for StatusLines {}
//! ```
//!
//! The other types here are what derived replies are made of: roles of fields ([`AsText`], [`IsPresent`], [`RetryDelay`]), keys
//! ([`ReplyKey`], [`MatchesKey`]), and the success and failure types of a reply ([`SuccessBody`], [`Failure`]).

mod api_error;
mod bulk_reply;
mod by_code;
mod by_status;
mod choose;
mod codes;
mod collector;
mod decode_error;
mod delay;
mod detail;
mod element;
mod error_code;
mod failure;
mod field_types;
mod in_format;
mod index;
mod index_range;
mod job;
mod json;
mod key;
mod key_index;
mod key_text;
mod ndjson;
mod number;
mod one;
mod pairs;
mod plain_key;
mod response;
mod shape;
mod success;
mod verdict;
mod without_items;

pub use api_error::{ApiError, Shown};
pub(crate) use api_error::{body, body_beside_headers};
pub use bulk_reply::{Accepted, BulkReply, CollectorOf, Nested, PerItem};
pub use by_code::{ByCode, InCode};
pub use by_status::ByStatus;
pub(crate) use choose::Container;
pub(crate) use codes::CodeKind;
pub use codes::{CodeSet, Codes};
pub(crate) use collector::{
    BodyId, Carried, ConvertedKeys, Entry, EntryFinding, FailureId, Faults, Finding, Positions, WholeResponse,
    count_items,
};
pub use collector::{Collector, ItemRef};
pub use decode_error::DecodeError;
pub use delay::{DelayAt, DelayUnit};
pub use detail::Detail;
pub use element::{Address, ElementList, HasVerdict, ItemReply, KeyList};
pub use error_code::{AwsErrorType, CodeAt};
pub(crate) use error_code::{code_text, find_code, find_field, header_code};
pub use failure::{Failure, IntoFailure, Listed, NoFailure, NotListed};
pub use field_types::{AsText, IsPresent, ItemCount, RetryDelay, RetryFlag};
pub(crate) use field_types::{retry_after, whole_units};
pub use in_format::{InFormat, ResponseFormat};
pub use index::Index;
pub use index_range::{EndIndex, StartIndex};
pub(crate) use job::JobHandle;
pub use key::{MatchesKey, NoKey, ReplyKey};
pub(crate) use key_index::KeyIndex;
pub use key_text::KeyText;
#[cfg(feature = "fake")]
pub(crate) use key_text::with_key;
pub use ndjson::Ndjson;
pub use number::HttpStatus;
pub(crate) use number::whole_number;
pub use one::One;
pub use pairs::{Pair, Pairs};
pub use response::{Field, Fields, RawResponse};
pub use shape::{BodyShape, ElementShape, FieldKind, FieldShape, KeySource, ReplyShape, Role, Unlisted};
pub use success::{IntoSuccess, SuccessBody};
pub use verdict::{Status, Verdict};
pub(crate) use verdict::{by_presence, by_presence_of};
