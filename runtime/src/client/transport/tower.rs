//! A tower service as transport.

use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Buf, Bytes};
use futures_util::future::BoxFuture;
use http_body::Body;
use http_body_util::BodyExt;
use tower_service::Service;

use super::deadline::{Deadline, in_task};
use super::net_error::chain;
use super::received::{Chunks, receive};
use super::{Request, Response, Transport, TransportError, TransportErrorKind};

type BoxError = Box<dyn Error + Send + Sync>;
type Classify<E> = dyn Fn(&E) -> TransportErrorKind + Send + Sync;

/// Sends requests through a [tower] service, in a task on the current tokio runtime: an HTTP client under layers that trace, add headers,
/// limit or decompress.
///
/// The service gets requests with an absolute URI and a body of type `B`, and is cloned for each. It is called when it is ready. If it is not
/// ready in the first half of the timeout, or its readiness fails, nothing was sent: the items are retried. If a call fails, their result is
/// unknown, unless [`classify`](Self::classify) knows better.
///
/// # Layers that are wrong here
/// - **Layers that retry or hedge** (`tower::retry`, `tower::hedge`). The run does not see their attempts: a request that is applied twice counts
///   as one, the attempts escape `max_attempts`, the throttle and a declared `rate`, and the failure of the last one hides that an earlier one may have
///   been applied. The run retries itself. It cannot detect such a layer.
/// - **Layers that follow redirects** (`tower_http::follow_redirect`): the run stops at a redirect and names its target.
/// - **Layers that answer in place of the server**, as some load shedders do with a 503, hide that nothing was sent. Where they end with an
///   error instead, `classify` it as [`NotSent`](TransportErrorKind::NotSent).
///
/// A timeout layer is harmless: whichever of it and [`ClientBuilder::timeout`](crate::ClientBuilder::timeout) is shorter counts. Its error is a
/// [`Timeout`](TransportErrorKind::Timeout) if `classify` says so.
///
/// ```
/// # use std::convert::Infallible;
/// # use bytes::Bytes;
/// use bulk_endpoint::Client;
/// use bulk_endpoint::transport::{TowerTransport, TransportErrorKind};
///
/// # async fn respond(_: http::Request<http_body_util::Full<Bytes>>) -> Result<http::Response<http_body_util::Full<Bytes>>, Infallible> {
/// #     Ok(http::Response::new("[]".into()))
/// # }
/// let service = tower::service_fn(respond);
/// let transport = TowerTransport::new(service).classify(|_error| TransportErrorKind::NotSent);
/// let client = Client::builder("https://api.example.com").transport(transport).build()?;
/// # Ok::<(), bulk_endpoint::BuildError>(())
/// ```
///
/// # Panics
/// [`send`](Transport::send) panics outside a tokio runtime. If the service panics, the result of the request is unknown.
///
/// [tower]: https://docs.rs/tower
pub struct TowerTransport<S: Service<http::Request<B>>, B> {
    service: Arc<Mutex<S>>,
    classify: Arc<Classify<S::Error>>,
    body: PhantomData<fn(B)>,
}

impl<S: Service<http::Request<B>>, B> TowerTransport<S, B> {
    /// Creates a transport. Every error of a call leaves its result unknown.
    pub fn new(service: S) -> Self {
        let classify = Arc::new(|_: &S::Error| TransportErrorKind::Reset);
        TowerTransport { service: Arc::new(Mutex::new(service)), classify, body: PhantomData }
    }

    /// Sets what the errors of calls mean. Use [`NotSent`](TransportErrorKind::NotSent) only for errors that prove that no byte of the request left.
    pub fn classify(mut self, classify: impl Fn(&S::Error) -> TransportErrorKind + Send + Sync + 'static) -> Self {
        self.classify = Arc::new(classify);
        self
    }
}

impl<S: Service<http::Request<B>>, B> fmt::Debug for TowerTransport<S, B> {
    /// Omits the service, which may have credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TowerTransport").finish_non_exhaustive()
    }
}

impl<S, B, R> Transport for TowerTransport<S, B>
where
    S: Service<http::Request<B>, Response = http::Response<R>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
    B: From<Bytes> + Send + 'static,
    R: Body + Send + 'static,
    R::Data: Send,
    R::Error: Into<BoxError>,
{
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response, TransportError>> {
        let (service, classify) = (self.service.clone(), self.classify.clone());
        in_task(async move {
            // A service is valid whatever panicked in its `clone`.
            let service = service.lock().unwrap_or_else(PoisonError::into_inner).clone();
            attempt(service, request, classify).await
        })
    }
}

async fn attempt<S, B, R>(
    mut service: S,
    request: Request,
    classify: Arc<Classify<S::Error>>,
) -> Result<Response, TransportError>
where
    S: Service<http::Request<B>, Response = http::Response<R>>,
    S::Error: Into<BoxError>,
    B: From<Bytes>,
    R: Body + Send + 'static,
    R::Data: Send,
    R::Error: Into<BoxError>,
{
    let (deadline, max_bytes) = (Deadline::after(request.timeout), request.max_response_bytes);
    let request = to_http(request)?;
    let leaving = deadline.of_leaving();
    match leaving.bound(std::future::poll_fn(|cx| service.poll_ready(cx))).await {
        Some(Ok(())) if leaving.is_over() => return Err(leaving.not_ready()),
        Some(Ok(())) => {}
        Some(Err(error)) => {
            let why = format!("the service is not ready: {}", text(error));
            return Err(TransportError::new(TransportErrorKind::NotSent, why));
        }
        None => return Err(leaving.not_ready()),
    }
    let (head, body) = match deadline.bound(service.call(request)).await {
        Some(Ok(response)) => response.into_parts(),
        Some(Err(error)) => return Err(TransportError::new(classify(&error), text(error))),
        None => return Err(deadline.no_response()),
    };
    Ok(receive(head.status, head.headers, &mut ServiceBody(Box::pin(body)), max_bytes, &deadline).await)
}

/// A service's error in one line. It is the service's own text: it should not show the query of the URL.
fn text(error: impl Into<BoxError>) -> String {
    chain(Some(&*error.into()))
}

fn to_http<B: From<Bytes>>(request: Request) -> Result<http::Request<B>, TransportError> {
    let mut out = http::Request::new(request.body.into());
    *out.uri_mut() = request.url.as_str().parse().map_err(|error: http::uri::InvalidUri| {
        // Its text does not repeat the URL.
        TransportError::new(TransportErrorKind::Invalid, format!("invalid request: {error}"))
    })?;
    *out.method_mut() = request.method;
    *out.headers_mut() = request.headers;
    Ok(out)
}

/// The body of a service's response.
struct ServiceBody<R>(Pin<Box<R>>);

impl<R> Chunks for ServiceBody<R>
where
    R: Body + Send,
    R::Data: Send,
    R::Error: Into<BoxError>,
{
    fn length(&self) -> Option<u64> {
        self.0.size_hint().exact()
    }

    async fn next(&mut self) -> Result<Option<Bytes>, String> {
        loop {
            match self.0.frame().await {
                None => return Ok(None),
                Some(Err(error)) => return Err(text(error)),
                // A trailer is skipped.
                Some(Ok(frame)) => {
                    if let Ok(mut data) = frame.into_data() {
                        return Ok(Some(data.copy_to_bytes(data.remaining())));
                    }
                }
            }
        }
    }
}
