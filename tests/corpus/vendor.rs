//! A scripted vendor: a server that sends given responses, and records its requests.

use std::convert::Infallible;
use std::io::Read as _;
use std::sync::{Arc, Mutex, PoisonError};

use bulk_endpoint::{ApiError, BulkItem, BulkReply, Client, Outcome, Report, reply::Detail};
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A response of the vendor.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

/// A JSON response.
pub fn json(status: u16, body: &Value) -> Answer {
    text(status, "application/json", &body.to_string())
}

/// A response of any other content type.
pub fn text(status: u16, content_type: &str, body: &str) -> Answer {
    Answer { status, headers: vec![("content-type", content_type.to_owned())], body: body.to_owned() }
}

/// A response without a body.
pub fn empty(status: u16) -> Answer {
    Answer { status, headers: Vec::new(), body: String::new() }
}

/// A request, as the server got it.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: String,
    /// Path and query, undecoded.
    pub target: String,
    pub headers: HeaderMap,
    /// Decoded, if it was compressed.
    pub body: Bytes,
}

impl Seen {
    /// Returns the body as JSON, with `#0` for the id that the run assigned to the first item.
    pub fn json(&self) -> Value {
        let mut text = self.text().to_owned();
        for (id, name) in assigned(&self.body) {
            text = text.replace(&id, &name);
        }
        serde_json::from_str(&text).expect("a JSON body")
    }

    /// Returns the body as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("a text body")
    }

    /// Returns a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// A vendor on a loopback port, until it is dropped.
pub struct Vendor {
    url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    serving: JoinHandle<()>,
}

impl Vendor {
    /// Responds to requests with these responses in turn, and with the last one from then on.
    pub async fn answering(answers: impl IntoIterator<Item = Answer>) -> Self {
        let answers: Arc<[Answer]> = answers.into_iter().collect();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let kept = seen.clone();
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answers, kept) = (answers.clone(), kept.clone());
                let service = service_fn(move |request| answer(request, answers.clone(), kept.clone()));
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service),
                );
            }
        });
        Vendor { url, seen, serving }
    }

    /// Returns a client of the vendor.
    pub fn client(&self) -> Client {
        Client::builder(&self.url).bearer("secret").build().expect("a client")
    }

    /// Returns all requests so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the only request so far.
    pub fn only(&self) -> Seen {
        let seen = self.seen();
        assert_eq!(seen.len(), 1, "one request: {seen:?}");
        seen.into_iter().next().expect("one")
    }
}

impl Drop for Vendor {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Returns the ids in a JSON body that a run assigned, each with its name in answers: `#0` is that of the first item.
fn assigned(body: &[u8]) -> Vec<(String, String)> {
    fn texts(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::String(text) => found.push(text.clone()),
            Value::Array(values) => values.iter().for_each(|value| texts(value, found)),
            Value::Object(fields) => fields.values().for_each(|value| texts(value, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    texts(&serde_json::from_slice(body).unwrap_or_default(), &mut found);
    let is_assigned = |id: &String| id.split('-').map(str::len).eq([8, 4, 4, 4, 12]) && id.as_bytes()[14] == b'8';
    let index = |id: &str| u64::from_str_radix(&id[24..], 16).expect("hexadecimal digits");
    found.into_iter().filter(is_assigned).map(|id| (id.clone(), format!("#{}", index(&id)))).collect()
}

fn decoded(body: &[u8]) -> Bytes {
    let mut decoded = Vec::new();
    flate2::read::GzDecoder::new(body).read_to_end(&mut decoded).expect("a gzip body");
    decoded.into()
}

async fn answer(
    request: Request<Incoming>,
    answers: Arc<[Answer]>,
    kept: Arc<Mutex<Vec<Seen>>>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let is_gzip = parts.headers.get("content-encoding").is_some_and(|coding| coding == "gzip");
    let body = if is_gzip { decoded(&body) } else { body };
    let ids = assigned(&body);
    let seen = Seen { method: parts.method.to_string(), target: parts.uri.to_string(), headers: parts.headers, body };
    let number = {
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push(seen);
        kept.len() - 1
    };
    let answer = &answers[number.min(answers.len() - 1)];
    let mut response = Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        response = response.header(*name, value);
    }
    // A vendor names an item by the id that it was sent.
    let body = ids.iter().fold(answer.body.clone(), |body, (id, name)| body.replace(name, id));
    Ok(response.body(Full::new(Bytes::from(body))).expect("a response"))
}

/// Returns the outcomes in input order: `succeeded`, `failed`, …
pub fn words<T: BulkItem, R: BulkReply, E: ApiError>(report: &Report<T, R, E>) -> Vec<&'static str> {
    report.iter().map(|(_, outcome)| outcome.kind().as_str()).collect()
}

/// Returns the outcomes in input order, failures and refusals with code and message: `failed 404 not found`.
pub fn told<T: BulkItem, R: BulkReply, E: ApiError>(report: &Report<T, R, E>) -> Vec<String> {
    let tell = |(_, outcome): (_, &Outcome<R::Success, R::Failure, E>)| {
        let (code, message) = match outcome {
            Outcome::Failed(failure) => (failure.code().map(String::from), failure.message().map(String::from)),
            Outcome::Refused(refusal) => (refusal.code.clone(), refusal.message.clone()),
            _ => (None, None),
        };
        let told = [Some(outcome.kind().as_str().to_owned()), code, message];
        told.into_iter().flatten().collect::<Vec<_>>().join(" ")
    };
    report.iter().map(tell).collect()
}
