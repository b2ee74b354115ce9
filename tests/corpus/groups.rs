//! Requests with an array for each operation, and responses with the same arrays.

use bulk_endpoint::{ApiError, Bulk, BulkItem, BulkReply, ItemReply, bulk_api};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::coverage::{Row, whole};
use crate::tells::{line, tells};
use crate::vendor::{Vendor, json as answer};

pub const ROWS: &[Row] = &[
    whole("cloudflare-dns-records-batch", "DnsRecords::batch"),
    whole("woocommerce-products-batch", "Products::batch"),
];

/// <https://developers.cloudflare.com/api/resources/dns/subresources/records/methods/batch/>
#[bulk_api]
pub trait DnsRecords: Send + Sync {
    /// Deletes, patches, replaces and creates records, in this order, all or none.
    #[post("/zones/{zone_id}/dns_records/batch")]
    #[bulk_endpoint(items = groups(""), max = assumed(200), partial = false)]
    fn batch(
        &self,
        zone_id: &str,
        #[query] include_shadow_metadata: Option<bool>,
    ) -> Bulk<DnsChange, DnsBatch, CloudflareErrors>;
}

#[derive(Debug, Clone, Serialize, BulkItem)]
#[bulk(group)]
#[serde(untagged, rename_all = "lowercase")]
pub enum DnsChange {
    Deletes {
        id: String,
    },
    Patches {
        id: String,
        #[serde(flatten)]
        fields: Map<String, Value>,
    },
    Puts {
        id: String,
        #[serde(flatten)]
        fields: Map<String, Value>,
    },
    Posts {
        #[serde(flatten)]
        fields: Map<String, Value>,
    },
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
pub struct DnsBatch {
    #[bulk(status)]
    pub success: bool,
    #[bulk(nested)]
    pub result: Option<DnsResult>,
}

#[derive(Debug, Default, Deserialize, Serialize, BulkReply)]
#[serde(default)]
pub struct DnsResult {
    #[bulk(succeeded)]
    pub deletes: Vec<DnsRecord>,
    #[bulk(succeeded)]
    pub patches: Vec<DnsRecord>,
    #[bulk(succeeded)]
    pub puts: Vec<DnsRecord>,
    #[bulk(succeeded)]
    pub posts: Vec<DnsRecord>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
#[bulk(positional)]
pub struct DnsRecord {
    pub id: Option<String>,
    #[serde(flatten)]
    pub fields: Map<String, Value>,
}

#[derive(Debug, Deserialize, ApiError)]
pub struct CloudflareErrors {
    #[bulk(nested)]
    pub errors: Vec<CloudflareError>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
pub struct CloudflareError {
    #[bulk(code)]
    pub code: u32,
    #[bulk(message)]
    pub message: String,
}

#[tokio::test]
async fn cloudflare() {
    let fields = |value: Value| value.as_object().cloned().unwrap_or_default();
    let items = || {
        [
            DnsChange::Posts { fields: fields(json!({"type": "A", "name": "x", "content": "1.2.3.4"})) },
            DnsChange::Deletes { id: "d".to_owned() },
            DnsChange::Posts { fields: fields(json!({"type": "A", "name": "y", "content": "1.2.3.4"})) },
            DnsChange::Patches { id: "p".to_owned(), fields: fields(json!({"ttl": 60})) },
        ]
    };
    let result =
        json!({"deletes": [{"id": "d"}], "patches": [{"id": "p"}], "puts": [], "posts": [{"id": "1"}, {"id": "2"}]});
    let done = json!({"success": true, "errors": [], "result": result});
    let vendor = Vendor::answering([answer(200, &done)]).await;
    let report = DnsRecordsClient::new(vendor.client()).batch("z", None).send(items()).await;
    assert_eq!(line(&report), "succeeded succeeded succeeded succeeded");
    let ids = report.succeeded().map(|(_, success)| success.body.as_ref().and_then(|body| body.id.as_deref()));
    assert_eq!(ids.collect::<Vec<_>>(), [Some("1"), Some("d"), Some("2"), Some("p")]);
    let seen = vendor.only();
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/zones/z/dns_records/batch"));
    assert_eq!(
        seen.json(),
        json!({
            "deletes": [{"id": "d"}],
            "patches": [{"id": "p", "ttl": 60}],
            "posts": [
                {"type": "A", "name": "x", "content": "1.2.3.4"},
                {"type": "A", "name": "y", "content": "1.2.3.4"},
            ],
        })
    );
    let with = |group: &str, list: Value| {
        let mut body = done.clone();
        body["result"][group] = list;
        body
    };
    let refused = json!({"success": false, "errors": [{"code": 9207, "message": "no such record"}], "result": null});
    tells(
        [
            (
                answer(200, &json!({"success": true, "errors": [], "result": {"deletes": [{}]}})),
                "unknown succeeded unknown unknown",
            ),
            // A group with too few results, and one with too many.
            (answer(200, &with("posts", json!([{}]))), "unknown unknown unknown unknown"),
            (answer(200, &with("deletes", json!([{}, {}]))), "unknown unknown unknown unknown"),
            (answer(200, &with("puts", json!([{}]))), "unknown unknown unknown unknown"),
            (answer(200, &with("patches", json!(["p"]))), "unknown unknown unknown unknown"),
            (answer(200, &refused), "refused refused refused refused"),
            (answer(400, &refused), "refused refused refused refused"),
        ],
        async |client| line(&DnsRecordsClient::new(client).batch("z", Some(true)).send(items()).await),
    )
    .await;
    let vendor = Vendor::answering([answer(400, &refused)]).await;
    let report = DnsRecordsClient::new(vendor.client()).batch("z", None).send(items()).await;
    let (_, refusal) = report.refused().next().expect("a refusal");
    assert_eq!((refusal.code.as_deref(), refusal.message.as_deref()), (Some("9207"), Some("no such record")));
}

/// <https://woocommerce.github.io/woocommerce-rest-api-docs/#batch-update-products>
#[bulk_api]
pub trait Products: Send + Sync {
    /// Creates, changes and deletes products.
    #[post("/wp-json/wc/v3/products/batch")]
    #[bulk_endpoint(items = groups(""), max = 100, partial = true)]
    fn batch(&self) -> Bulk<ProductChange, ProductBatch, WordPressError>;
}

#[derive(Debug, Clone, Serialize, BulkItem)]
#[bulk(group)]
#[serde(untagged, rename_all = "lowercase")]
pub enum ProductChange {
    Create(Map<String, Value>),
    Update {
        id: u64,
        #[serde(flatten)]
        fields: Map<String, Value>,
    },
    Delete(u64),
}

#[derive(Debug, Default, Deserialize, Serialize, BulkReply)]
#[serde(default)]
pub struct ProductBatch {
    #[bulk(results)]
    pub create: Vec<ProductResult>,
    #[bulk(results)]
    pub update: Vec<ProductResult>,
    #[bulk(results)]
    pub delete: Vec<ProductResult>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
#[bulk(positional)]
pub struct ProductResult {
    pub id: u64,
    #[bulk(failed, nested)]
    pub error: Option<ProductError>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
pub struct ProductError {
    #[bulk(code)]
    pub code: String,
    #[bulk(message)]
    pub message: String,
}

#[derive(Debug, Deserialize, ApiError)]
pub struct WordPressError {
    #[bulk(code)]
    pub code: String,
    #[bulk(message)]
    pub message: String,
}

#[tokio::test]
async fn woocommerce() {
    let fields = |value: Value| value.as_object().cloned().unwrap_or_default();
    let items = || {
        [
            ProductChange::Delete(794),
            ProductChange::Create(fields(json!({"name": "Woo Single #1"}))),
            ProductChange::Update { id: 799, fields: fields(json!({"default_attributes": []})) },
        ]
    };
    let done = json!({"create": [{"id": 800}], "update": [{"id": 799}], "delete": [{"id": 794}]});
    let vendor = Vendor::answering([answer(200, &done)]).await;
    let report = ProductsClient::new(vendor.client()).batch().send(items()).await;
    assert_eq!(line(&report), "succeeded succeeded succeeded");
    let ids = report.succeeded().map(|(_, success)| success.body.as_ref().map(|body| body.id));
    assert_eq!(ids.collect::<Vec<_>>(), [Some(794), Some(800), Some(799)]);
    let seen = vendor.only();
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/wp-json/wc/v3/products/batch"));
    assert_eq!(
        seen.json(),
        json!({
            "create": [{"name": "Woo Single #1"}],
            "update": [{"id": 799, "default_attributes": []}],
            "delete": [794],
        })
    );
    let failed = json!({"id": 0, "error": {"code": "woocommerce_rest_product_invalid_id", "message": "Invalid ID.", "data": {"status": 400}}});
    let partial = json!({"create": [{"id": 800}], "update": [failed], "delete": [{"id": 794}]});
    let vendor = Vendor::answering([answer(200, &partial)]).await;
    let report = ProductsClient::new(vendor.client()).batch().send(items()).await;
    assert_eq!(line(&report), "succeeded succeeded failed");
    let (_, outcome) = report.iter().nth(2).expect("three");
    assert_eq!(outcome.code().as_deref(), Some("woocommerce_rest_product_invalid_id"));
    tells(
        [
            (answer(200, &json!({"create": [failed], "update": [failed], "delete": [failed]})), "failed failed failed"),
            (answer(200, &json!({"create": [{"id": 800}]})), "unknown succeeded unknown"),
            (
                answer(200, &json!({"create": [{"id": 800}], "update": [], "delete": [{"id": 794}]})),
                "unknown unknown unknown",
            ),
            (
                answer(200, &json!({"create": [{}], "update": [{"id": 799}], "delete": [{"id": 794}]})),
                "succeeded unknown succeeded",
            ),
            (answer(200, &json!({})), "unknown unknown unknown"),
            (
                answer(401, &json!({"code": "woocommerce_rest_cannot_edit", "message": "Sorry."})),
                "refused refused refused",
            ),
        ],
        async |client| line(&ProductsClient::new(client).batch().send(items()).await),
    )
    .await;
}
