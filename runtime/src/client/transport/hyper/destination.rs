//! What requests are sent to: an origin, as URLs and headers name it.

use http::header::{
    ACCEPT, ACCEPT_ENCODING, CONNECTION, CONTENT_LENGTH, HOST, PROXY_AUTHORIZATION, TRANSFER_ENCODING, UPGRADE,
};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderName, HeaderValue, Method, Uri};
use url::{Host, Position, Url};

use super::super::{Request, TransportError, TransportErrorKind};
use super::proxy::Proxy;

/// An origin.
#[derive(Debug, Clone)]
pub(super) struct Destination {
    pub(super) host: Host<String>,
    pub(super) port: u16,
    pub(super) is_tls: bool,
    /// The proxy on the way there.
    pub(super) proxy: Option<Proxy>,
    scheme: Scheme,
    authority: Authority,
    host_header: HeaderValue,
}

/// Headers of one connection, which HTTP/2 does not have (RFC 9113, section 8.2.2).
const OF_CONNECTION: [HeaderName; 5] = [
    CONNECTION,
    TRANSFER_ENCODING,
    UPGRADE,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
];

impl Destination {
    /// Returns the origin of a URL.
    pub(super) fn of(url: &Url) -> Result<Self, TransportError> {
        let is_tls = url.scheme() == "https";
        let (Some(host), Some(port), true) =
            (url.host(), url.port_or_known_default(), is_tls || url.scheme() == "http")
        else {
            return Err(invalid("expected a URL with the scheme http or https"));
        };
        // Without a user, and without the port that the scheme implies.
        let authority = &url[Position::BeforeHost..Position::AfterPort];
        let host_header = HeaderValue::try_from(authority).map_err(|_| invalid("the host is not a host name"))?;
        let authority = authority.parse().map_err(|_| invalid("the host is not a host name"))?;
        let scheme = if is_tls { Scheme::HTTPS } else { Scheme::HTTP };
        Ok(Destination { host: host.to_owned(), port, is_tls, proxy: None, scheme, authority, host_header })
    }

    /// Sets the proxy on the way there.
    pub(super) fn through(self, proxy: Option<Proxy>) -> Self {
        Destination { proxy, ..self }
    }

    /// Returns whether a URL is of this origin.
    pub(super) fn has(&self, url: &Url) -> bool {
        let is_host = match (&self.host, url.host()) {
            (Host::Domain(own), Some(Host::Domain(other))) => own == other,
            (Host::Ipv4(own), Some(Host::Ipv4(other))) => *own == other,
            (Host::Ipv6(own), Some(Host::Ipv6(other))) => *own == other,
            _ => false,
        };
        is_host && url.port_or_known_default() == Some(self.port) && (url.scheme() == "https") == self.is_tls
    }

    /// The URL of the origin.
    pub(super) fn uri(&self) -> Result<Uri, TransportError> {
        self.whole(self.authority.clone(), PathAndQuery::from_static("/"))
    }

    /// The host and the port, as CONNECT names them.
    pub(super) fn host_and_port(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// The head of an HTTP/1.1 request.
    pub(super) fn head_1(&self, request: &mut Request) -> Result<http::Request<()>, TransportError> {
        let path = path_of(&request.url)?;
        let mut head = self.head(request);
        head.headers_mut().entry(HOST).or_insert_with(|| self.host_header.clone());
        *head.uri_mut() = match &self.proxy {
            // The proxy reads a request to an http URL itself, and wants it whole (RFC 9112, section 3.2.2).
            Some(proxy) if !self.is_tls => {
                if let Some(authorization) = &proxy.authorization {
                    head.headers_mut().entry(PROXY_AUTHORIZATION).or_insert_with(|| authorization.clone());
                }
                self.whole(self.authority.clone(), path)?
            }
            _ => Uri::from(path),
        };
        Ok(head)
    }

    /// The head of an HTTP/2 request.
    pub(super) fn head_2(&self, request: &mut Request) -> Result<http::Request<()>, TransportError> {
        let path = path_of(&request.url)?;
        let mut head = self.head(request);
        let headers = head.headers_mut();
        let of_caller = headers.remove(HOST).and_then(|host| Authority::try_from(host.as_bytes()).ok());
        for name in OF_CONNECTION {
            headers.remove(name);
        }
        if !request.body.is_empty() || [Method::POST, Method::PUT, Method::PATCH].contains(&request.method) {
            headers.insert(CONTENT_LENGTH, request.body.len().into());
        }
        *head.uri_mut() = self.whole(of_caller.unwrap_or_else(|| self.authority.clone()), path)?;
        Ok(head)
    }

    fn head(&self, request: &mut Request) -> http::Request<()> {
        let mut head = http::Request::new(());
        *head.method_mut() = request.method.clone();
        let headers = head.headers_mut();
        *headers = std::mem::take(&mut request.headers);
        headers.entry(ACCEPT).or_insert(HeaderValue::from_static("*/*"));
        headers.entry(ACCEPT_ENCODING).or_insert(HeaderValue::from_static("gzip"));
        head
    }

    fn whole(&self, authority: Authority, path: PathAndQuery) -> Result<Uri, TransportError> {
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(authority);
        parts.path_and_query = Some(path);
        Uri::from_parts(parts).map_err(|error| invalid(&error.to_string()))
    }
}

/// The path and the query of a URL.
fn path_of(url: &Url) -> Result<PathAndQuery, TransportError> {
    url[Position::BeforePath..Position::AfterQuery].parse().map_err(|error: http::uri::InvalidUri| {
        // Its text does not repeat the URL.
        invalid(&error.to_string())
    })
}

/// The error of a request that cannot be sent. The URL is left out: its query may contain private data.
fn invalid(why: &str) -> TransportError {
    TransportError::new(TransportErrorKind::Invalid, format!("invalid request: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_scheme_a_host_and_a_port() {
        let url = |text: &str| Url::parse(text).unwrap();
        let all = [
            "http://a.example",
            "http://b.example",
            "https://a.example",
            "http://a.example:81",
            "http://127.0.0.1",
            "http://127.0.0.2",
            "http://[::1]",
            "http://[::2]",
            "https://[::1]",
        ];
        for one in all {
            let of = Destination::of(&url(one)).unwrap();
            for other in all {
                assert_eq!(of.has(&url(&format!("{other}/path?query"))), one == other, "{one} {other}");
            }
        }
        assert!(Destination::of(&url("http://a.example")).unwrap().has(&url("http://a.example:80")));
    }
}
