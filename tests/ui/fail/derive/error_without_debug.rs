use bulk_endpoint::ApiError;
use serde::Deserialize;

#[derive(Deserialize, ApiError)]
struct Problem {
    #[bulk(code)]
    code: String,
}

#[derive(ApiError)]
enum ByStatus {
    #[bulk(on(400))]
    Invalid {
        #[bulk(message)]
        message: String,
    },
}

#[derive(Debug, ApiError)]
struct NotRead {
    #[bulk(code)]
    code: String,
}

fn main() {}
