//! The signals that end a program: Ctrl-C (SIGINT), SIGTERM and SIGHUP.

use std::io;

/// Waits for signals.
pub(crate) struct Signals(#[cfg(unix)] Vec<tokio::signal::unix::Signal>);

#[cfg(unix)]
impl Signals {
    /// Starts listening. A signal that the caller of the program ignores stays ignored, such as SIGHUP under `nohup`.
    pub(crate) fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let ignored = ignored();
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        let heard = kinds.into_iter().filter(|kind| ignored >> (kind.as_raw_value() - 1) & 1 == 0);
        heard.map(signal).collect::<io::Result<_>>().map(Signals)
    }

    /// Waits for the next signal.
    pub(crate) async fn next(&mut self) {
        std::future::poll_fn(|cx| {
            let ready = self.0.iter_mut().any(|signal| signal.poll_recv(cx).is_ready());
            if ready { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
        })
        .await;
    }
}

/// The signals that this process ignores, one bit for each. Only Linux tells them without unsafe code.
#[cfg(unix)]
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

#[cfg(not(unix))]
impl Signals {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Signals())
    }

    pub(crate) async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    }
}
