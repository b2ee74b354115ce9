use bulk_endpoint::Status;
use serde::Deserialize;

#[derive(Deserialize, Status)]
enum Entry {
    #[bulk(succeded)]
    Ok,
    #[bulk(failed)]
    Error,
}

fn main() {}
