//! From a response to one finding for each item of its batch.

mod attempt;
mod keys;
mod reconcile;
mod repeated;
mod retry_after;

pub(crate) use attempt::{
    AttemptEnd, Cause, attempt_end, class_of_failure, delay_inside, delay_of_error, delay_of_poll, error_in_body,
    hint_of_error, host_under, refused_in_body, refused_item, request_id, retry_hint,
};
pub(crate) use keys::{BatchKeys, SentItem};
pub(crate) use reconcile::{FindingOf, Findings, Reading, ReadingOf, read_response};
