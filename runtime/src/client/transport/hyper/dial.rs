//! A TCP connection to one of the addresses of a host, in the way of RFC 8305 ("happy eyeballs").

use std::future::pending;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::{BoxFuture, Either, select};
use futures_util::stream::FuturesUnordered;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;
use url::Host;

use super::super::net_error::is_without_socket;

/// Looks up the addresses of a name.
pub(super) type Resolver = Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync>;

/// The time that an address has before the next is tried beside it (RFC 8305, section 5).
const NEXT_ADDRESS: Duration = Duration::from_millis(250);

/// The time after which the kernel asks whether the peer of a silent connection is still there, and the interval of these questions.
const TCP_KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The resolver of the system.
pub(super) fn system() -> Resolver {
    Arc::new(|name| {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    })
}

/// Connects to a host.
pub(super) async fn dial(host: &Host<String>, port: u16, resolve: &Resolver) -> io::Result<TcpStream> {
    let ips = match host {
        Host::Domain(name) => resolve(name.clone()).await.map_err(|error| match is_without_socket(&error) {
            true => error,
            false => io::Error::new(error.kind(), format!("the name {name} cannot be looked up: {error}")),
        })?,
        Host::Ipv4(ip) => vec![IpAddr::V4(*ip)],
        Host::Ipv6(ip) => vec![IpAddr::V6(*ip)],
    };
    if ips.is_empty() {
        return Err(io::Error::new(io::ErrorKind::NotFound, format!("the name {host} has no address")));
    }
    let addresses = in_turns(ips).into_iter().map(|ip| SocketAddr::new(ip, port)).collect();
    let tcp = first_of(addresses).await?;
    // Without these the connection works too.
    let _ = tcp.set_nodelay(true);
    let keep_alive = TcpKeepalive::new().with_time(TCP_KEEP_ALIVE).with_interval(TCP_KEEP_ALIVE);
    let _ = SockRef::from(&tcp).set_tcp_keepalive(&keep_alive);
    Ok(tcp)
}

/// Orders addresses so that the families alternate, starting with that of the first (RFC 8305, section 4).
fn in_turns(ips: Vec<IpAddr>) -> Vec<IpAddr> {
    let starts_with_v6 = ips.first().is_some_and(IpAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) = ips.into_iter().partition(|ip| ip.is_ipv6() == starts_with_v6);
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let mut turns = Vec::new();
    loop {
        let pair = (first.next(), second.next());
        turns.extend(pair.0);
        turns.extend(pair.1);
        if pair == (None, None) {
            return turns;
        }
    }
}

/// How much the error of an address tells beside those of others. A failure for want of a socket is of this machine: it is the one to tell.
/// But a machine without IPv6 has no address to reach an IPv6 host from, however many ports are free.
fn weight(address: SocketAddr, error: &io::Error) -> u8 {
    match error.kind() {
        io::ErrorKind::AddrNotAvailable if address.is_ipv6() => 0,
        _ if is_without_socket(error) => 2,
        _ => 1,
    }
}

/// Connects to the address that is first to answer. The next one is tried when one fails, and at the latest after [`NEXT_ADDRESS`].
async fn first_of(addresses: Vec<SocketAddr>) -> io::Result<TcpStream> {
    let mut left = addresses.into_iter();
    let mut tries = FuturesUnordered::new();
    let mut failed = (0, io::Error::from(io::ErrorKind::NotFound));
    loop {
        match left.next() {
            Some(address) => tries.push(async move {
                TcpStream::connect(address).await.map_err(|error| (weight(address, &error), error))
            }),
            None if tries.is_empty() => return Err(failed.1),
            None => {}
        }
        let more = left.len() > 0;
        let next =
            std::pin::pin!(async { if more { tokio::time::sleep(NEXT_ADDRESS).await } else { pending().await } });
        match select(tries.next(), next).await {
            Either::Left((Some(Ok(tcp)), _)) => return Ok(tcp),
            Either::Left((Some(Err(error)), _)) if error.0 >= failed.0 => failed = error,
            Either::Left(_) | Either::Right(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A machine without IPv6 fails for each IPv6 address as one without a free port does.
    #[test]
    fn the_error_that_tells_most_is_told() {
        let weight =
            |ip: &str, code| weight(SocketAddr::new(ip.parse().unwrap(), 1), &io::Error::from_raw_os_error(code));
        let is_unavailable = io::Error::from(io::ErrorKind::AddrNotAvailable);
        let of_unavailable = |ip: &str| super::weight(SocketAddr::new(ip.parse().unwrap(), 1), &is_unavailable);
        assert_eq!([weight("::1", 111), weight("127.0.0.1", 111)], [1, 1]);
        assert_eq!([of_unavailable("::1"), of_unavailable("127.0.0.1")], [0, 2]);
        assert_eq!(weight("::1", 24), if cfg!(unix) { 2 } else { 1 });
    }

    #[test]
    fn the_families_of_addresses_take_turns() {
        let ips = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<IpAddr>>();
        for (given, want) in [
            (&["::1", "::2", "::3", "1.0.0.1"][..], &["::1", "1.0.0.1", "::2", "::3"][..]),
            (&["1.0.0.1", "1.0.0.2", "::1"], &["1.0.0.1", "::1", "1.0.0.2"]),
            (&["1.0.0.1"], &["1.0.0.1"]),
            (&[], &[]),
        ] {
            assert_eq!(in_turns(ips(given)), ips(want));
        }
    }
}
