//! One element where a list is possible.

use serde::{Deserialize, Serialize};

use super::bulk_reply::{BulkReply, CollectorOf, PerItem};
use super::decode_error::DecodeError;
use super::element::{ElementList, HasVerdict, ItemReply};
use super::response::RawResponse;
use super::shape::{BodyShape, ElementShape, ReplyShape, Role};

/// One element where a list is possible: `{"error": {"id": "a", "message": "gone"}}` for `{"errors": [{"id": "a", "message": "gone"}]}`.
///
/// As a reply, it is a body that is one element with a verdict of its own, `{"id": "a", "status": 404}`; for a body that is one failure,
/// use a newtype, `struct Failed(#[bulk(failed)] One<Failure>)`. The value is `None` for a missing element, or `null`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct One<E>(pub Option<E>);

/// None, for every `E`: for `#[serde(default)]` on a field that a response may leave out.
impl<E> Default for One<E> {
    fn default() -> Self {
        One(None)
    }
}

impl<E: ItemReply> ElementList for One<E> {
    type Element = E;
    const SHAPE: ElementShape = E::SHAPE.single();
}

impl<E: HasVerdict + ItemReply> BulkReply for One<E> {
    type Key = E::Key;
    type Success = E::Success;
    type Failure = E::Failure;
    const SHAPE: ReplyShape =
        ReplyShape::new(BodyShape::List { role: Role::Results, element: <Self as ElementList>::SHAPE });

    fn read(response: &RawResponse<'_>, collector: &mut CollectorOf<'_, Self>) -> Result<(), DecodeError> {
        collector.results_in_body::<Self>(response.body()?);
        Ok(())
    }
}

impl<E: HasVerdict + ItemReply> PerItem for One<E> {}
