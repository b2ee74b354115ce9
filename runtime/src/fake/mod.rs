//! A fake server for tests. It serves declared endpoints on a free local port, responds in the shapes that they declare, and refuses
//! requests that break the declaration.
//!
//! A function of the test returns the outcome of each item. The fake records what it applied, so that a test can compare a client's
//! report with the state of the server.
//!
//! ```
//! use bulk_endpoint::testing::{Fake, Refuse};
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
//!     // The vendor's body for a 429 …
//!     .refusal(429, TokenError { message: "slow down".into() })
//!     // … with which the first request is refused.
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
//! # What the server does for each outcome
//!
//! | outcome | applied | the response |
//! |---|---|---|
//! | `Succeeded` | yes | names the item as done; if the outcome is accepted, with the item status 202 |
//! | `Failed` | no | names it as not done, with that failure |
//! | `Unknown` | yes | leaves it out |
//! | `NotAttempted` | no | leaves it out |
//! | `Refused` | no | returns it as unprocessed if the reply has such a list; otherwise the whole request is refused with this status and error, and nothing is applied |
//!
//! If the endpoint is all or nothing (`partial = false`), one `Failed` item prevents the whole request, and the response names only the
//! failed items. If the reply declares `unlisted`, leaving an item out would mean success or failure, so the response is a 500 instead.
//!
//! # Which requests are refused
//!
//! | status | reason |
//! |---|---|
//! | 400 | the body is not JSON; the items are missing or not in the declared form; there are fewer than `min` or more than `max`; an item does not decode; a fixed header or field is missing or differs |
//! | 401 | the bearer token is missing, or differs from [`Fake::bearer`] |
//! | 404, 405 | no endpoint at this path; no endpoint with this method |
//! | 413 | more than `max_bytes` bytes (of the body, or of the URL or header that carries the items, or of the compressed body where those count); an item of more than `max_item_bytes` |
//! | 415 | the content type or the compression differs |
//!
//! With `items = ndjson`, each line is an item. Items under a name (in a map or a group) are read by [`FakeEndpoint::named`], unless their
//! JSON contains the name too. Endpoints with a codec cannot be served.
//!
//! A required field without a role (`total: u64`) gets its value from [`FakeEndpoint::field`]. Without a value, [`Fake::start`] returns
//! [`FakeError::RequiredField`].
//!
//! Body fields and query parameters that come from a method's arguments are not checked. [`FakeServer::requests`] returns the body of each
//! request.
//!
//! # Faults
//!
//! [`Fake::on_request`] can refuse single requests or inject a network [`Fault`]: a connection that is reset or closed, a response that is
//! cut off, slow or late. The server speaks HTTP/1.1, and HTTP/2 with clients that start with it.

mod body;
mod error;
mod fault;
mod items;
mod judge;
mod listen;
mod refuse;
mod request;
mod response;
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
