//! Roles in an element of a response: its verdict, its code and its message.

use crate::definition::{Definition, DefinitionKind, StructField, WordVariant, WordVerdict};
use crate::names;
use crate::role_names::{CODES, ERRORS, MESSAGES, STATUSES, SUCCESSES};
use crate::rust_type::RustType;
use crate::type_table::TypeTable;

/// Where an element reports the result of its item: the index of a field.
enum VerdictField {
    /// A whole number: an HTTP status.
    Number(usize),
    /// One of the vendor's words, or a truth value.
    Word(usize),
    /// An error, which only a failed item has.
    Error(usize),
    /// Any text.
    Text(usize),
}

/// Adds the roles of an element. Returns whether it reports the result of its item.
pub(crate) fn add_verdict(types: &mut TypeTable<'_>, element: &str) -> bool {
    add_text_roles(types, element);
    let Some(definition) = types.definitions.get(element) else { return false };
    let is_verdict = |role: &String| role == "status" || role.starts_with("failed");
    if definition.fields().iter().any(|field| field.roles.iter().any(is_verdict)) {
        return true;
    }
    match find_verdict(types, definition) {
        None => false,
        Some(VerdictField::Error(at)) => add_failed_role(types, element, at),
        Some(VerdictField::Number(at)) => {
            let Some(field) = field_mut(types, element, at) else { return false };
            field.ty = RustType::Plain("u16");
            make_status(field);
            true
        }
        Some(VerdictField::Word(at)) => {
            let Some(field) = field_mut(types, element, at) else { return false };
            make_status(field);
            if let Some(name) = field.ty.name().map(str::to_owned) {
                let status = add_word_verdicts(types, &name);
                if let Some(field) = field_mut(types, element, at) {
                    field.ty.rename(&name, &status);
                }
            }
            true
        }
        Some(VerdictField::Text(at)) => {
            let Some(field) = field_mut(types, element, at) else { return false };
            field.ty = RustType::Plain("HttpStatus");
            make_status(field);
            field.notes.push("if these are words, use an enum of them that derives `Status`".into());
            true
        }
    }
}

/// The field that reports the result: a number is the surest, a text the least sure.
fn find_verdict(types: &TypeTable<'_>, definition: &Definition) -> Option<VerdictField> {
    let find = |names: &[&str], fits: &dyn Fn(&RustType) -> bool| {
        let position = |name: &&str| {
            let is_it = |field: &StructField| field.folded() == **name && fits(&field.ty) && !field.has_role("key");
            definition.fields().iter().position(is_it)
        };
        names.iter().find_map(position)
    };
    let is_words = |ty: &RustType| {
        let definition = ty.name().and_then(|name| types.definitions.get(name));
        // Words of digits may be numbers in the JSON, which an enum of words does not read.
        let is_number = |word: &WordVariant| word.wire.parse::<i128>().is_ok();
        let words = definition.and_then(|definition| match &definition.kind {
            DefinitionKind::Words(words) => Some(words),
            _ => None,
        });
        words.is_some_and(|words| !words.iter().all(is_number) && are_results(words))
    };
    // A whole number that is declared as a `number` is an HTTP status too.
    let number = || find(&STATUSES, &|ty| matches!(ty, RustType::Plain("i64" | "f64")));
    let word = || find(&STATUSES, &is_words).or_else(|| find(&["result"], &is_words));
    let truth = || find(&SUCCESSES, &|ty| *ty == RustType::Plain("bool"));
    let error = || find(&ERRORS, &|_| true).or_else(|| find(&["errorcode", "errormessage"], &|_| true));
    let text = || find(&STATUSES, &|ty| *ty == RustType::Plain("String"));
    number()
        .map(VerdictField::Number)
        .or_else(|| word().or_else(truth).map(VerdictField::Word))
        .or_else(|| error().map(VerdictField::Error))
        .or_else(|| text().map(VerdictField::Text))
}

/// Whether words are results of an action. `ACTIVE` and `SUSPENDED` are states of a resource, which it has after any action.
fn are_results(words: &[WordVariant]) -> bool {
    let verdicts: Vec<WordVerdict> = words.iter().map(|word| word_verdict(&word.wire)).collect();
    let is = |role: &str| verdicts.iter().filter(|verdict| verdict.role == role && !verdict.is_guess).count();
    is("failed") + is("unprocessed") + is("accepted") > 0 || 2 * is("succeeded") > words.len()
}

pub(crate) fn field_mut<'t>(types: &'t mut TypeTable<'_>, name: &str, at: usize) -> Option<&'t mut StructField> {
    types.definitions.get_mut(name)?.fields_mut().get_mut(at)
}

/// A field has one role, except that a key keeps its own.
fn make_status(field: &mut StructField) {
    field.roles.retain(|role| role == "key");
    field.add_role("status");
}

/// Marks an error: an element has failed if it has one.
fn add_failed_role(types: &mut TypeTable<'_>, element: &str, at: usize) -> bool {
    let Some(field) = types.definitions.get(element).and_then(|definition| definition.fields().get(at)) else {
        return false;
    };
    let inner = match &field.ty {
        RustType::List(of) => (**of).clone(),
        ty => ty.clone(),
    };
    let (mut renamed, mut words) = (None, false);
    let role = match (&inner, field.folded().as_str()) {
        // One of several words: the error is its code.
        (RustType::Named(name), _) if types.is_words(name) => {
            words = true;
            "failed, code"
        }
        (RustType::Named(name), _) => {
            let detail = types.add_derive(name, "ItemReply", "Detail");
            if !add_text_roles(types, &detail) {
                return false;
            }
            renamed = Some((name.clone(), detail));
            "failed, nested"
        }
        (RustType::Plain("String" | "i64"), "errorcode") => "failed, code",
        (RustType::Plain("String"), _) => "failed, message",
        _ => return false,
    };
    let Some(definition) = types.definitions.get_mut(element) else { return false };
    // A field has one role, and a role has one field.
    for other in definition.fields_mut() {
        other.roles.retain(|given| !role.ends_with(given.as_str()));
    }
    let Some(field) = definition.fields_mut().get_mut(at) else { return false };
    if let Some((from, to)) = renamed {
        field.ty.rename(&from, &to);
    }
    if words {
        field.ty = RustType::Plain("String");
    }
    // An error that is always present is not a sign of a failure.
    field.optional |= !matches!(field.ty, RustType::List(_));
    field.roles = vec![role.to_owned()];
    true
}

/// Adds a verdict to each word of an enum, and returns the name of the enum.
pub(crate) fn add_word_verdicts(types: &mut TypeTable<'_>, name: &str) -> String {
    let name = types.add_derive(name, "Status", "Status");
    if let Some(DefinitionKind::Words(words)) = types.definitions.get_mut(&name).map(|definition| &mut definition.kind)
    {
        for word in words {
            word.verdict = Some(word_verdict(&word.wire));
        }
    }
    name
}

/// The verdict of a word about an item, or about a whole request.
pub(crate) fn word_verdict(word: &str) -> WordVerdict {
    const SUCCEEDED: [&str; 14] = [
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
        "sent",
    ];
    const ACCEPTED: [&str; 4] = ["accepted", "queued", "scheduled", "submitted"];
    const PENDING: [&str; 4] = ["pending", "inprogress", "running", "processing"];
    const UNPROCESSED: [&str; 4] = ["unprocessed", "skipped", "throttled", "notattempted"];
    const FAILED: [&str; 9] =
        ["failed", "fail", "failure", "error", "rejected", "invalid", "denied", "notfound", "conflict"];
    let folded = names::folded(word);
    let known = |role| WordVerdict { role, is_guess: false };
    let is = |list: &[&str]| list.contains(&folded.as_str());
    match () {
        () if is(&SUCCEEDED) => known("succeeded"),
        () if is(&ACCEPTED) => known("accepted"),
        () if is(&PENDING) => known("pending"),
        () if is(&UNPROCESSED) => known("unprocessed"),
        () if is(&FAILED) || folded.ends_with("error") || folded.contains("fail") => known("failed"),
        // An unknown word is not a success.
        () => WordVerdict { role: "failed", is_guess: true },
    }
}

/// Makes a code of a field that has one of several words, such as `{"error": "invalid_grant"}`: a code is text. Returns whether it did.
pub(crate) fn add_word_code(types: &mut TypeTable<'_>, name: &str, known: &[&str]) -> bool {
    let Some(definition) = types.definitions.get(name) else { return false };
    if definition.fields().iter().any(|field| field.roles.iter().any(|role| role.ends_with("code"))) {
        return false;
    }
    let is_word = |field: &StructField| {
        known.contains(&field.folded().as_str())
            && field.roles.is_empty()
            && field.ty.name().is_some_and(|name| types.is_words(name))
    };
    let at = definition.fields().iter().position(is_word);
    let Some(field) = at.and_then(|at| field_mut(types, name, at)) else { return false };
    field.ty = RustType::Plain("String");
    field.add_role("code");
    true
}

/// Adds the roles of a code and a message. Returns whether there is one of them.
pub(crate) fn add_text_roles(types: &mut TypeTable<'_>, name: &str) -> bool {
    let mut any = add_word_code(types, name, &CODES);
    let Some(definition) = types.definitions.get_mut(name) else { return false };
    for (role, known) in [("code", &CODES[..]), ("message", &MESSAGES)] {
        if definition.fields().iter().any(|field| field.roles.iter().any(|other| other.ends_with(role))) {
            any = true;
            continue;
        }
        let is_text = |ty: &RustType| match ty {
            RustType::Plain("String") => true,
            RustType::Plain("i64") => role == "code",
            RustType::List(of) => **of == RustType::Plain("String"),
            _ => false,
        };
        let fits =
            |field: &StructField, name: &str| field.folded() == name && is_text(&field.ty) && field.roles.is_empty();
        let at = known.iter().find_map(|name| definition.fields().iter().position(|field| fits(field, name)));
        if let Some(field) = at.and_then(|at| definition.fields_mut().get_mut(at)) {
            field.add_role(role);
            any = true;
        }
    }
    any
}
