//! Responses that are kept for the caller: in the report, or with the items of a streamed run.

use std::borrow::Borrow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::super::bulk_response::BulkResponse;
use super::Driver;
use crate::client::transport::Response;
use crate::engine::BatchId;
use crate::item::BulkItem;
use crate::reply::{ApiError, BulkReply, DecodeError, RawResponse};
use crate::response::{Reading, ReadingOf, request_id};

impl<T, R, E, I> Driver<'_, T, R, E, I>
where
    T: BulkItem,
    R: BulkReply,
    E: ApiError,
    I: Borrow<T> + Send,
{
    /// Keeps a response that was read. `first` is the response that started the job, if this is one to a poll.
    pub(super) fn keep_response(
        &mut self,
        request: usize,
        response: &Response,
        reading: &ReadingOf<R>,
        first: Option<Arc<BulkResponse<R>>>,
    ) -> Arc<BulkResponse<R>> {
        let job = match reading {
            Reading::Pending { job: Ok(job), .. }
            | Reading::Refused { job: Some(job), .. }
            | Reading::Items { job: Some(job), .. } => Some(job),
            _ => None,
        };
        let kept = Arc::new(BulkResponse {
            request,
            status: response.status,
            request_id: request_id(&response.headers),
            job: job.map(|job| job.text().to_owned()),
            first,
            body: own_fields::<R>(response),
        });
        if self.outlet.collects {
            self.outlet.state.lock().responses.insert(kept.clone());
        }
        kept
    }

    /// Notes a response for the items of its batch. It replaces the one before.
    pub(super) fn note_response(&mut self, batch: BatchId, kept: &Arc<BulkResponse<R>>) {
        if self.outlet.collects {
            return;
        }
        for id in self.machine.batch(batch) {
            if let Some(tracked) = &mut self.tracked[id.0 as usize] {
                tracked.response = Some(kept.clone());
            }
        }
    }
}

/// Reads the fields of a response that belong to no item.
fn own_fields<R: BulkReply>(response: &Response) -> Option<Result<R, Box<DecodeError>>> {
    let body = response.body.as_ref().ok()?;
    let raw = RawResponse::new(response.status, &response.headers, body);
    // The decoder may be the user's code. Its panic costs these fields, and nothing else.
    let read = catch_unwind(AssertUnwindSafe(|| R::without_items(&raw)));
    read.unwrap_or_else(|_| Some(Err(DecodeError::new("", "the decoder panicked")))).map(|read| read.map_err(Box::new))
}
