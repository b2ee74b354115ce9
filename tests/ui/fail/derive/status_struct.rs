use bulk_endpoint::Status;
use serde::Deserialize;

#[derive(Deserialize, Status)]
struct Entry {
    ok: bool,
}

fn main() {}
