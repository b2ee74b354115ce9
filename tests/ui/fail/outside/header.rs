trait Tokens {
    #[bulk_endpoint::header("X-Kind", "bulk")]
    fn deactivate(&self);
}

fn main() {}
