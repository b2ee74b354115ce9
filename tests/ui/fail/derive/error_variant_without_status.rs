use bulk_endpoint::ApiError;

#[derive(Debug, ApiError)]
enum VendorError {
    #[bulk(on(400))]
    Bad {
        error: String,
    },
    Forbidden {
        error: String,
    },
}

fn main() {}
