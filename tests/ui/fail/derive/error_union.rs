use bulk_endpoint::ApiError;

#[derive(ApiError)]
union Refused {
    code: u32,
    bits: f32,
}

impl std::fmt::Debug for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Refused")
    }
}

fn main() {}
