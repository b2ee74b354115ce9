use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Tokens {
    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn deactivate(&self, other: &Self) -> Bulk<String>;

    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn delete(&self) -> Bulk<Self>;
}

fn main() {}
