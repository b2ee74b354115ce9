//! The sockets: connections that are taken in, each behind a [`Wire`] on which a fault can end it.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use futures_util::future::{Either, select};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use super::body::AnswerBody;

/// The end of a request that gets no answer, told to hyper.
pub(super) type NoAnswer = Box<dyn std::error::Error + Send + Sync>;

/// What a fault can do to a connection. Shared by its exchanges.
#[derive(Debug)]
pub(super) struct Wire {
    state: Mutex<State>,
    retire: Notify,
}

#[derive(Debug)]
struct State {
    /// `None`: a fault ended it.
    stream: Option<TcpStream>,
    /// How many bytes went out.
    written: u64,
    /// The connection's task.
    waker: Option<Waker>,
}

impl Wire {
    fn new(stream: TcpStream) -> Self {
        let state = State { stream: Some(stream), written: 0, waker: None };
        Wire { state: Mutex::new(state), retire: Notify::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // What is behind the lock is whole at every moment.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many bytes went out.
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

    /// Ends the connection with these bytes.
    pub(super) fn say(&self, bytes: &[u8]) {
        self.end(|stream| stream.try_write(bytes).map(drop));
    }

    fn end(&self, last: impl FnOnce(&TcpStream) -> io::Result<()>) {
        let (stream, waker) = {
            let mut state = self.lock();
            (state.stream.take(), state.waker.take())
        };
        if let Some(stream) = stream {
            // An error says that the client ended it first.
            let _ = last(&stream);
        }
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Lets the connection end with the requests that are under way.
    pub(super) fn retire(&self) {
        self.retire.notify_one();
    }
}

/// The socket as hyper has it.
struct Socket(Arc<Wire>);

impl Socket {
    fn poll<V>(
        &self,
        cx: &mut Context<'_>,
        act: impl FnOnce(Pin<&mut TcpStream>, &mut Context<'_>) -> Poll<io::Result<V>>,
    ) -> Poll<io::Result<V>> {
        let mut state = self.0.lock();
        let State { stream: Some(stream), waker, .. } = &mut *state else {
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

/// Serves connections, HTTP/1.1 and HTTP/2 as each begins, until `stop`'s sender is dropped; then until they have ended.
pub(super) async fn serve<A, F>(listener: TcpListener, mut stop: watch::Receiver<()>, answer: A)
where
    A: Fn(Arc<Wire>, http::Request<Incoming>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<http::Response<AnswerBody>, NoAnswer>> + Send + 'static,
{
    let mut connections = JoinSet::new();
    let closing = stop.clone();
    loop {
        let taken = {
            let stopped = std::pin::pin!(stop.changed());
            let accepted = std::pin::pin!(listener.accept());
            match select(accepted, stopped).await {
                Either::Left((taken, _)) => taken,
                Either::Right(_) => break,
            }
        };
        match taken {
            Ok((stream, _)) => {
                // Without it small answers wait for the client's delayed acknowledgement.
                let _ = stream.set_nodelay(true);
                connections.spawn(connection(stream, closing.clone(), answer.clone()));
            }
            // The client is gone already, or there are too many sockets: let others be closed first.
            Err(_) => tokio::task::yield_now().await,
        }
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn connection<A, F>(stream: TcpStream, mut stop: watch::Receiver<()>, answer: A)
where
    A: Fn(Arc<Wire>, http::Request<Incoming>) -> F + Sync,
    F: Future<Output = Result<http::Response<AnswerBody>, NoAnswer>> + Send + 'static,
{
    let wire = Arc::new(Wire::new(stream));
    let service = service_fn(|request| answer(wire.clone(), request));
    let builder = auto::Builder::new(TokioExecutor::new());
    let serving = builder.serve_connection(TokioIo::new(Socket(wire.clone())), service);
    let mut serving = std::pin::pin!(serving);
    {
        let stopped = std::pin::pin!(stop.changed());
        let retired = std::pin::pin!(wire.retire.notified());
        if let Either::Left(_) = select(serving.as_mut(), select(stopped, retired)).await {
            return;
        }
    }
    serving.as_mut().graceful_shutdown();
    // How a connection ends is the test's doing.
    let _ = serving.await;
}
