use bulk_endpoint::ApiError;
use serde::Deserialize;

#[derive(Debug, Deserialize, ApiError)]
struct Detailed {
    #[bulk(message)]
    text: String,
}

#[derive(Debug, ApiError)]
enum VendorError {
    #[bulk(on(400, 403))]
    Detailed(Detailed),
    #[bulk(on(403))]
    Forbidden { error: String },
}

fn main() {}
