//! Macros of the user's under the names of the standard ones.
#![deny(warnings)]
#![allow(unused_macros)]

macro_rules! nothing {
    ($($name:ident)*) => {$(
        macro_rules! $name {
            ($d:tt) => {
                compile_error!("an expansion calls a macro by a name that is not its own")
            };
        }
    )*};
}
nothing!(panic vec format assert matches unreachable concat stringify);

use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Tokens {
    #[post("/orgs/{id}")]
    #[bulk_endpoint(max = 15, partial = false, retry(503))]
    fn deactivate(&self, id: u8) -> Bulk<String>;
}

fn main() {
    let _ = TokensClient::ENDPOINTS;
}
