use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Tokens {
    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = false, compress = zstd)]
    fn deactivate(&self) -> Bulk<String>;

    #[post("/activate")]
    #[bulk_endpoint(max = 15, partial = false, compress = gzip, items = query("id", csv))]
    fn activate(&self) -> Bulk<String>;

    #[post("/delete")]
    #[header("Content-Encoding", "snappy")]
    #[bulk_endpoint(max = 15, partial = false, compress = gzip, items = codec(Snappy))]
    fn delete(&self) -> Bulk<String>;
}

fn main() {}
