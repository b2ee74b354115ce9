//! Connections taken in and served, HTTP/1.1 and HTTP/2.

use std::future::Future;
use std::sync::Arc;

use futures_util::future::{Either, select};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::body::AnswerBody;
use super::wire::{NoAnswer, Socket, Wire};

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
