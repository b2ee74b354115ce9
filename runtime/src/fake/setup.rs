//! The builder of a fake server.

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

/// Builds a fake server: see the [module](crate::testing) for an example.
#[must_use]
#[derive(Default)]
pub struct Fake {
    settings: Settings,
    problem: Option<FakeError>,
}

impl Fake {
    /// A server without endpoints, which responds to everything with 404.
    pub fn new() -> Self {
        Fake::default()
    }

    /// Serves an endpoint; `outcome` returns the outcome of each item.
    pub fn endpoint<B: Servable>(
        self,
        endpoint: Endpoint<B>,
        outcome: impl Fn(&B::Item) -> OutcomeOf<B::Reply, B::Error> + Send + Sync + 'static,
    ) -> Self {
        self.serve(FakeEndpoint::new(endpoint, outcome))
    }

    /// Serves an endpoint with more settings than [`endpoint`](Self::endpoint) takes, such as the status of its responses.
    pub fn serve<B: Servable>(mut self, endpoint: FakeEndpoint<B>) -> Self {
        self.settings.endpoints.push(Box::new(endpoint));
        self
    }

    /// Requires `Authorization: Bearer <token>` in every request. Other requests are refused with 401. Default: no token is required.
    pub fn bearer(mut self, token: impl Into<String>) -> Self {
        self.settings.bearer = Some(SecretString::from(token.into()));
        self
    }

    /// Sets the body of refusals with this status. Default: `{"message": …}`.
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

    /// Calls `hook` with each request that has the right token and is for a served endpoint, before it is carried out.
    ///
    /// If it returns a [`Refuse`](super::Refuse), that is the response. If it returns a [`Fault`], that is applied to the response or the
    /// connection.
    ///
    /// ```
    /// use bulk_endpoint::testing::{Fake, Refuse};
    ///
    /// // Every 40th request gets a 429 with a delay of a second.
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

    /// Delays every response. Items are applied before the delay: a client that times out meanwhile does not know that they were.
    pub fn latency(mut self, latency: Duration) -> Self {
        self.settings.latency = latency;
        self
    }

    /// Sets the port, for a server that starts again under the URL that it had. Default: a free port.
    pub fn port(mut self, port: u16) -> Self {
        self.settings.port = port;
        self
    }

    /// Records only numbers, neither requests nor applied items: for runs of millions of items.
    pub fn forgetful(mut self) -> Self {
        self.settings.forgetful = true;
        self
    }

    /// Starts the server on a port of 127.0.0.1, in the current tokio runtime.
    ///
    /// # Errors
    /// If an endpoint cannot be served, two endpoints have the same method and path, or the port is not available.
    ///
    /// # Panics
    /// If called outside a tokio runtime.
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
