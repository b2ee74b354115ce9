use bulk_endpoint::BulkItem;

#[derive(BulkItem)]
union Token {
    code: u32,
    bits: f32,
}

impl serde::Serialize for Token {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

fn main() {}
