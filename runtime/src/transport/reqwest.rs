//! The transport over reqwest.
use super::{Request, Response, Transport, TransportError};
use crate::client::BuildError;
use futures_util::future::BoxFuture;
/// The default transport.
#[derive(Debug, Clone)]
pub struct ReqwestTransport {
    client: ::reqwest::Client,
}
impl ReqwestTransport {
    /// A transport with its own pool of connections.
    pub fn new() -> Result<Self, BuildError> {
        let client = ::reqwest::Client::builder()
            .build()
            .map_err(|error| BuildError::Transport(Box::new(error)))?;
        Ok(ReqwestTransport { client })
    }
}
impl Transport for ReqwestTransport {
    fn send(&self, _request: Request) -> BoxFuture<'static, Result<Response, TransportError>> {
        let _ = &self.client;
        unimplemented!()
    }
}
