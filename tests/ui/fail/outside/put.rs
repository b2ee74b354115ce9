trait Tokens {
    #[bulk_endpoint::put("/deactivate")]
    fn deactivate(&self);
}

fn main() {}
