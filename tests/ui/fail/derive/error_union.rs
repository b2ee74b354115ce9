use bulk_endpoint::ApiError;

#[derive(ApiError)]
union Refused {
    code: u32,
    bits: f32,
}

fn main() {}
