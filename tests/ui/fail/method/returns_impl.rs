use bulk_endpoint::bulk_api;

#[bulk_api]
trait Tokens {
    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn deactivate(&self) -> impl Send;
}

fn main() {}
