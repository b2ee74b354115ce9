//! The start of an attempt: the request is signed, and leaves unless the run's journal withholds it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};

use super::clock::Clock;
use super::sign::Signer;
use super::transport::{Request, Response, Transport, TransportError, TransportErrorKind};
use crate::journal::Journal;

/// An attempt that was started.
pub(crate) struct Sending {
    pub(crate) future: BoxFuture<'static, Result<Response, TransportError>>,
    /// Whether the request is with the transport; `None` if it was from the start.
    pub(crate) has_left: Option<Arc<AtomicBool>>,
}

/// Signs a request, if there is a signer, and sends it, if its journal lets it leave.
pub(super) fn send(
    signer: Option<&Signer>,
    journal: Option<Arc<dyn Journal>>,
    transport: &Arc<dyn Transport>,
    clock: &dyn Clock,
    mut request: Request,
) -> Sending {
    let withheld = move || {
        let why = journal.as_ref().and_then(|journal| journal.withholds())?;
        Some(TransportError::new(TransportErrorKind::Withheld, why.as_ref()))
    };
    let Some(signing) = signer.map(|signer| signer.sign_in_time(&request, clock)) else {
        // It leaves now, and not when the future is polled: a slow consumer may come first.
        return match withheld() {
            None => Sending { future: transport.send(request), has_left: None },
            Some(error) => Sending { future: ready(Err(error)).boxed(), has_left: Some(Arc::default()) },
        };
    };
    let has_left = Arc::new(AtomicBool::new(false));
    let (leaves, transport) = (has_left.clone(), transport.clone());
    let future = async move {
        let signed = signing.await?;
        signed.keys().for_each(|name| drop(request.headers.remove(name)));
        for (name, value) in &signed {
            let mut value = value.clone();
            value.set_sensitive(true);
            request.headers.append(name, value);
        }
        // Nothing is awaited from here to the transport, so that the time that passes is only that of a suspended process.
        if let Some(error) = withheld() {
            return Err(error);
        }
        leaves.store(true, Ordering::Relaxed);
        transport.send(request).await
    };
    Sending { future: future.boxed(), has_left: Some(has_left) }
}
