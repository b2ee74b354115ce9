//! Hosts that a proxy cannot reach, as it has another loopback.

use url::{Host, Url};

/// Returns whether the host of a URL is this machine.
pub(super) fn is_loopback(base: &Url) -> bool {
    match base.host() {
        Some(Host::Domain(name)) => {
            name.trim_end_matches('.') == "localhost" || name.trim_end_matches('.').ends_with(".localhost")
        }
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.to_canonical().is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loopback_host_is_named_or_numbered() {
        for (url, want) in [
            ("http://localhost:8080", true),
            ("http://LOCALHOST.", true),
            ("http://fake.localhost", true),
            ("http://127.0.0.1", true),
            ("http://127.9.9.9:1/v1", true),
            ("http://[::1]:1", true),
            ("http://[::ffff:127.0.0.1]", true),
            ("http://128.0.0.1", false),
            ("http://localhost.example.com", false),
            ("http://mylocalhost", false),
            ("https://api.example.com", false),
        ] {
            assert_eq!(is_loopback(&Url::parse(url).unwrap()), want, "{url}");
        }
    }
}
