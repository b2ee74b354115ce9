use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Tokens {
    #[post("/a%2/b")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn deactivate(&self) -> Bulk<String>;

    #[post("/100%")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn delete(&self) -> Bulk<String>;
}

fn main() {}
