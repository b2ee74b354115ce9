//! Accepts and serves connections, HTTP/1.1 and HTTP/2.

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

use super::body::ResponseBody;
use super::wire::{NoResponse, Socket, Wire};

/// Serves connections, HTTP/1.1 or HTTP/2 as the client starts them, until the sender of `stop` is dropped. Then waits until all
/// have ended.
pub(super) async fn serve<A, F>(listener: TcpListener, mut stop: watch::Receiver<()>, respond: A)
where
    A: Fn(Arc<Wire>, http::Request<Incoming>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<http::Response<ResponseBody>, NoResponse>> + Send + 'static,
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
                // Without it, small responses wait for the client's delayed acknowledgement.
                let _ = stream.set_nodelay(true);
                connections.spawn(connection(stream, closing.clone(), respond.clone()));
            }
            // The client is gone, or there are too many open sockets: let other tasks close theirs first.
            Err(_) => tokio::task::yield_now().await,
        }
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn connection<A, F>(stream: TcpStream, mut stop: watch::Receiver<()>, respond: A)
where
    A: Fn(Arc<Wire>, http::Request<Incoming>) -> F + Sync,
    F: Future<Output = Result<http::Response<ResponseBody>, NoResponse>> + Send + 'static,
{
    let wire = Arc::new(Wire::new(stream));
    let service = service_fn(|request| respond(wire.clone(), request));
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
    // Errors here come from faults or from the client.
    let _ = serving.await;
}
