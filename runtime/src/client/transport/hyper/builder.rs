//! The settings of the transport over hyper.

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::client::proxy::matcher::Matcher;
use rustls::ClientConfig;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio_rustls::TlsConnector;

use super::super::super::build_error::BuildError;
use super::super::CONNECT_TIMEOUT;
use super::HyperTransport;
use super::connect::Connector;
use super::dial::{Resolver, system};
use super::pool::Pool;

/// A builder of a [`HyperTransport`]: start with [`HyperTransport::builder`], end with [`build`](Self::build).
#[must_use]
pub struct HyperBuilder {
    proxy: ProxyChoice,
    protocol: Protocol,
    tls: Option<ClientConfig>,
    resolver: Resolver,
    connect_timeout: Duration,
}

/// Where the names of proxies come from.
enum ProxyChoice {
    Environment,
    Given(String),
    Never,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Protocol {
    Either,
    Http1,
    Http2,
}

impl Default for HyperBuilder {
    fn default() -> Self {
        HyperBuilder {
            proxy: ProxyChoice::Environment,
            protocol: Protocol::Either,
            tls: None,
            resolver: system(),
            connect_timeout: CONNECT_TIMEOUT,
        }
    }
}

impl HyperBuilder {
    /// Sets the proxy for all hosts: an `http` or `https` URL, with user and password if it wants them. Default: the proxies that the environment
    /// variables name, and none for a loopback host.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = ProxyChoice::Given(url.into());
        self
    }

    /// Uses no proxy, whatever the environment variables say.
    pub fn no_proxy(mut self) -> Self {
        self.proxy = ProxyChoice::Never;
        self
    }

    /// Uses HTTP/1.1, also where the server offers HTTP/2.
    pub fn http1_only(mut self) -> Self {
        self.protocol = Protocol::Http1;
        self
    }

    /// Uses HTTP/2, also without TLS ("prior knowledge"). A server that does not speak it is not understood.
    pub fn http2_only(mut self) -> Self {
        self.protocol = Protocol::Http2;
        self
    }

    /// Sets the TLS of connections to hosts and proxies: other roots, a client certificate. Default: the roots of the platform, and no client
    /// certificate. The protocols for ALPN are set by the transport.
    pub fn tls(mut self, config: ClientConfig) -> Self {
        self.tls = Some(config);
        self
    }

    /// Sets a function that looks up the addresses of a name. Default: the resolver of the system.
    ///
    /// An `Err` means that nothing was sent: the items are retried.
    pub fn resolver<F>(mut self, resolve: impl Fn(String) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = io::Result<Vec<IpAddr>>> + Send + 'static,
    {
        self.resolver = Arc::new(move |name| Box::pin(resolve(name)));
        self
    }

    /// Sets the timeout of a connection: name resolution, TCP, proxy and TLS together. Default 10 s.
    ///
    /// An attempt whose own timeout is shorter ends earlier, unsent. The connection is then made for the next one.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Builds the transport. Connects to nothing.
    ///
    /// # Errors
    /// [`BuildError::Transport`] if TLS cannot be set up, or the proxy, given or of the environment, cannot be read.
    pub fn build(self) -> Result<HyperTransport, BuildError> {
        let failed = |error: rustls::Error| BuildError::Transport(Box::new(error));
        let mut tls = self.tls.map_or_else(platform, Ok).map_err(failed)?;
        let proxies = match &self.proxy {
            ProxyChoice::Environment => from_environment(|name| std::env::var(name).ok())?,
            ProxyChoice::Given(url) => given(url)?,
            ProxyChoice::Never => Matcher::builder().build(),
        };
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        let proxy_tls = TlsConnector::from(Arc::new(tls.clone()));
        tls.alpn_protocols = match self.protocol {
            Protocol::Either => vec![b"h2".to_vec(), b"http/1.1".to_vec()],
            Protocol::Http1 => vec![b"http/1.1".to_vec()],
            Protocol::Http2 => vec![b"h2".to_vec()],
        };
        let connector = Connector {
            proxies,
            is_environment: matches!(self.proxy, ProxyChoice::Environment),
            resolver: self.resolver,
            timeout: self.connect_timeout,
            tls: TlsConnector::from(Arc::new(tls)),
            proxy_tls,
            is_http2_known: self.protocol == Protocol::Http2,
        };
        Ok(HyperTransport { pool: Arc::new(Pool::new(connector)) })
    }
}

impl fmt::Debug for HyperBuilder {
    /// Omits the proxy, which may have a password, and the TLS keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HyperBuilder").field("connect_timeout", &self.connect_timeout).finish_non_exhaustive()
    }
}

/// TLS with the roots of the platform.
fn platform() -> Result<ClientConfig, rustls::Error> {
    let provider = CryptoProvider::get_default().cloned().unwrap_or_else(|| Arc::new(aws_lc_rs::default_provider()));
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.with_platform_verifier()?.with_no_client_auth())
}

/// The proxies that the environment names.
fn from_environment(value: impl Fn(&str) -> Option<String>) -> Result<Matcher, BuildError> {
    let names = ["ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"];
    let is_unreadable = |name: &&&str| {
        let value = value(name).filter(|value| !value.is_empty());
        value.is_some_and(|value| readable(value).is_none())
    };
    match names.iter().find(is_unreadable) {
        Some(name) => {
            let message =
                format!("expected a proxy like http://proxy.example.com:3128 in {name}; correct it, or unset it");
            Err(BuildError::Transport(message.into()))
        }
        None => Ok(Matcher::from_env()),
    }
}

/// A proxy for all hosts.
fn given(url: &str) -> Result<Matcher, BuildError> {
    let parsed = url::Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    // As it was parsed: without a line break at its end, for example. The URL may have a password: it is not repeated.
    parsed
        .and_then(|url| readable(url.to_string()))
        .ok_or_else(|| BuildError::Transport("expected a proxy like http://proxy.example.com:3128".into()))
}

/// A matcher ignores a proxy that it cannot read, and would use none at all.
fn readable(proxy: String) -> Option<Matcher> {
    let matcher = Matcher::builder().all(proxy).build();
    matcher.intercept(&http::Uri::from_static("http://example.com/")).is_some().then_some(matcher)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_of_the_environment_that_cannot_be_read_is_an_error() {
        let built = |proxy: &str| {
            let matcher = from_environment(|name| (name == "HTTPS_PROXY").then(|| proxy.to_owned()));
            matcher.map(|_| ()).map_err(|error| error.to_string())
        };
        for readable in
            ["", "http://proxy.example.com:3128", "proxy.example.com:3128", "http://me:secret@proxy.example.com"]
        {
            assert_eq!(built(readable), Ok(()), "{readable:?}");
        }
        for unreadable in ["http://me:secret@proxy.example.com:3128\n", " http://proxy.example.com", "http://a b"] {
            let error = built(unreadable).unwrap_err();
            assert!(error.contains("in HTTPS_PROXY") && !error.contains("secret"), "{error}");
        }
    }
}
