use bulk_endpoint::ApiError;

#[derive(Debug, ApiError)]
enum Refused {
    #[bulk(on(400))]
    Invalid(String, String),
}

fn main() {}
