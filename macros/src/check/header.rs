//! Names and values of headers.

use crate::rules::{Mistake, Rule};

/// Headers that say how a request travels, and not what it asks.
const TRANSPORTED: [&str; 9] =
    ["Connection", "Content-Length", "Expect", "Host", "Keep-Alive", "TE", "Trailer", "Transfer-Encoding", "Upgrade"];

pub(super) fn check_header_name(name: &str) -> Result<(), Mistake> {
    // `token` of RFC 9110, section 5.6.2.
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.is_empty() || !name.chars().all(token) {
        return Err(
            Rule::HeaderName.broken(format!("a header's name is made of letters, digits and `-`: {name:?} is none"))
        );
    }
    if TRANSPORTED.iter().any(|header| header.eq_ignore_ascii_case(name)) {
        return Err(Rule::TransportHeader.broken(format!(
            "the header `{name}` is the transport's, which writes it for each request: take it away"
        )));
    }
    Ok(())
}

pub(super) fn check_header_value(value: &str) -> Result<(), Mistake> {
    match value.chars().find(|c| !matches!(c, ' '..='~' | '\t')) {
        Some(c) => Err(Rule::HeaderValue
            .broken(format!("a header's value is visible ASCII on one line: {c:?} cannot stand in one"))),
        None => Ok(()),
    }
}
