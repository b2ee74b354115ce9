trait Tokens {
    #[bulk_endpoint::patch("/deactivate")]
    fn deactivate(&self);
}

fn main() {}
