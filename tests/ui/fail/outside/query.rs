trait Tokens {
    #[bulk_endpoint::query]
    fn deactivate(&self);
}

fn main() {}
