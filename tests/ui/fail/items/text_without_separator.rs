use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Lines {
    #[post("/write")]
    #[bulk_endpoint(max = 15, partial = false, items = text)]
    fn write(&self) -> Bulk<String>;

    #[post("/events")]
    #[field("/index", "main")]
    #[bulk_endpoint(max = 15, partial = false, items = text(""))]
    fn events(&self) -> Bulk<String>;
}

fn main() {}
