use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Tokens {
    #[post("/deactivate?tag=1&dryRun")]
    #[bulk_endpoint(max = 5, partial = false, items = query("tag", csv))]
    fn deactivate(&self, #[query("dryRun")] dry_run: bool) -> Bulk<String>;
}

fn main() {}
