use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Tokens {
    #[post("/tokens")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn deactivate(&self) -> Bulk<String>;
}

fn send(tokens: &dyn Tokens) {
    let _ = tokens.deactivate().send(["a", "b"]);
}

fn main() {}
