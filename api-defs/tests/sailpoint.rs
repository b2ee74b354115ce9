//! SailPoint's operations: the requests that its specification documents, and what a run makes of its documented responses.

#![allow(clippy::unwrap_used, reason = "a test fails with a panic")]

use bulk_endpoint::testing::NextStep;
use bulk_endpoint::{ApiError, Bulk, BulkItem, BulkReply, Client};
use bulk_endpoint_api_defs::sailpoint::*;
use http::Response;
use serde_json::{Value, json};

fn client() -> Client {
    Client::builder("https://tenant.api.identitynow.com/v2025").bearer("token").build().unwrap()
}

fn ids<T: From<&'static str>>() -> [T; 2] {
    ["2c91808876438bb2017668b91919ecca", "2c91808876438ba801766e129f151816"].map(T::from)
}

/// The one request with these items: its method and path, and its body.
fn planned<T: BulkItem, R: BulkReply, E: ApiError>(bulk: &Bulk<T, R, E>, items: &[T]) -> (String, Value) {
    let plan = bulk.plan(items);
    let [request] = &plan.requests[..] else { panic!("{plan}") };
    (format!("{} {}", request.method, request.url.path()), serde_json::from_slice(&request.body).unwrap())
}

/// The outcome of each item, without messages, and the next step.
fn judged<T: BulkItem, R: BulkReply, E: ApiError>(
    bulk: &Bulk<T, R, E>,
    items: &[T],
    status: u16,
    body: &str,
) -> (Vec<String>, NextStep) {
    let judged = bulk.judge(items, &Response::builder().status(status).body(body).unwrap());
    let outcomes = judged.report.rows().map(|row| match row.status {
        Some(status) => format!("{} {status}", row.outcome),
        None => row.outcome.to_string(),
    });
    (outcomes.collect(), judged.next)
}

/// A refusal that the specification shows, of all items.
const INVALID: &str = r#"{
    "detailCode": "400.1 Bad Request Content",
    "trackingId": "1ea1adcb84da4dcb890145e05745774e",
    "messages": [{"locale": "en-US", "localeOrigin": "DEFAULT", "text": "The request was syntactically correct but its content is semantically invalid."}]
}"#;

/// Checks an operation whose response is about all items of a request: the request, the documented response, and a refusal.
fn check_whole<T: BulkItem, R: BulkReply, E: ApiError>(
    bulk: &Bulk<T, R, E>,
    items: &[T],
    (request, body): (&str, &Value),
    (status, response): (u16, &str),
) {
    assert_eq!(planned(bulk, items), (request.to_owned(), body.clone()));
    let all = |text: String| vec![text; items.len()];
    let (outcomes, next) = judged(bulk, items, status, response);
    assert_eq!((outcomes, next), (all(format!("succeeded {status}")), NextStep::Done), "{request}");
    let (outcomes, next) = judged(bulk, items, 403, INVALID);
    // Nothing succeeded before: no other request would be allowed.
    assert!(matches!(next, NextStep::Stop(_)), "{request}: {next}");
    assert_eq!(outcomes, all("refused 403".to_owned()), "{request}");
}

#[test]
fn access_requests_and_approvals() {
    let requests = AccessRequestsClient::new(client());
    let two = json!(["2c91808876438bb2017668b91919ecca", "2c91808876438ba801766e129f151816"]);
    check_whole(
        &requests.cancel("I requested this role by mistake."),
        &ids(),
        (
            "POST /v2025/access-requests/bulk-cancel",
            &json!({"comment": "I requested this role by mistake.", "accessRequestIds": two}),
        ),
        (202, "{}"),
    );
    check_whole(
        &requests.approve("I approve these request items"),
        &ids(),
        (
            "POST /v2025/access-request-approvals/bulk-approve",
            &json!({"comment": "I approve these request items", "approvalIds": two}),
        ),
        (202, "{}"),
    );
    let approvals = ApprovalsClient::new(client());
    let urgent = [("urgency".to_owned(), json!("high"))].into();
    check_whole(
        &approvals.approve(Some("monthly review"), Some(&urgent)),
        &ids(),
        (
            "POST /v2025/generic-approvals/bulk-approve",
            &json!({"comment": "monthly review", "additionalAttributes": {"urgency": "high"}, "approvalIds": two}),
        ),
        (202, ""),
    );
    for (bulk, path) in [(approvals.reject(None), "bulk-reject"), (approvals.cancel(None), "bulk-cancel")] {
        let request = format!("POST /v2025/generic-approvals/{path}");
        check_whole(&bulk, &ids(), (&request, &json!({ "approvalIds": two })), (202, "{}"));
    }
    let [from, to] = ["12353251", "32454251"].map(IdentityId::from);
    check_whole(
        &approvals.reassign(&from, &to, None),
        &ids(),
        (
            "POST /v2025/generic-approvals/bulk-reassign",
            &json!({"reassignFrom": "12353251", "reassignTo": "32454251", "approvalIds": two}),
        ),
        (202, "{}"),
    );
}

#[test]
fn roles_dimensions_and_metadata() {
    let roles = RolesClient::new(client());
    let two = json!(["2c91808876438bb2017668b91919ecca", "2c91808876438ba801766e129f151816"]);
    let task = r#"{"type": "TASK_RESULT", "id": "464ae7bf791e49fdb74606a2e4a89635", "name": null}"#;
    check_whole(&roles.delete(), &ids(), ("POST /v2025/roles/bulk-delete", &json!({ "roleIds": two })), (202, task));
    check_whole(
        &roles.delete_dimensions(&RoleId::from("r1")),
        &ids(),
        ("POST /v2025/roles/r1/dimensions/bulk-delete", &json!({ "dimensionIds": two })),
        (202, task),
    );
    // One role that does not exist has the whole request refused.
    let missing = r#"{
        "detailCode": "400.1.404 Referenced object not found",
        "trackingId": "77aa89ac6f0e422dbc588866abc22be9",
        "messages": [{"locale": "en-US", "localeOrigin": "DEFAULT", "text": "Referenced roleIds [\"2c91808876438bb2017668b91919ecca\"] was not found."}]
    }"#;
    let items: [RoleId; 2] = ids();
    match judged(&roles.delete(), &items, 400, missing).1 {
        NextStep::Retry { items, .. } => assert_eq!(items, [1, 1], "the request is bisected"),
        next => panic!("{next}"),
    }
    // The task is told.
    let response = Response::builder().status(202).body(task).unwrap();
    let deleted = roles.delete();
    let judged = deleted.judge(&items, &response);
    let bodies: Vec<&Task> = judged.report.responses().filter_map(|response| response.body()).collect();
    assert_eq!(bodies[0].id, "464ae7bf791e49fdb74606a2e4a89635");
    let values = [MetadataValues { attribute: "iscFederalClassifications".into(), values: vec!["topSecret".into()] }];
    let update = r#"{"id": "2d82ac17-eb0d-4ba6-9918-dcad6ee0294d", "type": "ROLE", "status": "CREATED", "created": "2024-09-16T18:59:06.871594Z"}"#;
    check_whole(
        &roles.update_metadata(MetadataOperation::Add, Some(MetadataScope::All), &values),
        &ids(),
        (
            "POST /v2025/roles/access-model-metadata/bulk-update/ids",
            &json!({"operation": "ADD", "replaceScope": "ALL", "values": [{"attribute": "iscFederalClassifications", "values": ["topSecret"]}], "roles": two}),
        ),
        (202, update),
    );
    check_whole(
        &AccessModelMetadataClient::new(client()).update_entitlements(MetadataOperation::Remove, None, &values),
        &ids(),
        (
            "POST /v2025/access-model-metadata/bulk-update/ids",
            &json!({"operation": "REMOVE", "values": [{"attribute": "iscFederalClassifications", "values": ["topSecret"]}], "entitlements": two}),
        ),
        (200, update),
    );
}

#[test]
fn profiles_attributes_non_employees_and_sources() {
    let profiles = IdentityProfilesClient::new(client());
    let two = json!(["2c91808876438bb2017668b91919ecca", "2c91808876438ba801766e129f151816"]);
    let task = r#"{"id": "ff8081814d977c21014da056804a0af3", "name": "Background Object Terminator", "launcher": "support",
        "completed": null, "launched": "Mon Aug 21 14:55:39 CDT 2023", "completionStatus": "Success"}"#;
    check_whole(&profiles.delete(), &ids(), ("POST /v2025/identity-profiles/bulk-delete", &two), (202, task));
    check_whole(
        &profiles.delete_attributes(),
        &["name", "displayName"].map(IdentityAttributeName::from),
        ("DELETE /v2025/identity-attributes/bulk-delete", &json!({"ids": ["name", "displayName"]})),
        (204, ""),
    );
    check_whole(
        &NonEmployeesClient::new(client()).delete(),
        &ids(),
        ("POST /v2025/non-employee-records/bulk-delete", &json!({ "ids": two })),
        (204, ""),
    );
    let sources = SourcesClient::new(client());
    check_whole(
        &sources.delete_of_multi_host(&MultiHostId::from("m1")),
        &ids(),
        ("POST /v2025/multihosts/m1/sources/bulk-delete", &two),
        (200, ""),
    );
}

#[test]
fn provisioning_policies() {
    let sources = SourcesClient::new(client());
    let bulk = sources.update_policies(&SourceId::from("s1"));
    let policy = |usage_type: &str| ProvisioningPolicy {
        usage_type: usage_type.into(),
        name: Some("example".into()),
        description: None,
        fields: Vec::new(),
    };
    let items = [policy("CREATE"), policy("DISABLE")];
    let body = json!([
        {"usageType": "CREATE", "name": "example", "fields": []},
        {"usageType": "DISABLE", "name": "example", "fields": []}
    ]);
    let request = "POST /v2025/sources/s1/provisioning-policies/bulk-update".to_owned();
    assert_eq!(planned(&bulk, &items), (request, body.clone()));
    assert_eq!(judged(&bulk, &items, 200, &body.to_string()), (vec!["succeeded 200".into(); 2], NextStep::Done));
    // A policy that the list lacks was perhaps not replaced: a retry shows it.
    let part = json!([{"usageType": "DISABLE", "name": "example", "fields": []}]).to_string();
    let (outcomes, next) = judged(&bulk, &items, 200, &part);
    assert_eq!(outcomes, ["succeeded 200"]);
    assert!(matches!(next, NextStep::Retry { .. }), "{next}");
}

#[test]
fn apps_tags_and_templates() {
    let apps = SourceAppsClient::new(client());
    let two = json!(["2c91808876438bb2017668b91919ecca", "2c91808876438ba801766e129f151816"]);
    let patch = [PatchOperation::replace("/enabled", false)];
    check_whole(
        &apps.update(&patch),
        &ids(),
        (
            "POST /v2025/source-apps/bulk-update",
            &json!({"jsonPatch": [{"op": "replace", "path": "/enabled", "value": false}], "appIds": two}),
        ),
        (204, ""),
    );
    check_whole(
        &apps.remove_access_profiles(&SourceAppId::from("a1")),
        &ids(),
        ("POST /v2025/source-apps/a1/access-profiles/bulk-remove", &two),
        (200, r#"[{"id": "2c91808a7190d06e01719938fcd20792", "name": "Employee-database-read-write"}]"#),
    );
    let objects = ["2c91808568c529c60168cca6f90c1313", "2c91808568c529c60168cca6f90c1314"];
    let objects = objects.map(|id| TaggedObject { r#type: "IDENTITY".into(), id: id.into(), name: None });
    let refs = json!([
        {"type": "IDENTITY", "id": "2c91808568c529c60168cca6f90c1313"},
        {"type": "IDENTITY", "id": "2c91808568c529c60168cca6f90c1314"}
    ]);
    let tags = TaggedObjectsClient::new(client());
    check_whole(
        &tags.add(&["BU_FINANCE".to_owned(), "PCI".to_owned()]),
        &objects,
        (
            "POST /v2025/tagged-objects/bulk-add",
            &json!({"operation": "MERGE", "tags": ["BU_FINANCE", "PCI"], "objectRefs": refs}),
        ),
        (200, &json!([{ "objectRefs": refs, "tags": ["BU_FINANCE", "PCI"] }]).to_string()),
    );
    check_whole(
        &tags.remove(&["PCI".to_owned()]),
        &objects,
        ("POST /v2025/tagged-objects/bulk-remove", &json!({"tags": ["PCI"], "objectRefs": refs})),
        (204, ""),
    );
    let template = |medium: Option<&str>| NotificationTemplate {
        key: "cloud_manual_work_item_summary".into(),
        medium: medium.map(String::from),
        locale: Some("en".into()),
    };
    check_whole(
        &NotificationTemplatesClient::new(client()).delete(),
        &[template(Some("EMAIL")), template(None)],
        (
            "POST /v2025/notification-templates/bulk-delete",
            &json!([
                {"key": "cloud_manual_work_item_summary", "medium": "EMAIL", "locale": "en"},
                {"key": "cloud_manual_work_item_summary", "locale": "en"}
            ]),
        ),
        (204, ""),
    );
}

#[test]
fn suggestions() {
    let suggestions = SuggestionsClient::new(client());
    let items = ["016629d1-1d25-463f-97f3-c6686846650", "016629d1-1d25-463f-97f3-c6686846651"].map(SuggestionId::from);
    let bulk = suggestions.submit_descriptions();
    let request = "POST /v2025/suggested-entitlement-description-approvals".to_owned();
    assert_eq!(planned(&bulk, &items), (request, json!([{ "items": items }])));
    let failed =
        r#"{"id": "016629d1-1d25-463f-97f3-c6686846651", "status": "FAILED", "failedReason": "invalid status"}"#;
    let done = r#"{"id": "016629d1-1d25-463f-97f3-c6686846650", "status": "SUCCESS"}"#;
    let (outcomes, next) = judged(&bulk, &items, 200, &format!("[{done}, {failed}]"));
    assert_eq!((outcomes, next), (vec!["succeeded 200".into(), "failed 200".into()], NextStep::Done));
    let both = failed.replace("846651", "846650");
    assert_eq!(judged(&bulk, &items, 200, &format!("[{both}, {failed}]")).0, ["failed 200"; 2]);

    let viewed = |id: &str| RecommendedAccess {
        identity_id: "2c91808570313110017040b06f344ec9".into(),
        access: RecommendedItem { id: id.into(), r#type: "ACCESS_PROFILE".into() },
    };
    let items = [viewed("a"), viewed("b")];
    let bulk = suggestions.mark_viewed();
    let sent = json!([
        {"identityId": "2c91808570313110017040b06f344ec9", "access": {"id": "a", "type": "ACCESS_PROFILE"}},
        {"identityId": "2c91808570313110017040b06f344ec9", "access": {"id": "b", "type": "ACCESS_PROFILE"}}
    ]);
    let request = "POST /v2025/ai-access-request-recommendations/viewed-items/bulk-create".to_owned();
    assert_eq!(planned(&bulk, &items), (request, sent.clone()));
    let mut stored = sent;
    stored[0]["timestamp"] = json!("2017-07-11T18:45:37.098Z");
    assert_eq!(judged(&bulk, &items, 201, &stored.to_string()), (vec!["succeeded 201".into(); 2], NextStep::Done));

    check_whole(
        &suggestions.set_common_access(),
        &[CommonAccess::Confirmed("c1".into()), CommonAccess::Denied("c2".into())],
        ("POST /v2025/common-access/update-status", &json!([{"confirmedIds": ["c1"], "deniedIds": ["c2"]}])),
        (202, "{}"),
    );
}

/// The specification documents these limits; the others are assumed.
#[test]
fn the_documented_limits_are_declared() {
    let endpoints = [
        AccessRequestsClient::ENDPOINTS,
        ApprovalsClient::ENDPOINTS,
        RolesClient::ENDPOINTS,
        AccessModelMetadataClient::ENDPOINTS,
        IdentityProfilesClient::ENDPOINTS,
        NonEmployeesClient::ENDPOINTS,
        SourcesClient::ENDPOINTS,
        SourceAppsClient::ENDPOINTS,
        TaggedObjectsClient::ENDPOINTS,
        NotificationTemplatesClient::ENDPOINTS,
        SuggestionsClient::ENDPOINTS,
    ];
    let documented = endpoints.into_iter().flatten().filter(|spec| !spec.max.assumed);
    let mut documented: Vec<_> = documented.map(|spec| (spec.path, spec.max.items)).collect();
    documented.sort_unstable();
    assert_eq!(
        documented,
        [
            ("/access-request-approvals/bulk-approve", 50),
            ("/access-requests/bulk-cancel", 50),
            ("/roles/access-model-metadata/bulk-update/ids", 3000),
            ("/roles/bulk-delete", 50),
            ("/roles/{roleId}/dimensions/bulk-delete", 50),
            ("/source-apps/bulk-update", 50),
        ]
    );
}
