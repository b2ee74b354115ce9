//! What a test lets happen to a request: a refusal, or a fault of the wire.

use std::time::Duration;

use super::body::Break;
use super::refuse::Refuse;

/// What happens to a request in place of its response: what [`Fake::on_request`](super::Fake::on_request) returns.
///
/// ```
/// use std::time::Duration;
/// use bulk_endpoint::fake::{Fake, Fault, Refuse};
///
/// let fake = Fake::new().on_request(|request| match request.number % 100 {
///     // The connection breaks, and nobody knows whether the items were applied: the first time no, the second yes.
///     10 => Some(Fault::reset()),
///     20 => Some(Fault::reset().after_applying()),
///     // The response begins well, and ends in the middle.
///     30 => Some(Fault::cut_off()),
///     // The response comes when nobody waits for it any more.
///     40 => Some(Fault::late(Duration::from_secs(60))),
///     // A refusal is a fault too, the mildest.
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
/// | [`garbage`](Self::garbage) | no* | bytes that are no HTTP, and the connection closed |
/// | [`refuse_stream`](Self::refuse_stream) | no | HTTP/2: the stream reset with `REFUSED_STREAM`; HTTP/1.1: the connection closed |
/// | [`reset_in_body`](Self::reset_in_body) | yes | the response's head and half of its body, then the connection reset |
/// | [`cut_off`](Self::cut_off) | yes | the same, then HTTP/1.1: the connection closed; HTTP/2: the stream reset |
/// | [`drip`](Self::drip) | yes | the response, a byte of its body at a time |
/// | [`late`](Self::late) | yes | the response, later |
/// | [`go_away`](Self::go_away) | yes | the response; then the connection takes no request any more: GOAWAY, or `Connection: close` |
///
/// \* yes with [`after_applying`](Self::after_applying). What ends an HTTP/2 connection ends every request that it carries: the others get no response
/// either, though they may be carried out.
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

    /// Resets the connection instead of answering.
    pub fn reset() -> Self {
        Fault::new(FaultKind::Reset, false)
    }

    /// Closes the connection instead of answering.
    pub fn close() -> Self {
        Fault::new(FaultKind::Close, false)
    }

    /// Says what is no HTTP instead of answering, and closes the connection.
    pub fn garbage() -> Self {
        Fault::new(FaultKind::Garbage, false)
    }

    /// Refuses the stream of an HTTP/2 request unseen, so that its client may know that nothing came of it. HTTP/1.1
    /// has no such thing: there the connection is closed.
    pub fn refuse_stream() -> Self {
        Fault::new(FaultKind::RefuseStream, false)
    }

    /// Carries the request out, and resets the connection in the middle of the response's body.
    pub fn reset_in_body() -> Self {
        Fault::new(FaultKind::Half(Break::Reset), true)
    }

    /// Carries the request out, and ends the response in the middle of its body: less than its `Content-Length`.
    pub fn cut_off() -> Self {
        Fault::new(FaultKind::Half(Break::CutOff), true)
    }

    /// Carries the request out, and answers with one byte of the body at a time, `pause` apart.
    pub fn drip(pause: Duration) -> Self {
        Fault::new(FaultKind::Drip(pause), true)
    }

    /// Carries the request out, and answers this much later. Such a request no longer counts as in flight: its client
    /// may have given it up.
    pub fn late(delay: Duration) -> Self {
        Fault::new(FaultKind::Late(delay), true)
    }

    /// Carries the request out, answers it, and lets the connection end: what is under way is answered, what is new
    /// has to take another.
    pub fn go_away() -> Self {
        Fault::new(FaultKind::GoAway, true)
    }

    /// Carries the request out before the fault: a client cannot tell it from one that was not.
    ///
    /// # Panics
    /// For a stream that is refused: to carry it out would be a lie, not a fault.
    pub fn after_applying(mut self) -> Self {
        assert!(!matches!(self.kind, FaultKind::RefuseStream), "a refused stream is never carried out: use `reset()`");
        self.applies = true;
        self
    }

    /// Whether the request is carried out.
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
