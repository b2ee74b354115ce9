//! Runs the `declare` binary: on the specifications in `specs`, whose modules in `declared` are compiled, and on bad input.
//! `UPDATE_EXPECT=1` rewrites `declared`.
#![allow(clippy::unwrap_used, reason = "tests, helpers included")]

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use bulk_endpoint::reply::MatchesKey;
use bulk_endpoint::spec::{ArgumentAt, ItemsAt, ListStyle};
use bulk_endpoint::{ApiError, Bulk, BulkItem, BulkReply, Endpoint};
use expect_test::{ExpectFile, expect_file};

/// The printed modules, compiled.
#[rustfmt::skip]
#[allow(dead_code, missing_docs, unreachable_pub, reason = "printed by the tool")]
mod declared {
    #[path = "../declared/bodies.rs"]
    pub mod bodies;
    #[path = "../declared/circles.rs"]
    pub mod circles;
    #[path = "../declared/csp.rs"]
    pub mod csp;
    #[path = "../declared/files.rs"]
    pub mod files;
    #[path = "../declared/groups.rs"]
    pub mod groups;
    #[path = "../declared/keys.rs"]
    pub mod keys;
    #[path = "../declared/lists.rs"]
    pub mod lists;
    #[path = "../declared/nulls.rs"]
    pub mod nulls;
    #[path = "../declared/places.rs"]
    pub mod places;
    #[path = "../declared/queued.rs"]
    pub mod queued;
    #[path = "../declared/references.rs"]
    pub mod references;
    #[path = "../declared/repeats.rs"]
    pub mod repeats;
    #[path = "../declared/sailpoint.rs"]
    pub mod sailpoint;
    #[path = "../declared/sqs.rs"]
    pub mod sqs;
    #[path = "../declared/stated.rs"]
    pub mod stated;
    #[path = "../declared/styles.rs"]
    pub mod styles;
    #[path = "../declared/swagger2.rs"]
    pub mod swagger2;
    #[path = "../declared/whole.rs"]
    pub mod whole;
    #[path = "../declared/words.rs"]
    pub mod words;
}

fn run_declare(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_declare")).args(arguments).output().unwrap()
}

fn spec(name: &str) -> String {
    format!("{}/tests/specs/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The printed module, and the list.
fn declare_successfully(arguments: &[&str]) -> (String, String) {
    let output = run_declare(arguments);
    assert!(output.status.success(), "{}", text(&output.stderr));
    (text(&output.stdout), text(&output.stderr))
}

fn check(name: &str, expected: &ExpectFile) {
    let (module, list) = declare_successfully(&[&spec(name)]);
    expected.assert_eq(&module);
    assert!(list.lines().count() > 1, "{list}");
}

/// What a run makes of a response to the items `a` and `b`: their outcomes, without reasons.
fn judge<R: BulkReply, E: ApiError>(endpoint: Endpoint<Bulk<String, R, E>>, response: (u16, &str)) -> String
where
    R::Key: MatchesKey<String>,
{
    judge_items(endpoint, &["a", "b"].map(String::from), response)
}

/// The same for two other items.
fn judge_items<T: BulkItem, R: BulkReply, E: ApiError>(
    endpoint: Endpoint<Bulk<T, R, E>>,
    items: &[T],
    (status, body): (u16, &str),
) -> String
where
    R::Key: MatchesKey<T::Key>,
{
    let response = http::Response::builder().status(status).body(body.to_owned()).unwrap();
    let judged = endpoint.judge(items, &response).to_string();
    let outcomes = judged.lines().filter_map(|line| line.split_once(": ")?.1.split(": ").next());
    outcomes.take(items.len()).collect::<Vec<_>>().join(", ")
}

#[test]
fn two_lists_and_one_error() {
    check("csp.yaml", &expect_file!["declared/csp.rs"]);
    let spec = declared::csp::CspApiTokensClient::DEACTIVATE_ORG_API_TOKENS_USING_POST;
    assert_eq!((spec.spec().max.items, spec.spec().max.assumed, spec.spec().partial), (15, false, true));
}

#[test]
fn elements_with_a_status_and_errors_by_status() {
    check("sailpoint.yaml", &expect_file!["declared/sailpoint.rs"]);
    let all = declared::sailpoint::IdentitySecurityCloudClient::ENDPOINTS;
    let limits: Vec<(usize, bool, usize)> = all.iter().map(|one| (one.max.items, one.max.assumed, one.min)).collect();
    assert_eq!(limits, [(100, true, 1), (100, true, 1), (100, false, 1), (50, false, 2)]);
}

#[test]
fn targets_in_headers_and_elements_by_position() {
    check("sqs.json", &expect_file!["declared/sqs.rs"]);
}

#[test]
fn swagger_2_and_odd_places() {
    check("swagger2.yaml", &expect_file!["declared/swagger2.rs"]);
}

#[test]
fn every_place_of_items_and_a_job() {
    check("places.yaml", &expect_file!["declared/places.rs"]);
    let places = declared::places::PlacesClient::ENDPOINTS.iter().map(|one| (one.name, one.items, one.max.items));
    assert_eq!(
        places.collect::<Vec<_>>(),
        [
            ("post_new", ItemsAt::Pointer("/ids"), 10),
            ("import", ItemsAt::Ndjson, 100),
            ("create_customers", ItemsAt::Map("/customers"), 30),
            ("patch_all", ItemsAt::Map(""), 100),
            ("patch_rules", ItemsAt::Map("/rules"), 100),
            ("approve", ItemsAt::Pointer("/0/items"), 100),
            ("get_endpoints", ItemsAt::Query("ids", ListStyle::Csv), 50),
            ("forget", ItemsAt::Header("X-Ids"), 20),
        ]
    );
}

#[test]
fn a_reply_under_two_statuses_and_in_two_operations_is_declared_once() {
    check("repeats.yaml", &expect_file!["declared/repeats.rs"]);
}

#[test]
fn a_reply_about_the_whole_request_can_say_that_it_failed() {
    use declared::whole::WholeClient as Whole;

    check("whole.yaml", &expect_file!["declared/whole.rs"]);
    let refused = "refused, refused";
    for (judged, want) in [
        (judge(Whole::ENABLE_USERS, (200, r#"{"ok": true}"#)), "succeeded, succeeded"),
        (judge(Whole::ENABLE_USERS, (200, r#"{"ok": false, "error": "busy"}"#)), refused),
        (judge(Whole::IMPORT_USERS, (200, r#"{"importedCount": 2, "failed": 0}"#)), "succeeded, succeeded"),
        (judge(Whole::IMPORT_USERS, (200, r#"{"importedCount": 1, "failed": 1}"#)), "unknown, unknown"),
        (judge(Whole::SYNC_USERS, (200, r#"{"status": "SUCCESS"}"#)), "succeeded, succeeded"),
        (judge(Whole::SYNC_USERS, (200, r#"{"status": "FAILED", "message": "busy"}"#)), refused),
        (judge(Whole::MAIL_USERS, (200, r#"{"campaign": "7", "error": "no such campaign"}"#)), "unknown, unknown"),
        (judge(Whole::LOCK_USERS, (200, r#"{"success": true, "errors": []}"#)), "succeeded, succeeded"),
        (judge(Whole::LOCK_USERS, (200, r#"{"success": false, "errors": []}"#)), refused),
    ] {
        assert_eq!(judged, want);
    }
}

#[test]
fn each_request_has_an_idempotency_key_of_its_own() {
    check("keys.yaml", &expect_file!["declared/keys.rs"]);
    let keys = declared::keys::KeysClient::ENDPOINTS.iter().map(|one| (one.batch_keys, one.arguments.len()));
    assert_eq!(keys.collect::<Vec<_>>(), [(&["Idempotency-Key"] as &[&str], 0), (&["/idempotency_key"], 0)]);
}

#[test]
fn queued_items_are_accepted_under_any_status() {
    use declared::queued::QueuedClient as Queued;

    check("queued.yaml", &expect_file!["declared/queued.rs"]);
    let accepted = "succeeded (accepted), succeeded (accepted)";
    for (judged, want) in [
        (judge(Queued::DELETE_USERS, (204, "")), accepted),
        (judge(Queued::MOVE_USERS, (200, r#"{"note": ""}"#)), accepted),
        (judge(Queued::COPY_USERS, (200, r#"{"note": ""}"#)), "succeeded, succeeded"),
        (judge(Queued::CHECK_USERS, (200, "")), accepted),
        (judge(Queued::CHECK_USERS, (201, r#"{"checked": "now"}"#)), "succeeded, succeeded"),
    ] {
        assert_eq!(judged, want);
    }
}

#[test]
fn null_is_read_wherever_the_document_allows_it() {
    use declared::nulls::NullsClient as Nulls;

    check("nulls.yaml", &expect_file!["declared/nulls.rs"]);
    let failure = r#"{"id": "b", "reasons": null, "level": null, "place": null}"#;
    let body = format!(r#"{{"succeeded": ["a"], "failed": [{failure}], "links": {{"next": null}}}}"#);
    assert_eq!(judge(Nulls::TAG_USERS, (200, &body)), "succeeded, failed");
    assert_eq!(judge(Nulls::TAG_USERS, (200, r#"{"succeeded": ["a", "b"], "failed": null}"#)), "succeeded, succeeded");
}

#[test]
fn words_are_codes_results_or_states() {
    use declared::words::WordsClient as Words;

    check("words.yaml", &expect_file!["declared/words.rs"]);
    let users = r#"[{"id": "a", "status": "ACTIVE"}, {"id": "b", "status": "SUSPENDED"}]"#;
    for (judged, want) in [
        (judge(Words::ENABLE_USERS, (200, r#"[{"id": "a"}, {"id": "b", "error": "LOCKED"}]"#)), "succeeded, failed"),
        (judge(Words::RENAME_USERS, (200, users)), "succeeded, succeeded"),
    ] {
        assert_eq!(judged, want);
    }
}

#[test]
fn lists_and_maps_of_results_are_not_silence() {
    use declared::lists::ListsClient as Lists;

    check("lists.yaml", &expect_file!["declared/lists.rs"]);
    let responses = r#"{"responses": {"a": {}, "b": {"errors": [{"code": "NOT_FOUND"}]}}}"#;
    for (judged, want) in [
        (judge(Lists::BULK_DELETE_CUSTOMERS, (200, responses)), "succeeded, failed"),
        (judge(Lists::BATCH_DELETE_OBJECTS, (200, r#"{"deleted_object_ids": ["a"]}"#)), "succeeded, unknown"),
        // A list and a word beside the failures may be about the other items.
        (
            judge(Lists::BATCH_READ_OBJECTS, (200, r#"{"status": "CANCELED", "results": [], "errors": []}"#)),
            "unknown, unknown",
        ),
        // What is listed after a removal may be what is left.
        (judge(Lists::REMOVE_USERS, (200, r#"[{"id": "b", "name": "B"}]"#)), "unknown, unknown"),
        (judge(Lists::BATCH_UPDATE_OBJECTS, (200, r#"{"notUpdated": ["a"], "idsNotFound": ["b"]}"#)), "failed, failed"),
    ] {
        assert_eq!(judged, want);
    }
}

#[test]
fn items_are_named_by_words_by_objects_or_by_several_fields() {
    use declared::references::{self as types, ReferencesClient as References};

    check("references.yaml", &expect_file!["declared/references.rs"]);
    let items = |json: &str| serde_json::from_str::<Vec<types::Mapping>>(json).unwrap();
    let mappings = items(r#"[{"kind": "ROLE", "from": "a"}, {"kind": "SOURCE", "from": "a"}]"#);
    let created = r#"{"created": [{"mappingId": "1", "kind": "ROLE", "from": "a"}]}"#;
    assert_eq!(judge_items(References::CREATE_MAPPINGS, &mappings, (200, created)), "succeeded, unknown");

    let view = r#"[{"personId": "p", "access": {"id": "a"}}, {"personId": "p", "access": {"id": "b"}}]"#;
    let views = serde_json::from_str::<Vec<types::View>>(view).unwrap();
    let viewed = r#"[{"personId": "p", "access": {"id": "b"}, "at": "now"}]"#;
    assert_eq!(judge_items(References::MARK_VIEWED, &views, (201, viewed)), "unknown, succeeded");

    let policies = serde_json::from_str::<Vec<types::Policy>>(r#"[{"name": "a"}, {"name": "b"}]"#).unwrap();
    // Nothing says that these are in the order of the items.
    let checked = r#"[{"status": 200}, {"status": 200}]"#;
    assert_eq!(judge_items(References::CHECK_POLICIES, &policies, (200, checked)), "unknown, unknown");

    let links = serde_json::from_str::<Vec<types::LinkItem>>(r#"[{"id": "a"}, {"id": "b"}]"#).unwrap();
    let some = r#"[{"status": 500, "errors": [], "link": {"id": "a"}}, {"status": 201, "link": {"id": "b"}}]"#;
    // The id of an error is no item.
    let errors = r#"{"errors": [{"id": "a", "title": "Invalid", "detail": "…"}]}"#;
    for (judged, want) in [
        (judge_items(References::ADD_LINKS, &links, (207, some)), "failed, succeeded"),
        (judge_items(References::ADD_LINKS, &links, (200, r#"{"status": "created"}"#)), "succeeded, succeeded"),
        (judge_items(References::ADD_LINKS, &links, (200, r#"{"status": "halted"}"#)), "unknown, unknown"),
        (judge_items(References::IMPORT_LINKS, &links, (200, errors)), "unknown, unknown"),
    ] {
        assert_eq!(judged, want);
    }
}

#[test]
fn items_are_in_groups_that_are_named_by_what_is_done() {
    use declared::groups::{self as types, GroupsClient as Groups};

    check("groups.yaml", &expect_file!["declared/groups.rs"]);
    let places = Groups::ENDPOINTS.iter().map(|one| one.items);
    assert_eq!(places.collect::<Vec<_>>(), [ItemsAt::Groups(""), ItemsAt::Groups("/0"), ItemsAt::Pointer("/userIds")]);
    let items = [types::ChangeProductsItem::Delete(1), types::ChangeProductsItem::Delete(2)];
    // Two lists, whose elements name no item: no position counts.
    let changed = r#"{"create": [], "delete": [{"status": 200}, {"status": 404}]}"#;
    assert_eq!(judge_items(Groups::CHANGE_PRODUCTS, &items, (200, changed)), "unknown, unknown");
}

#[test]
fn one_of_several_bodies_is_declared_and_no_other_one_is_believed() {
    use declared::bodies::{BodiesClient as Bodies, UpsertPointsItem};

    check("bodies.yaml", &expect_file!["declared/bodies.rs"]);
    let items = ["a", "b"].map(|id| UpsertPointsItem { id: id.to_owned() });
    for (judged, want) in [
        (
            judge_items(Bodies::UPSERT_POINTS, &items, (200, r#"{"result": {"status": "acknowledged"}}"#)),
            "unknown, unknown",
        ),
        (judge_items(Bodies::READ_POINTS, &items, (200, r#"{"points": [{"id": "a"}]}"#)), "unknown, unknown"),
        // An object that names one item says nothing about the other.
        (judge(Bodies::POINT_OWNER, (200, r#"{"pointId": "a", "owner": "o"}"#)), "no outcome yet, no outcome yet"),
        (judge(Bodies::DELETE_POINTS, (204, "")), "succeeded, succeeded"),
    ] {
        assert_eq!(judged, want);
    }
    assert_eq!(Bodies::DELETE_POINTS.spec().arguments, [ArgumentAt::Field("/mode")]);
}

#[test]
fn lists_that_a_declaration_cannot_write_are_told() {
    check("styles.yaml", &expect_file!["declared/styles.rs"]);
    let places = declared::styles::StylesClient::ENDPOINTS.iter().map(|one| one.items);
    let want = [ItemsAt::Query("ids", ListStyle::Repeat), ItemsAt::Pointer("/data/attributes/rows/data")];
    assert_eq!(places.collect::<Vec<_>>(), want);
    let (list, _) = declare_successfully(&[&spec("styles.yaml"), "--list"]);
    let line = "; not declared: the list `ids` is `pipeDelimited`, which a declaration cannot write\n";
    assert!(list.contains(line), "{list}");
    assert!(list.ends_with("1 more are doubtful, such as one object with a list in it: see --doubtful\n"), "{list}");
}

#[test]
fn references_to_other_files_are_followed_or_told() {
    check("files/openapi.yaml", &expect_file!["declared/files.rs"]);
    let (_, told) = declare_successfully(&[&spec("files/openapi.yaml")]);
    let folder = spec("files");
    for line in [
        "declare: `https://example.com/paths.yaml` in openapi.yaml cannot be followed: it is a URL: save the file beside this one, and refer to it by its path",
        "declare: `schemas/all.yaml#/Result` in paths/users.yaml cannot be followed: No such file or directory (os error 2)",
        "declare: `./paths/missing.yaml` in openapi.yaml cannot be followed: No such file or directory (os error 2)",
        &format!(
            "declare: `../csp.yaml#/paths` in openapi.yaml cannot be followed: it is outside of {folder}: name a folder that contains both with --root"
        ),
        "declare: `schemas/all.yaml#/Nowhere` in schemas/all.yaml cannot be followed: schemas/all.yaml has no `/Nowhere`",
    ] {
        assert!(told.lines().any(|one| one == line), "{line} is not in\n{told}");
    }
    assert!(!told.contains("not-a-reference"), "{told}");
    let (_, told) = declare_successfully(&[&spec("files/openapi.yaml"), "--root", &spec("")]);
    assert!(!told.contains("csp.yaml"), "{told}");
}

#[test]
fn what_a_specification_states_in_words_is_kept() {
    check("stated.yaml", &expect_file!["declared/stated.rs"]);
}

#[test]
fn objects_with_a_list_in_them_are_declared_only_when_asked() {
    let (list, _) = declare_successfully(&[&spec("stated.yaml"), "--list"]);
    assert!(list.ends_with("3 more are doubtful, such as one object with a list in it: see --doubtful\n"), "{list}");
    let (list, _) = declare_successfully(&[&spec("stated.yaml"), "--list", "--doubtful"]);
    let (bulk, doubtful): (Vec<&str>, Vec<&str>) = list.lines().skip(1).partition(|line| !line.contains("; but "));
    assert_eq!(
        doubtful,
        [
            "  setLabels  (PUT /events/{eventId}/labels): `labels` takes at most 100; but a PUT of `labels` replaces the whole list: a second request undoes the first, `labels` are values of the object that its path names",
            "  createCheck  (POST /checks): `actions` takes at most 30; but `actions` is one of 3 required fields",
            "  listEvents  (GET /events): `kinds` takes at most 20; but `kinds` is an optional filter",
        ]
    );
    // Those that the vendor calls bulk come first, and the doubtful ones last.
    let ids = bulk.iter().filter_map(|line| line.split_whitespace().next());
    assert_eq!(
        ids.collect::<Vec<_>>(),
        [
            "importEvents",
            "archiveEvents",
            "restoreEvents",
            "touchEvents",
            "countEvents",
            "moveEvents",
            "sendEvents",
            "deleteEvents"
        ]
    );
    let (module, _) = declare_successfully(&[&spec("stated.yaml"), "--doubtful"]);
    assert!(module.contains("fn set_labels("), "{module}");
}

#[test]
fn the_list_has_reasons() {
    let (list, _) = declare_successfully(&[&spec("swagger2.yaml"), "--list"]);
    let (asked, _) = declare_successfully(&[&spec("swagger2.yaml"), "--list", "--operation", "plain"]);
    assert_eq!(asked, "1 of 6 operations:\n  plain  (POST /plain): named by --operation\n");
    for line in [
        "5 of 6 operations:",
        "  inviteMany  (POST /things/bulk): it mentions `bulk`, `emails` lists what it acts on",
        "  emptyBatch  (POST /empty/batch): it mentions `batch`; not declared: its request has no array",
    ] {
        assert!(list.lines().any(|one| one == line), "{line} is not in\n{list}");
    }
}

#[test]
fn one_operation_is_declared_when_named() {
    for id in ["deleteOrgUsers", "DELETE /csp/gateway/am/api/orgs/{orgId}/users"] {
        let (module, list) = declare_successfully(&[&spec("csp.yaml"), "--operation", id, "--name", "org users"]);
        assert!(module.contains("pub trait OrgUsers: Send + Sync {"), "{module}");
        assert!(!module.contains("TokenFailure"), "{module}");
        assert!(list.starts_with("1 of 3 operations:"), "{list}");
    }
}

/// A folder for one test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("declare-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path: &Path = &self.0.join(name);
        std::fs::write(path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn errors_show_the_place_in_the_file() {
    let folder = Folder::new("bad");
    let file = |name: &str, content: &str| folder.file(name, content);
    let head = "openapi: 3.0.0\ninfo: {title: T, version: 1}\n";
    for (path, wants) in [
        ("/nowhere/spec.yaml".to_owned(), &["/nowhere/spec.yaml cannot be read"] as &[&str]),
        (file("broken.yaml", "openapi: 3.0.0\npaths:\n  /a: {b: [\n"), &["broken.yaml is not valid YAML", "line 4"]),
        (
            file("broken.json", "{\n  \"openapi\": \"3.0.0\",\n  \"paths\": }"),
            &["broken.json is not valid JSON", "line 3 column 12"],
        ),
        (
            file("list.yaml", "- 1\n"),
            &["list.yaml is not an OpenAPI document", "expected a field `openapi` or `swagger`"],
        ),
        (file("old.yaml", "swagger: 1.2\npaths: {}\n"), &["expected OpenAPI 3 or Swagger 2.0", "found version 1.2"]),
        (file("empty.yaml", head), &["has no operations", "expected an object `paths`"]),
        (
            file("none.yaml", &format!("{head}paths:\n  /a: {{get: {{responses: {{}}}}}}\n")),
            &["none of the 1 operations", "--operation"],
        ),
        (
            file("bare.yaml", &format!("{head}paths:\n  /bulk: {{post: {{responses: {{}}}}}}\n")),
            &["expected a request with an array of items"],
        ),
        (folder.file("latin.yaml", b"openapi: 3.0.0\ntitle: \xfc\n"), &["is not UTF-8 text (line 2)"]),
        (file("deep.yaml", &"[".repeat(5_000)), &["is not valid YAML"]),
        (file("bomb.yaml", &bomb()), &["is not valid YAML", "repetition limit"]),
    ] {
        let output = run_declare(&[&path]);
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{path}: {message}");
        for want in wants {
            assert!(message.contains(want), "{want:?} is not in {message:?}");
        }
        assert_eq!(text(&output.stdout), "", "{path}");
    }
    let output = run_declare(&[&spec("csp.yaml"), "--operation", "deleteorg"]);
    let message = text(&output.stderr);
    assert!(message.contains("one of the 3 operations"), "{message}");
    assert!(message.contains("found \"deleteorg\": did you mean deleteOrgUsers?"), "{message}");
}

/// A short YAML text whose aliases expand to a very long one.
fn bomb() -> String {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let before = format!("*a{},", level - 1).repeat(9);
        let _ = writeln!(bomb, "a{level}: &a{level} [{before}]");
    }
    bomb
}

#[test]
fn circular_schemas_are_declared() {
    check("circles.yaml", &expect_file!["declared/circles.rs"]);
}

/// A specification of about `bytes` bytes. One operation in a hundred is bulk, and each has its own schemas.
fn large(bytes: usize) -> String {
    let (mut paths, mut schemas) = (String::new(), String::new());
    let mut number = 0;
    while paths.len() + schemas.len() < bytes {
        number += 1;
        let limit = if number % 100 == 0 { "              maxItems: 50\n" } else { "" };
        let _ = write!(
            paths,
            "  /things{number}/{{thingId}}/change:\n    post:\n      operationId: changeThings{number}\n      summary: Changes things of kind {number}\n      \
             description: |\n        Changes some things, each of which must be there.\n\n        What cannot be changed is told.\n      \
             tags: [things, change]\n      parameters:\n        - name: thingId\n          in: path\n          required: true\n          schema: {{ type: string }}\n      \
             requestBody:\n        required: true\n        content:\n          application/json:\n            schema:\n{limit}              \
             type: array\n              items:\n                $ref: \"#/components/schemas/Thing{number}\"\n      responses:\n        \"200\":\n          description: OK\n          \
             content:\n            application/json:\n              schema:\n                $ref: \"#/components/schemas/Answer{number}\"\n"
        );
        let _ = write!(
            schemas,
            "    Thing{number}:\n      type: object\n      description: A thing of kind {number}.\n      required: [id]\n      properties:\n"
        );
        for field in ["id", "displayName", "ownerId", "createdAt", "state", "comment"] {
            let _ = write!(
                schemas,
                "        {field}:\n          type: string\n          description: What the vendor says of {field}, in a sentence or two.\n          example: {field}-{number}\n"
            );
        }
        let _ = write!(
            schemas,
            "    Answer{number}:\n      type: object\n      properties:\n        succeeded:\n          type: array\n          items: {{ type: string }}\n        \
             failed:\n          type: array\n          items:\n            type: object\n            properties:\n              id: {{ type: string }}\n              message: {{ type: string }}\n"
        );
    }
    format!("openapi: 3.0.3\ninfo:\n  title: Large\n  version: '1'\npaths:\n{paths}components:\n  schemas:\n{schemas}")
}

/// An optimized build reads 10 MB of YAML in less than 5 s: see CONTRIBUTING. Without optimization, 1 MB and no limit.
#[test]
fn large_files_are_read_fast() {
    let megabytes = if cfg!(debug_assertions) { 1 } else { 10 };
    let folder = Folder::new("large");
    let text = large(megabytes * 1_000_000);
    let file = folder.file("large.yaml", &text);
    let start = Instant::now();
    let (module, list) = declare_successfully(&[&file]);
    let took = start.elapsed();
    println!("{:.1} MB of YAML in {took:.2?}: {}", text.len() as f64 / 1e6, list.lines().next().unwrap_or_default());
    assert!(module.contains("fn change_things100("), "{list}");
    assert!(cfg!(debug_assertions) || took < Duration::from_secs(5), "it took {took:?}");
}
