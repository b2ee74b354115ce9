use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Tokens {
    #[post("/orgs/{org}/{teams}")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn deactivate(&self, org: Option<&str>, teams: &[String], #[header("X-Ids")] ids: Vec<String>) -> Bulk<String>;
}

fn main() {}
