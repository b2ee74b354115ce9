use bulk_endpoint::ApiError;

#[derive(Debug, ApiError)]
enum Refused {
    #[bulk(on = 400)]
    Invalid,
}

fn main() {}
