//! Bodies: a response's on its way out, whole or faulty, and a request's on its way in.

use std::io::Read as _;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use futures_util::future::BoxFuture;
use http::HeaderMap;
use http::header::CONTENT_ENCODING;
use hyper::body::{Body, Frame, Incoming, SizeHint};

use super::wire::{NoResponse, Wire};

/// The body of a response while it is sent.
pub(super) struct ResponseBody {
    rest: Bytes,
    /// The number of bytes of `Content-Length` that are not sent yet.
    promised: u64,
    course: Course,
    /// The delay before the next piece.
    pause: Option<BoxFuture<'static, ()>>,
}

/// How the body is sent.
pub(super) enum Course {
    WholeResponse,
    /// Byte by byte, with this delay between two bytes.
    Drip(Duration),
    /// Only the first half.
    Half(Break, Arc<Wire>),
}

/// How a body ends early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Break {
    CutOff,
    Reset,
}

impl ResponseBody {
    pub(super) fn new(body: Bytes, course: Course) -> Self {
        // A body that is cut off must announce more bytes than it has.
        let least = u64::from(matches!(course, Course::Half(..)));
        let promised = (body.len() as u64).max(least);
        let rest = if least > 0 { body.slice(..body.len() / 2) } else { body };
        ResponseBody { rest, promised, course, pause: None }
    }

    fn take(&mut self, bytes: usize) -> Poll<Option<Result<Frame<Bytes>, NoResponse>>> {
        let piece = self.rest.split_to(bytes);
        self.promised -= piece.len() as u64;
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }
}

impl From<Bytes> for ResponseBody {
    fn from(body: Bytes) -> Self {
        ResponseBody::new(body, Course::WholeResponse)
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = NoResponse;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, NoResponse>>> {
        let this = &mut *self;
        if let Some(pause) = &mut this.pause {
            ready!(pause.as_mut().poll(cx));
            this.pause = None;
            if let Course::Half(end, wire) = &this.course {
                if *end == Break::Reset {
                    wire.reset();
                }
                return Poll::Ready(Some(Err("the test cut this response off".into())));
            }
        }
        match &this.course {
            Course::WholeResponse if this.rest.is_empty() => Poll::Ready(None),
            Course::WholeResponse => this.take(this.rest.len()),
            Course::Drip(_) if this.rest.is_empty() => Poll::Ready(None),
            Course::Drip(pause) => {
                this.pause = Some(Box::pin(tokio::time::sleep(*pause)));
                this.take(1)
            }
            Course::Half(_, wire) => {
                this.pause = Some(Box::pin(until_out(wire.clone(), this.rest.len() as u64)));
                if this.rest.is_empty() { self.poll_frame(cx) } else { this.take(this.rest.len()) }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.promised == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.promised)
    }
}

/// Waits until `bytes` more bytes are sent, at most a second: the client must receive the first half before the break.
async fn until_out(wire: Arc<Wire>, bytes: u64) {
    // The response's head is sent too, and is at least this long.
    const HEAD: u64 = 8;
    let out = wire.written() + bytes + HEAD;
    for _ in 0..500 {
        tokio::time::sleep(Duration::from_millis(2)).await;
        if wire.written() >= out {
            return;
        }
    }
}

/// Reads a request's body to its end; `None` if the connection broke.
pub(super) async fn read(mut body: Incoming) -> Option<Bytes> {
    let mut read = Vec::new();
    loop {
        match std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
            None => return Some(read.into()),
            Some(Ok(frame)) => {
                if let Some(piece) = frame.data_ref() {
                    read.extend_from_slice(piece);
                }
            }
            Some(Err(_)) => return None,
        }
    }
}

/// Returns the content coding of a request.
pub(super) fn coding(headers: &HeaderMap) -> Option<String> {
    headers.get(CONTENT_ENCODING).map(|coding| String::from_utf8_lossy(coding.as_bytes()).to_lowercase())
}

/// Decodes a request body that is gzip. Returns also what is wrong with it.
pub(super) fn decoded(headers: &HeaderMap, body: Bytes) -> (Bytes, Option<String>) {
    if coding(headers).as_deref() != Some("gzip") {
        return (body, None);
    }
    let mut decoded = Vec::new();
    match MultiGzDecoder::new(&body[..]).read_to_end(&mut decoded) {
        Ok(_) => (decoded.into(), None),
        Err(error) => (body, Some(format!("the body is not gzip: {error}"))),
    }
}
