use bulk_endpoint::bulk_api;

#[bulk_api(crate = "bulk_endpoint")]
trait Tokens {}

fn main() {}
