//! What a TLS server that refuses the client means for a run.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests, helpers included; nobody outside sees them")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bulk_endpoint::transport::ReqwestTransport;
use bulk_endpoint::{Bulk, Client, OutcomeKind, bulk_api};
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::version::{TLS12, TLS13};
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

#[bulk_api]
trait Tokens: Send + Sync {
    #[post("/deactivate")]
    #[bulk_endpoint(max = 10, partial = false)]
    fn deactivate(&self) -> Bulk<String>;
}

/// Starts a server that wants a client certificate. Returns its URL, its own certificate, and the number of handshakes.
async fn server(version: &'static SupportedProtocolVersion) -> (String, reqwest::Certificate, Arc<AtomicUsize>) {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(certificate.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build().unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .unwrap()
        .with_client_cert_verifier(clients)
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, handshakes) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let count = handshakes.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            assert!(acceptor.accept(stream).await.is_err(), "the client has no certificate");
        }
    });
    let certificate = reqwest::Certificate::from_der(certificate.der()).unwrap();
    (format!("https://localhost:{}", address.port()), certificate, handshakes)
}

#[tokio::test]
async fn a_client_certificate_that_is_refused_leaves_nothing_uncertain() {
    for version in [&TLS12, &TLS13] {
        let (url, certificate, handshakes) = server(version).await;
        let builder = reqwest::Client::builder().no_proxy().tls_certs_only([certificate]);
        let transport = ReqwestTransport::from_builder(builder).unwrap();
        let tokens = TokensClient::new(Client::builder(&url).transport(transport).build().unwrap());
        let ids: Vec<String> = (0..100).map(|n| format!("t{n}")).collect();
        let report = tokens.deactivate().send(ids).patience(Duration::from_secs(1)).await;
        let of = |kind| report.iter().filter(|(_, outcome)| outcome.kind() == kind).count();
        assert_eq!(of(OutcomeKind::NotAttempted), 100, "{version:?}: {report}");
        // Probes with growing waits, not a request for each batch.
        let handshakes = handshakes.load(Ordering::SeqCst);
        assert!((2..30).contains(&handshakes), "{handshakes}");
        let text = report.to_string();
        assert!(text.contains("ertificate"), "{version:?}: {text}");
    }
}
