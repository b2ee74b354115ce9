use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Tokens {
    #[post("/deactivate")]
    #[bulk_endpoint(partial = false, max = )]
    fn deactivate(&self) -> Bulk<String>;

    #[post("/deactivate")]
    #[bulk_endpoint(max = , partial = false)]
    fn delete(&self) -> Bulk<String>;
}

fn main() {}
