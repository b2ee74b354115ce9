//! NDJSON answers.

use serde::{Deserialize, Serialize};

use super::bulk_reply::{BulkReply, PerItem};
use super::collector::Collector;
use super::decode_error::DecodeError;
use super::element::{HasVerdict, ItemReply};
use super::response::RawResponse;
use super::shape::{BodyShape, ReplyShape};

/// A response with a JSON text a line, each the element of an item (NDJSON).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ndjson<E>(pub Vec<E>);

impl<E: HasVerdict + ItemReply> BulkReply for Ndjson<E> {
    type Key = E::Key;
    type Success = E::Success;
    type Failure = E::Failure;
    const SHAPE: ReplyShape = ReplyShape::new(BodyShape::Ndjson(E::SHAPE));

    fn read(
        answer: &RawResponse<'_>,
        says: &mut Collector<'_, E::Key, E::Success, E::Failure>,
    ) -> Result<(), DecodeError> {
        let lines = answer.lines()?;
        says.result_lines::<E>(&lines);
        Ok(())
    }
}

impl<E: HasVerdict + ItemReply> PerItem for Ndjson<E> {}
