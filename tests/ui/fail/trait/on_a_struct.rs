use bulk_endpoint::bulk_api;

#[bulk_api]
struct Tokens;

fn main() {}
