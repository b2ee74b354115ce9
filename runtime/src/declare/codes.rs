//! Checks that the codes in a declaration's lists can match: that the types of a response have such codes.

use super::contract::Types;
use super::message::{Message, same};
use crate::reply::{BodyShape, CodeKind, CodeSet, Codes, FieldKind, ReplyShape, Role};

/// Panics if a code in a list never matches. `list` is the name of the list.
#[track_caller]
pub const fn check_code(list: &str, code: &str, types: Option<Types>) {
    let Some(types) = types else { return };
    match codes_for(list, &types).kind {
        CodeKind::None => {
            let message = Message::new("no field of the ").and(holder(list)).and(" is `#[bulk(code)]`, so \"");
            let message =
                message.and(code).and("\" never matches: put `#[bulk(code)]` on the field with the code, or ");
            remove(list, code, message);
        }
        CodeKind::Words if is_status(code) => {
            let message = Message::new("\"")
                .and(code)
                .and("\" in quotes is an error code, but the type of the `#[bulk(code)]` field is for words: ");
            let message =
                message.and("write an HTTP status without quotes, as `").and(list).and("(").and(code).and(")`");
            message.and(", or use a number or `HttpStatus` as the type of the code [BULK643]").panic();
        }
        _ => check_further_code(list, code, Some(types)),
    }
}

/// As [`check_code`], for the codes after the first one: whether the types have codes at all is said once for a list.
#[track_caller]
pub const fn check_further_code(list: &str, code: &str, types: Option<Types>) {
    let Some(types) = types else { return };
    let message = Message::new("\"").and(code).and("\" never matches: ");
    match codes_for(list, &types).kind {
        CodeKind::Numbers if !is_number(code) => {
            let message = message.and("the type of the `#[bulk(code)]` field is a number; use a `String`, or ");
            remove(list, code, message);
        }
        CodeKind::Sets(sets) if !contains(&sets, code) => {
            let message = message.and("the `#[bulk(code)]` field is one of ").and_sets(&sets);
            remove(list, code, message.and("; add a variant for it, or "));
        }
        CodeKind::ListNames => {
            if let Some(false) = names_list(&types.reply, code) {
                let message = message.and("the code of an item is the name of the list with its key, and no list of failed items has this name; write the name as it is in the JSON, or ");
                remove(list, code, message);
            }
        }
        _ => {}
    }
}

/// Panics if a status in a list about single items never matches.
#[track_caller]
pub const fn check_status(list: &str, status: u16, types: Option<Types>) {
    let Some(Types { item_codes, .. }) = types else { return };
    if !item_codes.has_status {
        let message = Message::new("no field of the reply's elements is an HTTP status, so `").and(list).and("(");
        let message = message.and_number(status as i128).and(")` never matches: put `#[bulk(status)]` on the field with the status, as a `u16` or `HttpStatus`, or remove ");
        message.and_number(status as i128).and(" [BULK649]").panic();
    }
}

/// The codes that the values of a list are compared with.
const fn codes_for(list: &str, types: &Types) -> Codes {
    let whole = types.error_codes.or(codes_of(&types.reply));
    if same(list, "unprocessed") {
        // It is about single items alone: a whole request that was not processed is refused.
        types.item_codes
    } else if is_of_items(list) {
        whole.or(types.item_codes)
    } else {
        whole
    }
}

/// The lists that are also about items. The others are about whole responses: an item with such a code has failed.
const fn is_of_items(list: &str) -> bool {
    same(list, "retry") || same(list, "uncertain") || same(list, "already")
}

/// Where the code of a list would be.
const fn holder(list: &str) -> &'static str {
    if same(list, "unprocessed") {
        "reply's elements"
    } else if is_of_items(list) {
        "reply or the error type"
    } else {
        "error type"
    }
}

/// Ends a message with the fix, and panics.
#[track_caller]
const fn remove(list: &str, code: &str, message: Message) -> ! {
    let message = if is_status(code) {
        message.and("write an HTTP status without quotes, as `").and(list).and("(").and(code).and(")`")
    } else {
        message.and("remove \"").and(code).and("\"")
    };
    message.and(" [BULK643]").panic()
}

/// Returns whether an enum has this code.
const fn contains(sets: &[CodeSet], code: &str) -> bool {
    let mut set = 0;
    while set < sets.len() {
        let mut at = 0;
        match sets[set] {
            CodeSet::Words(words) => {
                while at < words.len() {
                    if same(words[at], code) {
                        return true;
                    }
                    at += 1;
                }
            }
            CodeSet::Numbers(numbers) => {
                while at < numbers.len() {
                    if is_text_of(numbers[at], code) {
                        return true;
                    }
                    at += 1;
                }
            }
        }
        set += 1;
    }
    false
}

/// Returns whether a list of failed items has this name. `None` for a reply whose lists have no names, or are not known here.
const fn names_list(reply: &ReplyShape, name: &str) -> Option<bool> {
    let (mut at, mut found) = (0, Some(false));
    match reply.body {
        BodyShape::Object(fields) => {
            while at < fields.len() {
                let one = match fields[at].kind {
                    FieldKind::List { role: Role::Failed, .. } => Some(same(fields[at].name, name)),
                    FieldKind::Nested { reply, .. } => names_list(reply, name),
                    _ => Some(false),
                };
                found = either(found, one);
                at += 1;
            }
        }
        BodyShape::ByStatus(replies) => {
            while at < replies.len() {
                found = either(found, names_list(&replies[at], name));
                at += 1;
            }
        }
        BodyShape::Nothing | BodyShape::Error => {}
        BodyShape::List { .. } | BodyShape::Ndjson(_) | BodyShape::Opaque => return None,
    }
    found
}

const fn either(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    match (one, other) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (None, _) | (_, None) => None,
        _ => Some(false),
    }
}

/// Returns whether a text is a whole number as the runtime writes one: `-32000`, but not `007`.
const fn is_number(code: &str) -> bool {
    match i128::from_str_radix(code, 10) {
        Ok(number) => is_text_of(number, code),
        Err(_) => false,
    }
}

/// Returns whether a text is this number in decimal digits.
const fn is_text_of(number: i128, code: &str) -> bool {
    let text = code.as_bytes();
    let (mut rest, mut at) = (number.unsigned_abs(), text.len());
    loop {
        if at == 0 || text[at - 1] != b'0' + (rest % 10) as u8 {
            return false;
        }
        (rest, at) = (rest / 10, at - 1);
        if rest == 0 {
            break;
        }
    }
    match at {
        0 => number >= 0,
        1 => number < 0 && text[0] == b'-',
        _ => false,
    }
}

/// Three digits, as an HTTP status has.
const fn is_status(code: &str) -> bool {
    let digits = code.as_bytes();
    digits.len() == 3
        && digits[0] >= b'1'
        && digits[0] <= b'5'
        && digits[1].is_ascii_digit()
        && digits[2].is_ascii_digit()
}

/// The codes of a response as a whole. A hand-written reply is not known here, and can have any.
const fn codes_of(reply: &ReplyShape) -> Codes {
    let (mut at, mut codes) = (0, Codes::NONE);
    match reply.body {
        BodyShape::Object(fields) => {
            while at < fields.len() {
                codes = codes.or(match fields[at].kind {
                    FieldKind::Code { codes } | FieldKind::Status { codes } => codes,
                    FieldKind::Nested { reply, .. } => codes_of(reply),
                    _ => Codes::NONE,
                });
                at += 1;
            }
        }
        BodyShape::ByStatus(replies) => {
            while at < replies.len() {
                codes = codes.or(codes_of(&replies[at]));
                at += 1;
            }
        }
        BodyShape::Opaque => return Codes::ANY,
        BodyShape::List { .. } | BodyShape::Ndjson(_) | BodyShape::Nothing | BodyShape::Error => {}
    }
    codes
}

#[cfg(test)]
mod tests {
    use super::super::message::complaint;
    use super::*;
    use crate::reply::{ElementShape, FieldShape};

    const fn types(item_codes: Codes, error_codes: Codes, body: BodyShape) -> Types {
        Types { item_codes, error_codes, ..Types::of_reply(ReplyShape::new(body)) }
    }

    /// What is said of a code in a list.
    fn said(list: &str, code: &str, types: Types) -> Option<String> {
        let found = complaint(move || check_code(list, code, Some(types)));
        assert!(found.as_ref().is_none_or(|found| found.ends_with("[BULK643]")), "{found:?}");
        found
    }

    const LISTS: [&str; 7] = ["retry", "stop", "bisect", "already", "uncertain", "too_large", "unprocessed"];

    #[test]
    fn a_code_matches_only_where_a_type_has_codes() {
        let nothing = BodyShape::Nothing;
        for list in LISTS {
            let of_items = ["retry", "already", "uncertain", "unprocessed"].contains(&list);
            // A refusal is of the whole request, so that no code of it hands an item back.
            let of_elements = list == "unprocessed";
            for (item, error, fits) in [
                (Codes::NONE, Codes::NONE, false),
                (Codes::WORDS, Codes::NONE, of_items),
                (Codes::TEXTS, Codes::NONE, of_items),
                (Codes::NONE, Codes::WORDS, !of_elements),
                (Codes::NONE, Codes::TEXTS, !of_elements),
            ] {
                let found = said(list, "GONE", types(item, error, nothing));
                assert_eq!(found.is_none(), fits, "{list} {item:?} {error:?}: {found:?}");
                if let Some(found) = found {
                    let whose = match (of_elements, of_items) {
                        (true, _) => "reply's elements",
                        (_, true) => "reply or the error type",
                        _ => "error type",
                    };
                    let want = format!(
                        "no field of the {whose} is `#[bulk(code)]`, so \"GONE\" never matches: put `#[bulk(code)]` on the field with the code, or remove \"GONE\" [BULK643]"
                    );
                    assert_eq!(found, want);
                }
            }
            // Of a hand-written reply nothing is known but the type of its failures; of a type that is no endpoint nothing at all.
            let by_hand = said(list, "GONE", types(Codes::NONE, Codes::NONE, BodyShape::Opaque));
            assert_eq!(by_hand.is_some(), of_elements, "{list}: {by_hand:?}");
            assert_eq!(said(list, "GONE", types(Codes::TEXTS, Codes::NONE, BodyShape::Opaque)), None);
            assert_eq!(complaint(move || check_code(list, "GONE", None)), None);
        }
    }

    #[test]
    fn a_status_in_quotes_is_no_word() {
        let words = types(Codes::WORDS, Codes::WORDS, BodyShape::Nothing);
        for (code, is_status) in [
            ("100", true),
            ("199", true),
            ("404", true),
            ("590", true),
            ("599", true),
            ("099", false),
            ("600", false),
            ("40", false),
            ("4040", false),
            ("40x", false),
            ("4x4", false),
            ("x04", false),
        ] {
            let want = is_status.then(|| {
                format!(
                    "\"{code}\" in quotes is an error code, but the type of the `#[bulk(code)]` field is for words: write an HTTP status without quotes, as `already({code})`, or use a number or `HttpStatus` as the type of the code [BULK643]"
                )
            });
            assert_eq!(said("already", code, words), want, "{code}");
            assert_eq!(said("already", code, types(Codes::TEXTS, Codes::TEXTS, BodyShape::Nothing)), None, "{code}");
        }
        let none = said("stop", "404", types(Codes::TEXTS, Codes::NONE, BodyShape::Nothing)).unwrap();
        assert!(none.contains("or write an HTTP status without quotes, as `stop(404)` [BULK643]"), "{none}");
    }

    /// What is said of a code after the first one.
    fn said_further(list: &str, code: &str, types: Types) -> Option<String> {
        let found = complaint(move || check_further_code(list, code, Some(types)));
        assert!(found.as_ref().is_none_or(|found| found.ends_with("[BULK643]")), "{found:?}");
        found
    }

    #[test]
    fn a_code_is_one_that_its_type_can_hold() {
        let set = |set| Codes::of(set);
        let words = set(CodeSet::Words(&["GONE", "BUSY"]));
        let numbers = set(CodeSet::Numbers(&[0, -32_000]));
        for (codes, code, fits) in [
            (words, "GONE", true),
            (words, "BUSY", true),
            (words, "gone", false),
            (words, "GON", false),
            (words.or(Codes::WORDS), "gone", true),
            (numbers, "-32000", true),
            (numbers, "0", true),
            (numbers, "-0", false),
            (numbers, "32000", false),
            (words.or(numbers), "-32000", true),
            (words.or(numbers), "BUSY", true),
            (words.or(numbers), "-32001", false),
            (Codes::NUMBERS, "-32000", true),
            (Codes::NUMBERS, "404", true),
            (Codes::NUMBERS, "BUSY", false),
            (Codes::NUMBERS, "007", false),
            (Codes::NUMBERS, "", false),
            (Codes::NUMBERS, "-", false),
            (Codes::TEXTS, "anything", true),
        ] {
            for list in LISTS {
                let types = types(codes, codes, BodyShape::Nothing);
                assert_eq!(said(list, code, types).is_none(), fits, "{list} {codes:?} {code}");
                assert_eq!(said_further(list, code, types), said(list, code, types), "{list} {codes:?} {code}");
            }
        }
        let of = |codes| types(codes, Codes::NONE, BodyShape::Nothing);
        assert_eq!(
            said("already", "gone", of(words)).unwrap(),
            "\"gone\" never matches: the `#[bulk(code)]` field is one of \"GONE\", \"BUSY\"; add a variant for it, or remove \"gone\" [BULK643]"
        );
        assert_eq!(
            said("already", "404", of(words)).unwrap(),
            "\"404\" never matches: the `#[bulk(code)]` field is one of \"GONE\", \"BUSY\"; add a variant for it, or write an HTTP status without quotes, as `already(404)` [BULK643]"
        );
        assert_eq!(
            said("retry", "BUSY", of(Codes::NUMBERS)).unwrap(),
            "\"BUSY\" never matches: the type of the `#[bulk(code)]` field is a number; use a `String`, or remove \"BUSY\" [BULK643]"
        );
        // Whether the types have codes at all is said of the first one.
        assert_eq!(said_further("already", "GONE", of(Codes::NONE)), None);
    }

    #[test]
    fn the_code_of_a_bare_key_is_the_name_of_its_list() {
        let list = |name, role| FieldShape::new(name, FieldKind::List { role, element: ElementShape::bare() });
        let object = |fields: Vec<FieldShape>| ReplyShape::new(BodyShape::Object(fields.leak()));
        let plain = object(vec![list("done", Role::Succeeded), list("notFound", Role::Failed), TEXT]);
        let inside = FieldShape::new("in", FieldKind::Nested { reply: Box::leak(Box::new(plain)), is_list: false });
        let whole = ReplyShape::new(BodyShape::List { role: Role::Failed, element: ElementShape::bare() });
        for (reply, fits) in [
            (plain, false),
            (object(vec![inside]), false),
            (object(vec![inside, list("gone", Role::Failed)]), true),
            (ReplyShape::new(BodyShape::ByStatus(vec![plain, NOTHING].leak())), false),
            (ReplyShape::new(BodyShape::ByStatus(vec![plain, whole].leak())), true),
            (whole, true),
            (ReplyShape::new(BodyShape::Opaque), true),
        ] {
            let types = types(Codes::LIST_NAMES, Codes::NONE, reply.body);
            let found = said("unprocessed", "gone", types);
            assert_eq!(found.is_none(), fits, "{reply:?}");
            assert_eq!(said("unprocessed", "notFound", types), None, "{reply:?}");
            assert_eq!(said("unprocessed", "done", types).is_none(), names_list(&reply, "x").is_none(), "{reply:?}");
        }
    }

    #[test]
    fn a_status_of_items_matches_only_where_they_have_one() {
        for (codes, fits) in [
            (Codes::NONE, false),
            (Codes::TEXTS, false),
            (Codes::STATUS, true),
            (Codes::WORDS.with_status(), true),
            (Codes::ANY, true),
        ] {
            let types = types(codes, Codes::ANY, BodyShape::Nothing);
            let found = complaint(move || check_status("unprocessed", 424, Some(types)));
            let want = "no field of the reply's elements is an HTTP status, so `unprocessed(424)` never matches: put `#[bulk(status)]` on the field with the status, as a `u16` or `HttpStatus`, or remove 424 [BULK649]";
            assert_eq!(found.as_deref(), (!fits).then_some(want), "{codes:?}");
        }
        assert_eq!(complaint(|| check_status("unprocessed", 424, None)), None);
    }

    const CODE: FieldShape = FieldShape::new("code", FieldKind::Code { codes: Codes::WORDS });
    const STATUS: FieldShape = FieldShape::new("status", FieldKind::Status { codes: Codes::TEXTS });
    const TEXT: FieldShape = FieldShape::new("text", FieldKind::Message);
    const WITH_CODE: ReplyShape = ReplyShape::new(BodyShape::Object(&[TEXT, CODE]));
    const NOTHING: ReplyShape = ReplyShape::new(BodyShape::Nothing);
    const INSIDE: FieldShape = FieldShape::new("in", FieldKind::Nested { reply: &WITH_CODE, is_list: false });

    #[test]
    fn a_response_has_the_codes_of_all_its_parts() {
        let list = BodyShape::List { role: Role::Failed, element: ElementShape::bare() };
        for (body, want) in [
            (BodyShape::Object(&[]), Codes::NONE),
            (BodyShape::Object(&[TEXT]), Codes::NONE),
            (BodyShape::Object(&[TEXT, CODE]), Codes::WORDS),
            (BodyShape::Object(&[STATUS, TEXT]), Codes::TEXTS),
            (BodyShape::Object(&[CODE, STATUS]), Codes::TEXTS),
            (BodyShape::Object(&[TEXT, INSIDE]), Codes::WORDS),
            (BodyShape::ByStatus(&[]), Codes::NONE),
            (BodyShape::ByStatus(&[NOTHING, WITH_CODE]), Codes::WORDS),
            (BodyShape::Opaque, Codes::ANY),
            (BodyShape::Nothing, Codes::NONE),
            (list, Codes::NONE),
        ] {
            assert_eq!(codes_of(&ReplyShape::new(body)), want, "{body:?}");
        }
    }
}
