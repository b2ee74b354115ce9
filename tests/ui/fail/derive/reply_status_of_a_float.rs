use bulk_endpoint::BulkReply;
use serde::Deserialize;

#[derive(Deserialize, BulkReply)]
struct Answer {
    #[bulk(status)]
    status: f64,
    #[bulk(succeeded)]
    done: Vec<String>,
<<<<<<<< Updated upstream:tests/ui/fail/derive/reply_count_of_nothing.rs
    #[bulk(count)]
    failed: u64,
========
>>>>>>>> Stashed changes:tests/ui/fail/derive/reply_status_of_a_float.rs
}

fn main() {}
