use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Tokens {
    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = false, items = "$.data.ids")]
    fn deactivate(&self) -> Bulk<String>;

    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = false, items = "data.ids")]
    fn delete(&self) -> Bulk<String>;

    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = false, items = map("data[0].rows"))]
    fn activate(&self, #[field("options.force")] force: bool) -> Bulk<String>;
}

fn main() {}
