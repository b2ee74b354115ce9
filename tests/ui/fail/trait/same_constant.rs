use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Tokens {
    #[post("/one")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn a_b(&self) -> Bulk<String>;

    #[post("/two")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn aB(&self) -> Bulk<String>;
}

fn main() {}
