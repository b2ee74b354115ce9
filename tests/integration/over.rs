//! What requests of a test travel over: a transport, and a version of HTTP.

use bulk_endpoint::transport::{HyperTransport, ReqwestTransport};
use bulk_endpoint::{Client, ClientBuilder};

/// A transport of the crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    Reqwest,
    Hyper,
}

impl Over {
    pub const BOTH: [Over; 2] = [Over::Reqwest, Over::Hyper];

    /// A client with the transport as it is by default.
    pub fn client(self, url: &str) -> ClientBuilder {
        match self {
            // The default.
            Over::Reqwest => Client::builder(url),
            Over::Hyper => Client::builder(url).transport(HyperTransport::new().unwrap()),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Http {
    One,
    Two,
}

/// A transport that uses one version of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wire {
    pub over: Over,
    pub http: Http,
}

impl Wire {
    pub const ALL: [Wire; 4] = [
        Wire { over: Over::Reqwest, http: Http::One },
        Wire { over: Over::Reqwest, http: Http::Two },
        Wire { over: Over::Hyper, http: Http::One },
        Wire { over: Over::Hyper, http: Http::Two },
    ];

    pub fn client(self, url: &str) -> ClientBuilder {
        match (self.over, self.http) {
            (over, Http::One) => over.client(url),
            (Over::Reqwest, Http::Two) => {
                let builder = reqwest::Client::builder().http2_prior_knowledge();
                Client::builder(url).transport(ReqwestTransport::from_builder(builder).unwrap())
            }
            (Over::Hyper, Http::Two) => {
                Client::builder(url).transport(HyperTransport::builder().http2_only().build().unwrap())
            }
        }
    }
}
