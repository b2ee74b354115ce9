//! Hosts that are this machine.

use std::net::IpAddr;

use url::Url;

/// Returns whether the host of a URL is this machine.
pub(crate) fn is_local(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
