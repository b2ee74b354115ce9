//! Requests and responses that are objects with one entry for each item.

use std::collections::BTreeMap;

use bulk_endpoint::reply::NoFailure;
use bulk_endpoint::{
    ApiError, Bulk, BulkItem, BulkReply, ItemReply, Pairs, bulk_api,
    reply::{BodyShape, CollectorOf, DecodeError, PerItem, RawResponse as Whole, ReplyShape, Unlisted},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::coverage::{Row, plug_in, whole};
use crate::ids::AwsError;
use crate::vendor::{Vendor, empty, json as answer, told, words};

pub const ROWS: &[Row] = &[
    whole("vmware-cpn-delete-org-users", "OrgUsers::delete"),
    whole("vmware-horizon-cloud-batch-templates", "Templates::batch")
        .narrowed("`search`, which selects templates in place of `ids`"),
    whole("square-bulk-create-customers", "Customers::bulk_create"),
    plug_in("aws-dynamodb-batch-write-item", "DynamoDb::batch_write_item"),
];

/// Users of organizations in VMware Cloud Partner Navigator.
#[bulk_api]
pub trait OrgUsers: Send + Sync {
    /// Deletes users of an organization. The vendor documents no limit. It does not document how the response names a user; the name is
    /// assumed here.
    ///
    /// [The vendor's page](https://developer.vmware.com/apis/cloud-partner-navigator/identity/latest/cphub/api/auth/v1/orgs/orgId/users/delete/)
    #[delete("/cphub/api/auth/v1/orgs/{orgId}/users")]
    #[bulk_endpoint(items = "users", max = assumed(100), partial = true)]
    fn delete(&self, org_id: &str, #[query] context: Option<UserContext>) -> Bulk<OrgUser, GenericUserResponse>;
}

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum UserContext {
    Operator,
    Provider,
    Tenant,
}

#[derive(Debug, Serialize, BulkItem)]
#[serde(rename_all = "camelCase")]
pub struct OrgUser {
    pub idp_id: String,
    #[bulk(key)]
    pub username: String,
}

#[derive(Debug, Deserialize, BulkReply)]
#[serde(rename_all = "camelCase")]
pub struct GenericUserResponse {
    #[bulk(code)]
    pub major_error_code: Option<String>,
    pub minor_error_code: Option<String>,
    #[bulk(message)]
    pub message: Option<String>,
    #[serde(default)]
    pub parameter_list: Vec<String>,
    #[bulk(nested)]
    pub status: UserStatus,
}

#[derive(Debug, Deserialize, BulkReply)]
pub struct UserStatus {
    #[bulk(failed)]
    pub failed: Pairs<String, String>,
    #[bulk(succeeded)]
    pub succeeded: Vec<String>,
}

#[tokio::test]
async fn org_users() {
    let user = |name: &str| OrgUser { idp_id: "idp".to_owned(), username: name.to_owned() };
    let reply = |status: Value| json!({"majorErrorCode": "", "minorErrorCode": "", "message": "", "parameterList": [], "status": status});
    for (body, want) in [
        (reply(json!({"failed": {"b": "no such user"}, "succeeded": ["a"]})), ["succeeded", "failed no such user"]),
        (reply(json!({"failed": {}, "succeeded": ["b", "a"]})), ["succeeded", "succeeded"]),
        (reply(json!({"failed": {"b": "y", "a": "x"}, "succeeded": []})), ["failed x", "failed y"]),
        (reply(json!({"failed": {"b": {}}, "succeeded": ["a"]})), ["succeeded", "unknown"]),
        (reply(json!({"failed": ["b"], "succeeded": ["a"]})), ["succeeded", "unknown"]),
        (json!({"message": "ok"}), ["unknown", "unknown"]),
    ] {
        let vendor = Vendor::answering([answer(200, &body)]).await;
        let users = OrgUsersClient::new(vendor.client()).delete("o", Some(UserContext::Tenant));
        assert_eq!(told(&users.send([user("a"), user("b")]).await), want, "{body}");
        let seen = vendor.only();
        let path = "/cphub/api/auth/v1/orgs/o/users?context=TENANT";
        assert_eq!((seen.method.as_str(), seen.target.as_str()), ("DELETE", path));
        let sent = |name: &str| json!({"idpId": "idp", "username": name});
        assert_eq!(seen.json(), json!({"users": [sent("a"), sent("b")]}));
    }
}

/// Templates of VMware Horizon Cloud.
#[bulk_api(rename_all = "camelCase")]
pub trait Templates: Send + Sync {
    /// Performs an action on templates, such as `RESYNC` or `RETRY_PROVISIONING`. The vendor documents no limit.
    ///
    /// [The vendor's page](https://developer.vmware.com/apis/horizon-cloud-nextgen/latest/admin/v2/batch/templates/post/)
    #[post("/admin/v2/batch/templates")]
    #[bulk_endpoint(max = assumed(100), partial = true)]
    fn batch(&self, #[query] action: &str, org_id: &str) -> Bulk<String, TemplatesChanged>;
}

#[derive(Debug, Deserialize, BulkReply)]
pub enum TemplatesChanged {
    #[bulk(on(200, 202, 207))]
    Told(TemplateBatchResponse),
    #[bulk(on(201))]
    Created,
}

/// The result for each template. Its content is undocumented.
#[derive(Debug, Default, Deserialize, BulkReply)]
#[serde(default)]
pub struct TemplateBatchResponse {
    #[bulk(succeeded)]
    pub results: Pairs<String, Value>,
    #[bulk(failed)]
    pub errors: Pairs<String, Value>,
}

#[tokio::test]
async fn horizon_templates() {
    for (told_by, want) in [
        (
            answer(207, &json!({"errors": {"t2": {"code": "x"}}, "results": {"t1": {"id": "t1"}}})),
            ["succeeded", "failed"],
        ),
        (answer(202, &json!({"results": {"t1": {}, "t2": {}}})), ["succeeded", "succeeded"]),
        (answer(207, &json!({"errors": {"t1": {}, "t2": {}}})), ["failed", "failed"]),
        (answer(207, &json!({"errors": {"t2": {}}, "results": {"t2": {}, "t1": {}}})), ["succeeded", "unknown"]),
        (answer(200, &json!({"results": ["t1"], "errors": {"t2": {}}})), ["unknown", "failed"]),
        (answer(200, &json!({})), ["unknown", "unknown"]),
        (empty(201), ["succeeded", "succeeded"]),
        (empty(200), ["unknown", "unknown"]),
        (empty(404), ["refused", "refused"]),
    ] {
        let vendor = Vendor::answering([told_by.clone()]).await;
        let templates = TemplatesClient::new(vendor.client()).batch("RESYNC", "o");
        let report = templates.send(["t1", "t2"].map(str::to_owned)).await;
        assert_eq!(words(&report), want, "{told_by:?}");
        assert!(report.succeeded().all(|(_, success)| success.accepted == (told_by.status == 202)));
        let seen = vendor.only();
        assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/admin/v2/batch/templates?action=RESYNC"));
        assert_eq!(seen.json(), json!({"ids": ["t1", "t2"], "orgId": "o"}));
    }
}

/// Customers of Square.
#[bulk_api]
pub trait Customers: Send + Sync {
    /// Creates customers, each under its own idempotency key.
    ///
    /// [The vendor's specification](https://github.com/square/connect-api-specification/blob/master/api.json)
    #[post("/v2/customers/bulk-create")]
    #[bulk_endpoint(items = map("/customers"), max = 100, partial = true, idempotent = true)]
    fn bulk_create(&self) -> Bulk<NewCustomer, CreatedCustomers, SquareErrors>;
}

#[derive(Debug, Serialize, BulkItem)]
pub struct NewCustomer {
    #[bulk(key)]
    #[serde(skip)]
    pub idempotency_key: String,
    pub given_name: String,
}

#[derive(Debug, Deserialize, BulkReply)]
pub struct CreatedCustomers {
    #[bulk(results)]
    pub responses: Pairs<String, CreatedCustomer>,
    #[serde(default)]
    pub errors: Vec<SquareError>,
}

#[derive(Debug, Deserialize, ItemReply)]
pub struct CreatedCustomer {
    #[bulk(succeeded)]
    pub customer: Option<Customer>,
    #[bulk(failed, nested)]
    #[serde(default)]
    pub errors: Vec<SquareError>,
}

#[derive(Debug, Deserialize, ItemReply)]
pub struct Customer {
    pub id: String,
}

/// The body of a refusal.
#[derive(Debug, Deserialize, ApiError)]
pub struct SquareErrors {
    #[bulk(nested)]
    pub errors: Vec<SquareError>,
}

#[derive(Debug, Deserialize, ItemReply)]
pub struct SquareError {
    pub category: String,
    #[bulk(code)]
    pub code: String,
    #[bulk(message)]
    pub detail: Option<String>,
    pub field: Option<String>,
}

#[tokio::test]
async fn square_customers() {
    let [a, b] = ["8bb76c4f-e35d-4c5b-90de-1194cd9179f0", "d1689f23-b25d-4932-b2f0-aed00f5e2029"];
    let customer = |key: &str, name: &str| NewCustomer { idempotency_key: key.to_owned(), given_name: name.to_owned() };
    let errors =
        json!([{"category": "INVALID_REQUEST_ERROR", "code": "INVALID_VALUE", "detail": "no", "field": "email"}]);
    let created = json!({"customer": {"id": "8DDA5NZVBZFGAX0V3HPF81HHE0"}});
    let failed = json!({"errors": errors});
    for (status, body, want) in [
        (200, json!({"responses": {a: created, b: failed}, "errors": []}), ["succeeded", "failed INVALID_VALUE no"]),
        (200, json!({"responses": {b: created, a: created}}), ["succeeded", "succeeded"]),
        (200, json!({"responses": {b: failed, a: failed}}), ["failed INVALID_VALUE no"; 2]),
        (200, json!({"responses": {a: created, b: {}}}), ["succeeded", "unknown"]),
        (200, json!({"responses": {a: {"customer": {"id": "1"}, "errors": errors}}}), ["unknown", "unknown"]),
        (200, json!({"errors": errors}), ["unknown", "unknown"]),
        (400, failed.clone(), ["refused INVALID_VALUE no"; 2]),
    ] {
        let vendor = Vendor::answering([answer(status, &body)]).await;
        let customers = CustomersClient::new(vendor.client()).bulk_create();
        let report = customers
            .send([customer(a, "Amelia"), customer(b, "Marie")])
            .max_attempts(1)
            .patience(std::time::Duration::ZERO)
            .await;
        assert_eq!(told(&report), want, "{body}");
        let seen = vendor.only();
        assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/v2/customers/bulk-create"));
        assert_eq!(seen.json(), json!({"customers": {a: {"given_name": "Amelia"}, b: {"given_name": "Marie"}}}));
    }
}

/// Tables of AWS DynamoDB. Requests are signed in the client's transport.
#[bulk_api(rename_all = "PascalCase")]
pub trait DynamoDb: Send + Sync {
    /// Puts and deletes items of several tables. The vendor's limit of 400 KB for an item does not count bytes of JSON, so it
    /// is not declared.
    ///
    /// [The vendor's page](https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html)
    #[post("/")]
    #[header("X-Amz-Target", "DynamoDB_20120810.BatchWriteItem")]
    #[header("Content-Type", "application/x-amz-json-1.0")]
    #[bulk_endpoint(
        items = groups("/RequestItems"), max = 25, max_bytes = 16_777_216, partial = true, idempotent = true,
        retry("ProvisionedThroughputExceededException", "RequestLimitExceeded"),
    )]
    fn batch_write_item(
        &self,
        return_consumed_capacity: Option<&str>,
        return_item_collection_metrics: Option<&str>,
    ) -> Bulk<Write, Written, AwsError>;
}

/// One write. The response repeats it if it was not processed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, BulkItem)]
#[serde(transparent)]
#[bulk(key)]
pub struct Write {
    #[bulk(group)]
    #[serde(skip)]
    pub table: String,
    pub request: WriteRequest,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all_fields = "PascalCase")]
pub enum WriteRequest {
    PutRequest { item: Attributes },
    DeleteRequest { key: Attributes },
}

pub type Attributes = BTreeMap<String, Attribute>;

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Attribute {
    S(String),
    N(String),
    B(String),
    Bool(bool),
    Null(bool),
    Ss(Vec<String>),
    Ns(Vec<String>),
    Bs(Vec<String>),
    L(Vec<Attribute>),
    M(Attributes),
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Written {
    pub unprocessed_items: BTreeMap<String, Vec<WriteRequest>>,
}

// plug-in of aws-dynamodb-batch-write-item
/// A write is an object under the name of its table.
impl BulkReply for Written {
    type Key = Write;
    type Success = ();
    type Failure = NoFailure;
    const SHAPE: ReplyShape = ReplyShape::new(BodyShape::Opaque).unlisted(Unlisted::Succeeded);

    fn read(response: &Whole<'_>, collector: &mut CollectorOf<'_, Self>) -> Result<(), DecodeError> {
        let read = serde_json::from_str(response.body()?.get());
        let Written { unprocessed_items } = read.map_err(|error| DecodeError::new("", error))?;
        for (table, requests) in unprocessed_items {
            for request in requests {
                collector.unprocessed(&Write { table: table.clone(), request });
            }
        }
        Ok(())
    }
}

impl PerItem for Written {}
// end of plug-in

#[tokio::test]
async fn dynamodb() {
    let attributes = |key: &str| Attributes::from([("pk".to_owned(), Attribute::S(key.to_owned()))]);
    let put = |table: &str, key: &str| Write {
        table: table.to_owned(),
        request: WriteRequest::PutRequest { item: attributes(key) },
    };
    let delete = Write { table: "Table1".into(), request: WriteRequest::DeleteRequest { key: attributes("2") } };
    let writes = [put("Table1", "1"), delete, put("Table2", "1")];
    let sent = |key: &str| json!({"PutRequest": {"Item": {"pk": {"S": key}}}});
    let unprocessed =
        |tables: Value| json!({"UnprocessedItems": tables, "ItemCollectionMetrics": {}, "ConsumedCapacity": []});
    for (body, want) in [
        (unprocessed(json!({})), ["succeeded"; 3]),
        (unprocessed(json!({"Table1": [sent("1")]})), ["refused", "succeeded", "succeeded"]),
        (
            unprocessed(
                json!({"Table1": [sent("1"), {"DeleteRequest": {"Key": {"pk": {"S": "2"}}}}], "Table2": [sent("1")]}),
            ),
            ["refused"; 3],
        ),
        // A write that was not sent in this form.
        (unprocessed(json!({"Table1": [sent("01")]})), ["unknown"; 3]),
        (unprocessed(json!({"Table1": [{"PutRequest": {}}]})), ["unknown"; 3]),
        (json!({}), ["unknown"; 3]),
    ] {
        let vendor = Vendor::answering([answer(200, &body)]).await;
        let tables = DynamoDbClient::new(vendor.client()).batch_write_item(Some("TOTAL"), None);
        assert_eq!(
            words(&tables.send(writes.clone()).max_attempts(1).patience(std::time::Duration::ZERO).await),
            want,
            "{body}"
        );
        let seen = vendor.only();
        assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/"));
        assert_eq!(seen.header("x-amz-target"), Some("DynamoDB_20120810.BatchWriteItem"));
        assert_eq!(seen.header("content-type"), Some("application/x-amz-json-1.0"));
        let tables =
            json!({"Table1": [sent("1"), {"DeleteRequest": {"Key": {"pk": {"S": "2"}}}}], "Table2": [sent("1")]});
        assert_eq!(seen.json(), json!({"RequestItems": tables, "ReturnConsumedCapacity": "TOTAL"}));
    }
    // Unprocessed writes are retried.
    let first = unprocessed(json!({"Table2": [sent("1")]}));
    let vendor = Vendor::answering([answer(200, &first), answer(200, &unprocessed(json!({})))]).await;
    let report = DynamoDbClient::new(vendor.client()).batch_write_item(None, None).send(writes.clone()).await;
    assert_eq!(words(&report), ["succeeded"; 3]);
    assert_eq!(vendor.seen()[1].json(), json!({"RequestItems": {"Table2": [sent("1")]}}));
}
