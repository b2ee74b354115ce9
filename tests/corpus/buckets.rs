//! Answers with named lists: the place is the verdict.

use bulk_endpoint::{Bulk, BulkReply, bulk_api};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::coverage::{Row, whole};
use crate::vendor::{Vendor, json as answer, words};

pub const ROWS: &[Row] = &[whole("discord-bulk-ban", "Discord::bulk_ban")];

/// <https://discord.com/developers/docs/resources/guild#bulk-guild-ban>
#[bulk_api]
pub trait Discord: Send + Sync {
    /// Bans users, and deletes their messages of the last seconds.
    #[post("/guilds/{guild.id}/bulk-ban")]
    #[bulk_endpoint(max = 200, partial = true, idempotent = true, items = "user_ids")]
    fn bulk_ban(
        &self,
        #[path("guild.id")] guild_id: &str,
        #[header("X-Audit-Log-Reason")] reason: &str,
        delete_message_seconds: u32,
    ) -> Bulk<String, Banned>;
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
pub struct Banned {
    #[bulk(succeeded)]
    pub banned_users: Vec<String>,
    #[bulk(failed)]
    pub failed_users: Vec<String>,
}

#[tokio::test]
async fn discord() {
    let vendor = Vendor::answering([answer(200, &json!({"banned_users": ["1"], "failed_users": ["2"]}))]).await;
    let report =
        DiscordClient::new(vendor.client()).bulk_ban("7", "spam", 0).send(["1".to_owned(), "2".to_owned()]).await;
    assert_eq!(words(&report), ["succeeded", "failed"]);
    let (_, failure) = report.failed().next().expect("a failure");
    assert_eq!(failure.list, "failed_users");
    let seen = vendor.only();
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/guilds/7/bulk-ban"));
    assert_eq!(seen.header("x-audit-log-reason"), Some("spam"));
    assert_eq!(seen.json(), json!({"user_ids": ["1", "2"], "delete_message_seconds": 0}));
    // All failed is a refusal of the whole.
    let vendor = Vendor::answering([answer(400, &json!({"code": 500_000, "message": "Failed to ban users"}))]).await;
    let report = DiscordClient::new(vendor.client()).bulk_ban("7", "spam", 0).send(["1".to_owned()]).await;
    assert_eq!(words(&report), ["refused"]);
    // One that is missing, and a list of something else.
    for body in [json!({"banned_users": ["1"]}), json!({"banned_users": "1", "failed_users": []}), json!([])] {
        let vendor = Vendor::answering([answer(200, &body)]).await;
        let run = DiscordClient::new(vendor.client()).bulk_ban("7", "spam", 0).send(["2".to_owned()]).attempts(1);
        assert_eq!(words(&run.await), ["unknown"], "{body}");
    }
}
