//! What is declared is there in constants, and in patterns of data.
#![deny(warnings)]

use bulk_endpoint::{Bulk, Endpoint, bulk_api, spec::EndpointSpec};

#[bulk_api]
pub trait Tokens {
    #[post("/tokens")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn deactivate_all(&self) -> Bulk<String>;
}

const ENDPOINT: Endpoint<Bulk<String>> = TokensClient::DEACTIVATE_ALL;
const MOST: usize = ENDPOINT.spec().max.items;
static ALL: &[EndpointSpec] = TokensClient::ENDPOINTS;

fn main() {
    let buffer = [0_u8; MOST];
    assert_eq!(buffer.len(), ALL[0].max.items);
}
