trait Tokens {
    #[bulk_endpoint::field("/all", true)]
    fn deactivate(&self);
}

fn main() {}
