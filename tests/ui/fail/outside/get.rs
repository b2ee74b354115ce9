trait Tokens {
    #[bulk_endpoint::get("/deactivate")]
    fn deactivate(&self);
}

fn main() {}
