use bulk_endpoint::ApiError;

#[derive(Debug, ApiError)]
enum Refused {}

fn main() {}
