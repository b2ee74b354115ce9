trait Tokens {
    #[bulk_endpoint::delete("/deactivate")]
    fn deactivate(&self);
}

fn main() {}
