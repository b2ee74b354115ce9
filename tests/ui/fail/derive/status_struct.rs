use bulk_endpoint::Status;
use serde::Deserialize;

#[derive(Deserialize, Status)]
struct Told {
    ok: bool,
}

fn main() {}
