use bulk_endpoint::BulkReply;
use serde::Deserialize;

#[derive(Deserialize, BulkReply)]
#[serde(tag = "kind")]
enum ByStatus {
    #[bulk(on(200))]
    Lists(Lists),
    #[bulk(on(204))]
    All,
}

#[derive(Deserialize, BulkReply)]
#[serde(from = "Vec<String>")]
struct Lists {
    #[bulk(succeeded)]
    done: Vec<String>,
}

impl From<Vec<String>> for Lists {
    fn from(done: Vec<String>) -> Self {
        Lists { done }
    }
}

fn main() {}
