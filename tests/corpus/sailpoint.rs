//! SailPoint's bulk operations, as `bulk-endpoint-api-defs` declares them: 207 responses with several spellings of an element, and other
//! shapes.

use bulk_endpoint::{ApiError, BulkReply, Client, Report, spec::EndpointSpec};
use bulk_endpoint_api_defs::sailpoint::*;
use serde_json::{Value, json};

use crate::coverage::{Row, whole};
use crate::tells::{line, tells};
use crate::vendor::{Seen, Vendor, empty, json as answer, text, told, words};

pub const ROWS: &[Row] = &[
    whole("sailpoint-identities-accounts-disable", "IdentityAccountsV1::disable"),
    whole("sailpoint-entitlement-connections-bulk-update", "EntitlementConnections::update"),
    whole("sailpoint-access-profiles-bulk-delete", "AccessProfiles::bulk_delete")
        .narrowed("an item that was accepted is not followed to the end of its task"),
    whole("sailpoint-entitlements-bulk-update", "Entitlements::bulk_update"),
    whole("sailpoint-object-mappings-bulk-patch", "ObjectMappings::bulk_patch"),
];

/// Method and path.
fn of(seen: &Seen) -> (&str, &str) {
    (&seen.method, &seen.target)
}

/// The limits, by path; `true` if the limit is an assumption.
#[test]
fn limits_are_those_of_the_documents() {
    let limits = |specs: &[EndpointSpec]| -> Vec<(&'static str, usize, bool)> {
        specs.iter().map(|spec| (spec.name, spec.max.items, spec.max.assumed)).collect()
    };
    assert_eq!(limits(EntitlementConnectionsClient::ENDPOINTS), [("update", 100, false)]);
    assert_eq!(
        limits(AccessProfilesClient::ENDPOINTS),
        [("bulk_delete", 50, false), ("bulk_delete_unused", 50, false), ("bulk_update_requestable", 50, true)]
    );
    assert_eq!(limits(EntitlementsClient::ENDPOINTS), [("bulk_update", 50, false)]);
    assert_eq!(
        limits(GovernanceGroupsClient::ENDPOINTS),
        [("bulk_delete", 100, false), ("add_members", 50, true), ("remove_members", 50, true)]
    );
    assert_eq!(limits(ObjectMappingsClient::ENDPOINTS), [("bulk_create", 25, false), ("bulk_patch", 25, true)]);
}

#[tokio::test]
async fn identities() {
    let ids = || ["2c91808384203c2d018437e631158308", "2c9180858082150f0180893dbaf553fe"].map(IdentityId::from);
    let done = json!({"id": "2c91808384203c2d018437e631158308", "statusCode": 202, "message": null});
    let missing = json!({
        "id": "2c9180858082150f0180893dbaf553fe",
        "statusCode": 404,
        "message": "Referenced identity \"2c9180858082150f0180893dbaf553fe\" was not found.",
    });
    let vendor = Vendor::answering([answer(207, &json!([missing, done]))]).await;
    let report = IdentityAccountsV1Client::new(vendor.client()).disable().send(ids()).await;
    assert_eq!(line(&report), "succeeded failed");
    assert!(report.succeeded().all(|(_, success)| success.accepted));
    let (id, failure) = report.failed().next().expect("a failure");
    assert_eq!((id.as_ref(), failure.status_code), ("2c9180858082150f0180893dbaf553fe", 404));
    let seen = vendor.only();
    assert_eq!(of(&seen), ("POST", "/identities-accounts/v1/disable"));
    assert_eq!(
        seen.json(),
        json!({"identityIds": ["2c91808384203c2d018437e631158308", "2c9180858082150f0180893dbaf553fe"]})
    );
    let vendor = Vendor::answering([answer(207, &json!([missing, done]))]).await;
    let report = IdentityAccountsV1Client::new(vendor.client()).enable().send(ids()).await;
    assert_eq!(
        (line(&report).as_str(), of(&vendor.only())),
        ("succeeded failed", ("POST", "/identities-accounts/v1/enable"))
    );
    let mut also = missing.clone();
    also["id"] = done["id"].clone();
    tells(
        [
            (answer(207, &json!([missing])), "unknown failed"),
            (answer(207, &json!([missing, also])), "failed failed"),
            (answer(207, &json!([missing, {"id": "2c91808384203c2d018437e631158308"}])), "unknown failed"),
            (answer(207, &json!({"results": [done]})), "unknown unknown"),
            (answer(401, &json!({"error": "JWT validation failed: JWT is expired"})), "refused refused"),
        ],
        async |client| {
            line(
                &IdentityAccountsV1Client::new(client)
                    .disable()
                    .send(ids())
                    .max_attempts(1)
                    .patience(std::time::Duration::ZERO)
                    .await,
            )
        },
    )
    .await;
}

#[tokio::test]
async fn connections() {
    let ids = ["d532", "6bcc", "57bd", "0255"];
    let items = || ids.map(|id| EntitlementConnection { connection_id: id.into(), r#type: ConnectionType::Jit });
    let all = |statuses: [u16; 4]| {
        let result = |(id, status)| json!({"connectionId": id, "type": "JIT", "status": status, "description": "why"});
        Value::from_iter(ids.into_iter().zip(statuses).map(result))
    };
    let vendor = Vendor::answering([answer(207, &all([201, 422, 409, 404]))]).await;
    let report = EntitlementConnectionsClient::new(vendor.client()).update().send(items()).await;
    assert_eq!(line(&report), "succeeded failed failed failed");
    assert_eq!(report.failed().map(|(_, failure)| failure.status).collect::<Vec<_>>(), [422, 409, 404]);
    let seen = vendor.only();
    assert_eq!(of(&seen), ("POST", "/entitlement-connections/v1"));
    assert_eq!(seen.json()[0], json!({"connectionId": "d532", "type": "JIT"}));
    tells(
        [
            (answer(207, &all([422; 4])), "failed failed failed failed"),
            (answer(207, &json!([all([201; 4])[3]])), "unknown unknown unknown succeeded"),
            (answer(207, &json!(["d532"])), "unknown unknown unknown unknown"),
            (answer(400, &json!({"detailCode": "400.1"})), "refused refused refused refused"),
            (answer(412, &json!({"message": "not enabled"})), "refused refused refused refused"),
        ],
        async |client| {
            line(
                &EntitlementConnectionsClient::new(client)
                    .update()
                    .send(items())
                    .max_attempts(1)
                    .patience(std::time::Duration::ZERO)
                    .await,
            )
        },
    )
    .await;
    // The documented response to a duplicate connection never comes, since one request never contains two of one connection.
    let vendor = Vendor::answering([answer(207, &all([201; 4])), answer(207, &json!([all([201; 4])[0]]))]).await;
    let again = EntitlementConnection { connection_id: ids[0].into(), r#type: ConnectionType::Standing };
    let report =
        EntitlementConnectionsClient::new(vendor.client()).update().send(items().into_iter().chain([again])).await;
    assert_eq!(line(&report), "succeeded succeeded succeeded succeeded succeeded");
    assert_eq!(vendor.seen()[1].json(), json!([{"connectionId": "d532", "type": "STANDING"}]));
}

#[tokio::test]
async fn access_profiles_are_deleted() {
    let ids = || ["2c91808876438bb2017668b91919ecca", "2c91808876438ba801766e129f151816"].map(AccessProfileId::from);
    let [a, b] = ids();
    let in_use = |id: &AccessProfileId| json!({"accessProfileId": id, "usages": [{"type": "Role", "id": "2c9180887643764201766e9f6e121518"}]});
    let task = "2c91808a7813090a01781412a1119a20";
    for (status, body, want) in [
        (202, json!({"taskId": task, "pending": [a], "inUse": [in_use(&b)]}), ["succeeded", "failed"]),
        (202, json!({"taskId": task, "pending": [a, b], "inUse": []}), ["succeeded", "succeeded"]),
        (202, json!({"taskId": null, "pending": [], "inUse": [in_use(&b), in_use(&a)]}), ["failed", "failed"]),
        (202, json!({"taskId": task, "pending": [a], "inUse": [{"accessProfileId": 7}]}), ["succeeded", "unknown"]),
        (202, json!({"taskId": task, "pending": {}}), ["unknown", "unknown"]),
        (
            400,
            json!({"detailCode": "400.1 Bad Request Content", "trackingId": "t", "messages": [{"text": "Too many"}]}),
            ["refused 400.1 Bad Request Content Too many"; 2],
        ),
        (
            401,
            json!({"error": "JWT validation failed: JWT is expired"}),
            ["refused JWT validation failed: JWT is expired"; 2],
        ),
    ] {
        let vendor = Vendor::answering([answer(status, &body)]).await;
        let report = AccessProfilesClient::new(vendor.client())
            .bulk_delete()
            .send(ids())
            .max_attempts(1)
            .patience(std::time::Duration::ZERO)
            .await;
        assert_eq!(told(&report), want, "{status} {body}");
        assert!(report.succeeded().all(|(_, success)| success.accepted == (status == 202)), "{body}");
        for (_, failure) in report.failed() {
            assert_eq!(failure.used_by[0].r#type, "Role");
        }
        let tasks = report.responses().map(|response| response.body().unwrap().task_id.as_deref());
        let told: &[Option<&str>] = if status == 202 { &[body["taskId"].as_str()] } else { &[] };
        assert_eq!(tasks.collect::<Vec<_>>(), told, "{body}");
        let seen = vendor.only();
        assert_eq!(of(&seen), ("POST", "/access-profiles/v1/bulk-delete"));
        assert_eq!(seen.json(), json!({"bestEffortOnly": true, "accessProfileIds": [a, b]}));
    }
    // The spelling of the schema.
    let used_by = json!({"accessProfileId": b, "usedBy": [{"type": "ROLE", "id": "r", "name": "Manager Role"}]});
    let vendor = Vendor::answering([answer(200, &json!({"pending": [], "inUse": [used_by]}))]).await;
    let report = AccessProfilesClient::new(vendor.client())
        .bulk_delete_unused()
        .send(ids())
        .patience(std::time::Duration::ZERO)
        .await;
    assert_eq!(words(&report), ["refused", "failed"], "nothing was deleted");
    let (_, failure) = report.failed().next().expect("a failure");
    assert_eq!(failure.used_by[0].name.as_deref(), Some("Manager Role"));
    assert_eq!(vendor.only().json()["bestEffortOnly"], false);
}

#[tokio::test]
async fn access_profiles_are_requestable_or_not() {
    let items = || ["464a", "2c71"].map(|id| AccessProfileRequestable { id: id.into(), requestable: false });
    let result =
        |id: &str, status: &str| json!({"id": id, "status": status, "requestable": false, "description": "why"});
    let vendor = Vendor::answering([answer(207, &json!([result("2c71", "404"), result("464a", "201")]))]).await;
    let report = AccessProfilesClient::new(vendor.client()).bulk_update_requestable().send(items()).await;
    assert_eq!(told(&report), ["succeeded", "failed why"]);
    let seen = vendor.only();
    assert_eq!(of(&seen), ("POST", "/access-profiles/v1/bulk-update-requestable"));
    assert_eq!(seen.json(), json!([{"id": "464a", "requestable": false}, {"id": "2c71", "requestable": false}]));
    tells(
        [
            (answer(207, &json!([result("2c71", "404"), result("464a", "404")])), "failed failed"),
            (answer(207, &json!([result("464a", "201"), result("2c71", "soon")])), "succeeded unknown"),
            (answer(207, &json!({"updated": ["464a"]})), "unknown unknown"),
            (answer(412, &json!({"message": "API/Feature not enabled for your organization."})), "refused refused"),
        ],
        async |client| {
            line(
                &AccessProfilesClient::new(client)
                    .bulk_update_requestable()
                    .send(items())
                    .max_attempts(1)
                    .patience(std::time::Duration::ZERO)
                    .await,
            )
        },
    )
    .await;
}

#[tokio::test]
async fn entitlements() {
    let patch = [PatchOperation::replace("/requestable", false)];
    let detailed =
        json!({"detailCode": "404 Not found", "trackingId": "t", "messages": [{"text": "no such id"}], "causes": []});
    for (by, want) in [
        (empty(204), ["succeeded"; 2]),
        (answer(200, &json!({"error": "down"})), ["unknown"; 2]),
        (text(200, "text/html", "<html>Sign in</html>"), ["unknown"; 2]),
        (answer(403, &detailed), ["refused 404 Not found no such id"; 2]),
    ] {
        let vendor = Vendor::answering([by.clone()]).await;
        let entitlements = EntitlementsClient::new(vendor.client()).bulk_update(&patch);
        assert_eq!(
            told(
                &entitlements
                    .send(["a", "b"].map(EntitlementId::from))
                    .max_attempts(1)
                    .patience(std::time::Duration::ZERO)
                    .await
            ),
            want,
            "{by:?}"
        );
        let seen = vendor.only();
        assert_eq!(of(&seen), ("POST", "/entitlements/v1/bulk-update"));
        let patch = json!([{"op": "replace", "path": "/requestable", "value": false}]);
        assert_eq!(seen.json(), json!({"entitlementIds": ["a", "b"], "jsonPatch": patch}));
    }
    // One id does not exist: its request is bisected.
    let vendor = Vendor::answering([answer(404, &detailed), answer(404, &detailed), empty(204)]).await;
    let entitlements = EntitlementsClient::new(vendor.client()).bulk_update(&patch);
    let report = entitlements.send(["a", "b"].map(EntitlementId::from)).concurrency(1).await;
    assert_eq!(told(&report), ["refused 404 Not found no such id", "succeeded"]);
}

#[tokio::test]
async fn governance_groups() {
    let ids = || ["567a", "c7b0"].map(WorkgroupId::from);
    let result = |id: &str, status: u16| json!({"id": id, "status": status, "description": "why"});
    let vendor = Vendor::answering([answer(207, &json!([result("567a", 204), result("c7b0", 409)]))]).await;
    let report = GovernanceGroupsClient::new(vendor.client()).bulk_delete().send(ids()).await;
    assert_eq!(told(&report), ["succeeded", "failed why"]);
    let seen = vendor.only();
    assert_eq!(of(&seen), ("POST", "/workgroups/v1/bulk-delete"));
    assert_eq!(seen.json(), json!({"ids": ["567a", "c7b0"]}));
    tells(
        [
            (answer(207, &json!([result("567a", 404), result("c7b0", 409)])), "failed failed"),
            (answer(207, &json!([result("567a", 204), {"id": "c7b0", "status": "gone"}])), "succeeded unknown"),
            (answer(207, &json!({"deleted": ["567a"]})), "unknown unknown"),
            (answer(429, &json!({"message": " Rate Limit Exceeded "})), "refused refused"),
        ],
        async |client| {
            line(
                &GovernanceGroupsClient::new(client)
                    .bulk_delete()
                    .send(ids())
                    .max_attempts(1)
                    .patience(std::time::Duration::ZERO)
                    .await,
            )
        },
    )
    .await;
    // After an attempt with an unknown result, a group that does not exist was deleted by that attempt.
    let gone = json!([result("567a", 404), result("c7b0", 409)]);
    let vendor = Vendor::answering([empty(504), answer(207, &gone)]).await;
    let report = GovernanceGroupsClient::new(vendor.client()).bulk_delete().send(ids()).await;
    assert_eq!(told(&report), ["succeeded", "failed why"]);
    assert!(report.succeeded().all(|(_, success)| success.earlier));
}

#[tokio::test]
async fn members() {
    let group = WorkgroupId::from("2c91");
    let items = || ["464a", "3244"].map(|id| WorkgroupMember::from(IdentityId::from(id)));
    let result = |id: &str, status: u16| json!({"id": id, "status": status, "description": "why"});
    let body = json!([result("464a", 201), result("3244", 409)]);
    let vendor = Vendor::answering([answer(207, &body)]).await;
    let report = GovernanceGroupsClient::new(vendor.client()).add_members(&group).send(items()).await;
    assert_eq!(told(&report), ["succeeded", "failed why"]);
    let seen = vendor.only();
    assert_eq!(of(&seen), ("POST", "/workgroups/v1/2c91/members/bulk-add"));
    assert_eq!(seen.json(), json!([{"type": "IDENTITY", "id": "464a"}, {"type": "IDENTITY", "id": "3244"}]));

    let body = json!([result("464a", 204), result("3244", 404)]);
    let vendor = Vendor::answering([answer(207, &body)]).await;
    let report = GovernanceGroupsClient::new(vendor.client()).remove_members(&group).send(items()).await;
    assert_eq!(told(&report), ["succeeded", "failed why"]);
    assert_eq!(of(&vendor.only()), ("POST", "/workgroups/v1/2c91/members/bulk-delete"));
    tells(
        [
            (answer(207, &json!([result("464a", 404), result("3244", 404)])), "failed failed"),
            (answer(207, &json!([result("464a", 204)])), "succeeded unknown"),
            (answer(207, &json!([])), "unknown unknown"),
            (answer(404, &json!({"detailCode": "404 Not found"})), "refused refused"),
        ],
        async |client: Client| {
            let bulk = GovernanceGroupsClient::new(client).remove_members(&group);
            line(&bulk.send(items()).max_attempts(1).patience(std::time::Duration::ZERO).await)
        },
    )
    .await;
}

/// Returns the outcomes of the items, and the number of requests.
fn in_requests<T: bulk_endpoint::BulkItem, R: BulkReply, E: ApiError>(report: &Report<T, R, E>) -> (String, usize) {
    (line(report), report.requests())
}

#[tokio::test]
async fn object_mappings_are_patched() {
    let [a, b] = ["603b1a61-d03d-4ed1-864f-a508fbd1995d", "00bece34-f50d-4227-8878-76f620b5a971"];
    let patch =
        |id: &str| ObjectMappingPatch { id: id.into(), operations: vec![PatchOperation::replace("/enabled", true)] };
    let patched = |id: &str| json!({"objectMappingId": id, "objectType": "SOURCE", "enabled": true});
    let send = async |client| {
        ObjectMappingsClient::new(client)
            .bulk_patch("acme")
            .send([patch(a), patch(b)])
            .max_attempts(1)
            .patience(std::time::Duration::ZERO)
            .concurrency(1)
            .await
    };
    let vendor = Vendor::answering([answer(200, &json!({"patchedObjects": [patched(b), patched(a)]}))]).await;
    let report = send(vendor.client()).await;
    assert_eq!(line(&report), "succeeded succeeded");
    let (_, success) = report.succeeded().next().expect("a success");
    assert_eq!(success.body.as_ref().and_then(|body| body.enabled), Some(true));
    let seen = vendor.only();
    assert_eq!(of(&seen), ("POST", "/configuration-hub/v1/object-mappings/acme/bulk-patch"));
    let sent = json!([{"op": "replace", "path": "/enabled", "value": true}]);
    assert_eq!(seen.json(), json!({"patches": {a: sent, b: sent}}));
    tells(
        [
            (answer(200, &json!({"patchedObjects": [patched(a)]})), "succeeded unknown"),
            (
                answer(200, &json!({"patchedObjects": [patched(a), {"objectMappingId": b, "enabled": 1}]})),
                "succeeded unknown",
            ),
            (answer(200, &json!({"patchedObjects": {}})), "unknown unknown"),
            (answer(404, &json!({"detailCode": "404 Not found"})), "refused refused"),
        ],
        async |client| line(&send(client).await),
    )
    .await;
    let refused = answer(404, &json!({"detailCode": "404 Not found"}));
    let vendor =
        Vendor::answering([refused.clone(), refused, answer(200, &json!({"patchedObjects": [patched(b)]}))]).await;
    assert_eq!(in_requests(&send(vendor.client()).await), ("refused succeeded".to_owned(), 3));
}

#[tokio::test]
async fn object_mappings_are_created() {
    let mapping = |object_type: &str| NewObjectMapping {
        object_type: object_type.to_owned(),
        json_path: "$.name".to_owned(),
        source_value: format!("Original {object_type} Name"),
        target_value: format!("New {object_type} Name"),
        enabled: true,
    };
    let added = |object_type: &str| {
        json!({
            "objectMappingId": "603b1a61-d03d-4ed1-864f-a508fbd1995d",
            "objectType": object_type,
            "jsonPath": "$.name",
            "sourceValue": format!("Original {object_type} Name"),
            "targetValue": format!("New {object_type} Name"),
            "enabled": true,
            "created": "2024-03-25T15:50:41.314Z",
            "modified": "2024-03-25T15:50:41.299Z",
        })
    };
    let send = async |client| {
        let bulk = ObjectMappingsClient::new(client).bulk_create("source-org");
        bulk.send([mapping("SOURCE"), mapping("IDENTITY")]).await
    };
    let body = json!({"addedObjects": [added("IDENTITY"), added("SOURCE")]});
    let vendor = Vendor::answering([answer(200, &body)]).await;
    let report = send(vendor.client()).await;
    assert_eq!(line(&report), "succeeded succeeded");
    let (_, success) = report.succeeded().next().expect("a success");
    let id = success.body.as_ref().map(|body| body.object_mapping_id.as_ref());
    assert_eq!(id, Some("603b1a61-d03d-4ed1-864f-a508fbd1995d"));
    let seen = vendor.only();
    assert_eq!(of(&seen), ("POST", "/configuration-hub/v1/object-mappings/source-org/bulk-create"));
    let sent = json!({
        "objectType": "SOURCE",
        "jsonPath": "$.name",
        "sourceValue": "Original SOURCE Name",
        "targetValue": "New SOURCE Name",
        "enabled": true,
    });
    assert_eq!(seen.json()["newObjectsMappings"][0], sent);
    tells(
        [
            (answer(200, &json!({"addedObjects": [added("SOURCE")]})), "succeeded unknown"),
            (answer(200, &json!({"addedObjects": [added("ROLE")]})), "unknown unknown"),
            (answer(200, &json!({"patchedObjects": []})), "unknown unknown"),
            (answer(400, &json!({"detailCode": "400.1 Bad Request Content"})), "refused refused"),
        ],
        async |client| line(&send(client).await),
    )
    .await;
}
