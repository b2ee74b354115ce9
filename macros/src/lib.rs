//! The attribute and the derives of `bulk-endpoint`. Use them through that crate.
//!
//! `bulk_api` has stages, each in a module: tokens → `args` and `ast` → `check` → `model` → `emit`. A stage uses only the
//! result of the stage before it. `emit` takes only the model and cannot fail. The derives have the same stages, in `derive`.

mod api;
mod args;
mod ast;
#[cfg(test)]
mod boundaries;
mod case;
#[cfg(test)]
mod cases;
mod check;
mod crate_name;
#[cfg(test)]
mod decisions;
mod derive;
mod diagnostics;
mod emit;
#[cfg(test)]
mod explained;
mod expression;
mod hidden;
mod http_status;
mod json;
mod model;
mod outside;
mod rules;
mod scope;
#[cfg(test)]
mod size;
#[cfg(test)]
mod snapshot;
mod spans;
mod suggest;
mod symbol;
mod template;
mod types;
mod verb;

use proc_macro::TokenStream;

/// Generates a client for a trait whose methods declare bulk endpoints.
///
/// ```
/// use bulk_endpoint::{Bulk, Client, bulk_api};
///
/// /// The refresh tokens of organizations.
/// #[bulk_api]
/// pub trait OrgApiTokens: Send + Sync {
///     /// Deactivates refresh tokens of one organization.
///     #[post("/orgs/{orgId}/api-tokens/deactivate")]
///     #[bulk_endpoint(max = 15, partial = false, idempotent = true, stop(404))]
///     fn deactivate(&self, org_id: &str) -> Bulk<String>;
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let client = Client::builder("https://example.com").build()?;
/// let tokens = OrgApiTokensClient::new(client);
/// let bound = tokens.deactivate("org-1");
/// assert_eq!(OrgApiTokensClient::DEACTIVATE.spec().max.items, 15);
/// assert_eq!(OrgApiTokensClient::ENDPOINTS.len(), 1);
/// # Ok(())
/// # }
/// ```
///
/// The trait itself is unchanged, except that these attributes are removed: it is dyn-compatible, and other types can implement
/// it. The macro adds `<Trait>Client`, with a constructor `new`, a constant for each method (its typed endpoint), and `ENDPOINTS`.
///
/// # On the trait
///
/// `#[bulk_api(rename_all = "camelCase", crate = path)]`: `rename_all` renames the arguments that are query parameters or body
/// fields, with serde's rules. `crate` is the path of a renamed or re-exported `bulk-endpoint`.
///
/// `#[bulk_api(dynamic)]` makes the endpoints usable without their types, for command lines and the like: the client implements
/// `bulk_endpoint::dynamic::DynamicApi`. Items and arguments then implement `Deserialize`. An argument is an owned type, or `&T` or
/// `Option<&T>` of one.
///
/// # On a method
///
/// | attribute | meaning |
/// |---|---|
/// | `#[post("/a/{id}?batch")]`, `get`, `put`, `patch`, `delete` | HTTP method, and the path as the vendor documents it |
/// | `#[header("X-Name", "value")]`, `#[field("/allOrNone", false)]` | a fixed header or body field; repeatable |
/// | `#[header("Idempotency-Key", batch_key)]`, `#[field("/key", batch_key)]` | a unique key per batch, a UUID (version 8, 36 characters); a retry of the same bytes has the same key |
/// | `#[bulk_endpoint(…)]` | the settings below |
///
/// | setting | meaning |
/// |---|---|
/// | `max = 15` | required: maximum number of items per request; `max = assumed(100)` if the vendor documents no limit |
/// | `partial = true` or `false` | required. `true`: a request can apply some of its items and not others. `false`: it applies all of them or none |
/// | `idempotent = key(valid = "24h")` | a retry is safe only under the idempotency key of the request, for this time from its first attempt |
/// | `idempotent = true` | a retry is safe: an item that is applied twice has the same result (default `false`) |
/// | `min` | minimum number of items per request (default 1); the last requests of a run, and retries, can have fewer |
/// | `max_bytes`, `max_item_bytes` | maximum bytes per request, and per item (default: no limit) |
/// | `compress = gzip` | the body is sent as gzip, with `Content-Encoding: gzip`; needs the feature `gzip`, which `reqwest` enables |
/// | `max_bytes = compressed(1_000_000)` | maximum bytes of the compressed body. Each body is measured, and halved if it does not fit |
/// | `items = "ids"` | place of the items: a field (default `"ids"`), or one of the places below |
/// | `rate = "100/10s"` | documented quota of requests per time, or of items: `"600 items/1s"`; units `ms`, `s`, `min`, `h` (default: none) |
/// | `poll = "/jobs/{job}"` | path to poll a job that a response names (`#[bulk(job)]`), with GET; `poll = "{job}"` if the handle is itself a path, or a URL of the same origin; `post("/jobs/check", "/id")` polls with this verb and the handle in this body field |
/// | `handle(secret)` | the handle of the job is a credential, such as a signed URL: it is in no message and no journal |
///
/// | place | the items are |
/// |---|---|
/// | `"ids"`, `"/batch/ids"` | an array in this field, or at this JSON pointer; a step `0` is an array of one element: `"/batches/0/objects"` |
/// | `body` | the body, as an array |
/// | `ndjson` | the body, as NDJSON: one line per item. An item that serializes to an array, such as a pair, is one line per element; `null` elements are skipped |
/// | `query("id", csv)` | a query parameter: `id=1,2`; further styles are `repeat` (`id=1&id=2`), `json`, and a numbered name, `query("id[{i}]")`; other fields remain in the body |
/// | `form("users", csv)` | a form field; further styles are `repeat`, `json` (one array as text), and a numbered name: `form("users[{i}]")` counts from 0, `form("Name.{n}")` from 1 |
/// | `header("X-Ids")` | a comma-separated header |
/// | `text("\n")` | the body, as values one after another with this text between them, which can be empty: a string without quotes, any other value as JSON |
/// | `map("/patches")` | an object with one entry per item, named by its key; `""` is the body itself. `#[serde(skip)]` omits the key from the value |
/// | `groups("/tables")` | an object with one array per group (`#[bulk(group)]`); `""` is the body itself. `max` counts the items of all groups |
/// | `codec(Type)` | the body that `Type`, a `Codec`, writes |
///
/// In a query, a form or a header, strings are written without quotes and numbers as digits. `repeat` and numbered names write any other
/// value as JSON. An item that does not fit its place, such as a string with a comma in a comma-separated list, ends
/// `NotAttempted`; the others are sent. `max_bytes` limits the body, or the URL for items in the query, or the header's value for items in a header.
///
/// Lists of statuses and codes classify a response. `retry`, `uncertain`, `unprocessed` and `already` also classify a single item in a
/// response. An item with a status or code of another list has failed. If status and code
/// are in different lists, the first of these applies: `uncertain`, `stop`, `already`, `retry`, `too_large`, `bisect`.
///
/// | list | meaning of such a response |
/// |---|---|
/// | `retry(503, "Busy")` | refused for now: retried after a delay. 429 is in this class by default |
/// | `stop(404)` | refused regardless of the items: the run stops. 403 and 511 are in this class by default. A 401 or 407 acts the same if no new token is available, or two in a row are bad |
/// | `bisect(400)` | refused because of some of its items, and nothing was applied: the batch is bisected to find them |
/// | `too_large("TooMany")` | refused because of its size: smaller requests are sent. 413, 414 and 431 are in this class by default |
/// | `uncertain(400)` | the result is unknown: the request was perhaps applied, in whole or in part. 408 and most 5xx are in this class by default |
/// | `unprocessed(424)` | of an item: the server did not process it, for a reason other than the item itself, for example because another item failed |
/// | `already("Gone")` | the item was already in the requested state. After an attempt with an unknown result it is `Succeeded` (`earlier`); otherwise `Failed`, or `Refused` if the whole response has the code. List all such codes: after an unknown result, any other failure is proof that the earlier attempt did not apply the item |
/// | `already = path` | a `fn(&Failure) -> bool` that returns the same for failures without a code |
///
/// # What a status means
///
/// This table is for statuses that are in no list. A request with an unknown result was perhaps applied. It is retried only if the
/// endpoint is `idempotent`.
///
/// | status | `idempotent = true` | otherwise |
/// |---|---|---|
/// | 2xx | processed: the body reports on the items | the same |
/// | 401, 407 | credential refused: `bearer_with` is called for another token, and the run stops if two new ones in a row are refused | the same |
/// | 403, 511 | as in `stop` | the same |
/// | 413, 414, 431 | as in `too_large` | the same |
/// | 421, 425 | not processed by the server: retried | the same |
/// | 429 | as in `retry` | the same |
/// | 3xx | refused: a redirect is not followed, and stops the run | the same |
/// | 409, other 4xx | refused, and a retry would not help: `Refused` | the same |
/// | 503 | as in `retry` | unknown result: `Unknown` |
/// | 408, 500, 502, 504, other 5xx | unknown result: retried after a delay, finally `Unknown` | unknown result: `Unknown` |
///
/// A lost response counts as a 500. An HTTP/2 stream that the server refused counts as a 421. While the host refuses requests for now, cannot
/// be reached, or gives no usable response five times in a row, the client probes it with one request at a time, after growing waits. The
/// run stops when it makes no progress for its `patience`, 10 min by default. Once a request of the run has succeeded, a response in `stop`, or a 401 or 407 for a fixed
/// `bearer` token, ends only its own batch; the third such response in a row stops the run.
///
/// # On an argument
///
/// `///` before an argument documents it; the trait is emitted without it, since rustc accepts no doc comment there.
///
/// An argument that is named in the path is a path parameter (`org_id` for `{orgId}`). Any other argument is a field of the body.
/// `#[path("team-id")]`, `#[query]`, `#[query("name")]`, `#[header("X-Name")]` and `#[field("/json/pointer")]` choose another place.
///
/// The attributes inside the trait need no import.
///
/// Each error of the macros ends with the id of a rule, which `bulk_endpoint::guide::diagnostics` explains.
#[proc_macro_attribute]
pub fn bulk_api(arguments: TokenStream, item: TokenStream) -> TokenStream {
    api::expand(arguments.into(), &item.into()).into()
}

/// Derives `bulk_endpoint::BulkItem` for an item.
///
/// A newtype is its own key, and can be a bare key in a response. A struct has `#[bulk(key)]` on the fields that together name the
/// item in a response. An enum has it on fields of the same types in each variant. Items without a key are identified by position only.
/// `#[bulk(key, nested)]` takes the key of the item in the field, and `#[bulk(key = "users('{key}')")]` a part of its text. `#[bulk(key)]` on
/// the type makes the whole item its key, for responses that return the whole item. A key of several fields is a tuple in the
/// order of their names, and is matched by name with the key in the response. A type that also derives [`macro@ItemReply`] accepts
/// the words of both derives.
///
/// `#[bulk(no_response)]` on a variant is for a call that the server does not respond to, such as a notification of JSON-RPC: the item is
/// accepted if the response is usable and does not name it.
///
/// `items = groups(…)` requires `#[bulk(group)]`, on a field or on an enum. On an enum, the groups are the variants, by their serde names,
/// and the enum has `#[serde(untagged)]`: the name is that of the array.
/// `#[bulk(crate = path)]` on the type is the path of a renamed `bulk-endpoint`, in this derive and in the others.
#[proc_macro_derive(BulkItem, attributes(bulk))]
pub fn derive_bulk_item(input: TokenStream) -> TokenStream {
    derive::expand_item(input.into()).into()
}

/// Derives `bulk_endpoint::ItemReply` for an element of a response, which reports on an item.
///
/// On fields of a struct, whose JSON names are those of serde's attributes:
///
/// | word | the field is |
/// |---|---|
/// | `key` | the key of the item, together with the other fields with `key`; `key, nested`: the key is inside the field; `key = "/items/{key}"`: it is a part of the text in the field, with `{i}` for a position counted from 0, `{n}` for one counted from 1, and `*` at the start or at the end for any text |
/// | `group` | the group of the item, for `items = groups(…)`: the key is a position in it |
/// | `keys` | a list of keys, for an element about several items |
/// | `status` | the verdict: an HTTP status (an integer or `HttpStatus`), a `bool`, or a derived `Status`; `status, nested`: the verdict is inside the field |
/// | `failed`, `succeeded`, `accepted` | the verdict by its presence: a value that is present means failure, or success; also with `nested`, and `failed` with `code` or `message`. With `failed` alone an element without a failure is done: if it has no key, one of its fields must always be present, or the type has `#[serde(deny_unknown_fields)]` |
/// | `code`, `message` | the vendor's error code, and its message |
/// | `retry_after = seconds`, `milliseconds` | the delay before a retry |
/// | `retry`, `retry = false` | a `bool`, or an `Option` of one: another attempt may succeed if it is true, or if it is false. A status or code in a list counts first |
/// | `nested` | a type that derives `ItemReply` and has the code, message or delay; of several, the first that has a value counts |
///
/// `#[bulk(positional)]` on the type is for elements without a key, whose position identifies the item: the position among all items
/// or, beside other lists, among the items that no other list names. A struct without `key`, `keys` and `positional` can
/// only be nested in another element, or be the value type of `Pairs`.
///
/// A success or failure carries its whole element, as an `Arc`. The success of an element that has key fields alone is `()`.
///
/// An enum is a tagged union. Each variant holds a type with a verdict, or is marked `#[bulk(succeeded)]`, `accepted`, `failed`,
/// `unprocessed` or `pending`.
#[proc_macro_derive(ItemReply, attributes(bulk))]
pub fn derive_item_reply(input: TokenStream) -> TokenStream {
    derive::expand_element(input.into()).into()
}

/// Derives `bulk_endpoint::Status` for an enum: the status of an item or of a whole response.
///
/// Each variant is a status word of the vendor, by its serde name, and is marked `#[bulk(succeeded)]`, `accepted`, `failed`,
/// `unprocessed` or `pending`. The word of a failure is its error code, unless the element has another. A variant
/// `#[serde(untagged)] Other(String)` accepts unknown words; it needs no mark, as it has no verdict.
///
/// If the statuses are numbers, the enum has `#[repr(i64)]` and a number on each variant, as `Ok = 0`. The derive then reads them, from
/// JSON numbers and from strings of digits, in place of serde's `Deserialize`. `#[serde(other)] Other` accepts unknown numbers.
#[proc_macro_derive(Status, attributes(bulk, serde))]
pub fn derive_status(input: TokenStream) -> TokenStream {
    derive::expand_status(input.into()).into()
}

/// Derives `bulk_endpoint::BulkReply` for the body of a response.
///
/// On fields of a struct:
///
/// | word | the field is |
/// |---|---|
/// | `succeeded`, `accepted`, `failed`, `unprocessed` | a list whose place is the verdict |
/// | `results` | a list whose elements have verdicts of their own |
/// | `nested` | an object, or a list of objects, with such fields |
/// | `count(failed)`, `count(succeeded)`, `count(accepted)`, `count(unprocessed)` | the number of items in that state, as a number or a string of digits. If all items failed, and the response says nothing else about any, the request is refused. If it differs from the lists, the items that it contradicts are `Unknown`: those listed as done, and those whose state the number makes doubtful. `unlisted` does not apply |
/// | `status` | the result of the whole request: a `bool`, or a derived `Status`. If it is `unprocessed`, no item counts as done, whatever its entry says |
/// | `code`, `message` | the error code and message of a request that failed |
/// | `job` | the handle of the job that reports the results; without `poll` on the method, its items are accepted. A response to a poll with another handle is not used |
/// | `next_job` | the handle of the next poll, which can differ from the one before |
/// | `retry_after = seconds`, `milliseconds`, `epoch` | the delay before the items are retried; `epoch` is a time in seconds since 1970 |
/// | `header = "X-Name"`, beside `code`, `message`, `job`, `next_job`, `retry_after` or `count` | that role is in this header; the field has `#[serde(skip)]` |
///
/// `#[serde(deny_unknown_fields)]` on the type makes a field that is not declared a fault: `unlisted` does not apply. `{}` has the shape of
/// such a type, if no field is required.
///
/// All other fields, and those with `nested`, `count`, `status`, `code`, `message` and `job`, reach the caller with the response that they
/// came in: `BulkResponse::body` is the reply with its lists empty. A reply with such fields derives `Deserialize`.
///
/// A newtype is a body that consists of one list: `struct Failures(#[bulk(failed)] Vec<E>)`.
///
/// On the type: `#[bulk(on(200, 207))]` for the statuses of this body, which can be refusals too, and `#[bulk(unlisted = …)]` for what an
/// item is that the response does not list:
///
/// | `unlisted =` | for a response that lists |
/// |---|---|
/// | `succeeded`, `accepted` | all failures |
/// | `failed` | all successes |
/// | `unprocessed` | all items that the server acted on |
/// | `(succeeded, unprocessed)` | the failure at which the server stopped: the items before the first one that is not done succeeded, those after it were not processed |
///
/// An enum has one variant per set of statuses, `#[bulk(on(207))]`, which holds the reply for them. A variant without fields is a
/// response without content; `Queued(Accepted)` is one that only means that the items are queued. A variant without fields that is marked
/// `#[bulk(failed, on(200))]` is a body of the endpoint's error type: it refuses the request, and the lists of codes apply.
///
/// Several variants can have the same status. The first is used whose container (array, object, NDJSON, nothing) matches the body, and
/// whose required fields are all present. A variant that can never be chosen is a compile error.
#[proc_macro_derive(BulkReply, attributes(bulk))]
pub fn derive_bulk_reply(input: TokenStream) -> TokenStream {
    derive::expand_reply(input.into()).into()
}

/// Derives `bulk_endpoint::ApiError` for the body of a refused request.
///
/// A struct is the body for every status. An enum has one variant per set of statuses, `#[bulk(on(400, 403))]`: its only field is an
/// `ApiError` itself, or its named fields are those of the body, with their serde attributes. On fields: `#[bulk(code)]`,
/// `#[bulk(message)]`, `#[bulk(request_id)]`, and `#[bulk(nested)]` for a type that derives `ItemReply` and has the code and message.
/// `#[bulk(retry_after = seconds)]`, `milliseconds` or `epoch` (a time in seconds since 1970) is the delay of a request that is refused for
/// now. `#[bulk(retry)]` and `#[bulk(retry = false)]` are flags, as in `ItemReply`, that make a refused request one that is refused for now.
/// With `header = "X-Name"` beside one of these roles, the field is that header, and has `#[serde(skip)]`.
///
/// If a body does not fit, the outcome has the reason and the start of the body. The code is read from its field, if it is there.
#[proc_macro_derive(ApiError, attributes(bulk, serde))]
pub fn derive_api_error(input: TokenStream) -> TokenStream {
    derive::expand_error(input.into()).into()
}

/// Attributes that `#[bulk_api]` reads. As macros, they only report that they are misplaced. `path` is not among them: it would
/// make the built-in `#[path]` ambiguous wherever this crate is imported by a glob.
macro_rules! inside_a_trait {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        ///
        /// Belongs inside a [`bulk_api`](macro@bulk_api) trait, and needs no import there.
        #[proc_macro_attribute]
        pub fn $name(_: TokenStream, item: TokenStream) -> TokenStream {
            outside::expand(stringify!($name), &item.into()).into()
        }
    )*};
}

inside_a_trait! {
    /// A `GET` endpoint and its path.
    get
    /// A `PUT` endpoint and its path.
    put
    /// A `POST` endpoint and its path.
    post
    /// A `PATCH` endpoint and its path.
    patch
    /// A `DELETE` endpoint and its path.
    delete
    /// An endpoint's settings.
    bulk_endpoint
    /// A fixed header, or an argument sent as one.
    header
    /// A fixed body field, or an argument sent as one.
    field
    /// An argument sent as a query parameter.
    query
}
