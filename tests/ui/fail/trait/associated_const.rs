use bulk_endpoint::bulk_api;

#[bulk_api]
trait Tokens {
    const LIMIT: usize;
}

fn main() {}
