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
//! | outcome | applied | the response |
//! |---|---|---|
//! | `Succeeded` | yes | names the item as done; as accepted, with the item status 202, where it says so |
//! | `Failed` | no | names it as not done, with that failure |
//! | `Unknown` | yes | leaves it out |
//! | `NotAttempted` | no | leaves it out |
//! | `Refused` | no | hands it back where the reply has such a list; else the whole request is refused with its status and error, and nothing of it applied |
//!
//! Where the endpoint is all or nothing, one `Failed` item keeps the whole request from being applied, and the response names
//! the failed items alone. Where silence is declared to mean success an item cannot be left out, so the response is a 500 instead.
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
//! Of `items = ndjson` each line is an item. Items that stand under a name, in a map or a group, are read by
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
//! or closed, responses that are cut off, drip, or come too late. The server speaks HTTP/1.1, and HTTP/2 with those who begin with it.

mod answer;
mod body;
mod error;
mod fault;
mod items;
mod judge;
mod listen;
mod refuse;
mod request;
mod route;
mod served;
mod server;
mod settings;
mod setup;
mod wire;

pub use error::FakeError;
pub use fault::Fault;
pub use refuse::Refuse;
pub use request::{Exchange, FakeRequest};
pub use served::{FakeEndpoint, Servable};
pub use server::FakeServer;
pub use setup::Fake;
