//! What the macros generate, written by hand: the contract between `macros/` and this crate. An expansion that
//! compiles here is one that the macros may emit.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests, helpers included")]

use bulk_endpoint::transport::{Script, ScriptedTransport};
use bulk_endpoint::{Bulk, BulkItem, Client, Outcome, Reply, TokioClock};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TokenId(String);

// #[derive(BulkItem)] on a newtype (one unnamed field): its own key, and an element that is a bare key.
const _: () = {
    impl ::bulk_endpoint::BulkItem for TokenId {
        type Key = TokenId;
        const OWN_KEY: bool = true;
        fn key(&self) -> ::bulk_endpoint::__private::Cow<'_, Self::Key> {
            ::bulk_endpoint::__private::Cow::Borrowed(self)
        }
    }
    impl ::bulk_endpoint::ItemReply for TokenId {
        type Key = TokenId;
        type Success = ();
        const SHAPE: ::bulk_endpoint::__private::ElementShape = ::bulk_endpoint::__private::ElementShape::bare();
        fn address(&self) -> ::bulk_endpoint::__private::Address<'_, Self::Key> {
            ::bulk_endpoint::__private::Address::Key(::bulk_endpoint::__private::Cow::Borrowed(self))
        }
        fn into_success(self) {}
    }
};

#[derive(Serialize)]
pub struct Record {
    /* #[bulk(key)] */ pub id: u64,
    /* #[bulk(key)] */ pub region: String,
    pub name: String,
}

// #[derive(BulkItem)] on a struct with a composite key. One key field: `Cow::Borrowed(&self.id)`; none: `type Key = ()`,
// `const KEYED: bool = false`, `Cow::Owned(())`.
impl ::bulk_endpoint::BulkItem for Record {
    type Key = (u64, String);
    fn key(&self) -> ::bulk_endpoint::__private::Cow<'_, Self::Key> {
        ::bulk_endpoint::__private::Cow::Owned((
            ::core::clone::Clone::clone(&self.id),
            ::core::clone::Clone::clone(&self.region),
        ))
    }
}

#[derive(Deserialize, Serialize)]
pub struct TokenFailure {
    /* #[bulk(key)] */ pub id: TokenId,
    /* #[bulk(message)] */ pub message: String,
}

// #[derive(ItemReply)]; every field has a role, so a success carries nothing.
impl ::bulk_endpoint::ItemReply for TokenFailure {
    type Key = TokenId;
    type Success = ();
    const SHAPE: ::bulk_endpoint::__private::ElementShape = ::bulk_endpoint::__private::ElementShape::keyed(&["id"]);
    fn address(&self) -> ::bulk_endpoint::__private::Address<'_, Self::Key> {
        ::bulk_endpoint::__private::Address::Key(::bulk_endpoint::__private::Cow::Borrowed(&self.id))
    }
    fn into_success(self) -> Self::Success {}
    fn message(&self) -> ::core::option::Option<::bulk_endpoint::__private::Cow<'_, str>> {
        ::bulk_endpoint::__private::Text::text(&self.message)
    }
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Created {
    /* #[bulk(key)] */ pub external_id: String,
    /* #[bulk(status)] */ pub status_code: u16,
    pub assigned: Option<u64>,
}

// #[derive(ItemReply)] with a field that has no role: it makes a success body. With a status it judges itself.
impl ::bulk_endpoint::ItemReply for Created {
    type Key = String;
    type Success = ::bulk_endpoint::__private::Arc<Self>;
    const SHAPE: ::bulk_endpoint::__private::ElementShape =
        ::bulk_endpoint::__private::ElementShape::keyed(&["externalId"]).status("statusCode");
    fn address(&self) -> ::bulk_endpoint::__private::Address<'_, Self::Key> {
        ::bulk_endpoint::__private::Address::Key(::bulk_endpoint::__private::Cow::Borrowed(&self.external_id))
    }
    fn into_success(self) -> Self::Success {
        ::bulk_endpoint::__private::Arc::new(self)
    }
    fn status(&self) -> ::core::option::Option<::bulk_endpoint::__private::ItemStatus> {
        ::bulk_endpoint::__private::Status::item_status(&self.status_code)
    }
}
impl ::bulk_endpoint::__private::JudgesItself for Created {}

#[derive(Deserialize, Serialize)]
pub struct ChangeResponse {
    /* #[bulk(succeeded)] */
    #[serde(default)]
    pub successes: Vec<TokenId>,
    /* #[bulk(failed)] */
    #[serde(default)]
    pub failures: Vec<TokenFailure>,
}

// #[derive(BulkReply)]
impl ::bulk_endpoint::Reply for ChangeResponse {
    type Key = <<Vec<TokenId> as ::bulk_endpoint::__private::Elements>::Element as ::bulk_endpoint::ItemReply>::Key;
    type Success =
        <<Vec<TokenId> as ::bulk_endpoint::__private::Elements>::Element as ::bulk_endpoint::ItemReply>::Success;
    type Failure = <Vec<TokenFailure> as ::bulk_endpoint::__private::Elements>::Element;
    const SHAPE: ::bulk_endpoint::__private::ReplyShape =
        ::bulk_endpoint::__private::ReplyShape::new(::bulk_endpoint::__private::BodyShape::Object {
            lists: &[
                ::bulk_endpoint::__private::ListShape::new(
                    "successes",
                    ::bulk_endpoint::__private::Role::Succeeded,
                    <<Vec<TokenId> as ::bulk_endpoint::__private::Elements>::Element as ::bulk_endpoint::ItemReply>::SHAPE,
                ),
                ::bulk_endpoint::__private::ListShape::new(
                    "failures",
                    ::bulk_endpoint::__private::Role::Failed,
                    <<Vec<TokenFailure> as ::bulk_endpoint::__private::Elements>::Element as ::bulk_endpoint::ItemReply>::SHAPE,
                ),
            ],
            required: &[],
        });
    fn read(
        answer: &::bulk_endpoint::Answer<'_>,
        says: &mut ::bulk_endpoint::Says<'_, Self::Key, Self::Success, Self::Failure>,
    ) -> ::core::result::Result<(), ::bulk_endpoint::Misfit> {
        let fields = &answer.fields(&Self::SHAPE)?;
        says.check(fields);
        says.succeeded_list::<Vec<TokenId>>(fields.list(0));
        says.failed_list::<Vec<TokenFailure>>(fields.list(1));
        ::core::result::Result::Ok(())
    }
}
impl ::bulk_endpoint::__private::TellsItems for ChangeResponse {}

#[derive(Debug, Deserialize, Serialize)]
pub struct CspError {
    /* #[bulk(message)] */ pub message: Option<String>,
}

// #[derive(ApiError)] on a struct; on an enum, `read` is a `match answer.status()`.
impl ::bulk_endpoint::ApiError for CspError {
    fn read(answer: &::bulk_endpoint::Answer<'_>) -> ::core::option::Option<Self> {
        ::bulk_endpoint::__private::error_body(answer)
    }
    fn message(&self) -> ::core::option::Option<::bulk_endpoint::__private::Cow<'_, str>> {
        ::bulk_endpoint::__private::Text::text(&self.message)
    }
}

/// Tokens.
pub trait OrgApiTokens: Send + Sync {
    /// Deactivates.
    fn deactivate(&self, org_id: &str) -> Bulk<TokenId, ChangeResponse, CspError>;
}

/// Sends the requests of [`OrgApiTokens`].
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct OrgApiTokensClient {
    client: ::bulk_endpoint::Client,
}

impl OrgApiTokensClient {
    /// The endpoint of [`OrgApiTokens::deactivate`].
    pub const DEACTIVATE: ::bulk_endpoint::Endpoint<Bulk<TokenId, ChangeResponse, CspError>> =
        ::bulk_endpoint::Endpoint::new(
            ::bulk_endpoint::EndpointSpec::new(
                "deactivate",
                ::bulk_endpoint::Method::Post,
                "/csp/gateway/am/api/orgs/{orgId}/api-tokens/deactivate",
                15,
            )
            .partial()
            .idempotent()
            .stop(&[::bulk_endpoint::Sign::Status(404)]),
        );
    /// All endpoints, as data.
    pub const ENDPOINTS: &'static [::bulk_endpoint::EndpointSpec] =
        &[*::bulk_endpoint::Endpoint::spec(&Self::DEACTIVATE)];

    /// A client of these endpoints.
    pub const fn new(client: ::bulk_endpoint::Client) -> Self {
        Self { client }
    }
}

impl OrgApiTokens for OrgApiTokensClient {
    fn deactivate(&self, org_id: &str) -> Bulk<TokenId, ChangeResponse, CspError> {
        ::bulk_endpoint::__private::finish_partial::<Bulk<TokenId, ChangeResponse, CspError>>(
            ::bulk_endpoint::__private::bind(&self.client, Self::DEACTIVATE).path("orgId", &org_id),
        )
    }
}

#[test]
fn the_endpoint_is_a_constant() {
    assert_eq!(OrgApiTokensClient::ENDPOINTS.len(), 1);
    assert_eq!(OrgApiTokensClient::DEACTIVATE.spec().max.items, 15);
    assert_eq!(ChangeResponse::SHAPE.statuses, &[] as &[u16]);
    assert_eq!(Record { id: 1, region: "eu".into(), name: String::new() }.key().as_ref(), &(1, "eu".to_owned()));
}

#[test]
fn the_trait_is_dyn_compatible_and_can_be_implemented_by_hand() {
    struct Mock;
    impl OrgApiTokens for Mock {
        fn deactivate(&self, _: &str) -> Bulk<TokenId, ChangeResponse, CspError> {
            Bulk::mock(|_: &TokenId| Outcome::succeeded())
        }
    }
    let client = Client::builder("https://example.com").build().unwrap();
    let both: [&dyn OrgApiTokens; 2] = [&Mock, &OrgApiTokensClient::new(client)];
    for tokens in both {
        let _ = tokens.deactivate("org");
    }
}

fn scripted(
    script: impl Fn(usize, &bulk_endpoint::transport::Request) -> Script + Send + Sync + 'static,
) -> OrgApiTokensClient {
    let clock = TokioClock::new();
    let transport = ScriptedTransport::new(clock.clone(), script);
    OrgApiTokensClient::new(Client::builder("https://example.com").transport(transport).clock(clock).build().unwrap())
}

#[tokio::test(start_paused = true)]
async fn it_sends_and_accounts() {
    let client = scripted(|n, request| {
        if n == 1 {
            return Script::answer(429, "{}").header("Retry-After", "7");
        }
        let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
        let (failures, successes): (Vec<_>, Vec<_>) =
            body["ids"].as_array().unwrap().iter().cloned().partition(|id| id.as_str().unwrap().ends_with('3'));
        let failures: Vec<_> =
            failures.into_iter().map(|id| serde_json::json!({"id": id, "message": "not found"})).collect();
        Script::answer(200, serde_json::json!({"successes": successes, "failures": failures}).to_string())
            .after(std::time::Duration::from_millis(20))
    });
    let ids: Vec<TokenId> = (0..100).map(|n| TokenId(format!("t{n}"))).collect();
    let run = client.deactivate("org").send(&ids);
    let report = run.await;
    assert_eq!(report.counters().succeeded, 90);
    assert_eq!(report.counters().failed, 10);
    assert_eq!(report.requests(), 8);
    assert_eq!(client.deactivate("org").plan(&ids).requests.len(), 7);
}
