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
pub use bulk_reply::{Nested, Reply, TellsItems};
pub use collector::{At, Says};
pub(crate) use collector::{BodyId, Carried, FailureId, Faults, Line, Positions, Through, Verdict, Whole, count_items};
pub use decode_error::Misfit;
pub use detail::Detail;
pub use element::{Address, Elements, ItemReply, JudgesItself, Several};
pub use failure::{FailsAs, Failure, Listed, NeverFails, Silent};
pub use field_types::{Present, Text, Wait, wait};
pub use index::Index;
pub(crate) use job::Handle;
pub use key::{Names, ReplyKey, Unnamed};
pub use key_index::Directory;
pub use lines::Lines;
pub use pairs::{Pair, Pairs};
pub use response::{Answer, Field, Fields};
pub use shape::{BodyShape, By, ElementShape, FieldKind, FieldShape, ReplyShape, Role, Silence};
pub use success::{Body, Carries};
pub use verdict::{ItemStatus, Status, by_presence};
