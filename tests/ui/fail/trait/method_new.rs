use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Tokens {
    #[post("/one")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn one(&self) -> Bulk<String>;

    #[post("/two")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn new(&self) -> Bulk<String>;
}

fn main() {}
