use bulk_endpoint::bulk_api;

#[bulk_api(rename_all = "camel_case")]
trait Tokens {}

fn main() {}
