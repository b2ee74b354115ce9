//! XML requests and responses.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bulk_endpoint::{
    ApiError, Bulk, BulkItem, BulkReply, Codec, CodecError, InFormat, ItemReply, ResponseFormat, bulk_api,
    reply::RawResponse,
};
use http::{HeaderMap, HeaderName};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::coverage::{Row, plug_in};
use crate::vendor::{Vendor, text, told, words};

pub const ROWS: &[Row] = &[plug_in("aws-s3-delete-objects", "Buckets::delete_objects")
    .narrowed("`Quiet`, which leaves the deleted out of the response")];

/// Buckets of AWS S3. Requests are signed in the client's transport; the client has the headers for MFA and the bucket's owner.
#[bulk_api]
pub trait Buckets: Send + Sync {
    /// Deletes objects. A nonexistent object counts as deleted.
    ///
    /// [The vendor's page](https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html)
    #[post("/{Bucket}?delete")]
    #[bulk_endpoint(
        items = codec(Xml), max = 1000, partial = true, idempotent = true, retry("InternalError", "SlowDown")
    )]
    fn delete_objects(&self, bucket: &str) -> Bulk<Object, InXml<DeleteResult>, InXml<S3Error>>;
}

#[derive(Debug, Serialize, BulkItem)]
#[serde(rename_all = "PascalCase")]
pub struct Object {
    #[bulk(key)]
    pub key: String,
    #[bulk(key)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteResult {
    #[bulk(succeeded)]
    #[serde(default)]
    pub deleted: Vec<Deleted>,
    #[bulk(failed)]
    #[serde(default)]
    pub error: Vec<DeleteError>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
#[serde(rename_all = "PascalCase")]
pub struct Deleted {
    #[bulk(key)]
    pub key: String,
    #[bulk(key)]
    #[serde(default, deserialize_with = "unless_empty")]
    pub version_id: Option<String>,
    pub delete_marker_version_id: Option<String>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteError {
    #[bulk(key)]
    pub key: String,
    #[bulk(key)]
    #[serde(default, deserialize_with = "unless_empty")]
    pub version_id: Option<String>,
    #[bulk(code)]
    pub code: String,
    #[bulk(message)]
    pub message: Option<String>,
}

#[derive(Debug, Deserialize, Serialize, ApiError)]
#[serde(rename_all = "PascalCase")]
pub struct S3Error {
    #[bulk(code)]
    pub code: String,
    #[bulk(message)]
    pub message: Option<String>,
}

pub type InXml<T> = InFormat<Xml, T>;

/// A body, by the name of its root element.
#[derive(Deserialize)]
enum XmlBody {
    DeleteResult(DeleteResult),
    Error(S3Error),
}

// plug-in of aws-s3-delete-objects
pub struct Xml;

impl Codec<Object> for Xml {
    const CONTENT_TYPE: &'static str = "application/xml";

    fn item(object: &Object, out: &mut Vec<u8>) -> Result<(), CodecError> {
        quick_xml::se::to_string(object).map(|xml| out.extend(xml.bytes())).map_err(Into::into)
    }

    fn body(_: &Map<String, Value>, items: &[&[u8]]) -> Vec<u8> {
        [b"<Delete>", items.concat().as_slice(), b"<Quiet>false</Quiet></Delete>"].concat()
    }

    fn headers(body: &[u8], headers: &mut HeaderMap) {
        let checksum = BASE64_STANDARD.encode(crc32fast::hash(body).to_be_bytes());
        headers.extend(checksum.parse().ok().map(|value| (HeaderName::from_static("x-amz-checksum-crc32"), value)));
    }
}

impl ResponseFormat for Xml {
    fn json(response: &RawResponse<'_>) -> Result<Vec<u8>, CodecError> {
        Ok(match quick_xml::de::from_reader(response.bytes())? {
            XmlBody::DeleteResult(result) => serde_json::to_vec(&result)?,
            XmlBody::Error(error) => serde_json::to_vec(&error)?,
        })
    }
}

fn unless_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Option::deserialize(deserializer)?.filter(|text: &String| !text.is_empty()))
}
// end of plug-in

#[tokio::test]
async fn s3() {
    let objects = || {
        [("k1", Some("v")), ("a<b", None)]
            .map(|(key, version)| Object { key: key.to_owned(), version_id: version.map(str::to_owned) })
    };
    let deleted = "<Deleted><Key>k1</Key><VersionId>v</VersionId><DeleteMarker/></Deleted>";
    let error = |key: &str, version: &str| {
        let version = format!("<VersionId>{version}</VersionId>");
        format!("<Error><Key>{key}</Key>{version}<Code>AccessDenied</Code><Message>no</Message></Error>")
    };
    let result = |parts: &[&str]| {
        let namespace = "http://s3.amazonaws.com/doc/2006-03-01/";
        format!("<?xml version=\"1.0\"?>\n<DeleteResult xmlns=\"{namespace}\">{}</DeleteResult>", parts.concat())
    };
    let (other, done, failed) =
        ("<Deleted><Key>a&lt;b</Key><VersionId/></Deleted>", "succeeded", "failed AccessDenied no");
    for (status, body, want) in [
        (200, result(&[deleted, &error("a&lt;b", "")]), [done, failed]),
        (200, result(&[other, deleted]), [done, done]),
        (200, result(&[&error("a&lt;b", ""), &error("k1", "v")]), [failed, failed]),
        (200, result(&[deleted, &error("k1", "v"), other]), ["unknown", done]),
        (200, result(&[deleted]), [done, "unknown"]),
        (200, result(&["<Deleted><Key>k1</Key></Deleted>", other]), ["unknown", done]),
        (200, result(&[deleted, "<Error><Key>a&lt;b</Key></Error>"]), ["unknown", "unknown"]),
        (200, format!("<DeleteResult>{deleted}"), ["unknown", "unknown"]),
        (200, "<html>Sign in</html>".to_owned(), ["unknown", "unknown"]),
        (
            403,
            "<Error><Code>AccessDenied</Code><Message>owner</Message></Error>".to_owned(),
            ["refused AccessDenied owner"; 2],
        ),
    ] {
        let vendor = Vendor::answering([text(status, "application/xml", &body)]).await;
        let report = BucketsClient::new(vendor.client())
            .delete_objects("photos")
            .send(objects())
            .max_attempts(1)
            .patience(std::time::Duration::ZERO)
            .await;
        assert_eq!(told(&report), want, "{body}");
        let seen = vendor.only();
        assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/photos?delete"));
        assert_eq!(seen.header("content-type"), Some("application/xml"));
        assert_eq!(
            seen.text(),
            "<Delete><Object><Key>k1</Key><VersionId>v</VersionId></Object><Object><Key>a&lt;b</Key></Object><Quiet>false</Quiet></Delete>"
        );
        let checksum = BASE64_STANDARD.encode(crc32fast::hash(&seen.body).to_be_bytes());
        assert_eq!(seen.header("x-amz-checksum-crc32"), Some(checksum.as_str()));
    }
    let vendor = Vendor::answering([
        text(
            503,
            "application/xml",
            "<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>",
        ),
        text(200, "application/xml", &result(&[deleted, other])),
    ])
    .await;
    let report = BucketsClient::new(vendor.client()).delete_objects("photos").send(objects()).await;
    assert_eq!(words(&report), [done, done]);
}
