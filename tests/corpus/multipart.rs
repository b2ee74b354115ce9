//! Requests and responses in multipart format.

use std::io::Write as _;

use bulk_endpoint::{
    Bulk, BulkItem, Codec, CodecError, HttpStatus, InFormat, Index, ItemReply, ResponseFormat, bulk_api,
    reply::RawResponse,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::coverage::{Row, plug_in};
use crate::tells::{line, tells};
use crate::vendor::{Vendor, text};

pub const ROWS: &[Row] =
    &[plug_in("azure-blob-batch", "BlobBatch::delete").narrowed("Set Blob Tier; parts that a shared key signs")];

/// <https://learn.microsoft.com/en-us/rest/api/storageservices/blob-batch>
#[bulk_api]
pub trait BlobBatch: Send + Sync {
    /// Deletes blobs of a container.
    #[post("/{container}?restype=container&comp=batch")]
    #[header("x-ms-version", "2020-04-08")]
    #[bulk_endpoint(
        items = codec(Parts),
        max = assumed(256),
        partial = true,
        idempotent = true,
        already("BlobNotFound")
    )]
    fn delete(&self, container: &str) -> Bulk<BlobPath, InFormat<Parts, Vec<DeletedBlob>>>;
}

/// The path of a blob, with the query that authorizes its deletion: `/container/blob?sig=…`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, BulkItem)]
pub struct BlobPath(pub String);

#[derive(Debug, Serialize, Deserialize, ItemReply)]
pub struct DeletedBlob {
    #[bulk(key)]
    pub id: Index<0>,
    #[bulk(status)]
    pub status: HttpStatus,
    #[bulk(code)]
    pub code: Option<String>,
}

// plug-in of azure-blob-batch
pub struct Parts;

impl Codec<BlobPath> for Parts {
    const CONTENT_TYPE: &'static str = "multipart/mixed; boundary=batch_of_blobs";

    fn item(BlobPath(path): &BlobPath, out: &mut Vec<u8>) -> Result<(), CodecError> {
        let path = Some(path).filter(|path| path.bytes().all(|byte| byte.is_ascii_graphic()));
        Ok(write!(out, "DELETE {} HTTP/1.1\r\nContent-Length: 0\r\n\r\n", path.ok_or("it is not percent-encoded")?)?)
    }

    fn body(_: &Map<String, Value>, items: &[&[u8]]) -> Vec<u8> {
        let head = |id| format!("--batch_of_blobs\r\nContent-Type: application/http\r\nContent-ID: {id}\r\n\r\n");
        let parts = items.iter().enumerate().map(|(id, item)| [head(id).as_bytes(), item].concat());
        [parts.collect::<Vec<_>>().concat().as_slice(), b"--batch_of_blobs--\r\n"].concat()
    }
}

impl ResponseFormat for Parts {
    fn json(response: &RawResponse<'_>) -> Result<Vec<u8>, CodecError> {
        let kind = response.header("content-type").and_then(|kind| kind.strip_prefix("multipart/mixed; boundary="));
        let (body, boundary) = (str::from_utf8(response.bytes())?, format!("--{}", kind.ok_or("it is not in parts")?));
        let parts = body.split(&boundary).skip(1).filter(|part| !part.starts_with("--")).map(|part| {
            let header = |name| part.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
            let [id, status, code] = ["Content-ID:", "HTTP/1.1 ", "x-ms-error-code:"].map(header);
            json!({"id": id, "status": status.and_then(|line| line.get(..3)), "code": code})
        });
        Ok(serde_json::to_vec(&parts.collect::<Vec<_>>())?)
    }
}
// end of plug-in

#[tokio::test]
async fn azure_blob() {
    let items = || ["/c/b1?sig=s", "/c/b2?sig=s"].map(|path| BlobPath(path.to_owned()));
    let part = |id: &str, status: &str| {
        let headers = "Content-Type: application/http";
        format!(
            "--batchresponse_66925647\r\n{headers}\r\nContent-ID: {id}\r\n\r\nHTTP/1.1 {status}\r\nx-ms-version: 2018-11-09\r\n\r\n"
        )
    };
    let missing =
        "404 The specified blob does not exist.\r\nx-ms-error-code: BlobNotFound\r\nServer: Windows-Azure-Blob/1.0";
    let body = |parts: &[String]| {
        let body = format!("{}--batchresponse_66925647--\r\n", parts.concat());
        text(202, "multipart/mixed; boundary=batchresponse_66925647", &body)
    };
    let vendor = Vendor::answering([body(&[part("1", missing), part("0", "202 Accepted")])]).await;
    let report = BlobBatchClient::new(vendor.client()).delete("c").send(items()).await;
    assert_eq!(line(&report), "succeeded failed");
    assert!(report.succeeded().all(|(_, success)| success.accepted));
    let (_, outcome) = report.iter().nth(1).expect("two");
    assert_eq!((outcome.status(), outcome.code().as_deref()), (Some(404), Some("BlobNotFound")));
    let seen = vendor.only();
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/c?restype=container&comp=batch"));
    assert_eq!(seen.header("content-type"), Some("multipart/mixed; boundary=batch_of_blobs"));
    assert_eq!(seen.header("x-ms-version"), Some("2020-04-08"));
    let sent = |id: u8, path: &str| {
        format!(
            "--batch_of_blobs\r\nContent-Type: application/http\r\nContent-ID: {id}\r\n\r\nDELETE {path} HTTP/1.1\r\nContent-Length: 0\r\n\r\n"
        )
    };
    assert_eq!(seen.text(), format!("{}{}--batch_of_blobs--\r\n", sent(0, "/c/b1?sig=s"), sent(1, "/c/b2?sig=s")));
    tells(
        [
            (body(&[part("0", "202 Accepted"), part("1", "202 Accepted")]), "succeeded succeeded"),
            (body(&[part("0", missing), part("1", "403 This request is not authorized.")]), "failed failed"),
            (body(&[part("0", "202 Accepted")]), "succeeded unknown"),
            (body(&[part("0", "202 Accepted"), part("x", "202 Accepted")]), "succeeded unknown"),
            (body(&[part("0", "202 Accepted"), part("2", "202 Accepted")]), "succeeded unknown"),
            (text(202, "text/html", "<html>"), "unknown unknown"),
            (text(403, "application/xml", "<Error><Code>AuthenticationFailed</Code></Error>"), "refused refused"),
        ],
        async |client| {
            line(
                &BlobBatchClient::new(client)
                    .delete("c")
                    .send(items())
                    .max_attempts(1)
                    .patience(std::time::Duration::ZERO)
                    .await,
            )
        },
    )
    .await;
    // An item that no part can contain ends alone.
    let vendor = Vendor::answering([body(&[part("0", "202 Accepted")])]).await;
    let run =
        BlobBatchClient::new(vendor.client()).delete("c").send(["/c/a b", "/c/b1"].map(|path| BlobPath(path.into())));
    assert_eq!(line(&run.await), "not_attempted succeeded");
}
