use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Tokens {
    #[post("/deactivate")]
    #[header("Content-Encoding", "gzip")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn deactivate(&self) -> Bulk<String>;

    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = false, items = ndjson)]
    fn delete(&self, #[header("content-encoding")] encoding: &str) -> Bulk<String>;

    #[post("/activate")]
    #[header("Content-Type", "application/x-www-form-urlencoded")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn activate(&self) -> Bulk<String>;
}

fn main() {}
