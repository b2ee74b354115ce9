use bulk_endpoint::ApiError;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct Detailed {
    text: String,
}

#[derive(Debug, ApiError)]
enum VendorError {
    #[bulk(on(400, 403))]
    Detailed(Detailed),
}

fn main() {}
