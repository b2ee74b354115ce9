//! Sockets of accepted connections, each behind a [`Wire`] through which a fault can end it.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;

/// The error that makes hyper end a request without a response.
pub(super) type NoResponse = Box<dyn std::error::Error + Send + Sync>;

/// A connection, as faults see it. Shared by its exchanges.
#[derive(Debug)]
pub(super) struct Wire {
    state: Mutex<WireState>,
    pub(super) retire: Notify,
}

#[derive(Debug)]
struct WireState {
    /// `None`: a fault ended it.
    stream: Option<TcpStream>,
    /// The number of bytes sent.
    written: u64,
    /// Wakes the connection's task when a fault ends the connection.
    waker: Option<Waker>,
}

impl Wire {
    pub(crate) fn new(stream: TcpStream) -> Self {
        let state = WireState { stream: Some(stream), written: 0, waker: None };
        Wire { state: Mutex::new(state), retire: Notify::new() }
    }

    fn lock(&self) -> MutexGuard<'_, WireState> {
        // A panic cannot leave the data inconsistent, so a poisoned lock is fine.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the number of bytes sent.
    pub(super) fn written(&self) -> u64 {
        self.lock().written
    }

    /// Ends the connection with a RST.
    pub(super) fn reset(&self) {
        self.end(|stream| stream.set_zero_linger());
    }

    /// Ends the connection with a FIN.
    pub(super) fn close(&self) {
        self.end(|_| Ok(()));
    }

    /// Sends these bytes and ends the connection.
    pub(super) fn close_with(&self, bytes: &[u8]) {
        self.end(|stream| stream.try_write(bytes).map(drop));
    }

    fn end(&self, last: impl FnOnce(&TcpStream) -> io::Result<()>) {
        let (stream, waker) = {
            let mut state = self.lock();
            (state.stream.take(), state.waker.take())
        };
        if let Some(stream) = stream {
            // An error means that the client ended the connection first.
            let _ = last(&stream);
        }
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Shuts the connection down after the requests in flight.
    pub(super) fn retire(&self) {
        self.retire.notify_one();
    }
}

/// The socket, as hyper uses it.
pub(super) struct Socket(pub(super) Arc<Wire>);

impl Socket {
    fn poll<V>(
        &self,
        cx: &mut Context<'_>,
        act: impl FnOnce(Pin<&mut TcpStream>, &mut Context<'_>) -> Poll<io::Result<V>>,
    ) -> Poll<io::Result<V>> {
        let mut state = self.0.lock();
        let WireState { stream: Some(stream), waker, .. } = &mut *state else {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        };
        let polled = act(Pin::new(stream), cx);
        if !waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            *waker = Some(cx.waker().clone());
        }
        polled
    }
}

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.poll(cx, |stream, cx| stream.poll_read(cx, buf))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(self.poll(cx, |stream, cx| stream.poll_write(cx, buf)))?;
        self.0.lock().written += written as u64;
        Poll::Ready(Ok(written))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll(cx, |stream, cx| stream.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll(cx, |stream, cx| stream.poll_shutdown(cx))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two ends of a connection, one of them behind a wire.
    async fn connection() -> (Arc<Wire>, std::net::TcpStream) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let wire = Arc::new(Wire::new(listener.accept().await.unwrap().0));
        (wire, client)
    }

    async fn write(wire: &Arc<Wire>, bytes: &[u8]) -> io::Result<usize> {
        let mut socket = Socket(wire.clone());
        std::future::poll_fn(|cx| Pin::new(&mut socket).poll_write(cx, bytes)).await
    }

    #[tokio::test]
    async fn the_bytes_that_were_sent_are_counted() {
        let (wire, _client) = connection().await;
        for written in [3, 6, 9] {
            assert_eq!(write(&wire, b"abc").await.unwrap(), 3);
            assert_eq!(wire.written(), written);
        }
        wire.close();
        assert_eq!(write(&wire, b"abc").await.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
        assert_eq!(wire.written(), 9);
    }

    /// Reads to the end. Returns what came, and whether the end was a FIN.
    fn read_all(mut client: std::net::TcpStream) -> (Vec<u8>, bool) {
        let mut bytes = Vec::new();
        let ended = io::Read::read_to_end(&mut client, &mut bytes).is_ok();
        (bytes, ended)
    }

    #[tokio::test]
    async fn a_connection_ends_as_it_is_told() {
        for (end, bytes, is_fin) in [
            ((|wire| wire.close()) as fn(&Wire), &b""[..], true),
            (|wire| wire.reset(), b"", false),
            (|wire| wire.close_with(b"bye"), b"bye", true),
        ] {
            let (wire, client) = connection().await;
            end(&wire);
            assert_eq!(read_all(client), (bytes.to_vec(), is_fin));
        }
    }
}
