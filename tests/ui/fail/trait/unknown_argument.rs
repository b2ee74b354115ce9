use bulk_endpoint::bulk_api;

#[bulk_api(renam_all = "camelCase")]
trait Tokens {}

fn main() {}
