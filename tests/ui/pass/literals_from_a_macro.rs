//! Every literal of a declaration as the fragment of a `macro_rules!`.
#![deny(warnings)]

use bulk_endpoint::{ApiError, Bulk, bulk_api};

#[derive(Debug, serde::Deserialize, ApiError)]
struct Refused {
    #[bulk(code)]
    code: String,
}

macro_rules! tokens {
    (
        $path:literal $max:literal $min:literal $partial:literal $idempotent:literal $items:literal $rate:literal
        $status:literal $code:literal $header:literal $value:literal $pointer:literal $json:literal $query:literal
    ) => {
        #[bulk_api]
        trait Tokens {
            #[post($path)]
            #[header($header, $value)]
            #[field($pointer, $json)]
            #[bulk_endpoint(
                max = $max,
                min = $min,
                partial = $partial,
                idempotent = $idempotent,
                items = $items,
                rate = $rate,
                stop($status, $code)
            )]
            fn deactivate(&self, #[query($query)] dry_run: bool) -> Bulk<String, (), Refused>;
        }
    };
}

tokens!("/tokens" 15 2 false true "/batch/ids" "10/1s" 404 "GONE" "X-Kind" "bulk" "/limit" -3 "dryRun");

fn main() {
    let spec = TokensClient::DEACTIVATE.spec();
    assert_eq!((spec.max.items, spec.min, spec.idempotent), (15, 2, true));
}
