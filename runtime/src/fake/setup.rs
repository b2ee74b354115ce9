//! A fake server being set up.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use serde::Serialize;
use serde_json::value::to_raw_value;

use super::error::FakeError;
use super::fault::Fault;
use super::request::FakeRequest;
use super::route;
use super::served::{FakeEndpoint, Servable};
use super::server::{self, FakeServer};
use super::settings::Settings;
use crate::outcome::OutcomeOf;
use crate::run::Endpoint;

/// A fake server being set up.
#[must_use]
#[derive(Default)]
pub struct Fake {
    settings: Settings,
    problem: Option<FakeError>,
}

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
        self.settings.endpoints.push(Box::new(endpoint));
        self
    }

    /// Wants `Authorization: Bearer <token>` with every request, and refuses others with 401.
    pub fn bearer(mut self, token: impl Into<String>) -> Self {
        self.settings.bearer = Some(SecretString::from(token.into()));
        self
    }

    /// The body of refusals with this status. Without one it is `{"message": …}`.
    pub fn refusal(mut self, status: u16, body: impl Serialize) -> Self {
        match to_raw_value(&body) {
            Ok(body) => {
                self.settings.refusals.insert(status, body);
            }
            Err(source) => {
                self.problem.get_or_insert(FakeError::Refusal { status, source });
            }
        }
        self
    }

    /// Looks at each request of a served endpoint that carries the right token, before it is carried out. What it
    /// returns happens to it: a [`Refuse`] is the response, a [`Fault`] what becomes of the response or the connection.
    ///
    /// ```
    /// use bulk_endpoint::fake::{Fake, Refuse};
    ///
    /// // Every 40th request has to retry_after a second.
    /// let fake = Fake::new().on_request(|request| {
    ///     (request.number % 40 == 39).then(|| Refuse::new(429).header("Retry-After", "1"))
    /// });
    /// ```
    pub fn on_request<F: Into<Fault>>(
        mut self,
        hook: impl Fn(&FakeRequest) -> Option<F> + Send + Sync + 'static,
    ) -> Self {
        self.settings.hook = Some(Arc::new(move |request| hook(request).map(Into::into)));
        self
    }

    /// Answers this much later. What a request asks for is applied at once: a client that gives up meanwhile cannot know.
    pub fn latency(mut self, latency: Duration) -> Self {
        self.settings.latency = latency;
        self
    }

    /// Keeps neither requests nor applied items, only the figures: for runs of millions of items.
    pub fn forgetful(mut self) -> Self {
        self.settings.forgetful = true;
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
        for (index, endpoint) in self.settings.endpoints.iter().enumerate() {
            if let Some(problem) = endpoint.problem() {
                return Err(problem);
            }
            let spec = endpoint.spec();
            let mut before = self.settings.endpoints[..index].iter().map(|other| other.spec());
            if let Some(other) = before.find(|other| route::same(spec, other)) {
                return Err(FakeError::Twice { one: other.name, other: spec.name });
            }
        }
        server::start(self.settings).await
    }
}

impl std::fmt::Debug for Fake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.settings.endpoints.iter().map(|each| each.spec().name).collect();
        f.debug_struct("Fake")
            .field("endpoints", &names)
            .field("latency", &self.settings.latency)
            .finish_non_exhaustive()
    }
}
