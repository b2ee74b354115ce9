trait Tokens {
    #[bulk_endpoint::post("/deactivate")]
    fn deactivate(&self);
}

fn main() {}
