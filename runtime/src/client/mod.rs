//! The client: a base URL, credentials, a transport, and the throttle that its runs share.

mod build_error;
mod clock;
mod credential;
mod entrance;
mod query;
#[cfg(feature = "blocking")]
mod runtime_thread;
mod sending;
pub mod shared_throttle;
mod sign;
mod throttle;
pub mod transport;

pub use build_error::BuildError;
pub use clock::Clock;
#[cfg(feature = "tokio")]
pub use clock::TokioClock;
pub(crate) use credential::{Fetching, Generation, Token, TokenUse};
pub(crate) use entrance::Entrance;
pub(crate) use query::ClientQuery;
#[cfg(feature = "blocking")]
pub(crate) use runtime_thread::RuntimeThread;
pub(crate) use sending::Sending;
pub use sign::SigningRequest;
pub(crate) use throttle::{Admission, Permit};

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::TryFutureExt;
use http::header::{AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION};
use http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use self::credential::{BadToken, Credentials, Fetched, bearer};
use self::entrance::SharedOrigin;
use self::shared_throttle::SharedThrottle;
use self::sign::Signer;
use self::throttle::Throttle;
use self::transport::{Request, Transport};
use crate::engine::RetryBudget;
use crate::journal::Journal;
use crate::text::without_secrets;

/// An HTTP client for the endpoints of one host. It holds the base URL, the credentials, the transport and the throttle that all its runs
/// share.
///
/// Cheap to clone: clones share connections, token, throttle and retry budget. Create one client per host and reuse it.
///
/// ```
/// # #[cfg(feature = "reqwest")] {
/// use bulk_endpoint::Client;
///
/// let client = Client::builder("https://console.cloud.vmware.com").bearer("a token").build()?;
/// # }
/// # Ok::<(), bulk_endpoint::BuildError>(())
/// ```
#[derive(Clone)]
pub struct Client(Arc<ClientInner>);

struct ClientInner {
    /// Without a query.
    base: Url,
    query: ClientQuery,
    signer: Option<Signer>,
    credentials: Credentials,
    headers: HeaderMap,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    throttle: Throttle,
    budget: Mutex<RetryBudget>,
    timeout: Duration,
    max_response_bytes: usize,
    #[cfg(feature = "blocking")]
    runtime: Arc<RuntimeThread>,
}

impl Client {
    /// Starts building a client for the host at `base_url`, an absolute `http` or `https` URL. A path in it is put before the path of every
    /// endpoint. A query in it is sent with each request, as [`query`](ClientBuilder::query) does: a shared access signature, for example.
    pub fn builder(base_url: impl AsRef<str>) -> ClientBuilder {
        ClientBuilder {
            base: base_url.as_ref().to_owned(),
            bearer: None,
            fetched: None,
            query: Vec::new(),
            signer: None,
            headers: Vec::new(),
            transport: None,
            clock: None,
            timeout: transport::DEFAULT_TIMEOUT,
            max_response_bytes: transport::DEFAULT_MAX_RESPONSE_BYTES,
            budget: RetryBudget::default(),
            shared_throttle: None,
        }
    }

    /// Returns the base URL, without its query.
    pub fn base_url(&self) -> &Url {
        &self.0.base
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }

    pub(crate) fn throttle(&self) -> &Throttle {
        &self.0.throttle
    }

    pub(crate) fn budget(&self) -> MutexGuard<'_, RetryBudget> {
        // The budget is valid after every statement, so a poisoned lock can be used.
        self.0.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The function that fetches tokens, if the client has one.
    pub(crate) fn fetched(&self) -> Option<&Fetched> {
        match &self.0.credentials {
            Credentials::Fetched(fetched) => Some(fetched),
            Credentials::None | Credentials::Fixed(_) => None,
        }
    }

    pub(crate) fn timeout(&self) -> Duration {
        self.0.timeout
    }

    pub(crate) fn max_response_bytes(&self) -> usize {
        self.0.max_response_bytes
    }

    /// The runtime of runs that are called by code that is not asynchronous.
    #[cfg(feature = "blocking")]
    pub(crate) fn runtime(&self) -> Arc<RuntimeThread> {
        self.0.runtime.clone()
    }

    /// The query parameters of the client, which are added when a request leaves.
    pub(crate) fn query(&self) -> &ClientQuery {
        &self.0.query
    }

    /// Signs a request, if the client has a function for that, and sends it, unless its journal withholds it.
    pub(crate) fn send(&self, request: Request, journal: Option<Arc<dyn Journal>>) -> Sending {
        sending::send(self.0.signer.as_ref(), journal, &self.0.transport, &*self.0.clock, request)
    }

    /// The longest time between the start of an attempt with this timeout and its end: the signature has the same time before it.
    pub(crate) fn longest_attempt(&self, timeout: Duration) -> Duration {
        if self.0.signer.is_some() { timeout.saturating_mul(2) } else { timeout }
    }

    /// The URL of an endpoint's path with its placeholders filled, plus query parameters; without those of the client.
    pub(crate) fn url_of(&self, path: &str, query: &[(&'static str, String)]) -> Result<Url, url::ParseError> {
        let base = self.0.base.as_str().trim_end_matches('/');
        let mut url = Url::parse(&format!("{base}{path}"))?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }

    /// The headers of a request: the client's, overridden by the endpoint's, and a fixed credential.
    pub(crate) fn headers(&self, endpoint: &HeaderMap) -> HeaderMap {
        let mut headers = self.0.headers.clone();
        for name in endpoint.keys() {
            headers.remove(name);
            for value in endpoint.get_all(name) {
                headers.append(name, value.clone());
            }
        }
        if let Credentials::Fixed(authorization) = &self.0.credentials {
            headers.insert(AUTHORIZATION, authorization.clone());
        }
        headers
    }

    /// The [headers](Self::headers) of a request as they may be shown: without the values of the client's headers, and of those that carry
    /// credentials. A token need not be there yet: it may be fetched later.
    pub(crate) fn redacted_headers(&self, endpoint: &HeaderMap) -> HeaderMap {
        let mut headers = self.headers(endpoint);
        for (name, value) in &mut headers {
            if value.is_sensitive() || [AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE].contains(name) {
                *value = HeaderValue::from_static("<redacted>");
            }
        }
        match self.0.credentials {
            Credentials::None => {}
            Credentials::Fixed(_) | Credentials::Fetched(_) => {
                headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer <redacted>"));
            }
        }
        headers
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base", &self.0.base.as_str())
            .field("timeout", &self.0.timeout)
            .finish_non_exhaustive()
    }
}

/// A builder of a [`Client`]: start with [`Client::builder`], end with [`build`](Self::build).
#[must_use]
pub struct ClientBuilder {
    base: String,
    bearer: Option<SecretString>,
    fetched: Option<Fetched>,
    query: Vec<(String, SecretString)>,
    signer: Option<Signer>,
    headers: Vec<(String, String)>,
    transport: Option<Arc<dyn Transport>>,
    clock: Option<Arc<dyn Clock>>,
    timeout: Duration,
    max_response_bytes: usize,
    budget: RetryBudget,
    shared_throttle: Option<Arc<dyn SharedThrottle>>,
}

/// Headers that say how a request is sent. Another `Host` may be meant.
const OF_TRANSPORT: [&str; 8] =
    ["connection", "content-length", "expect", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"];

impl ClientBuilder {
    /// Sets a fixed bearer token: every request carries `Authorization: Bearer <token>` (RFC 6750).
    ///
    /// Default: no `Authorization` header. The token never appears in `Debug`, errors or reports. A request refused with 401 is not
    /// retried. It stops the run, unless an earlier request of the run succeeded; then only the third such refusal in a row stops it. Use
    /// [`bearer_with`](Self::bearer_with) for tokens that expire.
    pub fn bearer(mut self, token: impl Into<String>) -> Self {
        self.bearer = Some(SecretString::from(token.into()));
        self
    }

    /// Sets a function that fetches bearer tokens. It takes precedence over [`bearer`](Self::bearer).
    ///
    /// `fetch` is called before the first request, and again when the server refuses a token (401 or 407). There is
    /// one fetch at a time for all runs of the client; the refused requests are retried with its token. A run stops if two new tokens in a
    /// row are refused for their first request, or if `fetch` returns an error, an empty token, or panics. `fetch` has no timeout of its own.
    ///
    /// ```
    /// # #[cfg(feature = "reqwest")] {
    /// # async fn log_in() -> Result<String, std::io::Error> { Ok("a token".into()) }
    /// use bulk_endpoint::Client;
    ///
    /// let client = Client::builder("https://api.example.com").bearer_with(|| async { log_in().await }).build()?;
    /// # }
    /// # Ok::<(), bulk_endpoint::BuildError>(())
    /// ```
    pub fn bearer_with<F, E>(mut self, fetch: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<String, E>> + Send + 'static,
        E: fmt::Display,
    {
        self.fetched = Some(Fetched::new(move || fetch().map_ok(|token| (token, None))));
        self
    }

    /// Sets a function that fetches bearer tokens, each with the time after which the next one is fetched. It is [`bearer_with`](Self::bearer_with)
    /// for tokens that expire at a known time: no token is refused because it expired.
    ///
    /// The time counts from the end of the fetch. Make it shorter than the token's lifetime, so that requests in flight have a valid token.
    /// `None`: the next token is fetched when the server refuses this one. A refused token is replaced before its time.
    ///
    /// ```
    /// # #[cfg(feature = "reqwest")] {
    /// # struct Granted { access_token: String, expires_in: u64 }
    /// # async fn log_in() -> Result<Granted, std::io::Error> { Ok(Granted { access_token: "a token".into(), expires_in: 3_600 }) }
    /// use std::time::Duration;
    ///
    /// use bulk_endpoint::Client;
    ///
    /// let token = || async {
    ///     let granted = log_in().await?;
    ///     Ok::<_, std::io::Error>((granted.access_token, Some(Duration::from_secs(granted.expires_in).mul_f64(0.9))))
    /// };
    /// let client = Client::builder("https://api.example.com").bearer_with_expiry(token).build()?;
    /// # }
    /// # Ok::<(), bulk_endpoint::BuildError>(())
    /// ```
    pub fn bearer_with_expiry<F, E>(mut self, fetch: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(String, Option<Duration>), E>> + Send + 'static,
        E: fmt::Display,
    {
        self.fetched = Some(Fetched::new(fetch));
        self
    }

    /// Adds a header to every request. Headers with the same name are all sent; a header of the endpoint's declaration replaces them.
    ///
    /// Credentials other than a bearer token are one line each:
    ///
    /// | the vendor's documentation | the call |
    /// |---|---|
    /// | Basic authentication | `.header("Authorization", format!("Basic {}", BASE64.encode("user:password")))` |
    /// | `Authorization: Token token=…` | `.header("Authorization", "Token token=…")` |
    /// | an API key in a header | `.header("X-Api-Key", "…")` |
    /// | an API key in the query | `.query("key", "…")` |
    /// | a signature of the request | `.sign(…)` |
    ///
    /// The value never appears in `Debug` or errors. An invalid name or value makes [`build`](Self::build) fail.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sets a function that signs each request: AWS SigV4, an HMAC of the body, a shared key, DPoP.
    ///
    /// It is called for each attempt and each poll, right before the request leaves, and returns headers, which replace those of the same name.
    /// It sees the request as it is sent. If it returns an error, panics, or takes longer than the timeout of the attempt, nothing is
    /// sent: the items end [`NotAttempted::Unsigned`](crate::NotAttempted::Unsigned), or according to earlier attempts, and the
    /// run goes on. Inside the function, retry what may fail temporarily, such as a fetch of credentials.
    ///
    /// The headers never appear in `Debug` or errors. The text of the error does: it must not contain the key.
    ///
    /// ```
    /// # #[cfg(feature = "reqwest")] {
    /// use bulk_endpoint::{Client, SigningRequest};
    /// use std::sync::Arc;
    ///
    /// # fn hmac_sha256_hex(key: &str, body: &[u8]) -> String { format!("{key}{}", body.len()) }
    /// let key: Arc<str> = "a key".into();
    /// let client = Client::builder("https://api.example.com")
    ///     .sign(move |request: SigningRequest| {
    ///         let key = key.clone();
    ///         async move {
    ///             let mut headers = http::HeaderMap::new();
    ///             headers.insert("x-signature", hmac_sha256_hex(&key, &request.body).parse()?);
    ///             Ok::<_, http::header::InvalidHeaderValue>(headers)
    ///         }
    ///     })
    ///     .build()?;
    /// # }
    /// # Ok::<(), bulk_endpoint::BuildError>(())
    /// ```
    pub fn sign<F, E>(mut self, sign: impl Fn(SigningRequest) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<HeaderMap, E>> + Send + 'static,
        E: fmt::Display,
    {
        self.signer = Some(Signer::new(sign));
        self
    }

    /// Adds a query parameter to every request and every poll: an API key, for example. Parameters with the same name are all sent; a
    /// parameter of the endpoint's declaration replaces them.
    ///
    /// The value never appears in `Debug`, errors, reports, plans or logs.
    ///
    /// ```
    /// # #[cfg(feature = "reqwest")] {
    /// use bulk_endpoint::Client;
    ///
    /// let client = Client::builder("https://api.example.com").query("key", "an API key").build()?;
    /// # }
    /// # Ok::<(), bulk_endpoint::BuildError>(())
    /// ```
    pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.push((name.into(), SecretString::from(value.into())));
        self
    }

    /// Sets the timeout of one attempt, from the start of sending to the last byte of the response.
    ///
    /// Default 30 s; zero makes [`build`](Self::build) fail. Items of an attempt that times out have an unknown result: they are
    /// retried only if the endpoint is idempotent. [`Run::attempt_timeout`](crate::Run::attempt_timeout) overrides it for one run.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the maximum size of a response body, in bytes.
    ///
    /// Default 16 MiB. A larger response is not read further; its items have an unknown result
    /// ([`UncertaintyKind::TooLarge`](crate::UncertaintyKind::TooLarge)).
    pub fn max_response_bytes(mut self, bytes: usize) -> Self {
        self.max_response_bytes = bytes;
        self
    }

    /// Sets the budget of retries that all runs of the client share. Default: [`RetryBudget::default`].
    pub fn retry_budget(mut self, budget: RetryBudget) -> Self {
        self.budget = budget;
        self
    }

    /// Sets a throttle that this client shares with others, in this process or on other machines. Default: none.
    ///
    /// A declared `rate` holds for all of them together, and if the host tells one to wait, all wait. If the vendor's quotas are per account,
    /// all clients of one throttle must use the same account. See the module [`shared_throttle`].
    pub fn shared_throttle(mut self, throttle: impl SharedThrottle) -> Self {
        self.shared_throttle = Some(Arc::new(throttle));
        self
    }

    /// Sets the transport. Default: `ReqwestTransport::new()` with the feature `reqwest`, else `HyperTransport::new()` with the feature `hyper`.
    /// Both use the proxies of the environment (`HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`); but the client of a loopback host
    /// (`localhost`, `127.0.0.1`, `::1`) uses no proxy, so that a fake server is reached directly. Without these features a transport is required.
    ///
    /// | transport | take it for |
    /// |---|---|
    /// | `ReqwestTransport::from_builder` | an HTTP client that you configure with reqwest: SOCKS proxies, native TLS, certificates as PEM |
    /// | `HyperTransport` | many requests, at half the cost or less; endpoints that are not idempotent: it knows more often that nothing was sent |
    /// | `TowerTransport` | a tower service, with your own layers |
    /// | [`Transport`] | any other HTTP client |
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.transport = Some(Arc::new(transport));
        self
    }

    /// Sets the clock. Default: tokio's clock, with the feature `tokio`, which the transports bring; without it a clock is required.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// Builds the client. Sends nothing.
    ///
    /// # Errors
    /// - The base URL is not an absolute `http` or `https` URL, or contains a user, a password or a fragment.
    /// - The bearer token is empty, or contains characters that a header cannot carry, or another header is invalid.
    /// - The timeout is zero.
    /// - There is no transport or no clock, or the default transport cannot be created.
    pub fn build(self) -> Result<Client, BuildError> {
        let mut base = check_base(&self.base)?;
        let mut query = ClientQuery::written(base.query().unwrap_or_default());
        base.set_query(None);
        self.query.iter().for_each(|(name, value)| query.push(name, value));
        let credentials = match (self.fetched, &self.bearer) {
            (Some(fetched), _) => Credentials::Fetched(fetched),
            (None, Some(token)) => Credentials::Fixed(authorization(token)?),
            (None, None) => Credentials::None,
        };
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let invalid = || BuildError::Header { name: name.clone() };
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid())?;
            if OF_TRANSPORT.contains(&name.as_str()) {
                return Err(BuildError::TransportHeader { name: name.to_string() });
            }
            let mut value = HeaderValue::from_str(value).map_err(|_| invalid())?;
            value.set_sensitive(true);
            headers.append(name, value);
        }
        if self.timeout.is_zero() {
            return Err(BuildError::ZeroTimeout);
        }
        let transport = self.transport.map_or_else(|| default_transport(&base), Ok)?;
        let clock = self.clock.map_or_else(default_clock, Ok)?;
        let origin = || base.origin().ascii_serialization().into();
        let among_clients = self.shared_throttle.map(|throttle| SharedOrigin { throttle, origin: origin() });
        Ok(Client(Arc::new(ClientInner {
            base,
            query,
            signer: self.signer,
            credentials,
            headers,
            transport,
            throttle: Throttle::new(clock.clone(), among_clients),
            clock,
            budget: Mutex::new(self.budget),
            timeout: self.timeout,
            max_response_bytes: self.max_response_bytes,
            #[cfg(feature = "blocking")]
            runtime: Arc::default(),
        })))
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder").field("base", &without_secrets(&self.base)).finish_non_exhaustive()
    }
}

fn check_base(text: &str) -> Result<Url, BuildError> {
    let url = Url::parse(text).map_err(|source| BuildError::BaseUrl { url: without_secrets(text), source })?;
    let reason = if !matches!(url.scheme(), "http" | "https") {
        "the scheme is neither http nor https"
    } else if !url.username().is_empty() || url.password().is_some() {
        "it contains a user or a password"
    } else if url.fragment().is_some() {
        "it has a fragment"
    } else {
        return Ok(url);
    };
    Err(BuildError::NoBase { url: without_secrets(text), reason })
}

fn authorization(token: &SecretString) -> Result<HeaderValue, BuildError> {
    bearer(token.expose_secret()).map_err(|bad| match bad {
        BadToken::Empty => BuildError::EmptyToken,
        BadToken::Invalid(source) => BuildError::Token(source),
    })
}

#[cfg(feature = "reqwest")]
fn default_transport(base: &Url) -> Result<Arc<dyn Transport>, BuildError> {
    transport::ReqwestTransport::for_base(base).map(|transport| Arc::new(transport) as Arc<dyn Transport>)
}

#[cfg(all(feature = "hyper", not(feature = "reqwest")))]
fn default_transport(_: &Url) -> Result<Arc<dyn Transport>, BuildError> {
    transport::HyperTransport::new().map(|transport| Arc::new(transport) as Arc<dyn Transport>)
}

#[cfg(not(any(feature = "reqwest", feature = "hyper")))]
fn default_transport(_: &Url) -> Result<Arc<dyn Transport>, BuildError> {
    Err(BuildError::NoTransport { what: "transport" })
}

#[cfg(feature = "tokio")]
fn default_clock() -> Result<Arc<dyn Clock>, BuildError> {
    Ok(Arc::new(TokioClock::new()))
}

#[cfg(not(feature = "tokio"))]
fn default_clock() -> Result<Arc<dyn Clock>, BuildError> {
    Err(BuildError::NoTransport { what: "clock" })
}
