//! The transports, with the same settings, and servers of a few lines.

use std::io::{self, Read};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use bulk_endpoint::transport::{
    HyperTransport, Request, ReqwestTransport, Response, Transport, TransportError, TransportErrorKind,
};
use bulk_endpoint::{Bulk, Client, bulk_api};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::Method;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

/// A transport of the crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    Reqwest,
    Hyper,
}

pub const BOTH: [Over; 2] = [Over::Reqwest, Over::Hyper];

/// Looks up the addresses of any name.
pub type Names = Arc<dyn Fn() -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync>;

/// What both transports can be told.
#[derive(Clone, Default)]
pub struct Settings {
    pub proxy: Option<String>,
    pub http2: bool,
    pub names: Option<Names>,
    pub root: Option<CertificateDer<'static>>,
}

impl Over {
    /// The transport that a client has by default, or has if it names this one.
    pub fn plain(self) -> Arc<dyn Transport> {
        match self {
            Over::Reqwest => Arc::new(ReqwestTransport::new().unwrap()),
            Over::Hyper => Arc::new(HyperTransport::new().unwrap()),
        }
    }

    pub fn with(self, settings: Settings) -> Arc<dyn Transport> {
        match self {
            Over::Reqwest => Arc::new(over_reqwest(settings)),
            Over::Hyper => Arc::new(over_hyper(settings)),
        }
    }
}

fn over_reqwest(settings: Settings) -> ReqwestTransport {
    let mut builder = reqwest::Client::builder();
    builder = match settings.proxy {
        Some(proxy) => builder.proxy(reqwest::Proxy::all(proxy).unwrap()),
        None => builder.no_proxy(),
    };
    if settings.http2 {
        builder = builder.http2_prior_knowledge();
    }
    if let Some(names) = settings.names {
        builder = builder.dns_resolver(Arc::new(Resolving(names)));
    }
    if let Some(root) = settings.root {
        builder = builder.tls_certs_only([reqwest::Certificate::from_der(&root).unwrap()]);
    }
    ReqwestTransport::from_builder(builder).unwrap()
}

fn over_hyper(settings: Settings) -> HyperTransport {
    let mut builder = HyperTransport::builder();
    builder = match settings.proxy {
        Some(proxy) => builder.proxy(proxy),
        None => builder.no_proxy(),
    };
    if settings.http2 {
        builder = builder.http2_only();
    }
    if let Some(names) = settings.names {
        builder = builder.resolver(move |_| names());
    }
    if let Some(root) = settings.root {
        let mut roots = RootCertStore::empty();
        roots.add(root).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let config = config.with_safe_default_protocol_versions().unwrap();
        builder = builder.tls(config.with_root_certificates(roots).with_no_client_auth());
    }
    builder.build().unwrap()
}

struct Resolving(Names);

impl reqwest::dns::Resolve for Resolving {
    fn resolve(&self, _: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let found = (self.0)();
        Box::pin(async move {
            let ips = found.await?;
            Ok(Box::new(ips.into_iter().map(|ip| SocketAddr::new(ip, 0))) as reqwest::dns::Addrs)
        })
    }
}

/// Addresses that are found at once.
pub fn found(ips: &[&str]) -> Names {
    let ips: Vec<IpAddr> = ips.iter().map(|ip| ip.parse().unwrap()).collect();
    Arc::new(move || {
        let ips = ips.clone();
        Box::pin(async move { Ok(ips) })
    })
}

#[bulk_api]
pub trait Tokens: Send + Sync {
    #[post("/deactivate")]
    #[bulk_endpoint(max = 10, partial = false)]
    fn deactivate(&self) -> Bulk<String>;
}

/// A client of a vendor whose requests have this timeout.
pub fn tokens(url: &str, transport: Arc<dyn Transport>, timeout: Duration) -> TokensClient {
    let client = Client::builder(url).transport(Shared(transport)).timeout(timeout);
    TokensClient::new(client.build().unwrap())
}

/// A transport behind a pointer.
struct Shared(Arc<dyn Transport>);

impl Transport for Shared {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response, TransportError>> {
        self.0.send(request)
    }
}

/// A POST of three bytes.
pub fn request(url: &str, timeout: Duration) -> Request {
    let mut request = Request::new(Method::POST, url.parse().unwrap());
    request.body = Bytes::from_static(b"[1]");
    request.timeout = timeout;
    request.max_response_bytes = 1_000;
    request
}

/// Longer than anything takes on a busy machine.
pub const LONG: Duration = Duration::from_secs(30);

/// Starts a server of one connection: `serve` gets its stream once it is there. Returns its URL.
pub fn served(serve: impl FnOnce(TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    // Ends with the test's process. It holds only its port.
    std::thread::spawn(move || serve(listener.accept().unwrap().0));
    url
}

/// Reads what there is of a request.
pub fn read(stream: &mut TcpStream) -> String {
    let mut bytes = [0; 4096];
    let read = stream.read(&mut bytes).unwrap();
    String::from_utf8_lossy(&bytes[..read]).into_owned()
}

/// The kind of a result.
pub fn kind(result: &Result<Response, TransportError>) -> Result<u16, TransportErrorKind> {
    result.as_ref().map(|response| response.status).map_err(|error| error.kind)
}
