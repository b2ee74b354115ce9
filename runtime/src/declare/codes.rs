//! Checks that the codes in a declaration's lists can match: that the types of a response have such codes.

use super::contract::Types;
use super::message::{Message, same};
use crate::reply::{BodyShape, Codes, FieldKind, ReplyShape};

/// Panics if a code in a list never matches. `list` is the name of the list.
#[track_caller]
pub const fn check_code(list: &str, code: &str, types: Option<Types>) {
    let Some(Types { item_codes, error_codes, reply, .. }) = types else { return };
    // The other lists are about whole responses. An item with such a code has failed.
    let of_items = same(list, "retry") || same(list, "uncertain") || same(list, "unprocessed") || same(list, "already");
    let whole = error_codes.or(codes_of(&reply));
    let codes = if of_items { whole.or(item_codes) } else { whole };
    let message = match codes {
        Codes::Any => return,
        Codes::Words if !is_status(code) => return,
        Codes::Words => Message::new("\"")
            .and(code)
            .and("\" in quotes is an error code, but the type of the `#[bulk(code)]` field is for words"),
        Codes::None => Message::new("no field of the ")
            .and(if of_items { "reply or the error" } else { "error" })
            .and(" type is `#[bulk(code)]`, so \"")
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
