//! The transport over hyper and h2.

mod builder;
mod connect;
mod destination;
mod dial;
mod http1;
mod http2;
mod pool;
mod proxy;
mod streams;
mod traffic;

pub use builder::HyperBuilder;

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use http_body_util::Full;

use self::pool::{Carrier, Pool};
use super::super::build_error::BuildError;
use super::deadline::{Deadline, in_task};
use super::{Request, Response, Transport, TransportError};

/// Sends requests with hyper (HTTP/1.1) and h2 (HTTP/2), each in its own task on the current tokio runtime.
///
/// It costs less than half as much as the reqwest transport, and knows more often that a failed request was not sent:
/// - On HTTP/1.1 it knows whether a byte of a request was written. A connection that the server has closed while it was idle is not used.
/// - On HTTP/2 a request waits until the server allows its stream. One whose time runs out meanwhile was not sent.
/// - A request leaves in the first half of its timeout, or not at all: its response has the other half.
/// - A proxy that opens no connection is named, with its status; `Retry-After` is honored.
/// - A host with several addresses is tried at the next one after 250 ms (RFC 8305).
///
/// Take the reqwest transport for a client that you configure with reqwest: SOCKS proxies, native TLS, certificates as PEM.
///
/// It has its own connection pool. A connection is made within 10 s, and takes no request after 10 minutes. An HTTP/1.1 connection is closed when
/// it was idle for 90 s; an HTTP/2 connection is kept until the next request finds it old, or the server closes it. HTTP/2
/// is used over TLS where the server offers it, with keep-alive PINGs every 10 s while requests wait. TLS trusts the roots of the platform. The
/// variables `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` (also in lower case) name proxies; a loopback host has none. A gzip body
/// is read, and so is a response with folded header lines (RFC 9112, section 5.2). Redirects are not followed.
///
/// # Panics
/// [`send`](Transport::send) panics outside a tokio runtime. A transport is used on one runtime: its connections end with it.
#[derive(Clone)]
pub struct HyperTransport {
    pool: Arc<Pool>,
}

impl HyperTransport {
    /// Creates a transport with the defaults.
    ///
    /// # Errors
    /// [`BuildError::Transport`] if TLS cannot be set up, for example because the platform has no roots.
    pub fn new() -> Result<Self, BuildError> {
        Self::builder().build()
    }

    /// Starts building a transport with other settings.
    pub fn builder() -> HyperBuilder {
        HyperBuilder::default()
    }
}

impl fmt::Debug for HyperTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HyperTransport").finish_non_exhaustive()
    }
}

impl Transport for HyperTransport {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response, TransportError>> {
        in_task(attempt(self.pool.clone(), request))
    }
}

async fn attempt(pool: Arc<Pool>, mut request: Request) -> Result<Response, TransportError> {
    let (deadline, max_bytes) = (Deadline::after(request.timeout), request.max_response_bytes);
    let origin = pool.origin(&request.url)?;
    let leaving = deadline.of_leaving();
    let carrier = leaving.bound(origin.carrier()).await.unwrap_or_else(|| Err(leaving.no_connection()))?;
    match carrier {
        Carrier::One(connection) if leaving.is_over() => {
            origin.give_back(connection);
            Err(leaving.no_connection())
        }
        Carrier::Two(_) if leaving.is_over() => Err(leaving.no_connection()),
        Carrier::One(connection) => {
            let head = origin.destination.head_1(&mut request)?;
            let request = head.map(|()| Full::new(request.body));
            let (response, connection) = connection.exchange(request, max_bytes, &deadline).await?;
            if let Some(connection) = connection {
                origin.give_back(connection);
            }
            Ok(response)
        }
        Carrier::Two(opening) => {
            let head = origin.destination.head_2(&mut request)?;
            opening.exchange(head, request.body, max_bytes, &deadline).await
        }
    }
}
