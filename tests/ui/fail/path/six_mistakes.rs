use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Tokens {
    #[post("a/{id}/b c/{}/{id}/../{x")]
    #[bulk_endpoint(max = 5, partial = false)]
    fn deactivate(&self, id: u64) -> Bulk<String>;
}

fn main() {}
