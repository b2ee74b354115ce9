//! The type of successful responses: one for all statuses, or an enum by status.

use crate::definition::{Definition, DefinitionKind, StatusVariant, StructField};
use crate::hints::poll_path;
use crate::item_type::ItemType;
use crate::method::BulkMethod;
use crate::names::{self, status_name};
use crate::operation::{ApiOperation, ApiResponse, is_json, is_lines};
use crate::reply_roles::{ReplyRoles, says_order};
use crate::rust_type::RustType;
use crate::stated::{quoted, sentences};
use crate::type_table::TypeTable;

/// The reply of a method.
pub(crate) struct DeclaredReply {
    pub(crate) ty: RustType,
    /// Whether a response reports single items.
    pub(crate) reports_items: bool,
}

/// Declares the reply of a method. `None` if no response has one.
pub(crate) fn declare_reply<'a>(
    types: &mut TypeTable<'a>,
    method: &mut BulkMethod,
    item: &ItemType,
    operation: ApiOperation<'a>,
) -> Option<DeclaredReply> {
    let mut variants: Vec<StatusVariant> = Vec::new();
    let mut reports_items = false;
    for response in operation.successes() {
        let body = read_body(types, method, item, operation, &response);
        reports_items |= matches!(body, ReplyBody::Items(_));
        let ty = body.to_type();
        let status = response.status.parse().ok();
        match variants.iter_mut().find(|variant| variant.ty == ty) {
            Some(variant) => variant.statuses.extend(status),
            None => {
                let unnamed = || names::pascal(&status_name(response.status));
                let name = ty.as_ref().and_then(RustType::name).map_or_else(unnamed, str::to_owned);
                variants.push(StatusVariant { statuses: status.into_iter().collect(), name, ty });
            }
        }
    }
    // `()` is a response without content: one with an unknown body is a variant without fields.
    let is_opaque = |variant: &StatusVariant| variant.ty == Some(RustType::Json);
    let by_status = (variants.len() > 1 || variants.iter().any(is_opaque))
        && variants.iter().all(|variant| !variant.statuses.is_empty());
    if by_status {
        // Under 202 a response without content says that the items are accepted; under others it needs the type that says so.
        let says_202 = |variant: &StatusVariant| variant.statuses.iter().all(|status| *status == 202);
        for variant in &mut variants {
            if is_opaque(variant) || is_accepted(&variant.ty) && says_202(variant) {
                variant.ty = None;
            }
        }
        let kind = DefinitionKind::ByStatus(variants);
        let definition = Definition::new("A response, by its status.", kind).with_derive("BulkReply");
        let ty = RustType::Named(types.add(&format!("{} reply", method.name), definition));
        return Some(DeclaredReply { ty, reports_items });
    }
    let ty = variants.into_iter().find_map(|variant| variant.ty).filter(|ty| *ty != RustType::Json)?;
    Some(DeclaredReply { ty, reports_items })
}

/// What the body of a response is to its items.
enum ReplyBody {
    /// It reports single items.
    Items(RustType),
    /// It says nothing about items, and its arrival says that all are done or accepted.
    Silent(RustType),
    /// The response has no body, or the meaning of its body is unclear.
    Nothing,
}

impl ReplyBody {
    fn to_type(&self) -> Option<RustType> {
        match self {
            ReplyBody::Items(ty) | ReplyBody::Silent(ty) => Some(ty.clone()),
            ReplyBody::Nothing => None,
        }
    }
}

fn is_accepted(ty: &Option<RustType>) -> bool {
    *ty == Some(RustType::Plain("Accepted"))
}

/// What says that a response only means that the items are queued: its description, or a sentence about the operation.
fn queued_by(operation: ApiOperation<'_>, response: &ApiResponse<'_>) -> Option<String> {
    const WORDS: [&str; 8] =
        ["queue", "queued", "queues", "enqueued", "enqueues", "asynchronous", "asynchronously", "background"];
    let says = |text: &str, known: &[&str]| {
        let words = names::words(text);
        known.iter().any(|known| words.iter().any(|word| word == known))
    };
    let description = response.description.trim();
    if says(description, &WORDS) || says(description, &["accepted", "scheduled"]) {
        return Some(description.to_owned());
    }
    let texts = ["summary", "description"].into_iter().filter_map(|name| operation.node.text_of(name));
    texts.flat_map(sentences).find(|sentence| says(sentence, &WORDS))
}

/// Whether objects in a response may be those that a removal left, and not those that it removed.
fn may_list_what_remains(operation: ApiOperation<'_>, response: &ApiResponse<'_>) -> bool {
    const REMOVES: [&str; 7] = ["delete", "remove", "detach", "revoke", "unassign", "unlink", "unsubscribe"];
    const REMOVED: [&str; 7] = ["deleted", "removed", "detached", "revoked", "unassigned", "unlinked", "unsubscribed"];
    let has = |text: &str, known: &[&str]| names::words(text).iter().any(|word| known.contains(&word.as_str()));
    let removes = operation.method == "delete" || has(&format!("{} {}", operation.id(), operation.path), &REMOVES);
    removes && !has(response.description, &REMOVED)
}

/// Asks about items that are declared as accepted although the status does not say so.
fn note_queued(method: &mut BulkMethod, status: &str, queued: Option<&str>) {
    if let Some(text) = queued.filter(|_| status != "202") {
        method.notes.push(format!(
            "the response under {status} is declared as `accepted` because of \"{text}\": are the items only queued?"
        ));
    }
}

/// The body of a response, with its roles.
fn read_body<'a>(
    types: &mut TypeTable<'a>,
    method: &mut BulkMethod,
    item: &ItemType,
    operation: ApiOperation<'a>,
    response: &ApiResponse<'a>,
) -> ReplyBody {
    let status = response.status;
    let queued = queued_by(operation, response);
    let Some(content) = response.content else {
        note_queued(method, status, queued.as_deref());
        let is_accepted = status == "202" || queued.is_some();
        return if is_accepted { ReplyBody::Silent(RustType::Plain("Accepted")) } else { ReplyBody::Nothing };
    };
    if !is_json(content.media) && !is_lines(content.media) {
        let media = content.media;
        let note = format!("the response under {status} is `{media}`: read it with a codec, `InFormat<F, R>`?");
        method.notes.push(note);
        return ReplyBody::Nothing;
    }
    let mut ty = types.convert(content.schema, &format!("{} response", method.name)).ty;
    if is_lines(content.media) {
        ty = RustType::Ndjson(Box::new(if let RustType::List(of) = ty { *of } else { ty }));
    }
    let is_queued = queued.is_some();
    let may_remain = may_list_what_remains(operation, response);
    if let several @ [_, _, ..] = types.api.alternatives(content.schema).as_slice() {
        let names = several.iter().map(|body| types.api.name_of(body).unwrap_or("a body without a name"));
        let names = names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        method.notes.push(format!(
            "the response under {status} is one of {names}: as declared, only a response without content is a success. Declare an enum \
             with a variant for each, `#[bulk(on({status}))]`"
        ));
        return ReplyBody::Nothing;
    }
    let list = types.api.follow(content.schema).ok().and_then(|schema| schema.text_of("description"));
    let mut texts = ["summary", "description"].into_iter().filter_map(|name| operation.node.text_of(name)).chain(list);
    let is_ordered = says_order(response.description) || texts.any(says_order);
    let poll = poll_path(operation).unwrap_or_else(|| "/…/{job}".to_owned());
    let mut roles =
        ReplyRoles { types, item, method, status, is_queued, may_remain, is_ordered, is_unordered: false, poll };
    if let Some(reply) = roles.add_to(&ty) {
        return if roles.is_job_alone(&reply) { ReplyBody::Silent(reply) } else { ReplyBody::Items(reply) };
    }
    if let Some(reply) = ty.name().and_then(|name| roles.add_silent(name)) {
        note_queued(method, status, queued.as_deref());
        return ReplyBody::Silent(reply);
    }
    // An object without fields under 202: the status alone says that the items are accepted.
    if status == "202" && ty == RustType::Json {
        return ReplyBody::Silent(RustType::Json);
    }
    let is_unordered = roles.is_unordered;
    let quote = quoted(response.description);
    // "OK" and "Successful operation" say nothing.
    let says = if quote.split(' ').count() > 2 { format!(" (\"{quote}\")") } else { String::new() };
    method.notes.push(format!(
        "the response under {status} is `{ty}`{says}, and it is unclear what it reports about items: \
         as declared, only a response without content is a success{}",
        match () {
            () if is_unordered => UNORDERED.to_owned(),
            () if may_remain && matches!(ty, RustType::List(_)) => REMAINS.to_owned(),
            () => inner_lists(types, &ty),
        }
    ));
    method.noted_types.push(ty);
    ReplyBody::Nothing
}

/// What is to be done about elements that name no item.
const UNORDERED: &str =
    ". No field of its elements names an item: if they are in the order of the items, mark their type as `positional`";

/// The meanings of a list in the response to a removal.
const REMAINS: &str = ". If it lists what was removed, mark it as `succeeded`; if it lists what is left, write a reply by hand whose unlisted \
                       items succeeded (`guide::plug_in`)";

/// The lists inside of a response, or of its elements, which may be lists of items.
fn inner_lists(types: &TypeTable<'_>, ty: &RustType) -> String {
    let (object, is_element) = match ty {
        RustType::List(of) => (of.name(), true),
        ty => (ty.name(), false),
    };
    let fields = object.and_then(|name| types.definitions.get(name)).map(Definition::fields).unwrap_or_default();
    let is_list = |field: &&StructField| matches!(&field.ty, RustType::List(of) if of.name().is_some_and(|of| !types.is_words(of)));
    let lists: Vec<String> = fields.iter().filter(is_list).map(|field| format!("`{}`", field.wire)).collect();
    match (lists.join(" or "), is_element) {
        (lists, _) if lists.is_empty() => lists,
        (lists, true) => {
            format!(". If {lists} of an element lists items, write a reply by hand (`guide::plug_in`)")
        }
        (lists, false) => {
            format!(
                ". If {lists} lists items, mark it as `succeeded`, `failed` or `results`, and the key of its elements"
            )
        }
    }
}
