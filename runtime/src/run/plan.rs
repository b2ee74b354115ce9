//! Plans: the requests of a run in which nothing fails.

use std::borrow::Borrow;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HOST};
use http::{HeaderMap, Method};
use url::Position;

use super::duplicates::{BytesHash, Duplicates, KeyHash, Occurrence};
use super::kind::BulkKind;
use crate::client::ClientQuery;
use crate::engine::{AttemptContext, ItemClass, ItemId, Limits, Machine, RetryBudget, RetryHint, Settlement, Time};
use crate::item::{BulkItem, RunId};
use crate::outcome::{NotAttempted, OutcomeKind};
use crate::reply::{ApiError, BulkReply};
use crate::request::{Encoded, EncodedRequest, Encoder, NO_KEY, NO_REQUEST, PreparedEndpoint};
use crate::text::{counted, shorten};

/// The requests that a run sends if nothing fails: the result of [`Bulk::plan`](crate::Bulk::plan). It is made by the same engine as a run,
/// needs no token, and contains no credentials.
///
/// A key for each batch, and an [`AssignedId`](crate::AssignedId), are random: a plan has zeros in their place. They compress better than
/// what is sent, so with `max_bytes = compressed(…)` a plan can have a few more items in a request.
///
/// `Display` shows the number of items and requests, the first five requests, and every item that cannot be sent.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Plan {
    /// The requests, in the order in which they are sent; of [`plan_each`](crate::Bulk::plan_each) the first five.
    pub requests: Vec<PlannedRequest>,
    /// The number of items in the requests.
    pub items: usize,
    /// The number of duplicates: items that share the outcome of an earlier one. They are not sent.
    pub duplicates: usize,
    /// The items that cannot be sent: their indices in the input, with the reason.
    pub unsendable: Vec<(usize, String)>,
    /// The reason why nothing would be sent, for example an argument that a header cannot carry.
    pub invalid: Option<String>,
    /// The number of requests.
    count: usize,
}

/// One request of a plan. `Display` prints it as HTTP/1.1 sends it, to be compared with the vendor's documentation: the request line, the
/// headers, an empty line, the body. `{:.200}` prints the first 200 characters of the body.
///
/// ```
/// # #[cfg(feature = "reqwest")] {
/// use bulk_endpoint::{Bulk, Client, bulk_api};
///
/// #[bulk_api]
/// trait Devices: Send + Sync {
///     #[post("/devices/retire")]
///     #[bulk_endpoint(max = 50, partial = false, items = "deviceIds")]
///     fn retire(&self, reason: &str) -> Bulk<u64>;
/// }
///
/// let client = Client::builder("https://api.example.com").bearer("a token").build()?;
/// let plan = DevicesClient::new(client).retire("sold").plan([1, 2]);
/// assert_eq!(
///     plan.requests[0].to_string(),
///     "POST /devices/retire HTTP/1.1\n\
///      host: api.example.com\n\
///      content-type: application/json\n\
///      accept: application/json\n\
///      authorization: Bearer <redacted>\n\
///      content-length: 35\n\
///      \n\
///      {\"reason\":\"sold\",\"deviceIds\":[1,2]}"
/// );
/// # }
/// # Ok::<(), bulk_endpoint::BuildError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlannedRequest {
    /// The HTTP method.
    pub method: Method,
    /// The absolute URL, including the query. The [query parameters of the client](crate::ClientBuilder::query) have the value `redacted`.
    pub url: url::Url,
    /// The headers, without those that the transport adds (`Host`, `Content-Length`, `Accept-Encoding`), and without a
    /// [signature](crate::ClientBuilder::sign). The value of each [header of the client](crate::ClientBuilder::header), and each credential, is
    /// `<redacted>`.
    pub headers: HeaderMap,
    /// The encoded body, before compression.
    pub body: Bytes,
    /// The size of the compressed body, if the endpoint compresses it.
    pub compressed_bytes: Option<usize>,
    /// The number of items in it.
    pub items: usize,
}

impl Plan {
    /// Plans a run, and calls `each` with its requests.
    pub(crate) fn of<T, R, E, I>(
        kind: &BulkKind<T, R, E>,
        items: impl IntoIterator<Item = I>,
        each: &mut dyn FnMut(PlannedRequest),
    ) -> Self
    where
        T: BulkItem,
        R: BulkReply,
        E: ApiError,
        I: Borrow<T>,
    {
        match kind {
            BulkKind::Remote(endpoint, _) => Planner::new(endpoint, each).plan(items),
            BulkKind::Mock(_) => Plan::default(),
        }
    }
}

/// An item that is planned.
#[derive(Clone, Default)]
struct PlannedItem {
    index: usize,
    encoded: Encoded,
    hashes: Option<(KeyHash, BytesHash)>,
}

struct Planner<'b, R: BulkReply> {
    endpoint: &'b PreparedEndpoint<R>,
    /// What all requests share, without secrets.
    headers: HeaderMap,
    query: ClientQuery,
    machine: Machine<()>,
    /// By id.
    tracked: Vec<PlannedItem>,
    duplicates: Duplicates<()>,
    each: &'b mut dyn FnMut(PlannedRequest),
    plan: Plan,
}

impl<'b, R: BulkReply> Planner<'b, R> {
    fn new(endpoint: &'b PreparedEndpoint<R>, each: &'b mut dyn FnMut(PlannedRequest)) -> Self {
        let limits = Limits {
            caps: endpoint.caps(),
            max_item_bytes: endpoint.spec.max_item_bytes.unwrap_or(usize::MAX),
            prepared: 0,
            concurrency: 1,
            max_attempts: 1,
            patience: Time::MAX,
            deadline: None,
            idempotent: endpoint.spec.idempotent,
            key_valid: None,
            knows_already: false,
            verifies: false,
        };
        let plan = Plan { invalid: endpoint.invalid.as_deref().map(str::to_owned), ..Plan::default() };
        Planner {
            endpoint,
            headers: endpoint.client.redacted_headers(&endpoint.parts.headers),
            query: endpoint.client.query().redacted(),
            machine: Machine::new(limits),
            tracked: Vec::new(),
            duplicates: Duplicates::new(usize::MAX, usize::MAX),
            each,
            plan,
        }
    }

    fn plan<T: BulkItem, I: Borrow<T>>(mut self, items: impl IntoIterator<Item = I>) -> Plan {
        if self.plan.invalid.is_some() {
            return self.plan;
        }
        let mut encoder = Encoder::new(self.endpoint.parts.layout.spelling, RunId::default());
        for (index, item) in items.into_iter().enumerate() {
            match encoder.encode::<T>(item.borrow(), index) {
                Ok(encoded) => self.accept::<T>(index, item.borrow(), encoded),
                Err(error) => self.plan.unsendable.push((index, NotAttempted::Encode(error.into()).to_string())),
            }
            if !self.machine.wants_items() {
                self.send();
            }
        }
        self.machine.end_input();
        self.send();
        self.plan
    }

    fn accept<T: BulkItem>(&mut self, index: usize, item: &T, encoded: Encoded) {
        // The key, its `Hash` and its `Serialize` may be the user's code, as the encoding is.
        let hashed = catch_unwind(AssertUnwindSafe(|| {
            T::KEYED.then(|| (self.duplicates.key_hash(item), self.duplicates.bytes_hash(item, &encoded)))
        }));
        let Ok(hashes) = hashed else {
            let reason = NotAttempted::Encode("its key panicked".into());
            return self.plan.unsendable.push((index, reason.to_string()));
        };
        let behind = match hashes.map_or(Occurrence::New, |hashes| self.look_back(hashes)) {
            Occurrence::Of(_) | Occurrence::OfSettled { .. } => {
                self.plan.duplicates += 1;
                return self.machine.accept_settled(OutcomeKind::Succeeded);
            }
            Occurrence::Behind(id) => Some(id),
            Occurrence::New => None,
        };
        let fits = self.machine.over_cap(encoded.len()).is_none();
        let id = self.machine.accept(encoded.len(), behind);
        let slot = id.0 as usize;
        if self.tracked.len() <= slot {
            self.tracked.resize(slot + 1, PlannedItem::default());
        }
        self.tracked[slot] = PlannedItem { index, encoded, hashes };
        if let Some((key, _)) = hashes.filter(|_| fits) {
            self.duplicates.insert_unsettled(key, id);
        }
        self.settle();
    }

    fn look_back(&self, (key, bytes): (KeyHash, BytesHash)) -> Occurrence<()> {
        match self.duplicates.unsettled(key) {
            Some(id) if self.tracked[id.0 as usize].hashes == Some((key, bytes)) => Occurrence::Of(id),
            Some(id) => Occurrence::Behind(id),
            None => match self.duplicates.released(key, || bytes) {
                Some(()) => Occurrence::OfSettled { first: None, outcome: () },
                None => Occurrence::New,
            },
        }
    }

    /// An item settled: later items with its key are compared with what is remembered of it.
    fn forget(&mut self, id: ItemId) {
        if let Some((key, bytes)) = self.tracked[id.0 as usize].hashes
            && self.duplicates.remove_unsettled(key, id)
        {
            self.duplicates.insert_released(key, bytes, (), None);
        }
    }

    /// Takes out the items that end unsent.
    fn settle(&mut self) {
        while let Some((id, settlement)) = self.machine.poll_settled() {
            let reason = match settlement {
                Settlement::TooLarge { bytes, cap } => NotAttempted::TooLarge { bytes, cap },
                // Nothing is sent, so nothing else ends an item of a plan unsent.
                Settlement::NoRequest
                | Settlement::Invalid(_)
                | Settlement::Unsigned(_)
                | Settlement::Succeeded { .. }
                | Settlement::Failed
                | Settlement::FailedLater(_)
                | Settlement::Refused(_)
                | Settlement::PutOff(_)
                | Settlement::Unknown(_)
                | Settlement::Unresolved(_)
                | Settlement::NotAttempted(_) => NotAttempted::Encode(NO_REQUEST.into()),
            };
            self.forget(id);
            self.plan.unsendable.push((self.tracked[id.0 as usize].index, reason.to_string()));
        }
    }

    /// Plans the requests that are ready, and settles their items as done at once: nothing fails in a plan.
    fn send(&mut self) {
        while let Some(batch) = self.machine.poll_send(Time::ZERO, false) {
            let ids: Vec<ItemId> = self.machine.batch(batch).to_vec();
            let encoded: Vec<&[u8]> = ids.iter().map(|id| &*self.tracked[id.0 as usize].encoded).collect();
            let EncodedRequest { mut url, headers: own_headers, mut body } = match self.endpoint.make(&encoded) {
                Ok(request) => request,
                Err(no_request) => {
                    self.machine.handle_unsendable(batch, no_request.too_large());
                    self.settle();
                    continue;
                }
            };
            let compress = self.endpoint.spec.compress;
            let compressed_bytes = compress.map(|_| self.endpoint.compress(body.clone()).len());
            if compressed_bytes.is_some_and(|bytes| !self.machine.handle_compressed(batch, bytes)) {
                self.settle();
                continue;
            }
            let mut headers = self.headers.clone();
            headers.extend(own_headers);
            self.endpoint.parts.batch_keys.write(NO_KEY, &mut headers, &mut body);
            self.query.add_to(&mut url);
            let (method, items) = (self.endpoint.parts.method.clone(), ids.len());
            let request = PlannedRequest { method, url, headers, body, compressed_bytes, items };
            if self.plan.count < SHOWN {
                self.plan.requests.push(request.clone());
            }
            (self.each)(request);
            self.plan.count += 1;
            self.plan.items += ids.len();
            let (now, budget, hint) = (Time::ZERO, &mut RetryBudget::default(), RetryHint::default());
            let mut context = AttemptContext { now, jitter: 0.0, budget, hint, has_progress: true };
            for id in ids {
                self.machine.handle_item(batch, id, ItemClass::Done, &mut context);
                self.forget(id);
            }
            self.machine.handle_end(batch, &mut context);
        }
    }
}

/// The maximum number of requests that `Display` lists.
const SHOWN: usize = 5;

impl fmt::Display for PlannedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PlannedRequest { method, url, headers, body, compressed_bytes, .. } = self;
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        writeln!(f, "{method} {}{query} HTTP/1.1", url.path())?;
        if !headers.contains_key(HOST) {
            writeln!(f, "{HOST}: {}", &url[Position::BeforeHost..Position::AfterPort])?;
        }
        for (name, value) in headers {
            writeln!(f, "{name}: {}", String::from_utf8_lossy(value.as_bytes()))?;
        }
        let length = compressed_bytes.unwrap_or(body.len());
        // Without a body only these methods have a length (RFC 9110, section 8.6).
        if length > 0 || [Method::POST, Method::PUT, Method::PATCH].contains(method) {
            writeln!(f, "{CONTENT_LENGTH}: {length}")?;
        }
        let body = String::from_utf8_lossy(body);
        let shown =
            f.precision().and_then(|most| body.char_indices().nth(most)).map_or(&*body, |(end, _)| &body[..end]);
        write!(f, "\n{shown}")?;
        match body[shown.len()..].chars().count() {
            0 => Ok(()),
            more => write!(f, "… and {}", counted(more, "more character")),
        }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(why) = &self.invalid {
            return write!(f, "nothing would be sent: {why}");
        }
        write!(f, "{} in {}", counted(self.items, "item"), counted(self.count, "request"))?;
        if self.duplicates > 0 {
            write!(f, ", {} collapsed", counted(self.duplicates, "duplicate"))?;
        }
        for request in self.requests.iter().take(SHOWN) {
            let body = String::from_utf8_lossy(&request.body);
            let (items, body) = (counted(request.items, "item"), shorten(&body, 100));
            write!(f, "\n  {} {} ({items}) {body}", request.method, request.url)?;
        }
        if self.count > SHOWN {
            write!(f, "\n  … and {} more", self.count - SHOWN)?;
        }
        for (index, why) in &self.unsendable {
            write!(f, "\n  item {index}: {why}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(count: usize, duplicates: usize) -> String {
        let request = PlannedRequest {
            method: Method::POST,
            url: url::Url::parse("https://api.example.com/x").unwrap(),
            headers: HeaderMap::new(),
            body: Bytes::from_static(b"[1]"),
            compressed_bytes: None,
            items: 1,
        };
        let plan = Plan { requests: vec![request; count], items: count, duplicates, count, ..Plan::default() };
        plan.to_string()
    }

    #[test]
    fn a_plan_shows_its_first_requests_and_counts_the_others() {
        let line = "\n  POST https://api.example.com/x (1 item) [1]";
        assert_eq!(shown(1, 0), format!("1 item in 1 request{line}"));
        assert_eq!(shown(2, 1), format!("2 items in 2 requests, 1 duplicate collapsed{line}{line}"));
        assert_eq!(shown(5, 0), format!("5 items in 5 requests{}", line.repeat(5)));
        assert_eq!(
            shown(7, 2),
            format!("7 items in 7 requests, 2 duplicates collapsed{}\n  … and 2 more", line.repeat(5))
        );
    }
}
