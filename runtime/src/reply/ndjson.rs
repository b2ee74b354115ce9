//! NDJSON responses.

use serde::{Deserialize, Serialize};

use super::bulk_reply::{BulkReply, CollectorOf, PerItem};
use super::decode_error::DecodeError;
use super::element::{HasVerdict, ItemReply};
use super::response::RawResponse;
use super::shape::{BodyShape, ReplyShape};

/// A response with one JSON text on each line (NDJSON), each the element of an item. Empty lines are skipped.
///
/// It stands for `{"id": "a", "ok": true}⏎{"id": "b", "ok": false}⏎`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ndjson<E>(pub Vec<E>);

impl<E: HasVerdict + ItemReply> BulkReply for Ndjson<E> {
    type Key = E::Key;
    type Success = E::Success;
    type Failure = E::Failure;
    const SHAPE: ReplyShape = ReplyShape::new(BodyShape::Ndjson(E::SHAPE));

    fn read(response: &RawResponse<'_>, collector: &mut CollectorOf<'_, Self>) -> Result<(), DecodeError> {
        let lines = response.lines()?;
        collector.result_lines::<E>(&lines);
        Ok(())
    }
}

impl<E: HasVerdict + ItemReply> PerItem for Ndjson<E> {}
