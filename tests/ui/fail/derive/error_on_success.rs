use bulk_endpoint::ApiError;

#[derive(Debug, ApiError)]
enum Refusal {
    #[bulk(on(200))]
    Fine { message: String },
}

fn main() {}
