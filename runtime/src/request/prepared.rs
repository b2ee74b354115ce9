//! An endpoint with its arguments: the parts that all requests of a run share.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use super::frame::gather;
use super::gzip::gzip;
use super::layout::{EncodedRequest, Layout, NoRequest};
use crate::client::Client;
use crate::declare::{Compression, EndpointSpec};
use crate::engine::Caps;
use crate::reply::{BulkReply, JobHandle};
use crate::text::excerpt;

/// The characters that a path segment keeps unescaped: the unreserved characters of RFC 3986.
pub(crate) const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// An endpoint bound to its arguments. Opaque to generated code.
pub struct PreparedEndpoint<R: BulkReply> {
    pub(crate) client: Client,
    pub(crate) spec: EndpointSpec,
    pub(crate) parts: RequestParts,
    pub(crate) already: Option<fn(&R::Failure) -> bool>,
    /// The reason why no request can be built from the arguments.
    pub(crate) invalid: Option<Arc<str>>,
}

impl<R: BulkReply> PreparedEndpoint<R> {
    /// Returns the caps of every request.
    pub(crate) fn caps(&self) -> Caps {
        // The parameters of the client count towards the size of the URL.
        let mut url = self.parts.url.clone();
        self.client.query().add_to(&mut url);
        Caps {
            max: self.spec.max.items.max(1),
            min: self.spec.min,
            max_bytes: self.spec.max_bytes.unwrap_or(usize::MAX),
            max_compressed: self.spec.max_compressed_bytes,
            around: self.parts.layout.around(&url),
        }
    }

    /// Returns the body as it is sent: compressed, if the endpoint says so.
    pub(crate) fn compress(&self, body: Bytes) -> Bytes {
        match self.spec.compress {
            Some(Compression::Gzip) => gzip(&body),
            None => body,
        }
    }

    /// Builds the request with these encoded items, before its body is compressed.
    pub(crate) fn make(&self, items: &[&[u8]]) -> Result<EncodedRequest, NoRequest> {
        self.parts.layout.make(&self.parts.url, items, self.spec.max_bytes.unwrap_or(usize::MAX))
    }

    /// Returns whether the endpoint declares failures that mean "already done".
    pub(crate) fn knows_already(&self) -> bool {
        self.already.is_some() || !self.spec.classes.already.is_empty()
    }
}

/// The places of the batch key in a request.
#[derive(Debug, Clone, Default)]
pub(crate) struct KeyPlaces {
    pub(super) in_headers: Vec<HeaderName>,
    /// Byte offsets in the body.
    pub(super) in_body: Vec<usize>,
}

impl KeyPlaces {
    pub(super) fn len(&self) -> usize {
        self.in_headers.len() + self.in_body.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes the key of a batch into the headers, and into the body over its placeholders.
    pub(crate) fn write(&self, key: &str, headers: &mut HeaderMap, body: &mut Bytes) {
        for name in &self.in_headers {
            let key = HeaderValue::from_str(key).expect("digits and dashes stand in any header");
            headers.insert(name, key);
        }
        if !self.in_body.is_empty() {
            let mut written = BytesMut::from(std::mem::take(body));
            self.in_body.iter().for_each(|at| written[*at..*at + key.len()].copy_from_slice(key.as_bytes()));
            *body = written.freeze();
        }
    }
}

/// The path of a poll whose handle is itself the path or URL.
const HANDLE: &str = "{job}";

/// The placeholder of a batch key in a body, of the same length as the key.
pub(crate) const NO_KEY: &str = "00000000-0000-8000-8000-000000000000";

/// Another text of this length, which differs from the first character on: where the bodies with both differ, the key is.
pub(super) const OTHER_KEY: &str = "ffffffff-ffff-8fff-bfff-ffffffffffff";

/// The parts that all requests of a run share.
#[derive(Debug, Clone)]
pub(crate) struct RequestParts {
    pub(crate) method: http::Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    /// The places of the batch key, if requests have one.
    pub(crate) batch_keys: KeyPlaces,
    pub(crate) layout: Layout,
    /// The path that polls a job, with its arguments filled in, and the body field of the job handle.
    pub(crate) poll: Option<(String, Option<&'static str>)>,
}

impl RequestParts {
    /// Returns the URL, without the query of the client, and the body of a request that polls a job.
    pub(crate) fn poll_request(&self, client: &Client, handle: &JobHandle) -> Result<(Url, Bytes), String> {
        let (path, field) = self.poll.as_ref().ok_or("the declaration has no `poll`")?;
        if path == HANDLE {
            return self.located(handle).map(|url| (url, Bytes::new()));
        }
        if field.is_none() && matches!(handle.text(), "" | "." | "..") {
            return Err(format!("expected a path segment as the job handle, found {:?}", handle.text()));
        }
        let path = path.replace("{job}", &utf8_percent_encode(handle.text(), SEGMENT).to_string());
        let url = client
            .url_of(&path, &[])
            .map_err(|error| format!("the path {} is not part of a valid URL: {error}", excerpt(&path)))?;
        let body = match field {
            Some(field) => gather(&[(field, handle.json())])?.to_string().into(),
            None => Bytes::new(),
        };
        Ok((url, body))
    }

    /// Returns the URL that a handle is: a path, or a URL of the same origin. Another origin is never requested, as it would get the
    /// credential.
    fn located(&self, handle: &JobHandle) -> Result<Url, String> {
        let text = handle.text().trim();
        if text.is_empty() {
            return Err("expected a path or a URL as the job handle, found none".to_owned());
        }
        let mut url = self.url.join(text).map_err(|error| {
            format!("expected a path or a URL as the job handle, found {}: {error}", excerpt(&handle.shown()))
        })?;
        let (own, other) = (self.url.origin(), url.origin());
        // A user in the URL would become a credential of its own.
        let has_user = !url.username().is_empty() || url.password().is_some();
        if own != other || has_user {
            let found = if has_user { "one with a user name".to_owned() } else { other.ascii_serialization() };
            return Err(format!(
                "expected the job at {}, where its items were sent, found {}: it was not requested, so that no credential leaves the host",
                own.ascii_serialization(),
                excerpt(&found)
            ));
        }
        url.set_fragment(None);
        Ok(url)
    }
}
