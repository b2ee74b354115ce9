//! What a success carries: its whole element, unless that is nothing but its key.

use std::any::type_name;
use std::sync::Arc;

use bulk_endpoint::testing::Script;
use bulk_endpoint::{Bulk, BulkReply, ItemReply, Ndjson, Pairs, bulk_api};
use serde::Deserialize;
use serde_json::json;

use super::{client, texts};

/// The id of an event says that the item succeeded. Every field has a role.
#[derive(Debug, PartialEq, Deserialize, ItemReply)]
struct Event {
    #[bulk(key)]
    id: String,
    #[bulk(succeeded)]
    event_id: Option<u64>,
    #[bulk(failed, message)]
    error: Option<String>,
}

#[derive(Debug, PartialEq, Deserialize, ItemReply)]
struct Key {
    #[bulk(key)]
    id: String,
}

#[derive(Debug, PartialEq, Deserialize, ItemReply)]
struct Composite {
    #[bulk(key)]
    id: u64,
    #[bulk(key)]
    region: String,
}

#[derive(Debug, PartialEq, Deserialize, ItemReply)]
struct Group {
    #[bulk(keys)]
    ids: Vec<String>,
    #[bulk(message)]
    note: Option<String>,
}

#[derive(Debug, PartialEq, Deserialize, ItemReply)]
struct Inside {
    #[bulk(key, nested)]
    item: Event,
}

/// A list of the items that succeeded.
macro_rules! done {
    ($name:ident, $list:ty) => {
        #[derive(Debug, Deserialize, BulkReply)]
        struct $name {
            #[bulk(succeeded)]
            done: $list,
        }
    };
}
done!(Events, Vec<Event>);
done!(Keys, Vec<Key>);
done!(Composites, Vec<Composite>);
done!(Groups, Vec<Group>);
done!(Insides, Vec<Inside>);
done!(Bare, Vec<String>);
done!(Entries, Pairs<String, Option<u64>>);

/// Bare keys say nothing, elements do.
#[derive(Debug, Deserialize, BulkReply)]
struct Both {
    #[bulk(succeeded)]
    done: Vec<String>,
    #[bulk(results)]
    events: Vec<Event>,
}

#[derive(Debug, Deserialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct Failures {
    #[bulk(failed)]
    failed: Vec<Event>,
}

#[derive(Deserialize, BulkReply)]
enum Either {
    #[bulk(on(200))]
    #[allow(dead_code, reason = "a list is kept by its elements")]
    Lines(Ndjson<Event>),
    #[bulk(on(204))]
    All,
}

#[bulk_api]
trait Successes {
    #[post("/events")]
    #[bulk_endpoint(max = 3, partial = true)]
    fn events(&self) -> Bulk<String, Vec<Event>>;

    #[post("/groups")]
    #[bulk_endpoint(max = 3, partial = true)]
    fn groups(&self) -> Bulk<String, Groups>;

    #[post("/both")]
    #[bulk_endpoint(max = 3, partial = true)]
    fn both(&self) -> Bulk<String, Both>;

    #[post("/failures")]
    #[bulk_endpoint(max = 3, partial = true)]
    fn failures(&self) -> Bulk<String, Failures>;
}

#[test]
fn what_a_success_carries_is_in_the_types() {
    fn check<R: BulkReply, Want: 'static>() {
        assert_eq!(type_name::<R::Success>(), type_name::<Want>(), "{}", type_name::<R>());
    }
    check::<Vec<Event>, Arc<Event>>();
    check::<Ndjson<Event>, Arc<Event>>();
    check::<Either, Arc<Event>>();
    check::<Events, Arc<Event>>();
    check::<Groups, Arc<Group>>();
    check::<Insides, Arc<Inside>>();
    check::<Both, Arc<Event>>();
    check::<Entries, Arc<Option<u64>>>();
    // The caller has the key already.
    check::<Keys, ()>();
    check::<Composites, ()>();
    check::<Bare, ()>();
    check::<Failures, ()>();
}

fn answering(body: &serde_json::Value) -> SuccessesClient {
    let script = Script::response(200, body.to_string());
    SuccessesClient::new(client(move |_, _| script.clone()))
}

#[tokio::test(start_paused = true)]
async fn a_success_carries_its_element() {
    let bodies = async |body| {
        let report = answering(&body).events().send(texts(2)).await;
        report.succeeded().map(|(_, success)| success.body.as_deref().and_then(|event| event.event_id)).collect()
    };
    let bodies: Vec<_> = bodies(json!([{"id": "t1", "event_id": 71}, {"id": "t0", "event_id": 70}])).await;
    assert_eq!(bodies, [Some(70), Some(71)]);

    let body = json!({"done": [{"ids": ["t0", "t1"], "note": "both"}, {"ids": ["t2"]}]});
    let report = answering(&body).groups().send(texts(3)).await;
    let groups: Vec<_> = report.succeeded().filter_map(|(_, success)| success.body.clone()).collect();
    assert_eq!(
        groups.iter().map(|group| group.note.as_deref()).collect::<Vec<_>>(),
        [Some("both"), Some("both"), None]
    );
    assert!(Arc::ptr_eq(&groups[0], &groups[1]), "one element about two items");

    let body = json!({"done": ["t0"], "events": [{"id": "t1", "event_id": 71}]});
    let report = answering(&body).both().send(texts(2)).await;
    let bodies: Vec<_> =
        report.succeeded().map(|(_, success)| success.body.as_ref().map(|event| event.event_id)).collect();
    assert_eq!(bodies, [None, Some(Some(71))], "a bare key beside elements has no body");

    let report = answering(&json!({"failed": []})).failures().send(texts(1)).await;
    assert!(report.succeeded().all(|(_, success)| success.body.is_none()), "no element names it");
}
