use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Tokens {
    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn deactivate(&self, #[header("Authorization")] token: &str) -> Bulk<String>;

    #[post("/deactivate")]
    #[header("authorization", "Basic eA==")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn delete(&self) -> Bulk<String>;

    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = false, items = header("Authorization"))]
    fn activate(&self) -> Bulk<String>;
}

fn main() {}
