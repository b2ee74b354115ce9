//! What the fields of a response say, guessed from their names and types.

use crate::names;
use crate::types::{Def, Field, Shape, Type, Types};

const STATUSES: [&str; 6] = ["statuscode", "httpstatus", "httpstatuscode", "status", "state", "outcome"];
const SUCCESSES: [&str; 5] = ["success", "succeeded", "successful", "issuccess", "ok"];
const CODES: [&str; 4] = ["errorcode", "code", "detailcode", "errortype"];
const MESSAGES: [&str; 10] = [
    "message",
    "errormessage",
    "msg",
    "errordescription",
    "reason",
    "detail",
    "details",
    "description",
    "text",
    "messages",
];
const REQUEST_IDS: [&str; 6] = ["requestid", "trackingid", "correlationid", "traceid", "xrequestid", "logid"];
const ERRORS: [&str; 3] = ["error", "errors", "failure"];
const JOBS: [&str; 5] = ["jobid", "taskid", "operationid", "asyncjobid", "batchid"];

/// Last words of names that name.
const NAMING: [&str; 10] = ["id", "key", "arn", "uuid", "guid", "identifier", "reference", "ref", "email", "name"];

/// What a list of a response is, by its name.
pub(crate) fn list_role(name: &str) -> Option<&'static str> {
    const FAILED: [&str; 10] =
        ["fail", "failed", "failure", "failures", "error", "errors", "rejected", "invalid", "unsuccessful", "denied"];
    const UNPROCESSED: [&str; 3] = ["unprocessed", "unhandled", "throttled"];
    const SUCCEEDED: [&str; 11] = [
        "success",
        "successes",
        "successful",
        "succeeded",
        "ok",
        "passed",
        "processed",
        "accepted",
        "completed",
        "created",
        "updated",
    ];
    let words = names::words(name);
    let has = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
    if has(&UNPROCESSED) {
        Some("unprocessed")
    } else if has(&FAILED) || name.to_lowercase().ends_with("notfound") {
        Some("failed")
    } else if has(&SUCCEEDED) || words.last().is_some_and(|word| word == "deleted") {
        Some("succeeded")
    } else {
        None
    }
}

/// Whether a number counts items, and which.
pub(crate) fn count_role(name: &str) -> Option<&'static str> {
    let words = names::words(name);
    let counts = words.iter().any(|word| ["count", "total", "number", "num"].contains(&word.as_str()));
    list_role(name).filter(|role| counts && *role != "unprocessed")
}

/// A word that a job's handle goes by.
pub(crate) fn is_job(field: &Field) -> bool {
    JOBS.contains(&field.folded().as_str()) && field.ty.key().is_some()
}

/// What an item is known by, within a declaration.
pub(crate) enum Known {
    /// It is a key itself, of this type; the name of one of them.
    Itself(&'static str, String),
    /// It is this type.
    Struct(String),
}

/// The fields by which a response's element names an item: of the element, and of the item.
pub(crate) fn find_key(types: &Types<'_>, item: &Known, element: &str) -> Option<(usize, Option<usize>)> {
    let fields = types.defs.get(element)?.fields();
    let names_it = |field: &Field| names::words(&field.wire).last().is_some_and(|word| NAMING.contains(&word.as_str()));
    match item {
        Known::Itself(key, name) => {
            let name = names::words(name).concat();
            let rank = |field: &Field| match field.folded() {
                _ if field.is("key") => Some(0),
                folded if folded == name => Some(1),
                folded if folded == "id" => Some(2),
                folded if name.ends_with(&folded) && names_it(field) => Some(3),
                folded if folded.ends_with("id") && !REQUEST_IDS.contains(&folded.as_str()) => Some(4),
                _ if names_it(field) => Some(5),
                _ => None,
            };
            let fits = fields.iter().enumerate().filter(|(_, field)| field.ty.key() == Some(key));
            let ranked = fits.filter_map(|(index, field)| Some((rank(field)?, index)));
            ranked.min().map(|(_, index)| (index, None))
        }
        Known::Struct(item) => {
            let of_item = types.defs.get(item)?.fields();
            let has_key = of_item.iter().any(|field| field.is("key"));
            let pairs = of_item.iter().enumerate().flat_map(|(at, own)| {
                let same = move |(_, field): &(usize, &Field)| field.wire == own.wire && field.ty == own.ty;
                fields.iter().enumerate().filter(same).map(move |(index, _)| (at, own, index))
            });
            let fits =
                pairs.filter(|(_, own, _)| own.ty.key().is_some() && (own.is("key") || !has_key && names_it(own)));
            let ranked = fits.map(|(at, own, index)| ((!own.is("key"), own.folded() != "id", own.optional), at, index));
            ranked.min().map(|(_, at, index)| (index, Some(at)))
        }
    }
}

/// Gives the fields of an element their roles; whether they say what became of the item.
pub(crate) fn give_verdict(types: &mut Types<'_>, element: &str) -> bool {
    give_text(types, element);
    let Some(def) = types.defs.get(element) else { return false };
    if def.fields().iter().any(|field| field.roles.iter().any(|role| role == "status" || role.starts_with("failed"))) {
        return true;
    }
    let find = |names: &[&str], fits: &dyn Fn(&Type) -> bool| {
        let of = |name: &&str| {
            def.fields().iter().position(|field| field.folded() == **name && fits(&field.ty) && !field.is("key"))
        };
        names.iter().find_map(of)
    };
    let words = |ty: &Type| {
        let def = ty.name().and_then(|name| types.defs.get(name));
        def.is_some_and(|def| matches!(def.shape, Shape::Words(_)))
    };
    let integer = find(&STATUSES, &|ty| *ty == Type::Plain("i64"));
    let truth = find(&SUCCESSES, &|ty| *ty == Type::Plain("bool"));
    let word = find(&STATUSES, &words).or_else(|| find(&["result"], &words));
    let text = find(&STATUSES, &|ty| *ty == Type::Plain("String"));
    let error = find(&ERRORS, &|_| true).or_else(|| find(&["errorcode", "errormessage"], &|_| true));
    if let Some(at) = integer {
        let Some(field) = field_mut(types, element, at) else { return false };
        field.ty = Type::Plain("u16");
        take_back(field);
        field.give("status");
    } else if let Some(at) = word.or(truth) {
        let Some(field) = field_mut(types, element, at) else { return false };
        take_back(field);
        field.give("status");
        if let Some(name) = field.ty.name().map(str::to_owned) {
            let status = give_verdicts(types, &name);
            if let Some(field) = field_mut(types, element, at) {
                field.ty.rename(&name, &status);
            }
        }
    } else if let Some(at) = error {
        return give_failed(types, element, at);
    } else if let Some(at) = text {
        let Some(field) = field_mut(types, element, at) else { return false };
        take_back(field);
        field.give("status");
        field.notes.push(
            "as a text only an HTTP status is understood: an enum that derives `Status`, with the vendor's words?"
                .into(),
        );
    } else {
        return false;
    }
    true
}

fn field_mut<'t>(types: &'t mut Types<'_>, name: &str, at: usize) -> Option<&'t mut Field> {
    types.defs.get_mut(name)?.fields_mut().get_mut(at)
}

/// A field has one role.
fn take_back(field: &mut Field) {
    field.roles.retain(|role| role == "key");
}

/// An element that failed is one that has an error in it.
fn give_failed(types: &mut Types<'_>, element: &str, at: usize) -> bool {
    let Some(field) = types.defs.get(element).and_then(|def| def.fields().get(at)) else { return false };
    let inner = match &field.ty {
        Type::List(of) => (**of).clone(),
        ty => ty.clone(),
    };
    let mut renamed = None;
    let role = match (&inner, field.folded().as_str()) {
        (Type::Named(name), _) => {
            let detail = types.claim(name, "ItemReply", "Detail");
            if !give_text(types, &detail) {
                return false;
            }
            renamed = Some((name.clone(), detail));
            "failed, inside"
        }
        (Type::Plain("String" | "i64"), "errorcode") => "failed, code",
        (Type::Plain("String"), _) => "failed, message",
        _ => return false,
    };
    let Some(def) = types.defs.get_mut(element) else { return false };
    // A text has one role, and a role one field.
    for other in def.fields_mut() {
        other.roles.retain(|given| !role.ends_with(given.as_str()));
    }
    let Some(field) = def.fields_mut().get_mut(at) else { return false };
    if let Some((from, to)) = renamed {
        field.ty.rename(&from, &to);
    }
    // What is always there is no sign of a failure.
    field.optional |= !matches!(field.ty, Type::List(_));
    field.roles = vec![role.to_owned()];
    true
}

/// Gives an enum's words their verdicts; the name of the enum that has them.
fn give_verdicts(types: &mut Types<'_>, name: &str) -> String {
    const SUCCEEDED: [&str; 13] = [
        "success",
        "succeeded",
        "successful",
        "ok",
        "created",
        "updated",
        "deleted",
        "done",
        "complete",
        "completed",
        "processed",
        "added",
        "removed",
    ];
    const ACCEPTED: [&str; 3] = ["accepted", "queued", "submitted"];
    const PENDING: [&str; 4] = ["pending", "inprogress", "running", "processing"];
    const UNPROCESSED: [&str; 4] = ["unprocessed", "skipped", "throttled", "notattempted"];
    const FAILED: [&str; 9] =
        ["failed", "fail", "failure", "error", "rejected", "invalid", "denied", "notfound", "conflict"];
    let name = types.claim(name, "Status", "Status");
    if let Some(Shape::Words(words)) = types.defs.get_mut(&name).map(|def| &mut def.shape) {
        for word in words {
            let folded = names::words(&word.wire).concat();
            let is = |known: &[&str]| known.contains(&folded.as_str());
            word.verdict = Some(match () {
                () if is(&SUCCEEDED) => ("succeeded", false),
                () if is(&ACCEPTED) => ("accepted", false),
                () if is(&PENDING) => ("pending", false),
                () if is(&UNPROCESSED) => ("unprocessed", false),
                () if is(&FAILED) || folded.ends_with("error") || folded.contains("fail") => ("failed", false),
                // Nothing is a success that nobody calls one.
                () => ("failed", true),
            });
        }
    }
    name
}

/// Gives the fields with a code and a message their roles; whether there is one.
fn give_text(types: &mut Types<'_>, name: &str) -> bool {
    let Some(def) = types.defs.get_mut(name) else { return false };
    let mut any = false;
    for (role, known) in [("code", &CODES[..]), ("message", &MESSAGES)] {
        if def.fields().iter().any(|field| field.roles.iter().any(|other| other.ends_with(role))) {
            any = true;
            continue;
        }
        let is_text = |ty: &Type| match ty {
            Type::Plain("String") => true,
            Type::Plain("i64") => role == "code",
            Type::List(of) => **of == Type::Plain("String"),
            _ => false,
        };
        let fits = |field: &Field, name: &str| field.folded() == name && is_text(&field.ty) && field.roles.is_empty();
        let at = known.iter().find_map(|name| def.fields().iter().position(|field| fits(field, name)));
        if let Some(field) = at.and_then(|at| def.fields_mut().get_mut(at)) {
            field.give(role);
            any = true;
        }
    }
    any
}

/// Gives the fields of an error body their roles.
pub(crate) fn give_error(types: &mut Types<'_>, name: &str) {
    let told = give_text(types, name);
    let Some(def) = types.defs.get_mut(name) else { return };
    if !def.fields().iter().any(|field| field.is("request_id")) {
        let is_id =
            |field: &&mut Field| REQUEST_IDS.contains(&field.folded().as_str()) && field.ty == Type::Plain("String");
        if let Some(field) = def.fields_mut().iter_mut().find(is_id) {
            field.give("request_id");
        }
    }
    let is = |role: &str| def.fields().iter().any(|field| field.is(role));
    if is("message") || is("inside") {
        return;
    }
    let nested = |field: &Field| match &field.ty {
        Type::Named(name) => Some(name.clone()),
        Type::List(of) => of.name().map(str::to_owned),
        _ => None,
    };
    let known = |field: &Field| ERRORS.contains(&field.folded().as_str()) || field.folded() == "messages";
    let at = def.fields().iter().position(|field| known(field) && nested(field).is_some());
    if let Some((at, inner)) = at.and_then(|at| Some((at, nested(&def.fields()[at])?))) {
        let inner_name = types.claim(&inner, "ItemReply", "Detail");
        if give_text(types, &inner_name)
            && let Some(field) = field_mut(types, name, at)
        {
            field.ty.rename(&inner, &inner_name);
            return field.give("inside");
        }
    }
    // Problem details (RFC 9457) have a `title`, with or without a `detail`.
    let texts: &[&str] = if told { &["title"] } else { &["title", "error"] };
    let Some(fields) = types.defs.get_mut(name).map(Def::fields_mut) else { return };
    let is = |field: &Field, text: &str| field.folded() == text && field.ty == Type::Plain("String");
    let at = texts.iter().find_map(|text| fields.iter().position(|field| is(field, text)));
    if let Some(field) = at.and_then(|at| fields.get_mut(at)) {
        field.give("message");
    }
}
