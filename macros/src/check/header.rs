//! Names and values of headers.

use crate::rules::{Mistake, Rule};

/// Headers that describe how a request is sent. The transport sets them.
const TRANSPORTED: [&str; 9] =
    ["Connection", "Content-Length", "Expect", "Host", "Keep-Alive", "TE", "Trailer", "Transfer-Encoding", "Upgrade"];

/// Returns whether a header can have this name: `token` of RFC 9110, section 5.6.2.
pub(crate) fn is_header_name(name: &str) -> bool {
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    !name.is_empty() && name.chars().all(token)
}

pub(super) fn check_header_name(name: &str) -> Result<(), Mistake> {
    if !is_header_name(name) {
        return Err(Rule::HeaderName.broken(format!("invalid header name {name:?}: use letters, digits, `-` and `_`")));
    }
    if TRANSPORTED.iter().any(|header| header.eq_ignore_ascii_case(name)) {
        return Err(Rule::TransportHeader.broken(format!("the transport sets the header `{name}`: remove it")));
    }
    // The token of the client would replace it, and a token that is an argument is not refreshed after a 401.
    if name.eq_ignore_ascii_case("Authorization") {
        return Err(Rule::ClientHeader.broken(format!(
            "the client sends `{name}`: remove it, and give the token to the client with `.bearer(…)`, or another credential with `.header(\"{name}\", …)`"
        )));
    }
    Ok(())
}

pub(super) fn check_header_value(value: &str) -> Result<(), Mistake> {
    match value.chars().find(|c| !matches!(c, ' '..='~' | '\t')) {
        Some(c) => Err(Rule::HeaderValue
            .broken(format!("invalid character {c:?} in a header value: use visible ASCII on one line"))),
        None => Ok(()),
    }
}
