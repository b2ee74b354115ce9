use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Tokens {
    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = false)]
    pub fn deactivate(&self) -> Bulk<String>;

    #[post("/delete")]
    #[bulk_endpoint(max = 0, partial = false)]
    pub(crate) fn delete(&self) -> Bulk<String>;
}

fn main() {}
