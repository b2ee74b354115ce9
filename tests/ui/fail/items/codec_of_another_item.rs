use bulk_endpoint::{Bulk, bulk_api};
use bulk_endpoint::{Codec, CodecError};
use serde_json::{Map, Value};

struct Xml;

impl Codec<u64> for Xml {
    const CONTENT_TYPE: &'static str = "application/xml";

    fn item(_: &u64, _: &mut Vec<u8>) -> Result<(), CodecError> {
        Ok(())
    }

    fn body(_: &Map<String, Value>, items: &[&[u8]]) -> Vec<u8> {
        items.concat()
    }
}

#[bulk_api]
trait Tokens {
    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = false, items = codec(Xml))]
    fn deactivate(&self) -> Bulk<String>;
}

fn main() {}
