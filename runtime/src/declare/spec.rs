//! The declaration of an endpoint, as plain data.
//!
//! `#[bulk_api]` writes these values as constants; nothing here is computed at run time. The builder methods are
//! `const` so that an expansion reads like the attribute it came from.

use std::time::Duration;

use serde::Serialize;

/// The HTTP method of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "UPPERCASE")]
#[allow(missing_docs)]
pub enum Method {
    Get,
    Put,
    Post,
    Patch,
    Delete,
}

impl Method {
    /// Returns the method as a type of the `http` crate.
    pub fn to_http(self) -> http::Method {
        match self {
            Method::Get => http::Method::GET,
            Method::Put => http::Method::PUT,
            Method::Post => http::Method::POST,
            Method::Patch => http::Method::PATCH,
            Method::Delete => http::Method::DELETE,
        }
    }
}

/// The maximum number of items in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Max {
    /// The number of items, at least 1.
    pub items: usize,
    /// Whether the vendor documents no limit, and the author of the declaration assumed this one (`max = assumed(100)`).
    pub assumed: bool,
}

/// The place of the items in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ItemsAt {
    /// A JSON array at this JSON pointer (RFC 6901) of the body; `items = "ids"` is the pointer `/ids`. The step `0` is the only element
    /// of an array: `/batches/0/objects` is `{"batches": [{"objects": […]}]}`.
    Pointer(&'static str),
    /// The body is a JSON array of the items.
    Body,
    /// The body is NDJSON, with one line for each item. An item that is a JSON array has one line for each element, none for a `null`.
    Ndjson,
    /// This parameter of the query.
    Query(&'static str, ListStyle),
    /// This field of a form.
    Form(&'static str, ListStyle),
    /// This header, comma-separated.
    Header(&'static str),
    /// A JSON object at this pointer (empty: the body), with a member for each item, named by its key.
    Map(&'static str),
    /// A JSON object at this pointer (empty: the body), with an array for each group of items.
    Groups(&'static str),
    /// The body is the items one after another, with this text between them: a string is written without quotes, any other value as
    /// its JSON.
    Text(&'static str),
    /// The endpoint's codec places them.
    Codec,
}

/// The format of several items under one name, in a query or a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ListStyle {
    /// `id=1,2`
    Csv,
    /// `id=1&id=2`
    Repeat,
    /// A name with the number of the item, which is a template: `id[{i}]` is `id[0]=1&id[1]=2`, and `{n}` counts from 1.
    Numbered,
    /// `id=[1,2]`: one JSON array as text.
    Json,
}

/// A compression of request bodies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Compression {
    /// gzip (RFC 1952), with `Content-Encoding: gzip`.
    Gzip,
}

impl Compression {
    /// The content coding (RFC 9110, section 8.4.1).
    pub(crate) const fn coding(self) -> &'static str {
        match self {
            Compression::Gzip => "gzip",
        }
    }
}

/// An HTTP status, or a code in an error body: an entry of `retry(…)`, `stop(…)` and the other lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(untagged)]
pub enum StatusOrCode {
    /// An HTTP status, of a whole response or of an item.
    Status(u16),
    /// An error code; case counts.
    Code(&'static str),
}

impl StatusOrCode {
    /// Returns whether the list has the status or the code.
    pub(crate) fn any(list: &[StatusOrCode], status: Option<u16>, code: Option<&str>) -> bool {
        list.iter().any(|entry| match entry {
            StatusOrCode::Status(listed) => status == Some(*listed),
            StatusOrCode::Code(listed) => code == Some(*listed),
        })
    }
}

/// The lists that put statuses and codes of whole responses, and of single items, into classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Classes {
    /// Refused for now: retried after a delay. 429 is in this class unless another list has it.
    pub retry: &'static [StatusOrCode],
    /// Refused for every item: the run stops. Whole responses of 401 and 403 are in this class unless another list has them. A single item
    /// with such a status or code failed, and does not stop the run.
    pub stop: &'static [StatusOrCode],
    /// Refused because of one or more items: the batch is bisected to find them. A single item with such a status or code failed.
    pub bisect: &'static [StatusOrCode],
    /// The item was already in the requested state.
    pub already: &'static [StatusOrCode],
    /// The result is unknown: the request may or may not have been applied.
    pub uncertain: &'static [StatusOrCode],
    /// The request was too large: smaller requests are sent. 413, 414 and 431 are in this class unless another list has them. A single item
    /// with such a status or code failed.
    pub too_large: &'static [StatusOrCode],
    /// The server did not act on the item, and does not blame it: a dependency failed, or the request was rolled back.
    pub unprocessed: &'static [StatusOrCode],
}

impl Classes {
    /// Returns whether one of the lists has this code.
    pub(crate) fn lists_code(&self, code: &str) -> bool {
        let Classes { retry, stop, bisect, already, uncertain, too_large, unprocessed } = self;
        let lists = [retry, stop, bisect, already, uncertain, too_large, unprocessed];
        lists.into_iter().any(|list| StatusOrCode::any(list, None, Some(code)))
    }
}

/// A documented quota: a maximum number of requests, or items, in any time window of a given length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct Rate {
    /// The maximum number of requests or items.
    pub count: usize,
    /// Whether items are counted; else requests.
    pub items: bool,
    /// The length of the window in milliseconds.
    pub per_ms: u64,
}

impl Rate {
    /// At most `count` requests in any `per_ms` milliseconds.
    pub const fn requests(count: usize, per_ms: u64) -> Self {
        Rate { count, items: false, per_ms }
    }

    /// At most `count` items in any `per_ms` milliseconds.
    pub const fn items(count: usize, per_ms: u64) -> Self {
        Rate { count, items: true, per_ms }
    }

    /// Returns what a request costs: 1, or its number of items where the rate counts items.
    pub(crate) fn cost(self, items: usize) -> usize {
        if self.items { items } else { 1 }
    }
}

/// The request that polls a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PollSpec {
    /// The HTTP method.
    pub method: Method,
    /// The path; `{job}` is the placeholder of the job's handle.
    pub path: &'static str,
    /// The body field with the handle, as a JSON pointer, if the path does not have it.
    pub field: Option<&'static str>,
    /// Whether the handle is a credential, such as a signed URL.
    pub secret: bool,
}

/// The place of an argument of the declared method, with its name there. Path parameters are in the path itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ArgumentAt {
    /// A parameter of the query.
    Query(&'static str),
    /// A header.
    Header(&'static str),
    /// A field of the body, as a JSON pointer.
    Field(&'static str),
}

/// One declared endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct EndpointSpec {
    /// The trait method's name.
    pub name: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// The path as the vendor documents it: placeholders in braces, and a fixed query.
    pub path: &'static str,
    /// The place of the items.
    pub items: ItemsAt,
    /// The maximum number of items in a request.
    pub max: Max,
    /// The minimum number of items in a request.
    pub min: usize,
    /// The maximum size of an encoded body in bytes; of the URL if the items are in its query, of the header value if they are in a header.
    pub max_bytes: Option<usize>,
    /// The maximum size of one encoded item in bytes, as it appears in the request.
    pub max_item_bytes: Option<usize>,
    /// The compression of the body. The sizes above are those before it.
    pub compress: Option<Compression>,
    /// The maximum size of a compressed body, in bytes.
    pub max_compressed_bytes: Option<usize>,
    /// Whether some items may be applied and others not; `false`: all or nothing.
    pub partial: bool,
    /// Whether retrying an item is safe, also if an earlier attempt may have applied it.
    pub idempotent: bool,
    /// Whether only the idempotency key of a batch makes it safe, and for how long, in milliseconds from its first attempt.
    pub key_valid_ms: Option<u64>,
    /// The classes of statuses and codes.
    pub classes: Classes,
    /// The fixed headers of every request.
    pub headers: &'static [(&'static str, &'static str)],
    /// The headers, and the body fields (JSON pointers), with the idempotency key of a batch. A retry of the same bytes has the same key.
    pub batch_keys: &'static [&'static str],
    /// The documented quota.
    pub rate: Option<Rate>,
    /// The fixed body fields of every request: JSON pointer and JSON text.
    pub fields: &'static [(&'static str, &'static str)],
    /// The request that polls a job.
    pub poll: Option<PollSpec>,
    /// The places of the arguments that are not in the path.
    pub arguments: &'static [ArgumentAt],
    /// The documentation of the method.
    pub docs: &'static str,
}

impl EndpointSpec {
    /// The time for which only an idempotency key makes a retry safe.
    pub(crate) fn key_valid(&self) -> Option<Duration> {
        self.key_valid_ms.map(Duration::from_millis)
    }

    /// An all-or-nothing endpoint with at most `max` items in a request, in the body field `ids`.
    pub const fn new(name: &'static str, method: Method, path: &'static str, max: usize) -> Self {
        EndpointSpec {
            name,
            method,
            path,
            items: ItemsAt::Pointer("/ids"),
            max: Max { items: max, assumed: false },
            min: 1,
            max_bytes: None,
            max_item_bytes: None,
            compress: None,
            max_compressed_bytes: None,
            partial: false,
            idempotent: false,
            key_valid_ms: None,
            classes: Classes {
                retry: &[],
                stop: &[],
                bisect: &[],
                already: &[],
                uncertain: &[],
                too_large: &[],
                unprocessed: &[],
            },
            headers: &[],
            batch_keys: &[],
            rate: None,
            fields: &[],
            poll: None,
            arguments: &[],
            docs: "",
        }
    }

    /// Marks `max` as assumed.
    pub const fn assumed(mut self) -> Self {
        self.max.assumed = true;
        self
    }

    /// Sets the place of the items.
    pub const fn items(mut self, items: ItemsAt) -> Self {
        self.items = items;
        self
    }

    /// Sets the minimum number of items in a request. A request has fewer items only if there are no more: a smaller input, the last
    /// request of a run, a retry, or a part of a bisected batch.
    pub const fn min(mut self, min: usize) -> Self {
        self.min = min;
        self
    }

    /// Sets the maximum size of an encoded body, in bytes.
    pub const fn max_bytes(mut self, bytes: usize) -> Self {
        self.max_bytes = Some(bytes);
        self
    }

    /// Sets the maximum size of one encoded item, in bytes.
    pub const fn max_item_bytes(mut self, bytes: usize) -> Self {
        self.max_item_bytes = Some(bytes);
        self
    }

    /// Compresses the bodies.
    pub const fn compress(mut self, compression: Compression) -> Self {
        self.compress = Some(compression);
        self
    }

    /// Sets the maximum size of a compressed body, in bytes.
    pub const fn max_compressed_bytes(mut self, bytes: usize) -> Self {
        self.max_compressed_bytes = Some(bytes);
        self
    }

    /// Declares that some items may be applied and others not.
    pub const fn partial(mut self) -> Self {
        self.partial = true;
        self
    }

    /// Declares that retrying an item is safe.
    pub const fn idempotent(mut self) -> Self {
        self.idempotent = true;
        self
    }

    /// Declares that retrying a batch is safe under its idempotency key, for this time from its first attempt.
    pub const fn idempotent_by_key(mut self, valid_ms: u64) -> Self {
        self.idempotent = true;
        self.key_valid_ms = Some(valid_ms);
        self
    }

    /// Sets `retry(…)`.
    pub const fn retry(mut self, list: &'static [StatusOrCode]) -> Self {
        self.classes.retry = list;
        self
    }

    /// Sets `stop(…)`.
    pub const fn stop(mut self, list: &'static [StatusOrCode]) -> Self {
        self.classes.stop = list;
        self
    }

    /// Sets `bisect(…)`.
    pub const fn bisect(mut self, list: &'static [StatusOrCode]) -> Self {
        self.classes.bisect = list;
        self
    }

    /// Sets `already(…)`.
    pub const fn already(mut self, list: &'static [StatusOrCode]) -> Self {
        self.classes.already = list;
        self
    }

    /// Sets `uncertain(…)`.
    pub const fn uncertain(mut self, list: &'static [StatusOrCode]) -> Self {
        self.classes.uncertain = list;
        self
    }

    /// Sets `too_large(…)`.
    pub const fn too_large(mut self, list: &'static [StatusOrCode]) -> Self {
        self.classes.too_large = list;
        self
    }

    /// Sets `unprocessed(…)`.
    pub const fn unprocessed(mut self, list: &'static [StatusOrCode]) -> Self {
        self.classes.unprocessed = list;
        self
    }

    /// Sets the fixed headers.
    pub const fn headers(mut self, headers: &'static [(&'static str, &'static str)]) -> Self {
        self.headers = headers;
        self
    }

    /// Sets the places of the idempotency key: names of headers, and JSON pointers of body fields (`/idempotency_key`).
    pub const fn batch_keys(mut self, places: &'static [&'static str]) -> Self {
        self.batch_keys = places;
        self
    }

    /// Sets the quota.
    pub const fn rate(mut self, rate: Rate) -> Self {
        self.rate = Some(rate);
        self
    }

    /// Sets the fixed body fields.
    pub const fn fields(mut self, fields: &'static [(&'static str, &'static str)]) -> Self {
        self.fields = fields;
        self
    }

    /// Polls a job at this path; `{job}` is the placeholder of its handle.
    pub const fn poll(mut self, method: Method, path: &'static str) -> Self {
        self.poll = Some(PollSpec { method, path, field: None, secret: false });
        self
    }

    /// Polls a job at this path, with its handle in this body field (a JSON pointer).
    pub const fn poll_with(mut self, method: Method, path: &'static str, field: &'static str) -> Self {
        self.poll = Some(PollSpec { method, path, field: Some(field), secret: false });
        self
    }

    /// Keeps the handle of a polled job out of messages and journals: it is a credential.
    pub const fn secret_handle(mut self) -> Self {
        if let Some(poll) = &mut self.poll {
            poll.secret = true;
        }
        self
    }

    /// Sets the places of the arguments that are not in the path.
    pub const fn arguments(mut self, arguments: &'static [ArgumentAt]) -> Self {
        self.arguments = arguments;
        self
    }

    /// Sets the documentation of the method.
    pub const fn docs(mut self, docs: &'static str) -> Self {
        self.docs = docs;
        self
    }
}
