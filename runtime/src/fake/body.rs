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

#[cfg(test)]
mod tests {
    use super::super::wire::Socket;
    use super::*;

    async fn wire() -> (Arc<Wire>, std::net::TcpStream) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (Arc::new(Wire::new(listener.accept().await.unwrap().0)), client)
    }

    async fn next(body: &mut ResponseBody) -> Option<Result<Bytes, String>> {
        let frame = std::future::poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await?;
        Some(frame.map(|frame| frame.into_data().unwrap()).map_err(|error| error.to_string()))
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_is_sent_whole_or_byte_by_byte() {
        let mut whole = ResponseBody::from(Bytes::from_static(b"abc"));
        assert_eq!((whole.is_end_stream(), whole.size_hint().exact()), (false, Some(3)));
        assert_eq!(next(&mut whole).await, Some(Ok(Bytes::from_static(b"abc"))));
        assert_eq!((whole.is_end_stream(), next(&mut whole).await), (true, None));
        let began = tokio::time::Instant::now();
        let mut drip = ResponseBody::new(Bytes::from_static(b"abc"), Course::Drip(Duration::from_secs(5)));
        for byte in ["a", "b", "c"] {
            assert_eq!(next(&mut drip).await, Some(Ok(byte.into())));
        }
        assert_eq!((next(&mut drip).await, began.elapsed()), (None, Duration::from_secs(15)));
    }

    /// Half of the body is sent, and at least one byte of it is missing.
    #[tokio::test(start_paused = true)]
    async fn a_body_that_is_cut_off_has_half_of_what_it_promises() {
        for (body, half, promised) in [("abcdef", "abc", 6), ("abc", "a", 3), ("a", "", 1), ("", "", 1)] {
            for end in [Break::CutOff, Break::Reset] {
                let (wire, client) = wire().await;
                let mut cut = ResponseBody::new(body.into(), Course::Half(end, wire.clone()));
                assert_eq!((cut.is_end_stream(), cut.size_hint().exact()), (false, Some(promised)), "{body}");
                if !half.is_empty() {
                    assert_eq!(next(&mut cut).await, Some(Ok(half.into())), "{body}");
                }
                assert_eq!(next(&mut cut).await, Some(Err("the test cut this response off".to_owned())));
                // A reset ends the connection here; hyper closes it after a body that is cut off.
                drop((cut, wire));
                let ended = std::io::Read::read_to_end(&mut &client, &mut Vec::new());
                assert_eq!(ended.is_ok(), end == Break::CutOff, "{body} {end:?}");
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_break_waits_until_the_half_is_out_and_at_most_a_second() {
        let (wire, _client) = wire().await;
        let began = tokio::time::Instant::now();
        until_out(wire.clone(), 3).await;
        assert_eq!(began.elapsed(), Duration::from_secs(1), "nothing is sent");
        let waits = tokio::spawn(until_out(wire.clone(), 3));
        tokio::task::yield_now().await;
        let (began, mut socket) = (tokio::time::Instant::now(), Socket(wire));
        for bytes in [&[0; 10][..], &[0; 1]] {
            tokio::time::sleep(Duration::from_millis(100)).await;
            assert!(!waits.is_finished(), "{bytes:?}");
            use tokio::io::AsyncWrite;
            std::future::poll_fn(|cx| Pin::new(&mut socket).poll_write(cx, bytes)).await.unwrap();
        }
        waits.await.unwrap();
        assert!((200..210).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
    }
}
