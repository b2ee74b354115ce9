//! Types of the user's under the names of the runtime's.
#![deny(warnings)]

use bulk_endpoint::bulk_api;

#[allow(dead_code)]
mod names {
    pub struct Client;
    pub struct Endpoint;
    pub struct EndpointSpec;
    pub struct Method;
    pub struct Sign;
    pub struct Rate;
    pub struct ItemsAt;
    pub struct Reply;
    pub struct Answer;
    pub struct Says;
    pub struct Binder;
}
#[allow(unused_imports)]
use names::*;

#[bulk_api]
trait Tokens {
    #[post("/tokens")]
    #[bulk_endpoint(max = 15, partial = false, items = body, rate = "10/1s", stop(404))]
    fn deactivate(&self) -> bulk_endpoint::Bulk<String>;
}

fn main() {
    assert_eq!(TokensClient::ENDPOINTS.len(), 1);
}
