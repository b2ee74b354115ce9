//! Table tests of the collector: what each part of a response adds to the entries, the faults and the verdict on the whole.
//!
//! The batch has the items `a`, `b` and `c`. An entry is written as its item and a sign: `a+` done, `a~` accepted, `a-gone` failed,
//! `au` unprocessed, `a?` unknown with the reason. `@` marks an entry by position.

use std::borrow::Cow;
use std::sync::Arc;

use http::HeaderMap;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::super::bulk_reply::{BulkReply, Nested};
use super::super::codes::Codes;
use super::super::decode_error::DecodeError;
use super::super::detail::Detail;
use super::super::element::{Address, HasVerdict, ItemReply};
use super::super::failure::{Failure, IntoFailure, Listed};
use super::super::index::Index;
use super::super::key::NoKey;
use super::super::key_index::KeyIndex;
use super::super::pairs::{Pair, Pairs};
use super::super::response::{Field, RawResponse};
use super::super::shape::{BodyShape, ElementShape, FieldKind, FieldShape, ReplyShape, Role, Unlisted};
use super::super::success::IntoSuccess;
use super::super::verdict::{Status, Verdict};
use super::views::ConvertedKeys;
use super::{Collector, Entry, Finding, ItemRef};

/// The items `a`, `b` and `c`: in one list, or `a` in the group `create` and `b` and `c` in the group `delete`.
#[derive(Clone, Copy)]
enum Batch {
    List,
    Groups,
}

impl KeyIndex<String> for Batch {
    fn find_raw(&self, raw: &str, near: usize) -> Option<usize> {
        self.find_key(&serde_json::from_str(raw).ok()?, near)
    }

    fn find_key(&self, key: &String, _: usize) -> Option<usize> {
        ["a", "b", "c"].iter().position(|name| name == key)
    }

    fn len(&self) -> usize {
        3
    }

    fn find_position(&self, group: Option<&str>, position: usize) -> Option<usize> {
        match (self, group) {
            (Batch::List, None) => Some(position).filter(|position| *position < 3),
            (Batch::Groups, Some("create")) => [0].get(position).copied(),
            (Batch::Groups, Some("delete")) => [1, 2].get(position).copied(),
            _ => None,
        }
    }

    fn group_len(&self, group: &str) -> Option<usize> {
        match (self, group) {
            (Batch::List, _) => None,
            (Batch::Groups, "create") => Some(1),
            (Batch::Groups, "delete") => Some(2),
            (Batch::Groups, _) => Some(0),
        }
    }
}

/// The failure type of the collectors here.
struct Reason(String);

impl Detail for Reason {}

impl Failure for Reason {
    type Or<Other: Failure> = Self;
}

impl IntoFailure<Reason> for Reason {
    fn convert_failure(this: Arc<Self>) -> Arc<Self> {
        this
    }
}

impl From<Listed> for Reason {
    fn from(listed: Listed) -> Self {
        Reason(listed.list.to_owned())
    }
}

type TestCollector<'b> = Collector<'b, String, Arc<String>, Reason>;

/// `{"status": 404, "note": "gone"}`: an element by position, or the value of a member.
#[derive(Deserialize)]
struct Judged {
    status: Option<u16>,
    note: Option<String>,
}

impl Detail for Judged {
    const FROM_ARRAY: bool = false;

    fn verdict(&self) -> Option<Verdict> {
        Status::verdict(&self.status)
    }

    fn message(&self) -> Option<Cow<'_, str>> {
        self.note.as_deref().map(Cow::Borrowed)
    }
}

impl HasVerdict for Judged {}

impl ItemReply for Judged {
    type Key = NoKey;
    type Success = Arc<String>;
    type Failure = Reason;
    const SHAPE: ElementShape = ElementShape::positional();

    fn address(&self) -> Address<'_, NoKey> {
        Address::Position
    }

    fn into_success(self) -> Arc<String> {
        Arc::new(self.note.unwrap_or_default())
    }

    fn into_failure(self, _: &'static str) -> Reason {
        Reason(self.note.unwrap_or_default())
    }
}

impl IntoSuccess<Arc<String>> for Arc<Judged> {
    fn into_success_body(self) -> Option<Arc<String>> {
        self.note.clone().map(Arc::new)
    }
}

impl<V: Detail> IntoFailure<Reason> for Pair<String, V> {
    fn convert_failure(this: Arc<Self>) -> Arc<Reason> {
        Arc::new(Reason(this.message().unwrap_or_default().into_owned()))
    }
}

/// `{"id": "a", "status": 404, "note": "gone"}`.
#[derive(Deserialize)]
struct Keyed {
    id: String,
    #[serde(flatten)]
    result: Judged,
}

impl Detail for Keyed {
    const FROM_ARRAY: bool = false;

    fn verdict(&self) -> Option<Verdict> {
        self.result.verdict()
    }
}

impl HasVerdict for Keyed {}

impl ItemReply for Keyed {
    type Key = String;
    type Success = Arc<String>;
    type Failure = Reason;
    const SHAPE: ElementShape = ElementShape::keyed(&["id"]);

    fn address(&self) -> Address<'_, String> {
        Address::Key(Cow::Borrowed(&self.id))
    }

    fn into_success(self) -> Arc<String> {
        self.result.into_success()
    }

    fn into_failure(self, list: &'static str) -> Reason {
        self.result.into_failure(list)
    }
}

/// `{"ids": ["a", "b"], "note": "gone"}`.
#[derive(Deserialize)]
struct Several {
    ids: Vec<String>,
    note: String,
}

impl Detail for Several {}

impl ItemReply for Several {
    type Key = String;
    type Success = Arc<String>;
    type Failure = Reason;
    const SHAPE: ElementShape = ElementShape::nested();

    fn address(&self) -> Address<'_, String> {
        Address::Keys(&self.ids)
    }

    fn into_success(self) -> Arc<String> {
        Arc::new(self.note)
    }

    fn into_failure(self, _: &'static str) -> Reason {
        Reason(self.note)
    }
}

/// A status in words, one of them without a meaning.
#[derive(Deserialize)]
struct Word(String);

impl Status for Word {
    fn verdict(&self) -> Option<Verdict> {
        match self.0.as_str() {
            "done" => Some(Verdict::Succeeded),
            "failed" => Some(Verdict::Failed),
            "running" => Some(Verdict::Pending),
            _ => None,
        }
    }

    fn word(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(&self.0))
    }
}

/// `{"status": "failed", "code": "busy", "message": "later", "job": 7, "failed": [{…}], "count": 1, "request": "r1"}`.
struct Whole;

const WHOLE: ReplyShape = ReplyShape::new(BodyShape::Object(&[
    FieldShape::new("failed", FieldKind::List { role: Role::Failed, element: Keyed::SHAPE }).required(),
    FieldShape::new("count", FieldKind::Count(Role::Failed)),
    FieldShape::new("status", FieldKind::Status { codes: Codes::ANY }),
    FieldShape::new("code", FieldKind::Code { codes: Codes::ANY }),
    FieldShape::new("message", FieldKind::Message),
    FieldShape::new("job", FieldKind::Job),
    FieldShape::new("request", FieldKind::Plain),
]))
.unlisted(Unlisted::Succeeded);

impl BulkReply for Whole {
    type Key = String;
    type Success = Arc<String>;
    type Failure = Reason;
    const SHAPE: ReplyShape = WHOLE;

    fn read(response: &RawResponse<'_>, collector: &mut TestCollector<'_>) -> Result<(), DecodeError> {
        let fields = response.fields(&WHOLE)?;
        collector.check_fields(&fields);
        collector.failed_list::<Vec<Keyed>>(fields.at(0));
        collector.counts(&[(Role::Failed, fields.at(1))]);
        collector.status::<Word>(fields.at(2));
        collector.code::<String>(fields.at(3));
        collector.message::<String>(fields.at(4));
        collector.job::<u64>(fields.at(5));
        collector.evidence::<String>(fields.at(6));
        Ok(())
    }
}

impl Nested for Whole {
    type Reply = Whole;
    const IS_LIST: bool = false;
}

/// Describes what a collector has: entries, then positions, then the first fault, then the verdict on the whole.
fn describe(collector: TestCollector<'_>) -> String {
    let Collector { entries, mut carried, faults, whole, .. } = collector;
    let mut parts = Vec::new();
    for Entry { slot, positional, finding } in entries {
        let item = ["a", "b", "c"][slot];
        let at = if positional { "@" } else { "" };
        parts.push(match finding {
            Finding::Succeeded { accepted, body, .. } => {
                let sign = if accepted { "~" } else { "+" };
                let body = body.and_then(|body| carried.body(body)).unwrap_or_default();
                format!("{item}{at}{sign}{body}")
            }
            Finding::Failed(failure) => format!("{item}{at}-{}", carried.failure(failure).0),
            Finding::Unprocessed => format!("{item}{at}u"),
            Finding::RolledBack => format!("{item}{at}<"),
            Finding::Unknown(_, reason) => format!("{item}{at}?{reason}"),
        });
    }
    if let Some(positions) = &faults.positions {
        parts.push(format!("[{} for {}]", positions.elements, positions.items));
        parts.extend(positions.group.clone());
    }
    parts.extend(faults.describe());
    parts.extend(whole.verdict.map(|verdict| format!("={verdict:?}")));
    let texts = [("code", whole.code), ("message", whole.message)];
    parts.extend(texts.into_iter().filter_map(|(name, text)| Some(format!("{name} {}", text?))));
    parts.extend(whole.job.map(|job| format!("job {}", job.json())));
    parts.extend(whole.disagrees.then(|| "disagrees".to_owned()));
    parts.join("; ").replace("the response body does not match the declared type", "mismatch")
}

/// Reads each JSON text as the list named `list`, and compares the description.
#[track_caller]
fn check_lists(
    batch: Batch,
    status: u16,
    list: &'static str,
    read: impl Fn(&mut TestCollector<'_>, Option<Field<'_>>),
    rows: &[(&str, &str)],
) {
    for (json, expected) in rows {
        let raw = RawValue::from_string((*json).to_owned()).unwrap();
        let mut collector = Collector::new(&batch, status);
        read(&mut collector, Some(Field { name: list, raw: &raw }));
        assert_eq!(describe(collector), *expected, "{json}");
    }
}

/// Reads each body with `read`, and compares the description, or the error.
#[track_caller]
fn check_bodies(
    read: impl Fn(&RawResponse<'_>, &mut TestCollector<'_>) -> Result<(), DecodeError>,
    rows: &[(&str, &str)],
) {
    for (body, expected) in rows {
        let mut collector = Collector::new(&Batch::List, 200);
        let text = match read(&RawResponse::new(200, &HeaderMap::new(), body.as_bytes()), &mut collector) {
            Ok(()) => describe(collector),
            Err(error) => format!("error: {error}"),
        };
        assert_eq!(text, *expected, "{body}");
    }
}

#[test]
fn a_list_gives_its_role_to_its_elements() {
    let gone = r#"[{"id": "b", "note": "gone"}, {"id": "a", "status": 404}]"#;
    check_lists(
        Batch::List,
        200,
        "done",
        |to, list| to.succeeded_list::<Vec<String>>(list),
        &[
            (r#"["c", "a"]"#, "c+; a+"),
            ("[]", ""),
            (r#"["a", "a"]"#, "a+; a+"),
            ("{}", "mismatch: at /done: invalid type: map, expected an array at line 1 column 0"),
            ("7", "mismatch: at /done: invalid type: integer `7`, expected an array at line 1 column 1"),
        ],
    );
    check_lists(Batch::List, 202, "done", |to, list| to.succeeded_list::<Vec<String>>(list), &[(r#"["a"]"#, "a~")]);
    check_lists(
        Batch::List,
        200,
        "done",
        |to, list| to.succeeded_list::<Vec<Keyed>>(list),
        &[(r#"[{"id": "a", "note": "n1"}, {"id": "b", "status": 202}]"#, "a+n1; b~")],
    );
    check_lists(Batch::List, 200, "bad", |to, list| to.failed_list::<Vec<Keyed>>(list), &[(gone, "b-gone; a-")]);
    check_lists(Batch::List, 200, "bad", |to, list| to.failed_list::<Vec<String>>(list), &[(r#"["a"]"#, "a-bad")]);
    check_lists(Batch::List, 200, "left", |to, list| to.unprocessed_list::<Vec<Keyed>>(list), &[(gone, "bu; au")]);
    check_lists(Batch::List, 200, "left", |to, list| to.unprocessed_list::<Vec<String>>(list), &[(r#"["a"]"#, "au")]);
    check_lists(Batch::List, 200, "done", |to, _| to.succeeded_list::<Vec<String>>(None), &[("[]", "")]);
}

#[test]
fn an_element_with_a_verdict_of_its_own_decides_in_a_list_of_results() {
    check_lists(
        Batch::List,
        200,
        "results",
        |to, list| to.results_list::<Vec<Keyed>>(list),
        &[
            (r#"[{"id": "a", "status": 200}, {"id": "b", "status": 404, "note": "gone"}]"#, "a+; b-gone"),
            (r#"[{"id": "a", "status": 202}, {"id": "b", "status": 500}]"#, "a~; b-"),
            (r#"[{"id": "a"}]"#, "a?mismatch: at /results/0: the element does not say whether its item succeeded"),
            (
                r#"[{"id": "a", "status": 7}]"#,
                "a?mismatch: at /results/0: the element does not say whether its item succeeded",
            ),
        ],
    );
    // The status of the response does not change a verdict of an element.
    check_lists(
        Batch::List,
        202,
        "results",
        |to, list| to.results_list::<Vec<Keyed>>(list),
        &[(r#"[{"id": "a", "status": 200}]"#, "a+")],
    );
}

#[test]
fn an_element_that_contradicts_the_role_of_its_list_is_unknown() {
    let ok = r#"[{"id": "a", "status": 200}]"#;
    let gone = r#"[{"id": "a", "status": 404}]"#;
    check_lists(
        Batch::List,
        200,
        "done",
        |to, list| to.succeeded_list::<Vec<Keyed>>(list),
        &[(ok, "a+"), (gone, "a?the response lists it as done, but its element at /done/0 has the status 404")],
    );
    check_lists(
        Batch::List,
        200,
        "bad",
        |to, list| to.failed_list::<Vec<Keyed>>(list),
        &[(ok, "a?the response lists it as failed, but its element at /bad/0 has the status done"), (gone, "a-")],
    );
    check_lists(
        Batch::List,
        200,
        "left",
        |to, list| to.unprocessed_list::<Vec<Keyed>>(list),
        &[(ok, "a?the response lists it as unprocessed, but its element at /left/0 has the status done"), (gone, "au")],
    );
}

#[test]
fn a_member_of_an_object_names_its_item_by_its_name() {
    check_lists(
        Batch::List,
        200,
        "all",
        |to, list| to.results_list::<Pairs<String, Judged>>(list),
        &[
            (r#"{"b": {"status": 200, "note": "n1"}, "a": {"status": 404, "note": "gone"}}"#, "b+n1; a-gone"),
            (r#"{"\u0061": {"status": 200}}"#, "a+"),
            // Both members are kept, so that `reconcile` finds the contradiction.
            (r#"{"a": {"status": 200}, "a": {"status": 404}}"#, "a+; a-"),
            (
                r#"{"a": 7}"#,
                "a?mismatch: at /all/a: invalid type: integer `7`, expected struct Judged at line 1 column 6",
            ),
            (r#"{"a": [200, ""]}"#, "a?mismatch: at /all/a: expected a JSON object"),
            (
                r#"{"x/y": 7}"#,
                "mismatch: at /all/x~1y: invalid type: integer `7`, expected struct Judged at line 1 column 8",
            ),
            (r#"{"x": {"status": 200}}"#, "the response names \"x\", which was not sent"),
            ("[]", "mismatch: at /all: invalid type: sequence, expected an object at line 1 column 0"),
        ],
    );
    check_lists(
        Batch::List,
        200,
        "bad",
        |to, list| to.failed_list::<Pairs<String, String>>(list),
        &[(r#"{"a": "gone", "b": ""}"#, "a-gone; b-")],
    );
}

#[test]
fn a_position_counts_the_elements_before_it() {
    check_lists(
        Batch::List,
        200,
        "results",
        |to, list| to.results_list::<Vec<Judged>>(list),
        &[
            (r#"[{"status": 200}, {"status": 404, "note": "gone"}, {"status": 202}]"#, "a@+; b@-gone; c@~; [3 for 3]"),
            // Too short, or too long: `reconcile` trusts no position then.
            (r#"[{"status": 200}]"#, "a@+; [1 for 3]"),
            (
                r#"[{"status": 200}, {"status": 200}, {"status": 200}, {"status": 500}]"#,
                "a@+; b@+; c@+; [4 for 3]; the response names {\"status\": 500}, which was not sent",
            ),
            // An element that cannot be decoded keeps its position.
            (
                r#"[7, {"status": 200}, {"status": 404}]"#,
                "b@+; c@-; [3 for 3]; mismatch: at /results/0: invalid type: integer `7`, expected struct Judged at line 1 column 1",
            ),
        ],
    );
}

#[test]
fn a_null_element_is_unprocessed_where_its_position_names_its_item() {
    check_lists(
        Batch::List,
        200,
        "results",
        |to, list| to.results_list::<Vec<Option<Judged>>>(list),
        &[
            (r#"[null, {"status": 200}, null]"#, "a@u; b@+; c@u; [3 for 3]"),
            ("[null, null, null, null]", "a@u; b@u; c@u; [4 for 3]; the response names null, which was not sent"),
        ],
    );
    check_lists(
        Batch::List,
        200,
        "results",
        |to, list| to.results_list::<Vec<Option<Keyed>>>(list),
        &[(r#"[{"id": "a", "status": 200}, null]"#, "a+; the response names null, which was not sent")],
    );
    check_lists(
        Batch::List,
        200,
        "results",
        |to, list| to.results_list::<Vec<Keyed>>(list),
        &[("[null]", "mismatch: at /results/0: expected a JSON object")],
    );
}

#[test]
fn a_position_in_the_list_of_a_group_is_a_position_of_that_group() {
    let two = r#"[{"status": 200}, {"status": 404}]"#;
    let read = |to: &mut TestCollector<'_>, list: Option<Field<'_>>| to.results_list::<Vec<Option<Judged>>>(list);
    check_lists(
        Batch::Groups,
        200,
        "create",
        read,
        &[
            (r#"[{"status": 200}]"#, "a@+; [1 for 1]"),
            ("[null]", "a@u; [1 for 1]"),
            (
                two,
                "a@+; [2 for 2]; 2 elements in `create` for 1 item; the response names {\"status\": 404}, which was not sent",
            ),
        ],
    );
    check_lists(
        Batch::Groups,
        200,
        "delete",
        read,
        &[(two, "b@+; c@-; [2 for 2]"), ("[null]", "b@u; [1 for 1]; 1 element in `delete` for 2 items")],
    );
    check_lists(
        Batch::Groups,
        200,
        "update",
        read,
        &[
            ("[]", "[0 for 0]"),
            ("[null]", "[1 for 1]; 1 element in `update` for 0 items; the response names null, which was not sent"),
        ],
    );
}

#[test]
fn an_element_that_cannot_be_decoded_is_about_the_item_that_it_names() {
    check_lists(
        Batch::List,
        200,
        "results",
        |to, list| to.results_list::<Vec<Keyed>>(list),
        &[
            (
                r#"[{"id": "b", "status": true}, {"id": "a", "status": 200}]"#,
                "b?mismatch: at /results/0: invalid type: boolean `true`, expected u16 at line 1 column 27; a+",
            ),
            // Without a readable key, or with the key of no item, it may be about any item.
            (
                r#"[{"id": "x", "status": true}]"#,
                "mismatch: at /results/0: invalid type: boolean `true`, expected u16 at line 1 column 27",
            ),
            (
                r#"[{"id": 7, "status": 200}]"#,
                "mismatch: at /results/0: invalid type: integer `7`, expected a string at line 1 column 8",
            ),
            ("[{}]", "mismatch: at /results/0: missing field `id` at line 1 column 2"),
            // serde would read an array as the fields of a struct.
            (r#"[["a", 200, ""]]"#, "mismatch: at /results/0: expected a JSON object"),
        ],
    );
}

#[test]
fn an_element_with_several_keys_is_an_entry_for_each() {
    let rows = [
        (r#"[{"ids": ["c", "a"], "note": "n1"}]"#, "c+n1; a+n1"),
        (r#"[{"ids": ["a", "x"], "note": "n1"}]"#, "a+n1; the response names \"x\", which was not sent"),
        (r#"[{"ids": [], "note": "n1"}]"#, "mismatch: at /list/0: the element names no item"),
        (r#"[{"ids": ["a"]}]"#, "mismatch: at /list/0: missing field `note` at line 1 column 14"),
    ];
    check_lists(Batch::List, 200, "list", |to, list| to.succeeded_list::<Vec<Several>>(list), &rows);
    let rows = rows.map(|(json, expected)| (json, expected.replace("+n1", "-n1")));
    let rows = rows.each_ref().map(|(json, expected)| (*json, expected.as_str()));
    check_lists(Batch::List, 200, "list", |to, list| to.failed_list::<Vec<Several>>(list), &rows);
}

#[test]
fn a_key_that_was_not_sent_is_a_fault_and_shifts_no_other() {
    let long = "x".repeat(100);
    let foreign = format!("the response names \"{}…, which was not sent", "x".repeat(79));
    check_lists(
        Batch::List,
        200,
        "done",
        |to, list| to.succeeded_list::<Vec<String>>(list),
        &[
            (r#"["x", "b"]"#, "b+; the response names \"x\", which was not sent"),
            (r#"["x", "b", "x", "y"]"#, "b+; the response names \"x\" and 2 more that were not sent"),
            // A near match is another key.
            (r#"["A", "a "]"#, "the response names \"A\" and 1 more that were not sent"),
            (&format!("[\"{long}\"]"), &foreign),
            ("[7]", "mismatch: at /done/0: invalid type: integer `7`, expected a string at line 1 column 1"),
        ],
    );
}

#[test]
fn the_whole_response_has_a_status_a_code_a_message_and_a_job() {
    check_bodies(
        Whole::read,
        &[
            (r#"{"failed": []}"#, ""),
            (r#"{"failed": [], "status": "done"}"#, "=Succeeded; code done"),
            (
                r#"{"failed": [], "status": "failed", "code": "busy", "message": "later"}"#,
                "=Failed; code busy; message later",
            ),
            (r#"{"failed": [], "status": "running", "job": 7}"#, "=Pending; code running; job 7"),
            (r#"{"failed": [], "status": "melted"}"#, "mismatch: at /status: unknown status `melted`; code melted"),
            (
                r#"{"failed": [], "job": "7"}"#,
                "mismatch: at /job: invalid type: string \"7\", expected u64 at line 1 column 3",
            ),
            (r#"{"failed": [], "status": null, "code": null}"#, ""),
            (
                r#"{"failed": [], "code": "a", "code": "b"}"#,
                "error: the response body does not match the declared type: duplicate field `code` at line 1 column 40",
            ),
        ],
    );
}

#[test]
fn a_required_field_a_count_and_other_fields_show_the_declared_shape() {
    let failed = r#""failed": [{"id": "a", "note": "gone"}, {"id": "a", "note": "gone"}]"#;
    check_bodies(
        Whole::read,
        &[
            ("{}", "mismatch: at /failed: the field is missing"),
            (r#"{"failed": null}"#, "mismatch: at /failed: the field is missing"),
            // An item with two entries counts once.
            (&format!("{{{failed}, \"count\": 1}}"), "a-gone; a-gone"),
            (
                &format!("{{\"count\": 2, {failed}}}"),
                "a-gone; a-gone; mismatch: at /count: the count is 2, but the entries add up to 1",
            ),
            (r#"{"failed": [], "count": -1}"#, "mismatch: at /count: the count is -1, but the entries add up to 0"),
            (r#"{"failed": [], "count": "0"}"#, ""),
            (r#"{"failed": [], "count": "1"}"#, "mismatch: at /count: the count is 1, but the entries add up to 0"),
            (r#"{"failed": [], "request": "r1"}"#, ""),
            (
                r#"{"failed": [], "request": 7}"#,
                "mismatch: at /request: invalid type: integer `7`, expected a string at line 1 column 1",
            ),
        ],
    );
    // Unlisted items count as what they mean.
    let count = |role, unlisted| {
        let raw = RawValue::from_string("2".to_owned()).unwrap();
        let mut collector: TestCollector<'_> = Collector::new(&Batch::List, 200);
        collector.unlisted = unlisted;
        collector.succeeded(&"a".to_owned(), Arc::default());
        collector.counts(&[(role, Some(Field { name: "count", raw: &raw }))]);
        collector.faults.describe().is_none()
    };
    for (role, unlisted, expected) in [
        (Role::Succeeded, Unlisted::Unknown, false),
        (Role::Succeeded, Unlisted::Succeeded, false),
        (Role::Failed, Unlisted::Failed, true),
        (Role::Failed, Unlisted::Succeeded, false),
        (Role::Unprocessed, Unlisted::Failed, false),
    ] {
        assert_eq!(count(role, unlisted), expected, "{role:?} {unlisted:?}");
    }
}

#[test]
fn a_field_without_a_role_is_evidence_only_where_unlisted_items_have_a_meaning() {
    for (unlisted, json, expected) in [
        (Unlisted::Unknown, "7", ""),
        (Unlisted::Succeeded, "7", "mismatch: at /id: invalid type: integer `7`, expected a string at line 1 column 1"),
        (Unlisted::Failed, "7", "mismatch: at /id: invalid type: integer `7`, expected a string at line 1 column 1"),
        (Unlisted::Succeeded, "\"r1\"", ""),
    ] {
        let read = |to: &mut TestCollector<'_>, field: Option<Field<'_>>| {
            to.unlisted = unlisted;
            to.evidence::<String>(field);
        };
        check_lists(Batch::List, 200, "id", read, &[(json, expected)]);
    }
}

#[test]
fn a_nested_reply_adds_its_entries_faults_and_verdict() {
    let read = |to: &mut TestCollector<'_>, field: Option<Field<'_>>| {
        to.succeeded(&"c".to_owned(), Arc::new("n0".to_owned()));
        to.nested::<Whole>(field, &RawResponse::new(200, &HeaderMap::new(), b""));
    };
    check_lists(
        Batch::List,
        200,
        "part",
        read,
        &[
            (r#"{"failed": [{"id": "a", "note": "gone"}], "status": "done"}"#, "c+n0; a-gone; =Succeeded; code done"),
            (r#"{"failed": [{"id": "x"}]}"#, "c+n0; the response names \"x\", which was not sent"),
            (
                r#"{"failed": [{"id": "a", "status": "?"}]}"#,
                "c+n0; a?mismatch: at /part/failed/0: invalid type: string \"?\", expected u16 at line 1 column 26",
            ),
            (
                r#"{"failed": 7}"#,
                "c+n0; mismatch: at /part/failed: invalid type: integer `7`, expected an array at line 1 column 1",
            ),
            ("7", "c+n0; mismatch: at /part: invalid type: integer `7`, expected an object at line 1 column 1"),
        ],
    );
    // The worse of two verdicts counts, and they disagree.
    check_bodies(
        |response, to| {
            to.refused(Some("outer".to_owned()), None);
            to.whole.refused = Some(true);
            to.body::<Whole>(response)
        },
        &[
            (r#"{"failed": [], "status": "done"}"#, "=Failed; code outer; disagrees"),
            (r#"{"failed": [], "status": "failed", "message": "later"}"#, "=Failed; code outer; message later"),
            (r#"{"failed": []}"#, "=Failed; code outer"),
            (
                "[]",
                "error: the response body does not match the declared type: invalid type: sequence, expected an object at line 1 column 0",
            ),
        ],
    );
}

#[test]
fn one_of_several_nested_replies_does_not_speak_for_the_whole_response() {
    let read = |to: &mut TestCollector<'_>, field: Option<Field<'_>>| {
        to.nested::<Vec<Whole>>(field, &RawResponse::new(200, &HeaderMap::new(), b""));
    };
    check_lists(
        Batch::List,
        200,
        "parts",
        read,
        &[
            ("[]", ""),
            (r#"[{"failed": [{"id": "b", "note": "n1"}]}, {"failed": [{"id": "a", "note": "n2"}]}]"#, "b-n1; a-n2"),
            (r#"[{"failed": [], "status": "done"}]"#, ""),
            (
                r#"[{"failed": [{"id": "b", "note": "n1"}]}, {"failed": [], "status": "failed", "code": "busy"}]"#,
                "b-n1; mismatch: at /parts/1: the response reports the whole request as not done: busy",
            ),
            (
                r#"[{"failed": [], "status": "running", "job": 7}]"#,
                "mismatch: at /parts/0: the response reports the whole request as not done: running",
            ),
            (
                r#"[{"failed": [{"id": "b", "note": "n1"}]}, 7]"#,
                "b-n1; mismatch: at /parts/1: invalid type: integer `7`, expected an object at line 1 column 1",
            ),
            ("{}", "mismatch: at /parts: invalid type: map, expected a sequence at line 1 column 0"),
        ],
    );
}

#[test]
fn a_hand_written_reply_names_items_by_key_position_or_place_in_a_group() {
    let add = |batch: &Batch, at: ItemRef<'_, String>| {
        let mut collector: TestCollector<'_> = Collector::new(batch, 200);
        collector.unprocessed(at);
        describe(collector)
    };
    let [a, x] = ["a", "x"].map(str::to_owned);
    for (batch, at, expected) in [
        (Batch::List, ItemRef::Key(&a), "au"),
        (Batch::List, ItemRef::Key(&x), "the response names x, which was not sent"),
        (Batch::List, ItemRef::Position(2), "cu"),
        (Batch::List, ItemRef::Position(3), "the response names the position 3, which was not sent"),
        (Batch::Groups, ItemRef::InGroup("delete", 1), "cu"),
        (
            Batch::Groups,
            ItemRef::InGroup("create", 1),
            "the response names the position 1 of create, which was not sent",
        ),
        (Batch::Groups, ItemRef::Position(0), "the response names the position 0, which was not sent"),
    ] {
        assert_eq!(add(&batch, at), expected);
    }
    let mut collector: TestCollector<'_> = Collector::new(&Batch::List, 200);
    collector.accepted(0, Arc::new("n1".to_owned()));
    collector.failed(1, Reason("gone".to_owned()));
    collector.bad_element(DecodeError::new("/2", "cut off"));
    collector.pending("7");
    assert_eq!(collector.len(), 3);
    assert_eq!(describe(collector), "a~n1; b-gone; mismatch: at /2: cut off; =Pending; job \"7\"");
}

#[test]
fn a_key_of_another_type_is_looked_up_in_the_same_batch() {
    let keys = ConvertedKeys::<String, Index<1>>(&Batch::List, std::marker::PhantomData);
    for (json, expected) in [("[1, 3]", vec![0, 2]), (r#"["2"]"#, vec![1]), ("[0, 4]", vec![])] {
        let raw = RawValue::from_string(json.to_owned()).unwrap();
        let mut collector: Collector<'_, Index<1>, (), Reason> = Collector::new(&keys, 200);
        collector.succeeded_list::<Vec<Index<1>>>(Some(Field { name: "done", raw: &raw }));
        let slots: Vec<usize> = collector.entries.iter().map(|entry| entry.slot).collect();
        assert_eq!((slots, collector.faults.foreign.is_empty()), (expected.clone(), !expected.is_empty()), "{json}");
    }
}
