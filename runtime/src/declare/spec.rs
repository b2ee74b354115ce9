//! What a declaration says of an endpoint, as plain data.
//!
//! `#[bulk_api]` writes these values as constants; nothing here is computed at run time. The builder methods are
//! `const` so that an expansion reads like the attribute it came from.

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
    /// The method as the `http` crate names it.
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

/// The most items that one request carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Max {
    /// The number of items, at least 1.
    pub items: usize,
    /// The vendor documents no limit: this one is the declaration's author's choice (`max = assumed(100)`).
    pub assumed: bool,
}

/// Where the items sit in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ItemsAt {
    /// A JSON array at this JSON pointer (RFC 6901) of the body; `items = "ids"` is the pointer `/ids`. The step `0` is the
    /// one element of an array.
    Pointer(&'static str),
    /// The body is the JSON array itself.
    Body,
    /// The body is one JSON text a line (NDJSON). An item that is a JSON array is a line an element, `null` none.
    Ndjson,
    /// A parameter of the query.
    Query(&'static str, ListStyle),
    /// A field of a form, among the others.
    Form(&'static str, ListStyle),
    /// This header, comma-separated.
    Header(&'static str),
    /// A JSON object at this pointer (empty: the body itself), in which each item stands under its key.
    Map(&'static str),
    /// A JSON object at this pointer (empty: the body itself), in which each group of items has an array of its own.
    Groups(&'static str),
    /// Where the endpoint's codec puts them.
    Codec,
}

/// How several items stand under one name, in a query or a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ListStyle {
    /// `id=1,2`
    Csv,
    /// `id=1&id=2`
    Occurrence,
    /// `id[0]=1&id[1]=2`
    Indexed,
    /// `id=[1,2]`: one JSON array as text.
    Json,
}

/// An HTTP status, or a code in an error body: what the lists `retry(…)`, `stop(…)` and their like are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(untagged)]
pub enum StatusOrCode {
    /// An HTTP status, of a whole response or of an item.
    Status(u16),
    /// An error code, compared as it is spelled.
    Code(&'static str),
}

impl StatusOrCode {
    /// Whether a status or a code is among the signs.
    pub(crate) fn any(signs: &[StatusOrCode], status: Option<u16>, code: Option<&str>) -> bool {
        signs.iter().any(|sign| match sign {
            StatusOrCode::Status(listed) => status == Some(*listed),
            StatusOrCode::Code(listed) => code == Some(*listed),
        })
    }
}

/// The lists that put statuses and codes into classes, of whole responses and of single items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Classes {
    /// Refused for now: retried after a wait. So is 429, where no list has it.
    pub retry: &'static [StatusOrCode],
    /// Refused for every item alike: the run stops. So are whole responses of 401 and 403, where no list has
    /// them; a single item's never stops a run, and has failed.
    pub stop: &'static [StatusOrCode],
    /// Refused for some item's sake: the batch is bisected to find it. An item that is named so has failed.
    pub bisect: &'static [StatusOrCode],
    /// The item was already in the state asked for.
    pub already: &'static [StatusOrCode],
    /// Nobody knows whether it was applied.
    pub uncertain: &'static [StatusOrCode],
    /// The request was too large: smaller ones are sent. So are 413, 414 and 431, where no list has them. An item that is named so has failed.
    pub too_large: &'static [StatusOrCode],
    /// An item that is named so was not acted on, and not blamed: a dependency failed, or the request was rolled back.
    pub unprocessed: &'static [StatusOrCode],
}

/// A documented quota: so many requests, or items, in any span of so much time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct Rate {
    /// How many.
    pub count: usize,
    /// Items are counted; else requests.
    pub items: bool,
    /// In how many milliseconds.
    pub per_ms: u64,
}

impl Rate {
    /// So many requests in a time.
    pub const fn requests(count: usize, per_ms: u64) -> Self {
        Rate { count, items: false, per_ms }
    }

    /// So many items in a time.
    pub const fn items(count: usize, per_ms: u64) -> Self {
        Rate { count, items: true, per_ms }
    }
}

/// How a job is asked for that a response named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PollSpec {
    /// The HTTP method.
    pub method: Method,
    /// The path, in which `{job}` is the job's handle.
    pub path: &'static str,
    /// The body field that carries the handle instead, as a JSON pointer.
    pub field: Option<&'static str>,
}

/// Where an argument of the declared method goes, by its name there. Those in the path are told by the path.
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
    /// The path as the vendor writes it, placeholders in braces, a fixed query included.
    pub path: &'static str,
    /// Where the items sit.
    pub items: ItemsAt,
    /// The most items in a request.
    pub max: Max,
    /// The fewest items in a request.
    pub min: usize,
    /// The most bytes of an encoded body; of the URL where the items are in its query, of the value where they are in a header.
    pub max_bytes: Option<usize>,
    /// The most bytes of one encoded item, as it stands in the request.
    pub max_item_bytes: Option<usize>,
    /// Some items may be applied and others not; `false`: all or nothing.
    pub partial: bool,
    /// Retrying an item is safe.
    pub idempotent: bool,
    /// What statuses and codes mean.
    pub classes: Classes,
    /// Headers that every request carries.
    pub headers: &'static [(&'static str, &'static str)],
    /// The header, or the body field (a JSON pointer), that carries a key of its own for each batch, the same when the same bytes are
    /// retried.
    pub batch_key: Option<&'static str>,
    /// The documented quota.
    pub rate: Option<Rate>,
    /// Body fields that every request carries: JSON pointer and JSON text.
    pub fields: &'static [(&'static str, &'static str)],
    /// How a job is asked for that a response named.
    pub poll: Option<PollSpec>,
    /// What the method's arguments add to a request, beside its path.
    pub arguments: &'static [ArgumentAt],
    /// The method's documentation.
    pub docs: &'static str,
}

impl EndpointSpec {
    /// An endpoint of all-or-nothing requests of at most `max` items in the field `/ids`.
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
            partial: false,
            idempotent: false,
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
            batch_key: None,
            rate: None,
            fields: &[],
            poll: None,
            arguments: &[],
            docs: "",
        }
    }

    /// Marks `max` as the author's assumption.
    pub const fn assumed(mut self) -> Self {
        self.max.assumed = true;
        self
    }

    /// Says where the items sit.
    pub const fn items(mut self, items: ItemsAt) -> Self {
        self.items = items;
        self
    }

    /// Sets the fewest items in a request. Fewer leave only where there are no more: an input that is smaller, or an item that is retried
    /// when all others are done; and parts of what was refused as a whole.
    pub const fn min(mut self, min: usize) -> Self {
        self.min = min;
        self
    }

    /// Caps the encoded body.
    pub const fn max_bytes(mut self, bytes: usize) -> Self {
        self.max_bytes = Some(bytes);
        self
    }

    /// Caps one encoded item.
    pub const fn max_item_bytes(mut self, bytes: usize) -> Self {
        self.max_item_bytes = Some(bytes);
        self
    }

    /// Some items may be applied and others not.
    pub const fn partial(mut self) -> Self {
        self.partial = true;
        self
    }

    /// Retrying an item is safe.
    pub const fn idempotent(mut self) -> Self {
        self.idempotent = true;
        self
    }

    /// Sets `retry(…)`.
    pub const fn retry(mut self, signs: &'static [StatusOrCode]) -> Self {
        self.classes.retry = signs;
        self
    }

    /// Sets `stop(…)`.
    pub const fn stop(mut self, signs: &'static [StatusOrCode]) -> Self {
        self.classes.stop = signs;
        self
    }

    /// Sets `bisect(…)`.
    pub const fn bisect(mut self, signs: &'static [StatusOrCode]) -> Self {
        self.classes.bisect = signs;
        self
    }

    /// Sets `already(…)`.
    pub const fn already(mut self, signs: &'static [StatusOrCode]) -> Self {
        self.classes.already = signs;
        self
    }

    /// Sets `uncertain(…)`.
    pub const fn uncertain(mut self, signs: &'static [StatusOrCode]) -> Self {
        self.classes.uncertain = signs;
        self
    }

    /// Sets `too_large(…)`.
    pub const fn too_large(mut self, signs: &'static [StatusOrCode]) -> Self {
        self.classes.too_large = signs;
        self
    }

    /// Sets `unprocessed(…)`.
    pub const fn unprocessed(mut self, signs: &'static [StatusOrCode]) -> Self {
        self.classes.unprocessed = signs;
        self
    }

    /// Sets the fixed headers.
    pub const fn headers(mut self, headers: &'static [(&'static str, &'static str)]) -> Self {
        self.headers = headers;
        self
    }

    /// Sends a key of each batch in this header, or in the body field that this JSON pointer names.
    pub const fn batch_key(mut self, place: &'static str) -> Self {
        self.batch_key = Some(place);
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

    /// Asks for a job at this path, in which `{job}` is its handle.
    pub const fn poll(mut self, method: Method, path: &'static str) -> Self {
        self.poll = Some(PollSpec { method, path, field: None });
        self
    }

    /// Asks for a job at this path, its handle in this body field (a JSON pointer).
    pub const fn poll_with(mut self, method: Method, path: &'static str, field: &'static str) -> Self {
        self.poll = Some(PollSpec { method, path, field: Some(field) });
        self
    }

    /// Says where the arguments go that are not in the path.
    pub const fn arguments(mut self, arguments: &'static [ArgumentAt]) -> Self {
        self.arguments = arguments;
        self
    }

    /// Keeps the method's documentation.
    pub const fn docs(mut self, docs: &'static str) -> Self {
        self.docs = docs;
        self
    }
}
