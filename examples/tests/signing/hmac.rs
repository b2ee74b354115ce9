//! Requests that are signed with a shared key, as Azure App Configuration and Azure Communication Services document it.
//!
//! [`signed_by`] is what a program needs.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bulk_endpoint::{ClientBuilder, SigningRequest};
use hmac::{Hmac, Mac};
use http::header::InvalidHeaderValue;
use http::{HeaderMap, HeaderValue};
use sha2::{Digest, Sha256};

use crate::server::{Received, assert_all_were_signed, disable, header, serve};

/// Signs each request with the key of an id, at the time that `now` returns (`SystemTime::now` in a program).
fn signed_by(
    builder: ClientBuilder,
    id: &'static str,
    secret: &'static [u8],
    now: impl Fn() -> SystemTime + Send + Sync + 'static,
) -> ClientBuilder {
    builder.sign(move |request: SigningRequest| {
        let signed = headers(&request, id, secret, now());
        async move { signed }
    })
}

fn headers(
    request: &SigningRequest,
    id: &str,
    secret: &[u8],
    now: SystemTime,
) -> Result<HeaderMap, InvalidHeaderValue> {
    let (url, date) = (&request.url, httpdate::fmt_http_date(now));
    // The path and the query as they are sent, and the host with its port.
    let target = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let host = url.authority();
    let content = BASE64.encode(Sha256::digest(&request.body));
    let signed = format!("{}\n{target}\n{date};{host};{content}", request.method);
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("a key has any length");
    mac.update(signed.as_bytes());
    let signature = BASE64.encode(mac.finalize().into_bytes());
    let authorization =
        format!("HMAC-SHA256 Credential={id}&SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={signature}");
    let mut headers = HeaderMap::new();
    headers.insert("x-ms-date", HeaderValue::try_from(date)?);
    headers.insert("x-ms-content-sha256", HeaderValue::try_from(content)?);
    headers.insert("authorization", HeaderValue::try_from(authorization)?);
    Ok(headers)
}

/// What the server does: by the documentation, with another implementation of the algorithms.
fn verify(request: &Received, secret: &[u8]) -> Result<(), String> {
    let content = BASE64.encode(ring::digest::digest(&ring::digest::SHA256, request.body()));
    if header(request, "x-ms-content-sha256") != content {
        return Err("the hash is not of this body".into());
    }
    let date = header(request, "x-ms-date");
    let target = request.uri().path_and_query().unwrap();
    let signed = format!("{}\n{target}\n{date};{};{content}", request.method(), header(request, "host"));
    let scheme = "HMAC-SHA256 Credential=id-1&SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=";
    let signature = header(request, "authorization").strip_prefix(scheme).ok_or("another scheme")?;
    let signature = BASE64.decode(signature).map_err(|error| error.to_string())?;
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret);
    ring::hmac::verify(&key, signed.as_bytes(), &signature).map_err(|_| "the signature is wrong".into())
}

/// A clock that goes on by a minute with each signature.
fn minutes() -> impl Fn() -> SystemTime + Send + Sync + 'static {
    let count = AtomicU64::new(0);
    move || SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + 60 * count.fetch_add(1, Ordering::Relaxed))
}

#[tokio::test]
async fn each_attempt_and_each_poll_is_signed_for_its_own_time() {
    let (base, seen) = serve(|request, _| verify(request, b"secret")).await;
    let report = disable(&base, |builder| signed_by(builder, "id-1", b"secret", minutes())).await;
    let seen = seen.lock().unwrap();
    assert_all_were_signed(&report, &seen);
    let dates: Vec<&str> = seen.iter().map(|request| &header(request, "x-ms-date")[17..22]).collect();
    assert_eq!(dates, ["22:13", "22:14", "22:15", "22:16"]);
}

#[tokio::test]
async fn another_key_is_refused() {
    let (base, seen) = serve(|request, _| verify(request, b"secret")).await;
    let report = disable(&base, |builder| signed_by(builder, "id-1", b"another", minutes())).await;
    let (_, refusal) = report.refused().next().expect("a refusal");
    assert_eq!(refusal.status, Some(401), "{refusal:?}");
    assert!(seen.lock().unwrap().is_empty());
}
