use bulk_endpoint::{Bulk, bulk_api};

struct Element;

#[bulk_api]
trait Tokens {
    #[post("/tokens")]
    #[bulk_endpoint(max = 15, partial = true)]
    fn deactivate(&self) -> Bulk<String, Vec<Element>>;
}

fn main() {}
