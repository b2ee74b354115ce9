//! One response of the server, as a run keeps it: its status, its request id, and the fields that belong to no item.

use std::fmt;
use std::sync::Arc;

use crate::reply::DecodeError;

/// A response to a request, with the fields that belong to no item, such as the id of a task.
///
/// A run keeps each response that it reads for items: a 2xx, or another status that the reply declares with `on(…)`. Get them from
/// [`Report::responses`](crate::Report::responses), [`Report::response_of`](crate::Report::response_of), or from
/// [`Settled::response`](crate::Settled::response) of a streamed run. A refusal is in the outcome of its items instead:
/// [`Outcome::Refused`](crate::Outcome::Refused).
///
/// ```
/// # use bulk_endpoint::testing::{Script, ScriptedTransport};
/// # use bulk_endpoint::{Bulk, BulkReply, Client, TokioClock, bulk_api};
/// # use serde::Deserialize;
/// #[derive(Deserialize, BulkReply)]
/// struct Deletion {
///     task_id: String,
///     #[bulk(succeeded)]
///     pending: Vec<String>,
/// }
/// # #[bulk_api]
/// # trait Profiles {
/// #     #[post("/profiles/delete")] #[bulk_endpoint(max = 50, partial = true)] fn delete(&self) -> Bulk<String, Deletion>;
/// # }
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// # let clock = TokioClock::new();
/// # let body = r#"{"task_id": "t-7", "pending": ["a", "b"]}"#;
/// # let transport = ScriptedTransport::new(clock.clone(), move |_, _| Script::response(200, body));
/// # let profiles = ProfilesClient::new(Client::builder("https://example.com").transport(transport).clock(clock).build().unwrap());
/// let report = profiles.delete().send(["a".to_owned(), "b".to_owned()]).await;
/// // {"task_id": "t-7", "pending": ["a", "b"]}
/// let tasks: Vec<&str> = report.responses().filter_map(|response| Some(response.body()?.task_id.as_str())).collect();
/// assert_eq!(tasks, ["t-7"]);
/// # });
/// ```
#[non_exhaustive]
pub struct BulkResponse<R> {
    /// The number of the request in its run, from 0: that of its [`Attempt`](crate::Attempt). For a response to a poll of a job, the request
    /// that started the job.
    pub request: usize,
    /// The HTTP status.
    pub status: u16,
    /// The vendor's request id, from a header.
    pub request_id: Option<String>,
    /// The handle of the job that the response leaves its items to, if any.
    pub job: Option<String>,
    /// The response that started the job, if this is a response to a poll of that job. A run keeps these two: the first and the last.
    pub first: Option<Arc<BulkResponse<R>>>,
    pub(crate) body: Option<Result<R, Box<DecodeError>>>,
}

impl<R> BulkResponse<R> {
    /// Returns the fields of the response that belong to no item: the reply itself, with its lists of items empty.
    ///
    /// `None` if the type of the reply has no such fields (see [`BulkReply::without_items`](crate::BulkReply::without_items)), or if they could not be read: see
    /// [`body_error`](Self::body_error).
    pub fn body(&self) -> Option<&R> {
        self.body.as_ref()?.as_ref().ok()
    }

    /// Returns why the fields could not be read: one of them has another type than its declaration, or together they are larger than
    /// 64 KiB. The outcomes of the items do not depend on it.
    pub fn body_error(&self) -> Option<&DecodeError> {
        self.body.as_ref()?.as_ref().err().map(|error| &**error)
    }
}

/// Without the body: bodies are the caller's data, and do not belong in logs.
impl<R> fmt::Debug for BulkResponse<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BulkResponse")
            .field("request", &self.request)
            .field("status", &self.status)
            .field("request_id", &self.request_id)
            .field("job", &self.job)
            .finish_non_exhaustive()
    }
}

/// The responses of a run whose outcomes are collected, sorted by the number of their request.
pub(crate) struct Responses<R>(Vec<Arc<BulkResponse<R>>>);

impl<R> Responses<R> {
    /// Adds a response. That to a poll replaces the one before it to the same request.
    pub(crate) fn insert(&mut self, response: Arc<BulkResponse<R>>) {
        match self.find(response.request) {
            Ok(at) => self.0[at] = response,
            Err(at) => self.0.insert(at, response),
        }
    }

    /// Returns the response to a request.
    pub(crate) fn get(&self, request: usize) -> Option<&BulkResponse<R>> {
        Some(&self.0[self.find(request).ok()?])
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &BulkResponse<R>> {
        self.0.iter().map(|response| &**response)
    }

    fn find(&self, request: usize) -> Result<usize, usize> {
        self.0.binary_search_by_key(&request, |response| response.request)
    }
}

impl<R> Default for Responses<R> {
    fn default() -> Self {
        Responses(Vec::new())
    }
}

impl<R> Clone for Responses<R> {
    fn clone(&self) -> Self {
        Responses(self.0.clone())
    }
}
