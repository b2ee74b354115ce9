//! Checks that the codes in a declaration's lists can match: that the types of a response have such codes.

use super::contract::Types;
use super::message::{Message, same};
use crate::reply::{BodyShape, Codes, FieldKind, ReplyShape};

/// Panics if a code in a list never matches. `list` is the name of the list.
#[track_caller]
pub const fn check_code(list: &str, code: &str, types: Option<Types>) {
    let Some(Types { item_codes, error_codes, reply, .. }) = types else { return };
    // The other lists are about whole responses. An item with such a code has failed.
    let of_items = same(list, "retry") || same(list, "uncertain") || same(list, "already");
    // It is about single items alone: a whole request that was not processed is refused.
    let of_elements = same(list, "unprocessed");
    let whole = error_codes.or(codes_of(&reply));
    let codes = if of_elements {
        item_codes
    } else if of_items {
        whole.or(item_codes)
    } else {
        whole
    };
    let message = match codes {
        Codes::Any => return,
        Codes::Words if !is_status(code) => return,
        Codes::Words => Message::new("\"")
            .and(code)
            .and("\" in quotes is an error code, but the type of the `#[bulk(code)]` field is for words"),
        Codes::None => Message::new("no field of the ")
            .and(if of_elements {
                "reply's elements"
            } else if of_items {
                "reply or the error type"
            } else {
                "error type"
            })
            .and(" is `#[bulk(code)]`, so \"")
            .and(code)
            .and("\" never matches"),
    };
    let message = message.and(match codes {
        Codes::Words => ": ",
        _ => ": put `#[bulk(code)]` on the field with the code, or ",
    });
    let message = if is_status(code) {
        let message = message.and("write an HTTP status without quotes, as `").and(list).and("(").and(code).and(")`");
        if matches!(codes, Codes::Words) {
            message.and(", or use a number or `HttpStatus` as the type of the code")
        } else {
            message
        }
    } else {
        message.and("remove \"").and(code).and("\"")
    };
    message.and(" [BULK643]").panic();
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
    let (mut at, mut codes) = (0, Codes::None);
    match reply.body {
        BodyShape::Object(fields) => {
            while at < fields.len() {
                codes = codes.or(match fields[at].kind {
                    FieldKind::Code { codes } | FieldKind::Status { codes } => codes,
                    FieldKind::Nested { reply, .. } => codes_of(reply),
                    _ => Codes::None,
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
        BodyShape::Opaque => return Codes::Any,
        BodyShape::List { .. } | BodyShape::Ndjson(_) | BodyShape::Nothing | BodyShape::Error => {}
    }
    codes
}

#[cfg(test)]
mod tests {
    use super::super::message::complaint;
    use super::*;
    use crate::reply::{ElementShape, FieldShape, Role};

    const fn types(item_codes: Codes, error_codes: Codes, body: BodyShape) -> Types {
        Types { item_codes, error_codes, ..Types::of_reply(ReplyShape::new(body)) }
    }

    /// What is said of a code in a list.
    fn said(list: &str, code: &str, types: Types) -> Option<String> {
        complaint(move || check_code(list, code, Some(types)))
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
                (Codes::None, Codes::None, false),
                (Codes::Words, Codes::None, of_items),
                (Codes::Any, Codes::None, of_items),
                (Codes::None, Codes::Words, !of_elements),
                (Codes::None, Codes::Any, !of_elements),
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
            let by_hand = said(list, "GONE", types(Codes::None, Codes::None, BodyShape::Opaque));
            assert_eq!(by_hand.is_some(), of_elements, "{list}: {by_hand:?}");
            assert_eq!(said(list, "GONE", types(Codes::Any, Codes::None, BodyShape::Opaque)), None);
            assert_eq!(complaint(move || check_code(list, "GONE", None)), None);
        }
    }

    #[test]
    fn a_status_in_quotes_is_no_word() {
        let words = types(Codes::Words, Codes::Words, BodyShape::Nothing);
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
            assert_eq!(said("already", code, types(Codes::Any, Codes::Any, BodyShape::Nothing)), None, "{code}");
        }
        let none = said("stop", "404", types(Codes::Any, Codes::None, BodyShape::Nothing)).unwrap();
        assert!(none.contains("or write an HTTP status without quotes, as `stop(404)` [BULK643]"), "{none}");
    }

    const CODE: FieldShape = FieldShape::new("code", FieldKind::Code { codes: Codes::Words });
    const STATUS: FieldShape = FieldShape::new("status", FieldKind::Status { codes: Codes::Any });
    const TEXT: FieldShape = FieldShape::new("text", FieldKind::Message);
    const WITH_CODE: ReplyShape = ReplyShape::new(BodyShape::Object(&[TEXT, CODE]));
    const NOTHING: ReplyShape = ReplyShape::new(BodyShape::Nothing);
    const INSIDE: FieldShape = FieldShape::new("in", FieldKind::Nested { reply: &WITH_CODE, is_list: false });

    #[test]
    fn a_response_has_the_codes_of_all_its_parts() {
        let list = BodyShape::List { role: Role::Failed, element: ElementShape::bare() };
        for (body, want) in [
            (BodyShape::Object(&[]), Codes::None),
            (BodyShape::Object(&[TEXT]), Codes::None),
            (BodyShape::Object(&[TEXT, CODE]), Codes::Words),
            (BodyShape::Object(&[STATUS, TEXT]), Codes::Any),
            (BodyShape::Object(&[CODE, STATUS]), Codes::Any),
            (BodyShape::Object(&[TEXT, INSIDE]), Codes::Words),
            (BodyShape::ByStatus(&[]), Codes::None),
            (BodyShape::ByStatus(&[NOTHING, WITH_CODE]), Codes::Words),
            (BodyShape::Opaque, Codes::Any),
            (BodyShape::Nothing, Codes::None),
            (list, Codes::None),
        ] {
            assert_eq!(codes_of(&ReplyShape::new(body)), want, "{body:?}");
        }
    }
}
