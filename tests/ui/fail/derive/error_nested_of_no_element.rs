use bulk_endpoint::ApiError;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct Details {
    code: String,
}

#[derive(Debug, Deserialize, ApiError)]
struct Refused {
    #[bulk(nested)]
    error: Details,
}

fn main() {}
