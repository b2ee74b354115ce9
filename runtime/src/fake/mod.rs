//! A server made from a declaration, for tests: it serves declared endpoints on a free port of this machine, in the
//! shapes that they declare, and is as strict as they are.
//!
//! Each item gets the outcome that a function says, and the fake remembers what it applied, so that a test can hold a
//! client's report against the server's own state.
//!
//! ```
//! use bulk_endpoint::fake::{Fake, Refuse};
//! use bulk_endpoint::{ApiError, Bulk, BulkItem, BulkReply, Client, ItemReply, Outcome, bulk_api};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, BulkItem)]
//! struct TokenId(String);
//!
//! #[derive(Serialize, Deserialize, ItemReply)]
//! struct TokenFailure {
//!     #[bulk(key)]
//!     id: TokenId,
//!     #[bulk(message)]
//!     message: String,
//! }
//!
//! #[derive(Serialize, Deserialize, BulkReply)]
//! struct Deactivated {
//!     #[bulk(succeeded)]
//!     successes: Vec<TokenId>,
//!     #[bulk(failed)]
//!     failures: Vec<TokenFailure>,
//! }
//!
//! #[derive(Debug, Serialize, Deserialize, ApiError)]
//! struct TokenError {
//!     #[bulk(message)]
//!     message: String,
//! }
//!
//! #[bulk_api]
//! trait Tokens {
//!     /// Deactivates tokens.
//!     #[post("/orgs/{org}/tokens/deactivate")]
//!     #[bulk_endpoint(max = 2, partial = true, idempotent = true)]
//!     fn deactivate(&self, org: &str) -> Bulk<TokenId, Deactivated, TokenError>;
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let fake = Fake::new()
//!     .bearer("secret")
//!     .endpoint(TokensClient::DEACTIVATE, |id: &TokenId| match id.0.as_str() {
//!         "ghost" => Outcome::failed(TokenFailure { id: id.clone(), message: "no such token".into() }),
//!         _ => Outcome::succeeded(),
//!     })
//!     // The vendor's own words for a refusal with 429 …
//!     .refusal(429, TokenError { message: "slow down".into() })
//!     // … which the first request meets.
//!     .on_request(|request| (request.number == 0).then(|| Refuse::new(429).header("Retry-After", "0")))
//!     .start()
//!     .await?;
//!
//! let tokens = TokensClient::new(Client::builder(fake.url()).bearer("secret").build()?);
//! let ids = ["a", "ghost", "b"].map(|id| TokenId(id.into()));
//! let report = tokens.deactivate("o-1").send(&ids).await;
//!
//! assert_eq!(report.succeeded().count(), 2);
//! let mut applied = fake.applied(TokensClient::DEACTIVATE);
//! applied.sort_by(|a, b| a.0.cmp(&b.0));
//! assert_eq!(applied, [TokenId("a".into()), TokenId("b".into())]);
//! assert_eq!(fake.most_items(), 2);
//! # Ok(())
//! # }
//! ```
//!
//! # What an outcome makes the server do
//!
//! | outcome | applied | the answer |
//! |---|---|---|
//! | `Succeeded` | yes | names the item as done; as accepted, with the item status 202, where it says so |
//! | `Failed` | no | names it as not done, with that failure |
//! | `Unknown` | yes | leaves it out |
//! | `NotAttempted` | no | leaves it out |
//! | `Refused` | no | hands it back where the reply has such a list; else the whole request is refused with its status and error, and nothing of it applied |
//!
//! Where the endpoint is all or nothing, one `Failed` item keeps the whole request from being applied, and the answer names
//! the failed items alone. Where silence is declared to mean success an item cannot be left out, so the answer is a 500 instead.
//!
//! # What is refused
//!
//! | with | what |
//! |---|---|
//! | 400 | a body that is no JSON; no items where they belong, or not in the declared form; fewer than `min` or more than `max` of them; an item that does not decode; a fixed header or field that is missing or differs |
//! | 401 | another bearer token than [`Fake::bearer`]'s, or none |
//! | 404, 405 | another path; another method |
//! | 413 | more bytes than `max_bytes` (of the body, or of the URL or the header, where the items are there), an item of more than `max_item_bytes` |
//! | 415 | another content type |
//!
//! Of `items = lines` each line is an item. Items that stand under a name, in a map or a group, are read by
//! [`FakeEndpoint::named`], unless their JSON has the name too. What a codec writes cannot be served.
//!
//! A reply with a field that is always there and has no role (`total: u64`) is served with the value that [`FakeEndpoint::field`] gives it:
//! without one [`Fake::start`] says so ([`FakeError::RequiredField`]).
//!
//! The declaration does not say as data which further body fields and query parameters a method's arguments make, so those
//! are let pass. [`FakeServer::requests`] has the body of each request.
//!
//! # What goes wrong
//!
//! [`Fake::on_request`] may refuse single requests, and let others meet a [`Fault`] of the wire: connections that are reset
//! or closed, answers that are cut off, drip, or come too late. The server speaks HTTP/1.1, and HTTP/2 with those who begin with it.

mod answer;
mod body;
mod fault;
mod items;
mod judge;
mod request;
mod route;
mod served;
mod server;
mod wire;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

pub use fault::Fault;
pub use request::{Exchange, FakeRequest, Refuse};
pub use served::{FakeEndpoint, Servable};
pub use server::FakeServer;

use crate::endpoint::Endpoint;
use crate::outcome::OutcomeOf;
use served::Serve;

/// A fake server being set up.
#[must_use]
#[derive(Default)]
pub struct Fake {
    endpoints: Vec<Box<dyn Serve>>,
    bearer: Option<SecretString>,
    refusals: HashMap<u16, Box<RawValue>>,
    hook: Option<Hook>,
    latency: Duration,
    forgetful: bool,
    problem: Option<FakeError>,
}

type Hook = Arc<dyn Fn(&FakeRequest) -> Option<Fault> + Send + Sync>;

impl Fake {
    /// A server without endpoints, which answers everything with 404.
    pub fn new() -> Self {
        Fake::default()
    }

    /// Serves an endpoint; `outcome` says what becomes of each item.
    pub fn endpoint<B: Servable>(
        self,
        endpoint: Endpoint<B>,
        outcome: impl Fn(&B::Item) -> OutcomeOf<B::Reply, B::Error> + Send + Sync + 'static,
    ) -> Self {
        self.serve(FakeEndpoint::new(endpoint, outcome))
    }

    /// Serves an endpoint of which there is more to say than [`endpoint`](Self::endpoint) takes: the status of its answers, say.
    pub fn serve<B: Servable>(mut self, endpoint: FakeEndpoint<B>) -> Self {
        self.endpoints.push(Box::new(endpoint));
        self
    }

    /// Wants `Authorization: Bearer <token>` with every request, and refuses others with 401.
    pub fn bearer(mut self, token: impl Into<String>) -> Self {
        self.bearer = Some(SecretString::from(token.into()));
        self
    }

    /// The body of refusals with this status. Without one it is `{"message": …}`.
    pub fn refusal(mut self, status: u16, body: impl Serialize) -> Self {
        match to_raw_value(&body) {
            Ok(body) => {
                self.refusals.insert(status, body);
            }
            Err(source) => {
                self.problem.get_or_insert(FakeError::Refusal { status, source });
            }
        }
        self
    }

    /// Looks at each request of a served endpoint that carries the right token, before it is carried out. What it
    /// returns happens to it: a [`Refuse`] is the answer, a [`Fault`] what becomes of the answer or the connection.
    ///
    /// ```
    /// use bulk_endpoint::fake::{Fake, Refuse};
    ///
    /// // Every 40th request has to wait a second.
    /// let fake = Fake::new().on_request(|request| {
    ///     (request.number % 40 == 39).then(|| Refuse::new(429).header("Retry-After", "1"))
    /// });
    /// ```
    pub fn on_request<F: Into<Fault>>(
        mut self,
        hook: impl Fn(&FakeRequest) -> Option<F> + Send + Sync + 'static,
    ) -> Self {
        self.hook = Some(Arc::new(move |request| hook(request).map(Into::into)));
        self
    }

    /// Answers this much later. What a request asks for is applied at once: a client that gives up meanwhile cannot know.
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// Keeps neither requests nor applied items, only the figures: for runs of millions of items.
    pub fn forgetful(mut self) -> Self {
        self.forgetful = true;
        self
    }

    /// Listens on a free port of 127.0.0.1. Must be called within a tokio runtime, which the server then lives in.
    ///
    /// # Errors
    /// An endpoint cannot be served, or two of them have the same method and path; no port can be had.
    pub async fn start(self) -> Result<FakeServer, FakeError> {
        if let Some(problem) = self.problem {
            return Err(problem);
        }
        for (index, endpoint) in self.endpoints.iter().enumerate() {
            if let Some(problem) = endpoint.problem() {
                return Err(problem);
            }
            let spec = endpoint.spec();
            let mut before = self.endpoints[..index].iter().map(|other| other.spec());
            if let Some(other) = before.find(|other| route::same(spec, other)) {
                return Err(FakeError::Twice { one: other.name, other: spec.name });
            }
        }
        server::start(self).await
    }
}

impl std::fmt::Debug for Fake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.endpoints.iter().map(|each| each.spec().name).collect();
        f.debug_struct("Fake").field("endpoints", &names).field("latency", &self.latency).finish_non_exhaustive()
    }
}

/// Why a fake server could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FakeError {
    /// The reply of an endpoint is read by hand-written code, so nothing says how to write one.
    #[error(
        "`{endpoint}` cannot be served: its reply implements `Reply` by hand, so its shape is not known; derive `BulkReply` for it"
    )]
    Opaque {
        /// The endpoint's name.
        endpoint: &'static str,
    },
    /// The items go through a codec, which only writes.
    #[error(
        "`{endpoint}` cannot be served: nothing says how to read what a codec writes; serve it with a server of your own"
    )]
    Codec {
        /// The endpoint's name.
        endpoint: &'static str,
    },
    /// A field that every answer must have, and nobody gave.
    #[error(
        "`{endpoint}` cannot be served: its answers must have the field `{field}`; give it with `FakeEndpoint::field(\"{field}\", …)`"
    )]
    RequiredField {
        /// The endpoint's name.
        endpoint: &'static str,
        /// The field.
        field: &'static str,
    },
    /// A status that HTTP does not have.
    #[error("`{endpoint}` cannot be served with the status {status}: an HTTP status is between 200 and 599")]
    Status {
        /// The endpoint's name.
        endpoint: &'static str,
        /// The status.
        status: u16,
    },
    /// A field's value that cannot be encoded.
    #[error("`{endpoint}` cannot be served: the field `{field}` cannot be encoded: {source}")]
    Field {
        /// The endpoint's name.
        endpoint: &'static str,
        /// The field.
        field: String,
        /// What serde says.
        source: serde_json::Error,
    },
    /// Two endpoints with the same method and path.
    #[error("`{one}` and `{other}` have the same method and path: serve them from two fakes")]
    Twice {
        /// The name of one.
        one: &'static str,
        /// The name of the other.
        other: &'static str,
    },
    /// A refusal's body that cannot be encoded.
    #[error("the body of refusals with {status} cannot be encoded: {source}")]
    Refusal {
        /// The status.
        status: u16,
        /// What serde says.
        source: serde_json::Error,
    },
    /// No port.
    #[error("no port of 127.0.0.1 can be had: {0}")]
    Listen(#[from] std::io::Error),
}
