use bulk_endpoint::ItemReply;
use serde::Deserialize;

#[derive(Deserialize, ItemReply)]
<<<<<<<< Updated upstream:tests/ui/fail/derive/element_failed_by_a_float.rs
struct Element {
    #[bulk(key)]
    id: String,
    #[bulk(failed)]
    error: f64,
}
========
enum Told {}
>>>>>>>> Stashed changes:tests/ui/fail/derive/element_enum_without_variant.rs

fn main() {}
