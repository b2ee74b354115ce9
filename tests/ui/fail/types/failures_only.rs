use bulk_endpoint::{Bulk, BulkReply, bulk_api};
use serde::Deserialize;

#[derive(Deserialize, BulkReply)]
struct Failures {
    #[bulk(failed)]
    errors: Vec<String>,
}

/// The bodies of refusals list failures only; that of a 207 does not.
#[derive(Deserialize, BulkReply)]
enum ByStatus {
    #[bulk(on(200))]
    All,
    #[bulk(on(207))]
    Some(Failures),
    #[bulk(on(422))]
    None(Failures),
}

/// It is never read under 200.
#[derive(Deserialize, BulkReply)]
#[bulk(on(422))]
struct OfRefusals {
    #[bulk(succeeded)]
    done: Vec<String>,
}

#[bulk_api]
trait Tokens {
    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = true)]
    fn deactivate(&self) -> Bulk<String, Failures>;

    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = true)]
    fn delete(&self) -> Bulk<String, ByStatus>;

    #[post("/activate")]
    #[bulk_endpoint(max = 15, partial = true)]
    fn activate(&self) -> Bulk<String, OfRefusals>;
}

fn main() {}
