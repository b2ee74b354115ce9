//! What a response is: a bag of entries, each an address (which item) and a verdict.
//!
//! A reply only collects entries. Whether a key is missing, foreign, repeated or contradicted is judged by `reconcile`, so no
//! reply, derived or written by hand, can lose an item.

mod api_error;
mod bulk_reply;
mod collector;
mod decode_error;
mod detail;
mod element;
mod failure;
mod field_types;
mod index;
mod job;
mod key;
mod key_index;
mod lines;
mod pairs;
mod plain_key;
mod response;
mod shape;
mod success;
mod verdict;

pub use api_error::{ApiError, body};
pub use bulk_reply::{BulkReply, Nested, PerItem};
pub(crate) use collector::{
    BodyId, Carried, ConvertedKeys, Entry, EntryFinding, FailureId, Faults, Finding, Positions, WholeResponse,
    count_items,
};
pub use collector::{Collector, ItemRef};
pub use decode_error::DecodeError;
pub use detail::Detail;
pub use element::{Address, ElementList, HasVerdict, ItemReply, KeyList};
pub use failure::{Failure, IntoFailure, Listed, NotListed};
pub use field_types::{AsText, IsPresent, RetryDelay, retry_after};
pub use index::Index;
pub(crate) use job::JobHandle;
pub use key::{MatchesKey, NoKey, ReplyKey};
pub use key_index::KeyIndex;
pub use lines::Ndjson;
pub use pairs::{Pair, Pairs};
pub use response::{Field, Fields, RawResponse};
pub use shape::{BodyShape, ElementShape, FieldKind, FieldShape, KeySource, ReplyShape, Role, Unlisted};
pub use success::{IntoSuccess, SuccessBody};
pub use verdict::{Status, Verdict, by_presence};
