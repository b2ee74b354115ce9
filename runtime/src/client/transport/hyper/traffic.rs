//! The streams under a connection: what of a request has left on one, and what the peer has said on it.

use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::super::net_error::is_handshake_alert;

/// A stream of bytes: TCP, TLS, or a tunnel through a proxy.
pub(super) trait Bidirectional: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Bidirectional for S {}

pub(super) type BoxStream = Box<dyn Bidirectional>;

/// What is known about a connection below HTTP.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    has_written: AtomicBool,
    is_to_be_checked: AtomicBool,
    may_speak: AtomicBool,
    is_refused: AtomicBool,
}

impl Traffic {
    /// Starts the count of a request: nothing of it is written.
    pub(super) fn begin(&self) {
        self.has_written.store(false, Ordering::Relaxed);
        self.is_to_be_checked.store(false, Ordering::Relaxed);
    }

    /// Returns whether a byte was written since [`begin`](Self::begin).
    pub(super) fn has_written(&self) -> bool {
        self.has_written.load(Ordering::Relaxed)
    }

    /// Makes the next read fail if the peer has closed an idle connection, or says something although it may not.
    pub(super) fn check(&self, may_speak: bool) {
        self.may_speak.store(may_speak, Ordering::Relaxed);
        self.is_to_be_checked.store(true, Ordering::Relaxed);
    }

    /// Returns whether the first word of the server was a TLS alert about this client: it has read no request.
    pub(super) fn is_refused(&self) -> bool {
        self.is_refused.load(Ordering::Relaxed)
    }
}

/// A TCP stream that keeps its [`Traffic`] up to date.
pub(super) struct WatchedTcp {
    tcp: TcpStream,
    traffic: Arc<Traffic>,
}

impl WatchedTcp {
    pub(super) fn new(tcp: TcpStream, traffic: Arc<Traffic>) -> Self {
        WatchedTcp { tcp, traffic }
    }

    /// Returns whether a request may still leave. Asks the socket, since tokio may not have heard yet.
    fn is_usable(&self) -> bool {
        match SockRef::from(&self.tcp).peek(&mut [MaybeUninit::uninit()]) {
            Ok(0) => false,
            Ok(_) => self.traffic.may_speak.load(Ordering::Relaxed),
            Err(error) => error.kind() == io::ErrorKind::WouldBlock,
        }
    }

    /// `all` is what was to be written. A server may respond and close before it has read the whole request: what cannot be written any more
    /// is dropped, since the response, or the error, is still to be read.
    fn note(&self, written: Poll<io::Result<usize>>, all: usize) -> Poll<io::Result<usize>> {
        match written {
            Poll::Ready(Ok(1..)) => self.traffic.has_written.store(true, Ordering::Relaxed),
            Poll::Ready(Err(error)) if self.traffic.has_written() && is_closed(&error) => return Poll::Ready(Ok(all)),
            _ => {}
        }
        written
    }
}

impl AsyncRead for WatchedTcp {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.traffic.is_to_be_checked.swap(false, Ordering::Relaxed) && !self.is_usable() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        Pin::new(&mut self.tcp).poll_read(cx, buf)
    }
}

impl AsyncWrite for WatchedTcp {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.tcp).poll_write(cx, buf);
        self.note(written, buf.len())
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.tcp).poll_write_vectored(cx, bufs);
        self.note(written, bufs.iter().map(|buf| buf.len()).sum())
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}

/// Returns whether the peer has closed the connection.
fn is_closed(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted
    )
}

/// A TLS stream that notes an alert in place of a first response.
pub(super) struct WatchedTls<S> {
    tls: S,
    traffic: Arc<Traffic>,
    has_read: bool,
}

impl<S> WatchedTls<S> {
    pub(super) fn new(tls: S, traffic: Arc<Traffic>) -> Self {
        WatchedTls { tls, traffic, has_read: false }
    }

    fn note<T>(&self, result: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if let Poll::Ready(Err(error)) = &result
            && !self.has_read
            && is_handshake_alert(error)
        {
            self.traffic.is_refused.store(true, Ordering::Relaxed);
        }
        result
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for WatchedTls<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.tls).poll_read(cx, buf);
        self.has_read |= buf.filled().len() > before;
        self.note(read)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for WatchedTls<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.tls).poll_write(cx, buf);
        self.note(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.tls).poll_write_vectored(cx, bufs);
        self.note(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.tls.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.tls).poll_flush(cx);
        self.note(flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tls).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use futures_util::FutureExt;
    use tokio::io::AsyncReadExt;

    use super::*;

    /// The next read of a connection whose peer did this, and of which tokio has not heard anything.
    async fn read(peer: impl FnOnce(std::net::TcpStream) -> Option<std::net::TcpStream>, may_speak: bool) -> bool {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let tcp = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let _open = peer(listener.accept().unwrap().0);
        // Until the machine has it.
        while SockRef::from(&tcp).peek(&mut [MaybeUninit::uninit()]).is_err() && _open.is_none() {}
        let traffic = Arc::new(Traffic::default());
        traffic.check(may_speak);
        let mut stream = WatchedTcp::new(tcp, traffic);
        !matches!(stream.read(&mut [0]).now_or_never(), Some(Err(_)))
    }

    #[tokio::test]
    async fn a_connection_that_is_closed_takes_no_request_whether_it_was_used_or_not() {
        for may_speak in [true, false] {
            assert!(read(Some, may_speak).await);
            assert!(!read(|_| None, may_speak).await);
        }
    }

    /// As TLS does before the first response.
    #[tokio::test]
    async fn a_peer_may_speak_before_the_first_request_alone() {
        for may_speak in [true, false] {
            let speaks = |mut peer: std::net::TcpStream| {
                io::Write::write_all(&mut peer, b"!").unwrap();
                std::thread::sleep(std::time::Duration::from_millis(50));
                Some(peer)
            };
            assert_eq!(read(speaks, may_speak).await, may_speak);
        }
    }
}
