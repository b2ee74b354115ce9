//! Compares what `declare` makes of SailPoint's specification with what `api-defs` declares by hand, in meaning: names of types and of Rust do
//! not count. `UPDATE_EXPECT=1` rewrites `declared/sailpoint_bulk.rs`.
#![allow(clippy::unwrap_used, reason = "tests, helpers included")]

use std::collections::BTreeSet;
use std::process::Command;

use bulk_endpoint::reply::{BodyShape, ElementShape, FieldKind, MatchesKey, ReplyShape, Role, Unlisted};
use bulk_endpoint::spec::EndpointSpec;
use bulk_endpoint::{ApiError, Bulk, BulkItem, BulkReply, Endpoint};
use bulk_endpoint_api_defs::sailpoint as by_hand;
use expect_test::expect_file;

/// The printed module, compiled.
#[rustfmt::skip]
#[allow(dead_code, missing_docs, unreachable_pub, reason = "printed by the tool")]
#[path = "declared/sailpoint_bulk.rs"]
mod declared;

use declared::SailPointClient as Declared;

/// The operations of which `declare` says something else, and why.
const DIFFERENT: [(&str, &str); 6] = [
    ("DELETE_ACCESS_PROFILES_IN_BULK", "a flag decides about `partial`: a choice, which a TODO names"),
    (
        "CREATE_OBJECT_MAPPINGS",
        "the file requires `targetValue`, so it is a part of the key; by hand it is what the mapping sets",
    ),
    (
        "UPDATE_PROVISIONING_POLICIES_IN_BULK",
        "the file requires the name alone; a TODO names `usageType`, the key by hand",
    ),
    (
        "SET_TAGS_TO_MANY_OBJECTS",
        "a word decides what is idempotent, and the reply has lists of items in its elements: two TODOs",
    ),
    (
        "DELETE_IDENTITY_ATTRIBUTES_IN_BULK",
        "HTTP defines DELETE as idempotent, which a TODO doubts; by hand nothing is claimed",
    ),
    (
        "DELETE_ACCESS_PROFILES_FROM_SOURCE_APP_BY_BULK",
        "the reply is what a removal left, which no derive expresses: a TODO",
    ),
];

/// The meaning of a declaration.
struct Meaning {
    spec: EndpointSpec,
    reply: ReplyShape,
}

fn meaning<T: BulkItem, R: BulkReply, E: ApiError>(endpoint: Endpoint<Bulk<T, R, E>>) -> Meaning
where
    R::Key: MatchesKey<T::Key>,
{
    Meaning { spec: *endpoint.spec(), reply: R::SHAPE }
}

/// Pairs of an operation as it is declared, and by hand.
macro_rules! pairs {
    ($($declared:ident = $client:ident::$by_hand:ident,)*) => {
        [$((stringify!($declared), meaning(Declared::$declared), meaning(by_hand::$client::$by_hand)),)*]
    };
}

#[test]
fn what_is_declared_means_what_is_declared_by_hand() {
    let (mut different, mut told) = (BTreeSet::new(), String::new());
    let pairs = pairs! {
        DELETE_ACCESS_PROFILES_IN_BULK = AccessProfilesClient::BULK_DELETE,
        CANCEL_ACCESS_REQUEST_IN_BULK = AccessRequestsClient::CANCEL,
        APPROVE_BULK_ACCESS_REQUEST = AccessRequestsClient::APPROVE,
        CREATE_OBJECT_MAPPINGS = ObjectMappingsClient::BULK_CREATE,
        UPDATE_OBJECT_MAPPINGS = ObjectMappingsClient::BULK_PATCH,
        ENABLE_ACCOUNTS_FOR_IDENTITIES = IdentityAccountsClient::ENABLE,
        DISABLE_ACCOUNTS_FOR_IDENTITIES = IdentityAccountsClient::DISABLE,
        DELETE_IDENTITY_PROFILES = IdentityProfilesClient::DELETE,
        DELETE_MULTI_HOST_SOURCES = SourcesClient::DELETE_OF_MULTI_HOST,
        DELETE_NON_EMPLOYEE_RECORDS_IN_BULK = NonEmployeesClient::DELETE,
        DELETE_BULK_ROLES = RolesClient::DELETE,
        DELETE_BULK_DIMENSIONS = RolesClient::DELETE_DIMENSIONS,
        UPDATE_PROVISIONING_POLICIES_IN_BULK = SourcesClient::UPDATE_POLICIES,
        SET_TAGS_TO_MANY_OBJECTS = TaggedObjectsClient::ADD,
        DELETE_TAGS_TO_MANY_OBJECT = TaggedObjectsClient::REMOVE,
        UPDATE_ACCESS_MODEL_METADATA_BY_IDS = AccessModelMetadataClient::UPDATE_ENTITLEMENTS,
        UPDATE_ACCESS_PROFILES_IN_BULK = AccessProfilesClient::BULK_UPDATE_REQUESTABLE,
        ADD_ACCESS_REQUEST_RECOMMENDATIONS_VIEWED_ITEMS = SuggestionsClient::MARK_VIEWED,
        UPDATE_ENTITLEMENTS_IN_BULK = EntitlementsClient::BULK_UPDATE,
        UPDATE_COMMON_ACCESS_STATUS_IN_BULK = SuggestionsClient::SET_COMMON_ACCESS,
        DELETE_IDENTITY_ATTRIBUTES_IN_BULK = IdentityProfilesClient::DELETE_ATTRIBUTES,
        APPROVE_APPROVAL_IN_BULK = ApprovalsClient::APPROVE,
        REJECT_APPROVAL_IN_BULK = ApprovalsClient::REJECT,
        CANCEL_APPROVAL = ApprovalsClient::CANCEL,
        MOVE_APPROVAL = ApprovalsClient::REASSIGN,
        DELETE_NOTIFICATION_TEMPLATES_IN_BULK = NotificationTemplatesClient::DELETE,
        DELETE_WORKGROUPS_IN_BULK = GovernanceGroupsClient::BULK_DELETE,
        UPDATE_WORKGROUP_MEMBERS = GovernanceGroupsClient::ADD_MEMBERS,
        DELETE_WORKGROUP_MEMBERS = GovernanceGroupsClient::REMOVE_MEMBERS,
        SUBMIT_SED_APPROVAL = SuggestionsClient::SUBMIT_DESCRIPTIONS,
        UPDATE_SOURCE_APPS_IN_BULK = SourceAppsClient::UPDATE,
        DELETE_ACCESS_PROFILES_FROM_SOURCE_APP_BY_BULK = SourceAppsClient::REMOVE_ACCESS_PROFILES,
        UPDATE_ROLES_METADATA_BY_IDS = RolesClient::UPDATE_METADATA,
    };
    assert_eq!(pairs.len(), Declared::ENDPOINTS.len());
    for (name, declared, by_hand) in &pairs {
        for difference in differences(declared, by_hand) {
            different.insert(*name);
            told.push_str(&format!("{name}: {difference}\n"));
        }
    }
    let want: BTreeSet<&str> = DIFFERENT.iter().map(|(name, _)| *name).collect();
    assert_eq!(different, want, "\n{told}");
}

/// What two declarations say differently.
fn differences(declared: &Meaning, by_hand: &Meaning) -> Vec<String> {
    let (mut own, mut other) = (request(&declared.spec), request(&by_hand.spec));
    // What is not in the file may be known by hand, and not the other way around.
    if declared.spec.idempotent && !by_hand.spec.idempotent {
        own.push("idempotent".to_owned());
    }
    for status in statuses(&declared.reply, &by_hand.reply) {
        own.push(format!("under {status}: {}", reply(&declared.reply, status)));
        other.push(format!("under {status}: {}", reply(&by_hand.reply, status)));
    }
    let lacks = |one: &[String], other: &[String], who: &str| {
        one.iter().filter(|fact| !other.contains(fact)).map(|fact| format!("{who} {fact}")).collect::<Vec<_>>()
    };
    [lacks(&own, &other, "declared"), lacks(&other, &own, "by hand")].concat()
}

/// What a request is.
fn request(spec: &EndpointSpec) -> Vec<String> {
    let EndpointSpec { method, items, max, min, partial, .. } = spec;
    // A path has the version in it, or the base URL has it; names of placeholders are those of Rust arguments.
    let steps = spec.path.split('/').filter(|step| *step != "v1");
    let path: Vec<&str> = steps.map(|step| if step.starts_with('{') { "{}" } else { step }).collect();
    let max = if max.assumed { "assumed".to_owned() } else { max.items.to_string() };
    let mut facts = vec![
        format!("{method:?} {}", path.join("/")),
        format!("items at {items:?}, {min} to {max}"),
        format!("partial: {partial}"),
    ];
    facts.extend(spec.arguments.iter().map(|argument| format!("argument: {argument:?}")));
    facts.extend(spec.fields.iter().map(|field| format!("field: {field:?}")));
    // By hand, the client has this header.
    let headers = spec.headers.iter().filter(|(name, _)| *name != "X-SailPoint-Experimental");
    facts.extend(headers.map(|header| format!("header: {header:?}")));
    facts
}

/// The statuses under which two replies are compared.
fn statuses(one: &ReplyShape, other: &ReplyShape) -> Vec<u16> {
    let of = |shape: &ReplyShape| match shape.body {
        BodyShape::ByStatus(shapes) => shapes.iter().flat_map(|shape| shape.statuses).copied().collect(),
        _ => shape.statuses.to_vec(),
    };
    let named: BTreeSet<u16> = of(one).into_iter().chain(of(other)).collect();
    if named.is_empty() { vec![200] } else { named.into_iter().collect() }
}

/// What a reply says about items under a status.
fn reply(shape: &ReplyShape, status: u16) -> String {
    let Some(shape) = shape.under(status) else { return "nothing".to_owned() };
    let (mut lists, mut has_job) = (Vec::new(), false);
    match shape.body {
        BodyShape::Object(fields) => {
            for field in fields {
                has_job |= field.kind == FieldKind::Job;
                if let FieldKind::List { role, element } = field.kind {
                    lists.push(format!("{} {}", field.name, list(role, &element, status)));
                }
            }
        }
        BodyShape::List { role, element } => lists.push(list(role, &element, status)),
        BodyShape::Nothing => {}
        other => return format!("{other:?}, {:?}", shape.unlisted),
    }
    match shape.unlisted {
        // A job without `poll`, and any success under 202, is accepted.
        _ if lists.is_empty() && (has_job || status == 202 || shape.unlisted == Unlisted::Accepted) => {
            "all accepted".to_owned()
        }
        Unlisted::Unknown | Unlisted::Succeeded if lists.is_empty() => "all succeeded".to_owned(),
        unlisted => format!("{}, others {unlisted:?}", lists.join(", ")),
    }
}

fn list(role: Role, element: &ElementShape, status: u16) -> String {
    let role = if role == Role::Succeeded && status == 202 { Role::Accepted } else { role };
    let ElementShape { key, status, key_source, .. } = element;
    format!("{role:?} by {key_source:?} {key:?}, status in {status:?}")
}

/// The printed module is what the tool prints now.
#[test]
fn the_module_is_what_is_printed() {
    let spec = format!("{}/tests/specs/sailpoint_bulk.yaml", env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(env!("CARGO_BIN_EXE_declare")).args([&spec, "--name", "SailPoint"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    expect_file!["declared/sailpoint_bulk.rs"].assert_eq(&String::from_utf8_lossy(&output.stdout));
}
