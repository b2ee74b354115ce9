//! The body of a response, whole or not.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use hyper::body::{Body, Frame, Incoming, SizeHint};

use super::wire::{NoAnswer, Wire};

/// A response's body on its way out.
pub(super) struct AnswerBody {
    rest: Bytes,
    /// How many bytes are promised and not yet out.
    promised: u64,
    course: Course,
    /// What the next piece waits for.
    pause: Option<BoxFuture<'static, ()>>,
}

/// How the body goes out.
pub(super) enum Course {
    WholeResponse,
    /// Byte by byte, with this long between two.
    Drip(Duration),
    /// The first half, and then the end of it.
    Half(Break, Arc<Wire>),
}

/// How a body breaks off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Break {
    CutOff,
    Reset,
}

impl AnswerBody {
    pub(super) fn new(body: Bytes, course: Course) -> Self {
        // What breaks off has to promise more than it gives.
        let least = u64::from(matches!(course, Course::Half(..)));
        let promised = (body.len() as u64).max(least);
        let rest = if least > 0 { body.slice(..body.len() / 2) } else { body };
        AnswerBody { rest, promised, course, pause: None }
    }

    fn take(&mut self, bytes: usize) -> Poll<Option<Result<Frame<Bytes>, NoAnswer>>> {
        let piece = self.rest.split_to(bytes);
        self.promised -= piece.len() as u64;
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }
}

impl From<Bytes> for AnswerBody {
    fn from(body: Bytes) -> Self {
        AnswerBody::new(body, Course::WholeResponse)
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = NoAnswer;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, NoAnswer>>> {
        let this = &mut *self;
        if let Some(pause) = &mut this.pause {
            ready!(pause.as_mut().poll(cx));
            this.pause = None;
            if let Course::Half(end, wire) = &this.course {
                if *end == Break::Reset {
                    wire.reset();
                }
                return Poll::Ready(Some(Err("the test cuts this response off".into())));
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

/// Ends when so many bytes more are out, or have had the time for it: what was said before a break is to arrive.
async fn until_out(wire: Arc<Wire>, bytes: u64) {
    // The head goes out as well, and is no shorter than this.
    const HEAD: u64 = 8;
    let out = wire.written() + bytes + HEAD;
    for _ in 0..500 {
        tokio::time::sleep(Duration::from_millis(2)).await;
        if wire.written() >= out {
            return;
        }
    }
}

/// A request's body, to its end; `None` where the connection broke.
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
