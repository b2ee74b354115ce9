use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Tokens {
    #[post("/deactivate")]
    #[header("content-length", "5")]
    #[bulk_endpoint(max = 5, partial = false)]
    fn deactivate(&self, #[header("Host")] host: &str) -> Bulk<String>;

    #[post("/activate")]
    #[bulk_endpoint(max = 5, partial = false, items = header("Connection"))]
    fn activate(&self) -> Bulk<String>;
}

fn main() {}
