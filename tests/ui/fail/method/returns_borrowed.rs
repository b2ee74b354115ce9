use std::borrow::Cow;

use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Tokens {
    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn deactivate<'a>(&self, org: &'a str) -> Bulk<&'a str>;

    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn delete(&self) -> Bulk<Cow<'_, str>>;
}

fn main() {}
