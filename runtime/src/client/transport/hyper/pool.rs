//! The connections of each origin, and the requests that wait for one.

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::oneshot;
use tokio::task::{AbortHandle, JoinSet};
use url::Url;

use super::super::{TransportError, TransportErrorKind};
use super::connect::{Connector, Link};
use super::destination::Destination;
use super::http1::Http1;
use super::http2::{Http2, Opening};

/// The interval in which idle connections are looked through for those that are no longer of use.
const SWEEP: Duration = Duration::from_secs(15);

/// The connections in a row that may be found closed before the attempt ends. The next attempt waits.
const MAX_CLOSED: usize = 3;

/// The connections of a transport.
pub(super) struct Pool {
    connector: Arc<Connector>,
    origins: Mutex<Vec<Arc<PooledOrigin>>>,
}

/// A connection on which a request may leave.
pub(super) enum Carrier {
    One(Box<Http1>),
    Two(Opening),
}

/// The connections to one origin.
pub(super) struct PooledOrigin {
    pub(super) destination: Arc<Destination>,
    connector: Arc<Connector>,
    links: Mutex<Links>,
}

#[derive(Default)]
struct Links {
    /// HTTP/1.1 connections without a request. The last one was used last.
    #[expect(clippy::vec_box, reason = "a connection is large, and is handed on")]
    idle: Vec<Box<Http1>>,
    /// The HTTP/2 connection.
    shared: Option<Http2>,
    /// The origin speaks HTTP/1.1, so each request needs a connection. As long as this is not known, one is made at a time.
    is_http1: bool,
    waiting: VecDeque<oneshot::Sender<Result<Link, TransportError>>>,
    /// The connections being made.
    dialing: Arc<AtomicUsize>,
    /// The tasks that make them, and the one that sweeps. They end with the pool.
    tasks: JoinSet<()>,
    sweeper: Option<AbortHandle>,
}

/// Counts a connection that is being made, until its task ends: also if its runtime does. It takes no lock, as a runtime that ends drops a task
/// where it is spawned.
struct Dialing(Arc<AtomicUsize>);

impl Dialing {
    fn begin(dialing: &Arc<AtomicUsize>) -> Self {
        dialing.fetch_add(1, Ordering::SeqCst);
        Dialing(dialing.clone())
    }
}

impl Drop for Dialing {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Pool {
    pub(super) fn new(connector: Connector) -> Self {
        Pool { connector: Arc::new(connector), origins: Mutex::default() }
    }

    /// Returns the origin of a URL.
    pub(super) fn origin(&self, url: &Url) -> Result<Arc<PooledOrigin>, TransportError> {
        let mut origins = lock(&self.origins);
        if let Some(origin) = origins.iter().find(|origin| origin.destination.has(url)) {
            return Ok(origin.clone());
        }
        let destination = Arc::new(self.connector.destination(url)?);
        let origin = PooledOrigin { destination, connector: self.connector.clone(), links: Mutex::default() };
        let origin = Arc::new(origin);
        origins.push(origin.clone());
        Ok(origin)
    }
}

impl PooledOrigin {
    /// Returns a connection as soon as one is free.
    pub(super) async fn carrier(self: &Arc<Self>) -> Result<Carrier, TransportError> {
        for _ in 0..MAX_CLOSED {
            match self.link().await? {
                Link::One(connection) => return Ok(Carrier::One(connection)),
                Link::Two(connection) => match connection.open().await {
                    Some(opening) => return Ok(Carrier::Two(opening)),
                    None => self.forget(&connection),
                },
            }
        }
        Err(closed())
    }

    /// Returns a connection that is open, or the next one that is made or becomes free.
    async fn link(self: &Arc<Self>) -> Result<Link, TransportError> {
        if let Some(shared) = self.shared() {
            return Ok(Link::Two(shared));
        }
        loop {
            // In a statement of its own, which ends the lock.
            let idle = lock(&self.links).idle.pop();
            let Some(mut connection) = idle else { break };
            if connection.is_usable().await {
                return Ok(Link::One(connection));
            }
        }
        for _ in 0..MAX_CLOSED {
            match self.next().await? {
                // It may have been closed, or grown old, since another request handed it on.
                Link::One(mut connection) => {
                    if connection.is_usable().await {
                        return Ok(Link::One(connection));
                    }
                }
                shared => return Ok(shared),
            }
        }
        Err(closed())
    }

    /// Returns the next connection that is made or becomes free.
    async fn next(self: &Arc<Self>) -> Result<Link, TransportError> {
        let (sender, receiver) = oneshot::channel();
        {
            let mut links = lock(&self.links);
            links.waiting.push_back(sender);
            self.dial(&mut links);
        }
        receiver.await.unwrap_or_else(|_| {
            Err(TransportError::new(TransportErrorKind::NotSent, "the runtime of the connections has ended"))
        })
    }

    fn shared(&self) -> Option<Http2> {
        let mut links = lock(&self.links);
        links.shared = links.shared.take().filter(Http2::is_usable);
        links.shared.clone()
    }

    /// Forgets an HTTP/2 connection that takes no more requests.
    fn forget(&self, connection: &Http2) {
        let mut links = lock(&self.links);
        links.shared = links.shared.take().filter(|shared| !shared.is_same(connection));
    }

    /// Makes as many connections as the requests that wait need.
    fn dial(self: &Arc<Self>, links: &mut Links) {
        while links.tasks.try_join_next().is_some() {}
        links.waiting.retain(|waiting| !waiting.is_closed());
        let wanted = if links.is_http1 { links.waiting.len() } else { links.waiting.len().min(1) };
        for _ in links.dialing.load(Ordering::SeqCst)..wanted {
            let (dialing, origin) = (Dialing::begin(&links.dialing), Arc::downgrade(self));
            let (destination, connector) = (self.destination.clone(), self.connector.clone());
            links.tasks.spawn(async move {
                // A resolver of the user may panic.
                let made = AssertUnwindSafe(connector.connect(&destination)).catch_unwind().await;
                let made = made.unwrap_or_else(|_| {
                    Err(TransportError::new(TransportErrorKind::NotSent, "the task that connects panicked"))
                });
                drop(dialing);
                if let Some(origin) = origin.upgrade() {
                    origin.handle_dialed(made);
                }
            });
        }
    }

    /// A connection was made, or not.
    fn handle_dialed(self: &Arc<Self>, made: Result<Link, TransportError>) {
        let mut links = lock(&self.links);
        match made {
            Ok(Link::Two(connection)) => {
                links.is_http1 = false;
                links.shared = Some(connection.clone());
                for waiting in links.waiting.drain(..) {
                    // One that waits no longer needs none.
                    let _ = waiting.send(Ok(Link::Two(connection.clone())));
                }
            }
            Ok(Link::One(connection)) => {
                links.is_http1 = true;
                self.park(&mut links, connection);
                self.dial(&mut links);
            }
            // Each request has a connection of its own to wait for, so each fails alone.
            Err(error) if links.is_http1 => {
                while let Some(waiting) = links.waiting.pop_front() {
                    if waiting.send(Err(error.clone())).is_ok() {
                        break;
                    }
                }
                self.dial(&mut links);
            }
            Err(error) => {
                for waiting in links.waiting.drain(..) {
                    let _ = waiting.send(Err(error.clone()));
                }
            }
        }
    }

    /// Takes back a connection whose request has ended.
    pub(super) fn give_back(self: &Arc<Self>, connection: Box<Http1>) {
        self.park(&mut lock(&self.links), connection);
    }

    /// Gives a connection to the request that waits longest, else keeps it.
    fn park(self: &Arc<Self>, links: &mut Links, connection: Box<Http1>) {
        let mut link = Link::One(connection);
        while let Some(waiting) = links.waiting.pop_front() {
            match waiting.send(Ok(link)) {
                Ok(()) => return,
                Err(Ok(unsent)) => link = unsent,
                Err(Err(_)) => return,
            }
        }
        if let Link::One(connection) = link {
            links.idle.push(connection);
        }
        if links.sweeper.as_ref().is_none_or(AbortHandle::is_finished) {
            links.sweeper = Some(links.tasks.spawn(sweep(Arc::downgrade(self))));
        }
    }
}

/// Closes idle connections that the server has closed, or that are old. Ends when none is left.
async fn sweep(origin: Weak<PooledOrigin>) {
    loop {
        tokio::time::sleep(SWEEP).await;
        let Some(origin) = origin.upgrade() else { return };
        let idle = std::mem::take(&mut lock(&origin.links).idle);
        let mut usable = Vec::new();
        for mut connection in idle {
            if connection.is_usable().await {
                usable.push(connection);
            }
        }
        let mut links = lock(&origin.links);
        // Those that became idle meanwhile were used last.
        usable.append(&mut links.idle);
        links.idle = usable;
        if links.idle.is_empty() {
            links.sweeper = None;
            return;
        }
    }
}

fn closed() -> TransportError {
    TransportError::new(TransportErrorKind::NotSent, "the server closed the connection before the request")
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    // What the locks hold is valid after every statement that can panic.
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::super::HyperTransport;
    use super::*;

    /// A runtime that has ended drops a task where it is spawned: with the pool locked.
    #[test]
    fn a_connection_that_is_asked_for_at_the_end_of_a_runtime_blocks_no_thread() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let handle = runtime.handle().clone();
        drop(runtime);
        let (tell, told) = std::sync::mpsc::channel();
        // Ends with the process if it is blocked.
        std::thread::spawn(move || {
            let _entered = handle.enter();
            let transport = HyperTransport::builder().no_proxy().build().unwrap();
            let origin = transport.pool.origin(&"http://127.0.0.1:1".parse().unwrap()).unwrap();
            let _ = origin.carrier().now_or_never();
            tell.send(lock(&origin.links).dialing.load(Ordering::SeqCst)).unwrap();
        });
        assert_eq!(told.recv_timeout(Duration::from_secs(10)), Ok(0));
    }

    /// A request waits for a connection, and gets that of another request, which the server has closed meanwhile.
    #[tokio::test]
    async fn a_connection_that_is_handed_on_is_open() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let transport = HyperTransport::builder().no_proxy().build().unwrap();
        let origin = transport.pool.origin(&url.parse().unwrap()).unwrap();
        let Ok(Carrier::One(first)) = origin.carrier().await else { panic!("expected HTTP/1.1") };
        let accepted = listener.accept().unwrap();
        let mut second = std::pin::pin!(origin.carrier());
        assert!(second.as_mut().now_or_never().is_none());
        drop(accepted);
        std::thread::sleep(Duration::from_millis(50));
        origin.give_back(first);
        let Ok(Carrier::One(mut second)) = second.await else { panic!("expected HTTP/1.1") };
        assert!(second.is_usable().await);
        listener.set_nonblocking(true).unwrap();
        assert!(listener.accept().is_ok(), "a connection of its own was made");
    }
}
