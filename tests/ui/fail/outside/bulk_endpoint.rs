trait Tokens {
    #[bulk_endpoint::bulk_endpoint(max = 15, partial = true)]
    fn deactivate(&self);
}

fn main() {}
