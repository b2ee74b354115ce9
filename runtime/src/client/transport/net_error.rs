//! What the error of an HTTP client says about the request: causes that more than one transport meets.

use std::error::Error;
use std::fmt::Write as _;

/// An error and its causes.
pub(super) fn causes<'e>(error: Option<&'e (dyn Error + 'static)>) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(error, |cause| (*cause).source())
}

/// An error and its causes in one line.
pub(super) fn chain(error: Option<&(dyn Error + 'static)>) -> String {
    let mut text = String::new();
    for cause in causes(error) {
        let step = cause.to_string();
        if !text.contains(&step) {
            let separator = if text.is_empty() { "" } else { ": " };
            let _ = write!(text, "{separator}{step}");
        }
    }
    if text.is_empty() { "the HTTP client failed".to_owned() } else { text }
}

/// Returns whether an HTTP/2 server reported that it did not process the request: `REFUSED_STREAM`, or a GOAWAY whose last stream is an
/// earlier one (RFC 9113, section 8.7). h2 ends a stream with the server's GOAWAY only in that case; a stream that the server may have
/// processed ends with the connection's own error.
#[cfg(any(feature = "reqwest", feature = "hyper"))]
pub(super) fn is_unprocessed(cause: &(dyn Error + 'static)) -> bool {
    cause.downcast_ref::<h2::Error>().is_some_and(|error| {
        error.is_remote() && (error.is_go_away() || error.reason() == Some(h2::Reason::REFUSED_STREAM))
    })
}

/// Returns whether this machine has no file descriptor or port left for a connection.
#[cfg(any(feature = "reqwest", feature = "hyper"))]
pub(super) fn is_without_socket(cause: &(dyn Error + 'static)) -> bool {
    let Some(error) = cause.downcast_ref::<std::io::Error>() else { return false };
    // EMFILE and ENFILE have the same numbers on all Unix systems, and no `ErrorKind`.
    error.kind() == std::io::ErrorKind::AddrNotAvailable || cfg!(unix) && matches!(error.raw_os_error(), Some(23 | 24))
}

/// Returns whether the server ended the TLS handshake with an alert about this client. With TLS 1.3 the alert can come after the client has
/// sent its request (RFC 8446, section 4.4.2.4). The server has then read nothing of it: it reads requests after the handshake, and rustls
/// does not offer another authentication later.
#[cfg(any(feature = "rustls", feature = "hyper"))]
pub(super) fn is_handshake_alert(cause: &(dyn Error + 'static)) -> bool {
    use rustls::AlertDescription::{
        AccessDenied, BadCertificate, CertificateExpired, CertificateRequired, CertificateRevoked, CertificateUnknown,
        HandshakeFailure, UnknownCA, UnsupportedCertificate,
    };
    const ALERTS: [rustls::AlertDescription; 9] = [
        AccessDenied,
        BadCertificate,
        CertificateExpired,
        CertificateRequired,
        CertificateRevoked,
        CertificateUnknown,
        HandshakeFailure,
        UnknownCA,
        UnsupportedCertificate,
    ];
    let of_h2 = || cause.downcast_ref::<h2::Error>().and_then(h2::Error::get_io);
    let Some(error) = cause.downcast_ref::<std::io::Error>().or_else(of_h2) else { return false };
    match error.get_ref().and_then(|error| error.downcast_ref()) {
        Some(rustls::Error::AlertReceived(alert)) => ALERTS.contains(alert),
        Some(_) => false,
        // h2 keeps only the text of what broke its connection.
        None => ALERTS.iter().any(|alert| error.to_string() == rustls::Error::AlertReceived(*alert).to_string()),
    }
}

#[cfg(all(feature = "reqwest", not(any(feature = "rustls", feature = "hyper"))))]
pub(super) fn is_handshake_alert(_: &(dyn Error + 'static)) -> bool {
    false
}

#[cfg(all(test, any(feature = "reqwest", feature = "hyper")))]
mod tests {
    use super::*;

    #[test]
    fn a_machine_without_a_free_socket_is_told_from_a_host_that_is_away() {
        let of = |code| is_without_socket(&std::io::Error::from_raw_os_error(code));
        assert_eq!([23, 24, 111].map(of), [cfg!(unix), cfg!(unix), false]);
        assert!(is_without_socket(&std::io::Error::from(std::io::ErrorKind::AddrNotAvailable)));
    }
}
