//! Endpoints without their types: for command lines, workers and web handlers, which learn at run time which endpoint is called.
//!
//! `#[bulk_api(dynamic)]` implements [`DynamicApi`] for the client of a trait. A visitor ([`Visit`]) then sees each endpoint with its types, and
//! can erase them: it makes a boxed object of a trait of its own, whose methods take text or JSON.
//!
//! ```
//! use bulk_endpoint::dynamic::{Arguments, DynamicApi, DynamicEndpoint, DynamicItem, Visit, from_text};
//! use bulk_endpoint::{ApiError, Bulk, BulkReply, Client, bulk_api};
//!
//! #[bulk_api(dynamic)]
//! trait Mails: Send + Sync {
//!     /// Sends mails.
//!     #[post("/users/{user}/mails")]
//!     #[bulk_endpoint(max = 2, partial = false)]
//!     fn send(
//!         &self,
//!         /// The sender.
//!         user: &str,
//!         dry_run: Option<bool>,
//!     ) -> Bulk<u64>;
//! }
//!
//! type Error = Box<dyn std::error::Error>;
//!
//! /// An endpoint whose types are erased.
//! trait Command {
//!     /// How many requests would be sent?
//!     fn requests(&self, client: &Client, arguments: &Arguments, items: &[&str]) -> Result<usize, Error>;
//! }
//!
//! impl<T: DynamicItem, R: BulkReply, E: ApiError> Command for DynamicEndpoint<Bulk<T, R, E>> {
//!     fn requests(&self, client: &Client, arguments: &Arguments, items: &[&str]) -> Result<usize, Error> {
//!         let items: Vec<T> = items.iter().map(|item| from_text(item)).collect::<Result<_, _>>()?;
//!         Ok(self.bind(client, arguments)?.plan(&items).requests.len())
//!     }
//! }
//!
//! #[derive(Default)]
//! struct Commands(Vec<Box<dyn Command>>);
//!
//! impl Visit for Commands {
//!     fn endpoint<T: DynamicItem, R: BulkReply, E: ApiError>(&mut self, endpoint: DynamicEndpoint<Bulk<T, R, E>>) {
//!         assert_eq!(endpoint.spec().name, "send");
//!         assert_eq!(endpoint.arguments()[0].docs, "The sender.");
//!         assert!(endpoint.arguments()[1].is_optional());
//!         self.0.push(Box::new(endpoint));
//!     }
//! }
//!
//! # #[cfg(feature = "reqwest")] {
//! let mut commands = Commands::default();
//! MailsClient::visit(&mut commands);
//! let client = Client::builder("https://example.com").build()?;
//! let arguments = Arguments::new().text("user", "ann").text("dry_run", "true");
//! assert_eq!(commands.0[0].requests(&client, &arguments, &["1", "2", "3"])?, 2);
//! # }
//! # Ok::<(), Error>(())
//! ```

mod argument;
mod arguments;
mod endpoint;
mod from_text;
mod value;

pub use argument::Argument;
pub use arguments::{ArgumentError, Arguments};
pub use endpoint::{DynamicApi, DynamicEndpoint, Visit};
pub use from_text::from_text;
pub use value::{DynamicItem, DynamicValue};
