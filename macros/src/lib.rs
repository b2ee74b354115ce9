//! The attribute and the derives of `bulk-endpoint`. Use them through that crate.
//!
//! `bulk_api` goes through stages, each a module: tokens → `args` and `ast` → `check` → `model` → `emit`. A stage
//! never looks back; `emit` takes the model alone and cannot fail. The derives go through the same stages, in `derive`.

mod api;
mod args;
mod ast;
mod case;
mod check;
mod derive;
mod diagnostics;
mod emit;
#[cfg(test)]
mod explained;
mod expression;
mod http_status;
mod json;
mod model;
mod outside;
mod rules;
#[cfg(test)]
mod snapshot;
mod spans;
mod suggest;
mod symbol;
mod template;
mod verb;

use proc_macro::TokenStream;

/// Makes a client of a trait whose methods declare bulk endpoints.
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
/// The trait stays as it is, without these attributes: it is dyn-compatible, and anybody may implement it. Beside it
/// stand `<Trait>Client` with its constructor `new`, a constant for each method (its typed endpoint), and `ENDPOINTS`.
///
/// # On the trait
///
/// `#[bulk_api(rename_all = "camelCase", crate = path)]`: `rename_all` renames arguments that become query parameters
/// or body fields, by serde's rules; `crate` is where a renamed or re-exported `bulk-endpoint` is found.
///
/// # On a method
///
/// | attribute | says |
/// |---|---|
/// | `#[post("/a/{id}?batch")]`, `get`, `put`, `patch`, `delete` | HTTP method, and the path as the vendor writes it |
/// | `#[header("X-Name", "value")]`, `#[field("/allOrNone", false)]` | fixed headers and body fields; repeatable |
/// | `#[header("Idempotency-Key", batch_key)]`, `#[field("/key", batch_key)]` | a key of each batch's own, the same when the same bytes are retried |
/// | `#[bulk_endpoint(…)]` | the settings below |
///
/// | setting | says |
/// |---|---|
/// | `max = 15` | required: the most items in a request; `max = assumed(100)` where the vendor documents none |
/// | `partial = true` | required: some items may be applied and others not; `false`: all or nothing |
/// | `idempotent = true` | retrying an item is safe |
/// | `min`, `max_bytes`, `max_item_bytes` | further limits |
/// | `items = "ids"` | where the items sit: a field (this one by default), or one of the places below |
/// | `rate = "100/10s"` | the documented quota: so many requests in any such time, or `"600 items/1s"` |
/// | `poll = "/jobs/{job}"` | where a job is asked for that a response names (`#[bulk(job)]`), with GET; `post("/jobs/check", "/id")`: with this verb, and the handle in this field of the body |
///
/// | place | the items are |
/// |---|---|
/// | `"ids"`, `"/batch/ids"` | an array in this field, or at this JSON pointer; its step `0` is an array of one: `"/batches/0/objects"` |
/// | `body` | the body, as an array |
/// | `ndjson` | the body, a line of JSON each (NDJSON). An item that is an array, such as a pair, is a line an element, and none for a `null` |
/// | `query("id", csv)` | a parameter of the query: `id=1,2`; with `repeat` `id=1&id=2`; the other fields stay in the body |
/// | `form("users", csv)` | a field of a form, among the others; also `repeat`, `indexed` (`users[0]=…`) and `json` (one array as text) |
/// | `header("X-Ids")` | a header, comma-separated |
/// | `map("/patches")` | an object, each under its key; `""` is the body itself. `#[serde(skip)]` keeps the key out of the value |
/// | `groups("/tables")` | an object with an array for each group (`#[bulk(group)]`); `""` is the body itself. `max` counts them all |
/// | `codec(Type)` | what a `Codec` of yours makes of them |
///
/// Text places take strings as they are and numbers as digits; `repeat` and `indexed` anything else as JSON. An item that cannot stand in its
/// place, such as a text with a comma in a comma-separated list, ends alone and unsent. `max_bytes` counts the body; the URL, where
/// the items are in its query; the value, where they are in a header.
///
/// Lists of statuses and codes say what a whole response means; `retry`, `uncertain` and `already` also what a single item's means (an item
/// that a response names under another has failed):
///
/// | list | such a response says |
/// |---|---|
/// | `retry(503, "Busy")` | refused for now: retried after a wait. So is 429, in no list |
/// | `stop(404)` | refused whatever the items are: the run stops. So are 401, once a fresh token is refused too, and 403, in no list |
/// | `bisect(400)` | refused with nothing applied, for some item's sake: the batch is bisected to find it |
/// | `too_large("TooMany")` | smaller requests are sent. So are 413, 414 and 431, in no list |
/// | `uncertain(500)` | nobody knows whether it was applied |
/// | `unprocessed(424)` | of an item: it was not acted on, and not blamed |
/// | `already("Gone")` | the item already was as it is to be. Declaring it says that the list is complete |
/// | `already = path` | a `fn(&Failure) -> bool`, where failures carry no code |
///
/// # What a status means
///
/// That is in none of these lists. What is unsure was perhaps applied: only the declaration knows whether retrying it is safe.
///
/// | status | `idempotent = true` | else |
/// |---|---|---|
/// | 2xx | carried out: the body tells of the items | the same |
/// | 401, 407 | the credential is refused: a `bearer_with` is asked for another token; the run stops where none is better | the same |
/// | 403 | as under `stop` | the same |
/// | 413, 414, 431 | as under `too_large` | the same |
/// | 421, 425 | the server did not look at it: retried | the same |
/// | 429 | as under `retry` | the same |
/// | 409, other 4xx, 3xx | refused, and retrying it would change nothing: `Refused` | the same |
/// | 503 | as under `retry` | unsure: `Unknown` |
/// | 408, 500, 502, 504, other 5xx | unsure: retried after a wait, and `Unknown` in the end | unsure: `Unknown` |
///
/// No response at all is as a 504, or as a 421 where the request certainly did not arrive. After a `stop`, or a credential that is refused, a
/// run in which something was done already goes on until that has come 3 times in a row.
///
/// # On an argument
///
/// An argument named in the path is a path parameter (`org_id` binds `{orgId}`), any other an extra field of the body.
/// `#[path("team-id")]`, `#[query]`, `#[query("name")]`, `#[header("X-Name")]` and `#[field("/json/pointer")]` say otherwise.
///
/// The attributes inside the trait are looked up by name and need no import.
///
/// What the compiler says of a mistake ends with the id of a rule, which `bulk_endpoint::guide::diagnostics` explains.
#[proc_macro_attribute]
pub fn bulk_api(arguments: TokenStream, item: TokenStream) -> TokenStream {
    api::expand(arguments.into(), &item.into()).into()
}

/// Makes a type an item: `bulk_endpoint::BulkItem`.
///
/// A newtype is its own key, and can stand as a bare key in a response. A struct puts `#[bulk(key)]` on the fields that
/// together name it in a response; an enum puts it on fields of the same types in each variant. Without one its items are told apart by
/// position only. `#[bulk(key)]` on the type makes the whole item its key, for responses that echo it. A key of several fields is the tuple of
/// them in the order of their names, by which it is joined with the response's. A type that derives [`macro@ItemReply`] too has the words of both.
///
/// `#[bulk(group)]` on a field, or on an enum, whose variants then are the groups by their serde names, is what `items = groups(…)` asks
/// for. `#[bulk(crate = path)]` on the type says where a renamed `bulk-endpoint` is found, for this derive and the others.
#[proc_macro_derive(BulkItem, attributes(bulk))]
pub fn derive_bulk_item(input: TokenStream) -> TokenStream {
    derive::expand_item(input.into()).into()
}

/// Makes a type what a response tells of an item: `bulk_endpoint::ItemReply`.
///
/// On fields of a struct (JSON names are those of serde's attributes):
///
/// | word | the field says |
/// |---|---|
/// | `key` | which item, with the other such fields; `key, nested`: something inside it does |
/// | `keys` | which items, a list of keys |
/// | `status` | what became of it: an HTTP status, a `bool`, or a derived `Status`; `status, nested`: something inside it does |
/// | `failed`, `succeeded` | that it failed, or is done, by there being something in it; also with `code`, `message`, `nested` |
/// | `code`, `message` | the vendor's error code, and its words |
/// | `retry_after = seconds`, `milliseconds` | how long to wait before it is retried |
/// | `nested` | nothing itself: code, message and wait are inside it, in a type that derives `ItemReply` too. Of several the first tells |
///
/// On the type: `#[bulk(positional)]` where elements name no item and are told by their position: among all items, or, beside
/// other lists, among those that no other names. A struct with neither stands inside others, or is the value of an object's entry (`Pairs`).
///
/// An enum is a tagged union: each variant holds what tells more, or is marked `#[bulk(succeeded)]`, `accepted`, `failed`,
/// `unprocessed` or `pending`.
#[proc_macro_derive(ItemReply, attributes(bulk))]
pub fn derive_item_reply(input: TokenStream) -> TokenStream {
    derive::expand_element(input.into()).into()
}

/// Makes an enum a status, of an item or of a whole response: `bulk_endpoint::Status`.
///
/// Each variant is a word of the vendor's, named as serde names it, and marked `#[bulk(succeeded)]`, `accepted`, `failed`,
/// `unprocessed` or `pending`. The word of one that failed stands for an error code. A variant `#[serde(untagged)] Other(String)`
/// takes words that are not known.
#[proc_macro_derive(Status, attributes(bulk))]
pub fn derive_status(input: TokenStream) -> TokenStream {
    derive::expand_status(input.into()).into()
}

/// Makes a type the response of an endpoint: `bulk_endpoint::BulkReply`.
///
/// On fields of a struct:
///
/// | word | the field is |
/// |---|---|
/// | `succeeded`, `failed`, `unprocessed` | a list whose place is the verdict |
/// | `results` | a list whose elements judge themselves |
/// | `nested` | an object, or a list of objects, with such fields in it |
/// | `count(failed)`, `count(succeeded)` | how many there are: where it differs, silence means nothing |
/// | `status` | whether the request as a whole was done: a `bool`, or a derived `Status`. Where it is `unprocessed`, nothing was done that a line says |
/// | `code`, `message` | the error code and the words of a request that was not |
/// | `job` | the handle of the job that will tell |
///
/// A newtype is a body that is one list, and nothing else: `struct Failures(#[bulk(failed)] Vec<E>)`.
///
/// On the type: `#[bulk(unlisted = succeeded)]` where the response lists failures only, `unlisted = failed` where it lists all that was
/// done, and `#[bulk(on(200, 207))]` for the statuses that carry it, which may be refusals too.
///
/// An enum has one variant a set of statuses, `#[bulk(on(207))]`, which holds the reply under them; one that holds nothing is an
/// answer without content.
#[proc_macro_derive(BulkReply, attributes(bulk))]
pub fn derive_bulk_reply(input: TokenStream) -> TokenStream {
    derive::expand_reply(input.into()).into()
}

/// Makes a type the body of a refused request: `bulk_endpoint::ApiError`.
///
/// A struct is the body under every status. An enum has one variant a set of statuses: `#[bulk(on(400, 403))]`, whose
/// only field is an `ApiError` itself, or whose named fields are those of the body, with their serde attributes. On
/// fields: `#[bulk(code)]`, `#[bulk(message)]`, `#[bulk(request_id)]`, and `#[bulk(nested)]` where code and message are inside, in a
/// type that derives `ItemReply`.
#[proc_macro_derive(ApiError, attributes(bulk, serde))]
pub fn derive_api_error(input: TokenStream) -> TokenStream {
    derive::expand_error(input.into()).into()
}

/// Attributes that `#[bulk_api]` consumes; as macros they only say where they belong. There is none for `path`: it
/// would make the built-in `#[path]` ambiguous wherever this crate is imported by a glob.
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
