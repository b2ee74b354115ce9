//! TLS: servers that refuse the client, the protocol that they choose, and tunnels through a proxy.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bulk_endpoint::OutcomeKind;
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::version::{TLS12, TLS13};
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::support::{BOTH, LONG, Settings, Tokens, kind, request, tokens};

/// A server's own certificate, and its TLS.
fn tls(
    version: &'static SupportedProtocolVersion,
    alpn: &[&str],
    wants_client: bool,
) -> (CertificateDer<'static>, TlsAcceptor) {
    let key = KeyPair::generate().unwrap();
    let names = vec!["localhost".to_owned(), "vendor.test".to_owned()];
    let certificate = CertificateParams::new(names).unwrap().self_signed(&key).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(certificate.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone()).with_protocol_versions(&[version]).unwrap();
    let builder = if wants_client {
        let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
        builder.with_client_cert_verifier(clients)
    } else {
        builder.with_no_client_auth()
    };
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let mut config = builder.with_single_cert(vec![certificate.der().clone()], key).unwrap();
    config.alpn_protocols = alpn.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    (certificate.der().clone(), TlsAcceptor::from(Arc::new(config)))
}

/// Starts a server that refuses each client. Returns its URL and the number of handshakes.
async fn refusing(acceptor: TlsAcceptor) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, handshakes) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let count = handshakes.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            assert!(acceptor.accept(stream).await.is_err(), "the client has no certificate");
        }
    });
    (format!("https://localhost:{}", address.port()), handshakes)
}

#[tokio::test]
async fn a_client_certificate_that_is_refused_leaves_nothing_uncertain() {
    for (version, alpn) in [(&TLS12, "http/1.1"), (&TLS13, "http/1.1"), (&TLS12, "h2"), (&TLS13, "h2")] {
        for over in BOTH {
            let (root, acceptor) = tls(version, &[alpn], true);
            let (url, handshakes) = refusing(acceptor).await;
            let tokens = tokens(&url, over.with(Settings { root: Some(root), ..Settings::default() }), LONG);
            let ids: Vec<String> = (0..100).map(|n| format!("t{n}")).collect();
            let report = tokens.deactivate().send(ids).patience(Duration::from_secs(1)).await;
            let of = |kind| report.iter().filter(|(_, outcome)| outcome.kind() == kind).count();
            assert_eq!(of(OutcomeKind::NotAttempted), 100, "{over:?}, {version:?}, {alpn}: {report}");
            // Probes with growing waits, not a request for each batch.
            let handshakes = handshakes.load(Ordering::SeqCst);
            assert!((2..30).contains(&handshakes), "{over:?}, {version:?}, {alpn}: {handshakes}");
            let text = report.to_string();
            assert!(text.contains("ertificate"), "{over:?}, {version:?}, {alpn}: {text}");
        }
    }
}

/// Starts a server that answers each request 200. Returns its port.
async fn serving(acceptor: TlsAcceptor) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            tokio::spawn(async move {
                if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
                    let mut connection = h2::server::handshake(stream).await.unwrap();
                    while let Some(Ok((_, mut respond))) = connection.accept().await {
                        let mut stream = respond.send_response(http::Response::new(()), false).unwrap();
                        stream.send_data(bytes::Bytes::from_static(b"two"), true).unwrap();
                    }
                    return;
                }
                let mut seen = Vec::new();
                while stream.read_buf(&mut seen).await.is_ok_and(|read| read > 0) {
                    if seen.ends_with(b"[1]") {
                        seen.clear();
                        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none").await.unwrap();
                        stream.flush().await.unwrap();
                    }
                }
            });
        }
    });
    port
}

trait Stream: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin {}

impl<S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin> Stream for S {}

/// Starts a proxy that opens each tunnel, to the loopback. Returns its URL.
async fn tunnelling(acceptor: Option<TlsAcceptor>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let scheme = if acceptor.is_some() { "https" } else { "http" };
    let url = format!("{scheme}://localhost:{}", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let mut stream: Box<dyn Stream> = match acceptor {
                    Some(acceptor) => Box::new(acceptor.accept(stream).await.unwrap()),
                    None => Box::new(stream),
                };
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") && stream.read_buf(&mut head).await.unwrap() > 0 {}
                let head = String::from_utf8(head).unwrap();
                let port: u16 = head.split([':', ' ']).nth(2).unwrap().parse().unwrap();
                let mut host = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut stream, &mut host).await;
            });
        }
    });
    url
}

#[tokio::test]
async fn the_server_chooses_the_protocol_also_through_a_proxy() {
    let proxy = tunnelling(None).await;
    for version in [&TLS12, &TLS13] {
        for (alpn, want) in [(&["h2", "http/1.1"][..], "two"), (&["http/1.1"], "one"), (&[], "one")] {
            for (over, host) in BOTH.into_iter().flat_map(|over| [(over, "localhost"), (over, "vendor.test")]) {
                let (root, acceptor) = tls(version, alpn, false);
                let port = serving(acceptor).await;
                let proxy = (host == "vendor.test").then(|| proxy.clone());
                let transport = over.with(Settings { root: Some(root), proxy, ..Settings::default() });
                for _ in 0..3 {
                    let result = transport.send(request(&format!("https://{host}:{port}/"), LONG)).await;
                    let body = result.unwrap().body.unwrap();
                    assert_eq!(body, want, "{over:?}, {version:?}, {alpn:?}, {host}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_proxy_is_spoken_to_over_tls() {
    for over in BOTH {
        let (root, acceptor) = tls(&TLS13, &["http/1.1"], false);
        let port = serving(acceptor.clone()).await;
        let proxy = Some(tunnelling(Some(acceptor)).await);
        let transport = over.with(Settings { root: Some(root), proxy, ..Settings::default() });
        let result = transport.send(request(&format!("https://vendor.test:{port}/"), LONG)).await;
        assert_eq!(result.unwrap().body.unwrap(), "one", "{over:?}");
    }
}

#[tokio::test]
async fn a_certificate_of_nobody_known_leaves_nothing_uncertain() {
    let (_, acceptor) = tls(&TLS13, &[], false);
    let port = serving(acceptor).await;
    for over in BOTH {
        let result = over.plain().send(request(&format!("https://localhost:{port}/"), LONG)).await;
        let error = result.as_ref().unwrap_err();
        assert_eq!(kind(&result), Err(bulk_endpoint::transport::TransportErrorKind::NotSent), "{over:?}: {error}");
        assert!(error.detail.contains("ertificate"), "{over:?}: {error}");
    }
}
