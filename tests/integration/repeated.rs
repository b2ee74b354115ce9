//! Responses that repeat the list of the items as it was sent: they mean what they mean in any other spelling.

use bulk_endpoint::{Bulk, BulkItem, BulkReply, Client, bulk_api};
use serde::Deserialize;

#[derive(Deserialize, BulkReply)]
struct Texts {
    #[bulk(succeeded)]
    #[serde(default)]
    done: Vec<String>,
    #[bulk(failed)]
    #[serde(default)]
    failed: Vec<String>,
}

#[derive(Deserialize, BulkReply)]
struct Numbers {
    #[bulk(succeeded)]
    #[serde(default)]
    done: Vec<u64>,
    #[bulk(failed)]
    #[serde(default)]
    failed: Vec<u64>,
}

#[bulk_api]
trait Switches: Send + Sync {
    #[post("/texts")]
    #[bulk_endpoint(max = 100, partial = true)]
    fn texts(&self) -> Bulk<String, Texts>;

    #[post("/numbers")]
    #[bulk_endpoint(max = 100, partial = true)]
    fn numbers(&self) -> Bulk<u64, Numbers>;
}

/// The kinds of the outcomes after a response: `+` succeeded, `-` failed, `?` unknown.
fn judge<T: BulkItem, R: BulkReply>(bulk: &Bulk<T, R>, items: &[T], body: &str) -> String {
    let response = http::Response::new(body.to_owned());
    let report = bulk.judge(items, &response).report;
    let sign = |outcome: &_| match outcome {
        bulk_endpoint::Outcome::Succeeded(_) => '+',
        bulk_endpoint::Outcome::Failed(_) => '-',
        bulk_endpoint::Outcome::Unknown(_) => '?',
        _ => '!',
    };
    report.iter().map(|(_, outcome)| sign(outcome)).collect()
}

fn switches() -> SwitchesClient {
    SwitchesClient::new(Client::builder("https://example.com").build().unwrap())
}

#[tokio::test]
async fn a_list_that_repeats_the_items_counts_where_it_is() {
    let items = ["a", "b", "c"].map(String::from);
    for (body, want) in [
        (r#"{"done":["a","b","c"],"failed":[]}"#, "+++"),
        (r#"{"done":["a","b","c"]}"#, "+++"),
        (r#"{"failed":["a","b","c"],"done":[]}"#, "---"),
        (r#"{"failed":["a","b","c"],"done":["a","b","c"]}"#, "???"),
        (r#"{"done":["a","b","c"],"failed":["b"]}"#, "+?+"),
        (r#"{"done":["a","b","c"],"done":[]}"#, "???"),
        (r#"{"sent":["a","b","c"],"done":["a","b"],"failed":["c"]}"#, "++-"),
        (r#"{"sent":["a","b","c"],"done":["a","b","c"]}"#, "+++"),
        (r#"{"sent":["a","b","c"],"done":[]}"#, "???"),
        (r#"{"done":["a","b","c","d"]}"#, "+++"),
        (r#"{"done":["a","b","c","c"]}"#, "+++"),
        (r#"{"done":["c","b","a"]}"#, "+++"),
        (r#"{"done":["a", "b", "c"]}"#, "+++"),
        (r#"{"done":["a","c"],"failed":["b"]}"#, "+-+"),
        // No JSON, and with `[]` in the place of the list it would be.
        (r#"{"done":"["a","b","c"]"}"#, "???"),
        (r#"{"done":["a","b","c"],"failed":[}"#, "???"),
        (r#"{"done":["a","b","c"]"#, "???"),
    ] {
        assert_eq!(judge(&switches().texts(), &items, body), want, "{body}");
    }
}

#[tokio::test]
async fn numbers_in_a_text_or_at_the_start_of_others_are_not_the_items() {
    for (body, want) in [
        (r#"{"done":[7,71]}"#, "++"),
        (r#"{"done":[71,7]}"#, "++"),
        (r#"{"done":[71],"failed":[7]}"#, "-+"),
        (r#"{"done":[71]}"#, "?+"),
        (r#"{"done":[7,710]}"#, "+?"),
        (r#"{"note":"[7,71]","done":[7]}"#, "+?"),
        (r#"{"note":"[7,71]","done":[7,71]}"#, "++"),
    ] {
        assert_eq!(judge(&switches().numbers(), &[7, 71], body), want, "{body}");
    }
}

/// A large batch is not searched for the bytes of each key, but the next one is compared first.
#[tokio::test]
async fn large_batches_are_joined_in_any_order() {
    let items: Vec<String> = (0..100).map(|number| format!("t{number}")).collect();
    let list = |items: &[String]| serde_json::to_string(items).unwrap();
    let reversed: Vec<String> = items.iter().rev().cloned().collect();
    let (done, failed) = (["t0", "t1", "t50"].map(String::from), &items[2..50]);
    let rest = [&done[..], &items[51..]].concat();
    for (body, want) in [
        (format!(r#"{{"done":{}}}"#, list(&items)), "+".repeat(100)),
        (format!(r#"{{"done":{}}}"#, list(&reversed)), "+".repeat(100)),
        (
            format!(r#"{{"failed":{},"done":{}}}"#, list(failed), list(&rest)),
            format!("++{}{}", "-".repeat(48), "+".repeat(50)),
        ),
    ] {
        assert_eq!(judge(&switches().texts(), &items, &body), want, "{body}");
    }
}
