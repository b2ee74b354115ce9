//! Requests with a proof of possession (DPoP, RFC 9449): a token that is of use only with the client's key.
//!
//! [`bound_to`] is what a program needs. A server that demands nonces of its own (section 8 of the RFC) needs more: a signature does not
//! see responses.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64_URL;
use bulk_endpoint::{ClientBuilder, SigningRequest};
use http::{HeaderMap, HeaderValue};
use jsonwebtoken::errors::Error;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use ring::signature::{ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, UnparsedPublicKey};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::server::{Received, assert_all_were_signed, disable, header, serve};

/// Sends each request with this token, and with a new proof that the client has the key to which the token is bound. A token that expires
/// is fetched in the function.
fn bound_to(builder: ClientBuilder, token: &'static str, key: EncodingKey) -> ClientBuilder {
    builder.sign(move |request: SigningRequest| {
        let signed = headers(&request, token, &key);
        async move { signed }
    })
}

/// The claims of a proof.
#[derive(Serialize)]
struct Claims {
    /// It is new in each proof: the server refuses one that it has seen.
    jti: String,
    htm: String,
    htu: String,
    iat: u64,
    ath: String,
}

fn headers(request: &SigningRequest, token: &str, key: &EncodingKey) -> Result<HeaderMap, Error> {
    let mut url = request.url.clone();
    url.set_query(None);
    url.set_fragment(None);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let claims = Claims {
        jti: format!("{:032x}", fastrand::u128(..)),
        htm: request.method.to_string(),
        htu: url.into(),
        iat: now.as_secs(),
        ath: BASE64_URL.encode(Sha256::digest(token)),
    };
    let mut header = Header::new(Algorithm::ES256);
    header.typ = Some("dpop+jwt".into());
    header.jwk = Some(Jwk::from_encoding_key(key, Algorithm::ES256)?);
    let proof = encode(&header, &claims, key)?;
    let text = |text: String| HeaderValue::try_from(text).expect("base64 stands in any header");
    let headers = [("authorization", text(format!("DPoP {token}"))), ("dpop", text(proof))];
    Ok(headers.into_iter().map(|(name, value)| (http::HeaderName::from_static(name), value)).collect())
}

/// What the server does: the checks of section 4.3, with another implementation of the signature.
fn verify(request: &Received, base: &str, proofs: &mut HashSet<String>) -> Result<(), String> {
    let json = |part: &str| -> Option<Value> { serde_json::from_slice(&BASE64_URL.decode(part).ok()?).ok() };
    let token = header(request, "authorization").strip_prefix("DPoP ").ok_or("no token")?;
    let proof = header(request, "dpop");
    let parts: Vec<&str> = proof.split('.').collect();
    let [head, claims, signature] = parts[..] else { return Err("the proof is no JWT".into()) };
    let (Some(header), Some(said)) = (json(head), json(claims)) else { return Err("the proof is not JSON".into()) };
    let jwk = &header["jwk"];
    let coordinate = |name: &str| BASE64_URL.decode(jwk[name].as_str().unwrap_or_default()).unwrap_or_default();
    if (&header["typ"], &header["alg"], &jwk["kty"], &jwk["crv"], jwk.get("d"))
        != (&"dpop+jwt".into(), &"ES256".into(), &"EC".into(), &"P-256".into(), None)
    {
        return Err(format!("the header is wrong: {header}"));
    }
    let key = [vec![4], coordinate("x"), coordinate("y")].concat();
    let signature = BASE64_URL.decode(signature).map_err(|error| error.to_string())?;
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key)
        .verify(format!("{head}.{claims}").as_bytes(), &signature)
        .map_err(|_| "the signature is wrong")?;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let age = now.saturating_sub(Duration::from_secs(said["iat"].as_u64().unwrap_or_default()));
    let hash = BASE64_URL.encode(ring::digest::digest(&ring::digest::SHA256, token.as_bytes()));
    let right = said["htm"] == request.method().as_str()
        && said["htu"] == format!("{base}{}", request.uri().path())
        && said["ath"] == hash.as_str()
        && age < Duration::from_secs(300);
    let id = said["jti"].as_str().filter(|id| id.len() >= 16).ok_or("the proof has no id")?;
    match (right, proofs.insert(id.to_owned())) {
        (true, true) => Ok(()),
        (false, _) => Err(format!("the proof is of another request: {said}")),
        (_, false) => Err("the proof was used before".into()),
    }
}

fn new_key() -> EncodingKey {
    let random = ring::rand::SystemRandom::new();
    EncodingKey::from_ec_der(EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap().as_ref())
}

#[tokio::test]
async fn each_attempt_and_each_poll_has_a_new_proof() {
    let proofs = Arc::<Mutex<HashSet<String>>>::default();
    let used = proofs.clone();
    let (base, seen) = serve(move |request, base| verify(request, base, &mut used.lock().unwrap())).await;
    let report = disable(&base, |builder| bound_to(builder, "token", new_key())).await;
    assert_all_were_signed(&report, &seen.lock().unwrap());
    assert_eq!(proofs.lock().unwrap().len(), 4);
}

#[tokio::test]
async fn a_token_without_a_proof_is_refused() {
    let (base, seen) = serve(|request, base| verify(request, base, &mut HashSet::new())).await;
    let report = disable(&base, |builder| builder.header("Authorization", "DPoP token")).await;
    let (_, refusal) = report.refused().next().expect("a refusal");
    assert_eq!(refusal.status, Some(401), "{refusal:?}");
    assert!(seen.lock().unwrap().is_empty());
}
