//! Signatures: a function of the caller that computes headers of each attempt.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Either, select};
use http::{HeaderMap, Method};
use url::Url;

use super::clock::Clock;
use super::transport::{Request, TransportError, TransportErrorKind};
use crate::text::{excerpt, without_secrets};

/// A request that is about to leave: see [`ClientBuilder::sign`](crate::ClientBuilder::sign).
#[derive(Clone)]
#[non_exhaustive]
pub struct SigningRequest {
    /// The HTTP method.
    pub method: Method,
    /// The absolute URL, including the query, as it is sent. The transport sends its host as `Host`.
    pub url: Url,
    /// The headers, without those that the transport adds: `Host`, `Content-Length`, `Accept-Encoding`.
    pub headers: HeaderMap,
    /// The body as it is sent: compressed, if the endpoint compresses it.
    pub body: Bytes,
}

impl fmt::Debug for SigningRequest {
    /// Omits headers, query and body: they may contain credentials and private data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningRequest")
            .field("method", &self.method)
            .field("url", &without_secrets(self.url.as_str()))
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

type Signing = BoxFuture<'static, Result<HeaderMap, String>>;

/// The caller's function.
pub(super) struct Signer(Box<dyn Fn(SigningRequest) -> Signing + Send + Sync>);

impl Signer {
    pub(super) fn new<F, E>(sign: impl Fn(SigningRequest) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<HeaderMap, E>> + Send + 'static,
        E: fmt::Display,
    {
        Signer(Box::new(move |request| {
            // The function and the `Display` of its error are the caller's code. A panic fails as an error does. Its message is dropped:
            // it may contain the key.
            let signing = catch_unwind(AssertUnwindSafe(|| sign(request)));
            async move {
                let signed = match signing {
                    Ok(signing) => {
                        let signed = signing.map(|signed| signed.map_err(|error| error.to_string()));
                        AssertUnwindSafe(signed).catch_unwind().await
                    }
                    Err(panic) => Err(panic),
                };
                signed.unwrap_or_else(|_| Err("the function panicked".into()))
            }
            .boxed()
        }))
    }

    /// Signs a request. The signature has as much time as the attempt.
    pub(super) fn sign_in_time(
        &self,
        request: &Request,
        clock: &dyn Clock,
    ) -> impl Future<Output = Result<HeaderMap, TransportError>> + Send + use<> {
        let Request { method, url, headers, body, timeout, .. } = request.clone();
        let signing = (self.0)(SigningRequest { method, url, headers, body });
        let late = clock.sleep_until(clock.now().saturating_add(timeout));
        async move {
            let signed = match select(signing, late).await {
                Either::Left((signed, _)) => signed,
                Either::Right(_) => Err(format!("it took longer than {timeout:?}")),
            };
            signed.map_err(|why| TransportError::new(TransportErrorKind::Unsigned, excerpt(&why)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_to_sign_is_shown_without_what_may_be_secret() {
        let request = SigningRequest {
            method: Method::POST,
            url: Url::parse("https://user:secret@api.example.com/x?token=secret").unwrap(),
            headers: HeaderMap::from_iter([(http::header::AUTHORIZATION, http::HeaderValue::from_static("secret"))]),
            body: Bytes::from_static(b"secret"),
        };
        let text = format!("{request:?}");
        assert!(text.starts_with("SigningRequest { method: POST, url: "), "{text}");
        assert!(text.contains("api.example.com/x") && text.contains("body_bytes: 6"), "{text}");
        assert!(!text.contains("secret"), "{text}");
    }
}
