//! The proxy on the way to a host, and the tunnel through it.

use std::io;
use std::time::SystemTime;

use bytes::Bytes;
use http::header::{HOST, PROXY_AUTHORIZATION};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;
use url::{Host, Url};

use super::super::net_error::chain;
use super::super::received::add_date;
use super::super::{TransportError, TransportErrorKind};
use super::traffic::BoxStream;

/// A proxy.
#[derive(Debug, Clone)]
pub(super) struct Proxy {
    pub(super) host: Host<String>,
    pub(super) port: u16,
    pub(super) is_tls: bool,
    pub(super) authorization: Option<HeaderValue>,
}

impl Proxy {
    /// Returns the proxy that a request to this URL goes through.
    ///
    /// # Errors
    /// The proxy is not one for HTTP.
    pub(super) fn of(matcher: &Matcher, url: &http::Uri) -> Result<Option<Self>, TransportError> {
        matcher.intercept(url).map(|intercept| Proxy::from_intercept(&intercept)).transpose()
    }

    fn from_intercept(intercept: &Intercept) -> Result<Self, TransportError> {
        // The credential is beside the URL, which has neither path nor query.
        let parsed = Url::parse(&intercept.uri().to_string()).ok();
        let scheme = intercept.uri().scheme_str().unwrap_or_default();
        match parsed.as_ref().and_then(|url| Some((url, url.host()?.to_owned(), url.port_or_known_default()?))) {
            Some((url, host, port)) if matches!(url.scheme(), "http" | "https") => {
                let authorization = intercept.basic_auth().cloned();
                Ok(Proxy { host, port, is_tls: url.scheme() == "https", authorization })
            }
            _ => Err(TransportError::new(
                TransportErrorKind::ProxyRefused,
                format!("expected a proxy with the scheme http or https, found {scheme:?}"),
            )),
        }
    }

    /// The proxy for people, without a credential.
    pub(super) fn name(&self) -> String {
        format!("http{}://{}:{}", if self.is_tls { "s" } else { "" }, self.host, self.port)
    }

    /// Opens a tunnel to `target`, a host with a port.
    pub(super) async fn tunnel(&self, stream: BoxStream, target: &str) -> Result<BoxStream, TransportError> {
        let failed = |error: &(dyn std::error::Error + 'static)| {
            let why = format!("the proxy {} opened no connection to {target}: {}", self.name(), chain(Some(error)));
            TransportError::new(TransportErrorKind::NotSent, why)
        };
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|error| failed(&error))?;
        // Ends with the tunnel.
        tokio::spawn(connection.with_upgrades());
        let mut request = http::Request::new(Empty::<Bytes>::new());
        *request.method_mut() = Method::CONNECT;
        *request.uri_mut() = target.parse().map_err(|error: http::uri::InvalidUri| failed(&error))?;
        let host = HeaderValue::try_from(target);
        request.headers_mut().insert(HOST, host.map_err(|error| failed(&error))?);
        if let Some(authorization) = &self.authorization {
            request.headers_mut().insert(PROXY_AUTHORIZATION, authorization.clone());
        }
        let mut response = sender.send_request(request).await.map_err(|error| failed(&error))?;
        if !response.status().is_success() {
            let headers = std::mem::take(response.headers_mut());
            return Err(self.refusal(response.status(), headers, target));
        }
        let upgraded = hyper::upgrade::on(response).await.map_err(|error| failed(&error))?;
        Ok(Box::new(TokioIo::new(upgraded)))
    }

    /// The error of a proxy that responded to CONNECT with this status. What may pass is retried; the rest would be refused again.
    fn refusal(&self, status: StatusCode, mut headers: HeaderMap, target: &str) -> TransportError {
        let may_pass = match status.as_u16() {
            408 | 425 | 429 => true,
            // Not implemented; an HTTP version; a captive portal wants a log-in (RFC 6585, section 6).
            501 | 505 | 511 => false,
            status => status >= 500,
        };
        let kind = if may_pass { TransportErrorKind::NotSent } else { TransportErrorKind::ProxyRefused };
        add_date(&mut headers, SystemTime::now());
        let detail = format!("the proxy {} refused CONNECT {target} with {status}", self.name());
        TransportError { kind, detail, headers: Some(Box::new(headers)) }
    }
}

/// An error of a proxy of which only the stream is known.
pub(super) fn unreachable(proxy: &Proxy, error: &io::Error) -> String {
    format!("the proxy {}: {}", proxy.name(), chain(Some(error)))
}
