//! The names of fields from which roles are guessed.

use crate::definition::StructField;
use crate::names;

pub(crate) const STATUSES: [&str; 6] = ["statuscode", "httpstatus", "httpstatuscode", "status", "state", "outcome"];
pub(crate) const SUCCESSES: [&str; 5] = ["success", "succeeded", "successful", "issuccess", "ok"];
pub(crate) const CODES: [&str; 4] = ["errorcode", "code", "detailcode", "errortype"];
pub(crate) const MESSAGES: [&str; 15] = [
    "message",
    "errormessage",
    "failedreason",
    "failurereason",
    "failuremessage",
    "errorreason",
    "statusmessage",
    "msg",
    "errordescription",
    "reason",
    "detail",
    "details",
    "description",
    "text",
    "messages",
];
pub(crate) const REQUEST_IDS: [&str; 6] =
    ["requestid", "trackingid", "correlationid", "traceid", "xrequestid", "logid"];
pub(crate) const ERRORS: [&str; 3] = ["error", "errors", "failure"];
const JOBS: [&str; 7] = ["jobid", "taskid", "operationid", "asyncjobid", "batchid", "importid", "taskresultid"];

/// Whether a header or a field has the idempotency key of a request.
pub(crate) fn is_idempotency_key(name: &str) -> bool {
    let name = names::folded(name);
    ["idempotencykey", "idempotencytoken", "idempotencyid"].iter().any(|end| name.ends_with(end))
}

/// Whether a flag decides what a failed item does to the others: `allOrNone`, `continueOnError`.
pub(crate) fn decides_partial(name: &str) -> bool {
    let words = names::words(name);
    let has = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
    let is_on_error = has(&["continue", "fail", "stop", "abort", "halt", "rollback", "ignore", "skip", "proceed"])
        && has(&["error", "errors", "failure", "failures", "invalid", "fast", "missing"]);
    is_on_error
        || has(&["atomic", "partial", "transactional"])
        || has(&["all"]) && has(&["none", "nothing"])
        || has(&["best"]) && has(&["effort"])
}

/// Whether one of several words says what a request does: `operation: "MERGE"`.
pub(crate) fn decides_action(name: &str) -> bool {
    ["operation", "op", "action", "mode"].contains(&names::folded(name).as_str())
}

/// The last words of names of fields that identify something.
const NAMING: [&str; 10] = ["id", "key", "arn", "uuid", "guid", "identifier", "reference", "ref", "email", "name"];

/// Whether a field identifies something.
pub(crate) fn is_naming(name: &str) -> bool {
    names::words(name).last().is_some_and(|word| NAMING.contains(&word.as_str()))
}

/// Whether the name of a list in a request is what is done with its items: `delete`, `usersToRemove`, `confirmedIds`.
pub(crate) fn is_action(name: &str) -> bool {
    const ACTIONS: [&str; 27] = [
        "activate",
        "add",
        "approve",
        "archive",
        "assign",
        "attach",
        "confirm",
        "create",
        "deactivate",
        "delete",
        "deny",
        "detach",
        "disable",
        "enable",
        "grant",
        "insert",
        "patch",
        "post",
        "put",
        "reject",
        "remove",
        "replace",
        "restore",
        "revoke",
        "unassign",
        "update",
        "upsert",
    ];
    names::words(name).iter().any(|word| ACTIONS.iter().any(|action| names::stem(action) == names::stem(word)))
}

/// The role of a list in a response, by its name.
pub(crate) fn list_role(name: &str) -> Option<&'static str> {
    const FAILED: [&str; 11] = [
        "fail",
        "failed",
        "failure",
        "failures",
        "error",
        "errors",
        "rejected",
        "invalid",
        "unsuccessful",
        "denied",
        "missing",
    ];
    const UNPROCESSED: [&str; 5] = ["unprocessed", "unhandled", "throttled", "skipped", "ignored"];
    const ACCEPTED: [&str; 6] = ["accepted", "queued", "enqueued", "pending", "scheduled", "submitted"];
    // `notUpdated`, `couldNotBeDeleted`
    const NEGATIONS: [&str; 5] = ["not", "non", "un", "unable", "cannot"];
    const SUCCEEDED: [&str; 22] = [
        "success",
        "successes",
        "successful",
        "succeeded",
        "ok",
        "done",
        "passed",
        "processed",
        "completed",
        "created",
        "updated",
        "deleted",
        "added",
        "applied",
        "approved",
        "imported",
        "inserted",
        "upserted",
        "patched",
        "removed",
        "saved",
        "sent",
    ];
    let words = names::words(name);
    let has = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
    if has(&UNPROCESSED) {
        Some("unprocessed")
    } else if has(&FAILED)
        || has(&NEGATIONS) && (has(&SUCCEEDED) || has(&["found"]))
        || ["notfound", "inuse"].iter().any(|end| names::folded(name).ends_with(end))
    {
        Some("failed")
    } else if has(&ACCEPTED) {
        Some("accepted")
    } else if has(&SUCCEEDED) {
        Some("succeeded")
    } else {
        None
    }
}

/// The list whose items a number counts, by its name: `failedCount`, and `failed` alone. A number that is called `created` may be a time.
pub(crate) fn count_role(name: &str) -> Option<&'static str> {
    const COUNTS: [&str; 4] = ["count", "total", "number", "num"];
    const BARE: [&str; 8] =
        ["failed", "failures", "errors", "rejected", "unsuccessful", "succeeded", "successful", "successes"];
    const COUNTED: [&str; 8] = ["items", "records", "rows", "entries", "operations", "requests", "objects", "ids"];
    let words = names::words(name);
    let is = |known: &[&str], word: &String| known.contains(&word.as_str());
    let counts =
        words.iter().any(|word| is(&COUNTS, word)) || words.iter().all(|word| is(&BARE, word) || is(&COUNTED, word));
    list_role(name).filter(|role| counts && *role != "unprocessed")
}

/// Whether a field has a name of a job's handle. Under 202 the `id` of the response is one.
pub(crate) fn is_job(field: &StructField, status: &str) -> bool {
    let name = field.folded();
    (JOBS.contains(&name.as_str()) || status == "202" && name == "id") && field.ty.as_key().is_some()
}
