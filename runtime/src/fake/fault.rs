//! Faults that a test injects into single requests: a refusal, or a network fault.

use std::time::Duration;

use super::body::Break;
use super::refuse::Refuse;

/// A fault of a single request: a refusal or a network fault, returned by [`Fake::on_request`](super::Fake::on_request).
///
/// ```
/// use std::time::Duration;
/// use bulk_endpoint::testing::{Fake, Fault, Refuse};
///
/// let fake = Fake::new().on_request(|request| match request.number % 100 {
///     // The connection breaks, and the client cannot know whether the items were applied: the first time no, the second yes.
///     10 => Some(Fault::reset()),
///     20 => Some(Fault::reset().after_applying()),
///     // The response ends in the middle.
///     30 => Some(Fault::cut_off()),
///     // The response comes after the client's timeout.
///     40 => Some(Fault::late(Duration::from_secs(60))),
///     // A refusal is a fault too.
///     50 => Some(Refuse::new(429).header("Retry-After", "1").into()),
///     _ => None,
/// });
/// ```
///
/// | fault | carried out | what the client sees |
/// |---|---|---|
/// | [`Refuse`] | no* | a response with its status |
/// | [`reset`](Self::reset) | no* | the connection reset (RST), no response |
/// | [`close`](Self::close) | no* | the connection closed (FIN), no response |
/// | [`garbage`](Self::garbage) | no* | bytes that are not HTTP, and the connection closed |
/// | [`refuse_stream`](Self::refuse_stream) | no | HTTP/2: the stream reset with `REFUSED_STREAM`; HTTP/1.1: the connection closed |
/// | [`reset_in_body`](Self::reset_in_body) | yes | the response's head and half of its body, then the connection reset |
/// | [`cut_off`](Self::cut_off) | yes | the same, then HTTP/1.1: the connection closed; HTTP/2: the stream reset |
/// | [`drip`](Self::drip) | yes | the response, one byte of its body at a time |
/// | [`late`](Self::late) | yes | the response, after a delay |
/// | [`go_away`](Self::go_away) | yes | the response; then the connection accepts no more requests: GOAWAY, or `Connection: close` |
///
/// \* yes with [`after_applying`](Self::after_applying). A fault that ends an HTTP/2 connection ends every request on it: the others get no
/// response either, but may be carried out.
#[derive(Debug, Clone)]
#[must_use]
pub struct Fault {
    pub(super) kind: FaultKind,
    pub(super) applies: bool,
}

/// The kinds of faults.
#[derive(Debug, Clone)]
pub(super) enum FaultKind {
    Refuse(Refuse),
    Reset,
    Close,
    Garbage,
    RefuseStream,
    Half(Break),
    Drip(Duration),
    Late(Duration),
    GoAway,
}

impl Fault {
    fn new(kind: FaultKind, applies: bool) -> Self {
        Fault { kind, applies }
    }

    /// Resets the connection (RST) instead of responding.
    pub fn reset() -> Self {
        Fault::new(FaultKind::Reset, false)
    }

    /// Closes the connection (FIN) instead of responding.
    pub fn close() -> Self {
        Fault::new(FaultKind::Close, false)
    }

    /// Sends bytes that are not HTTP instead of responding, and closes the connection.
    pub fn garbage() -> Self {
        Fault::new(FaultKind::Garbage, false)
    }

    /// Refuses the HTTP/2 stream with `REFUSED_STREAM`, which tells the client that the request was not processed. With HTTP/1.1 it closes
    /// the connection.
    pub fn refuse_stream() -> Self {
        Fault::new(FaultKind::RefuseStream, false)
    }

    /// Carries the request out, and resets the connection in the middle of the response's body.
    pub fn reset_in_body() -> Self {
        Fault::new(FaultKind::Half(Break::Reset), true)
    }

    /// Carries the request out, and ends the response in the middle of its body, before its `Content-Length`.
    pub fn cut_off() -> Self {
        Fault::new(FaultKind::Half(Break::CutOff), true)
    }

    /// Carries the request out, and sends the body one byte at a time, with `pause` between two bytes.
    pub fn drip(pause: Duration) -> Self {
        Fault::new(FaultKind::Drip(pause), true)
    }

    /// Carries the request out, and responds after `delay`. Meanwhile the request does not count as in flight, since its client may have
    /// given up.
    pub fn late(delay: Duration) -> Self {
        Fault::new(FaultKind::Late(delay), true)
    }

    /// Carries the request out, responds, and shuts the connection down: requests in flight get their responses, new ones need another
    /// connection.
    pub fn go_away() -> Self {
        Fault::new(FaultKind::GoAway, true)
    }

    /// Carries the request out before the fault. The client sees the same as without.
    ///
    /// # Panics
    /// With [`refuse_stream`](Self::refuse_stream), which tells the client that the request was not processed.
    pub fn after_applying(mut self) -> Self {
        assert!(!matches!(self.kind, FaultKind::RefuseStream), "a refused stream is never carried out; use `reset()`");
        self.applies = true;
        self
    }

    /// Returns whether the request is carried out.
    pub fn applies(&self) -> bool {
        self.applies
    }
}

impl From<Refuse> for Fault {
    fn from(refuse: Refuse) -> Self {
        let applies = refuse.applies;
        Fault::new(FaultKind::Refuse(refuse), applies)
    }
}
