//! What a socket, a proxy, a resolver and a TLS server can do to an attempt, over each transport.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "tests, helpers included; nobody outside sees them"
)]

mod bodies;
mod connections;
mod http2;
mod proxies;
mod sockets;
mod support;
mod tls;
