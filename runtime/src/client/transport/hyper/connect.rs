//! A connection to an origin: through a proxy or not, with TLS or not, HTTP/1.1 or HTTP/2.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::client::proxy::matcher::Matcher;
use rustls::pki_types::ServerName;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use url::{Host, Url};

use super::super::loopback::is_loopback;
use super::super::net_error::{causes, chain, is_without_socket};
use super::super::{TransportError, TransportErrorKind};
use super::destination::Destination;
use super::dial::{Resolver, dial};
use super::http1::Http1;
use super::http2::Http2;
use super::proxy::{Proxy, unreachable};
use super::traffic::{BoxStream, Traffic, WatchedTcp, WatchedTls};

/// A new connection.
pub(super) enum Link {
    One(Box<Http1>),
    Two(Http2),
}

/// Makes connections.
pub(super) struct Connector {
    pub(super) proxies: Matcher,
    /// The proxies are those of the environment, which are not meant for a loopback host: a proxy has another loopback.
    pub(super) is_environment: bool,
    pub(super) resolver: Resolver,
    pub(super) timeout: Duration,
    /// Offers the protocols that the transport may use.
    pub(super) tls: TlsConnector,
    /// As `tls`, for proxies: HTTP/1.1.
    pub(super) proxy_tls: TlsConnector,
    /// Without TLS, HTTP/2 is used only if it is known to be there.
    pub(super) is_http2_known: bool,
}

impl Connector {
    /// Returns the origin of a URL, with the proxy on the way there.
    pub(super) fn destination(&self, url: &Url) -> Result<Destination, TransportError> {
        let direct = Destination::of(url)?;
        if self.is_environment && is_loopback(url) {
            return Ok(direct);
        }
        let proxy = Proxy::of(&self.proxies, &direct.uri()?)?;
        Ok(direct.through(proxy))
    }

    /// Connects to an origin.
    pub(super) async fn connect(&self, destination: &Destination) -> Result<Link, TransportError> {
        tokio::time::timeout(self.timeout, self.connect_slowly(destination)).await.unwrap_or_else(|_| {
            let detail = format!("no connection within {:?}", self.timeout);
            Err(TransportError::new(TransportErrorKind::NotSent, detail))
        })
    }

    async fn connect_slowly(&self, destination: &Destination) -> Result<Link, TransportError> {
        let traffic = Arc::new(Traffic::default());
        let mut stream = match &destination.proxy {
            Some(proxy) => self.through(proxy, destination, &traffic).await?,
            None => {
                self.tcp(&destination.host, destination.port, &traffic).await.map_err(|error| not_connected(&error))?
            }
        };
        let mut is_http2 = self.is_http2_known;
        if destination.is_tls {
            let tls =
                self.handshake(&self.tls, &destination.host, stream).await.map_err(|error| not_connected(&error))?;
            is_http2 |= tls.get_ref().1.alpn_protocol() == Some(b"h2");
            stream = Box::new(WatchedTls::new(tls, traffic.clone()));
        }
        if is_http2 {
            return Http2::handshake(stream, traffic).await.map(Link::Two).map_err(|error| not_connected(&error));
        }
        let connection = Http1::handshake(stream, traffic).await.map_err(|error| not_connected(&error))?;
        Ok(Link::One(Box::new(connection)))
    }

    /// Connects to a proxy, and through it if it is not to read the requests.
    async fn through(
        &self,
        proxy: &Proxy,
        destination: &Destination,
        traffic: &Arc<Traffic>,
    ) -> Result<BoxStream, TransportError> {
        let failed = |error: io::Error| TransportError { detail: unreachable(proxy, &error), ..not_connected(&error) };
        let mut stream = self.tcp(&proxy.host, proxy.port, traffic).await.map_err(failed)?;
        if proxy.is_tls {
            stream = Box::new(self.handshake(&self.proxy_tls, &proxy.host, stream).await.map_err(failed)?);
        }
        if destination.is_tls { proxy.tunnel(stream, &destination.host_and_port()).await } else { Ok(stream) }
    }

    async fn tcp(&self, host: &Host<String>, port: u16, traffic: &Arc<Traffic>) -> io::Result<BoxStream> {
        let tcp = dial(host, port, &self.resolver).await?;
        Ok(Box::new(WatchedTcp::new(tcp, traffic.clone())))
    }

    async fn handshake(
        &self,
        tls: &TlsConnector,
        host: &Host<String>,
        stream: BoxStream,
    ) -> io::Result<TlsStream<BoxStream>> {
        let name = match host {
            Host::Domain(name) => ServerName::try_from(name.clone()).map_err(io::Error::other)?,
            Host::Ipv4(ip) => ServerName::IpAddress((*ip).into()),
            Host::Ipv6(ip) => ServerName::IpAddress((*ip).into()),
        };
        tls.connect(name, stream).await
    }
}

/// The error of a connection that could not be made.
fn not_connected(error: &(dyn Error + 'static)) -> TransportError {
    let is_without_socket = causes(Some(error)).any(is_without_socket);
    let kind = if is_without_socket { TransportErrorKind::NoSocket } else { TransportErrorKind::NotSent };
    TransportError::new(kind, chain(Some(error)))
}
