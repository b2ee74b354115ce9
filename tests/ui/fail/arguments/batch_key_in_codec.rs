use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Tokens {
    #[post("/deactivate")]
    #[field("/key", batch_key)]
    #[bulk_endpoint(max = 15, partial = false, items = codec(Xml))]
    fn deactivate(&self) -> Bulk<String>;
}

fn main() {}
