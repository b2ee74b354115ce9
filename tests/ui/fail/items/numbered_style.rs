use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Tokens {
    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = false, items = form("users", indexed))]
    fn deactivate(&self) -> Bulk<String>;

    #[post("/activate")]
    #[bulk_endpoint(max = 15, partial = false, items = form("Name.{n}", repeat))]
    fn activate(&self) -> Bulk<String>;

    #[post("/delete")]
    #[bulk_endpoint(max = 15, partial = false, items = query("users[{i}][{i}]"))]
    fn delete(&self) -> Bulk<String>;

    #[post("/create")]
    #[field("/Name.1", "first")]
    #[bulk_endpoint(max = 15, partial = false, items = form("Name.{n}"))]
    fn create(&self) -> Bulk<String>;
}

fn main() {}
