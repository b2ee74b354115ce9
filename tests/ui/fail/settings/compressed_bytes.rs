use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Tokens {
    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = false, max_bytes = compressed(1_000))]
    fn deactivate(&self) -> Bulk<String>;

    #[post("/activate")]
    #[bulk_endpoint(max = 15, partial = false, max_bytes = compressed(), compress = gzip)]
    fn activate(&self) -> Bulk<String>;

    #[post("/delete")]
    #[bulk_endpoint(max = 15, partial = false, max_bytes = compressed(0), compress = gzip)]
    fn delete(&self) -> Bulk<String>;
}

fn main() {}
