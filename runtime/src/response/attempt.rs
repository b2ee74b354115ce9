//! How an attempt ended, told as what the engine takes: read from the transport's result, before any item is looked at.

use std::sync::Arc;

use super::retry_after::retry_after;
use crate::client::transport::{Cut, CutKind, Response, TransportError, TransportErrorKind};
use crate::declare::EndpointSpec;
use crate::engine::{Told, WholeClass, WholeEnd, whole_class};
use crate::outcome::{Doubt, DoubtKind, Refusal, RefusalKind};
use crate::reply::{Answer, ApiError};
use crate::text::{said, shorten};

/// What is kept of an attempt for the items that have no better evidence.
#[derive(Debug)]
pub(crate) enum Cause<F, E> {
    Refused(Arc<Refusal<E>>),
    Doubted(Arc<Doubt<F, E>>),
}

impl<F, E> Clone for Cause<F, E> {
    fn clone(&self) -> Self {
        match self {
            Cause::Refused(refusal) => Cause::Refused(refusal.clone()),
            Cause::Doubted(doubt) => Cause::Doubted(doubt.clone()),
        }
    }
}

impl<F, E> Cause<F, E> {
    /// What happened, in words.
    pub(crate) fn describe(&self) -> String {
        match self {
            Cause::Refused(refusal) => refusal.to_string(),
            Cause::Doubted(doubt) => doubt.detail.clone(),
        }
    }

    /// A doubt without an answer worth keeping. Its detail may hold what the server said.
    pub(crate) fn doubt(kind: DoubtKind, detail: impl AsRef<str>) -> Self {
        Cause::Doubted(Arc::new(Doubt { kind, detail: said(detail.as_ref()), refusal: None, failure: None }))
    }
}

/// How an attempt ended.
pub(crate) enum Ended<F, E> {
    /// An answer whose body speaks of the items.
    Answered(Response),
    /// Its end concerns the whole batch.
    Whole(WholeEnd<Cause<F, E>>),
}

impl<F, E> Ended<F, E> {
    /// How it ended, in words.
    pub(crate) fn describe(&self) -> String {
        match self {
            Ended::Answered(response) => format!("answered with {}", response.status),
            Ended::Whole(WholeEnd::NotSent) => "never left".to_owned(),
            Ended::Whole(
                WholeEnd::Unsure { cause } | WholeEnd::GivenUp { cause } | WholeEnd::Refused { cause, .. },
            ) => cause.describe(),
        }
    }
}

/// The most characters of an error body that an outcome keeps.
const RAW: usize = 200;

/// What an answer asks of those who would send again: a 429 and a 503 ask it of everybody.
pub(crate) fn asked(response: &Response) -> Told {
    Told { wait: retry_after(&response.headers), throttled: matches!(response.status, 429 | 503) }
}

/// Tells how an attempt ended.
pub(crate) fn ended<F, E: ApiError>(result: Result<Response, TransportError>, spec: &EndpointSpec) -> Ended<F, E> {
    let response = match result {
        Ok(response) => response,
        Err(error) => return Ended::Whole(without_answer(&error)),
    };
    let empty = bytes::Bytes::new();
    let body = match &response.body {
        Ok(body) => body,
        Err(cut) => &cut.start,
    };
    let answer = Answer::new(response.status, &response.headers, if body.is_empty() { &empty } else { body });
    let error = if (200..300).contains(&response.status) { None } else { E::read(&answer) };
    let code = error.as_ref().and_then(|error| error.code().map(String::from));
    let class = whole_class(response.status, code.as_deref(), &spec.classes, spec.idempotent);
    match class {
        WholeClass::Answered => match response.body {
            Err(cut) => Ended::Whole(WholeEnd::Unsure { cause: cut_off(&cut) }),
            Ok(_) => Ended::Answered(response),
        },
        WholeClass::Unsure => {
            let refusal = refusal(&answer, error, code);
            let kind = if response.status >= 500 || response.status == 408 {
                DoubtKind::ServerError
            } else {
                DoubtKind::Unsure
            };
            let doubt =
                Doubt { kind, detail: server_error(response.status, &refusal), refusal: Some(refusal), failure: None };
            Ended::Whole(WholeEnd::Unsure { cause: Cause::Doubted(Arc::new(doubt)) })
        }
        class => {
            let cause = Cause::Refused(Arc::new(refusal(&answer, error, code)));
            Ended::Whole(WholeEnd::Refused { class, cause })
        }
    }
}

fn without_answer<F, E>(error: &TransportError) -> WholeEnd<Cause<F, E>> {
    let kind = match error.kind {
        TransportErrorKind::NotSent | TransportErrorKind::Invalid => return WholeEnd::NotSent,
        // As a 421 says it: one GOAWAY speaks of many requests at once, and none of them makes the host unreachable.
        TransportErrorKind::Unseen => {
            let cause = Cause::doubt(DoubtKind::Reset, &error.detail);
            return WholeEnd::Refused { class: WholeClass::NotSent, cause };
        }
        TransportErrorKind::Timeout => DoubtKind::Timeout,
        TransportErrorKind::Reset => DoubtKind::Reset,
    };
    WholeEnd::Unsure { cause: Cause::doubt(kind, &error.detail) }
}

fn cut_off<F, E>(cut: &Cut) -> Cause<F, E> {
    let kind = match cut.kind {
        CutKind::Broken => DoubtKind::CutOff,
        CutKind::Timeout => DoubtKind::Timeout,
        CutKind::TooLarge => DoubtKind::TooLarge,
    };
    Cause::doubt(kind, &cut.detail)
}

fn server_error<E>(status: u16, refusal: &Refusal<E>) -> String {
    let message = refusal.message.as_deref().unwrap_or("");
    let colon = if message.is_empty() { "" } else { ": " };
    format!("the server answered {status}{colon}{}", said(message))
}

/// A refusal from an answer's parts.
fn refusal<E: ApiError>(answer: &Answer<'_>, error: Option<E>, code: Option<String>) -> Refusal<E> {
    let in_body = error.as_ref().and_then(|error| error.request_id().map(String::from));
    let in_header = || {
        ["x-request-id", "x-amzn-requestid", "request-id", "x-correlation-id"]
            .iter()
            .find_map(|name| answer.headers().get(*name)?.to_str().ok().map(str::to_owned))
    };
    let said = error.as_ref().and_then(|error| error.message().map(String::from));
    let raw = || {
        let text = String::from_utf8_lossy(&answer.bytes()[..answer.bytes().len().min(4 * RAW)]);
        Some(shorten(text.trim(), RAW)).filter(|text| !text.is_empty())
    };
    Refusal {
        status: Some(answer.status()),
        request_id: in_body.or_else(in_header),
        message: said.or_else(|| if error.is_some() { None } else { raw() }),
        code,
        error,
        why: RefusalKind::Request,
    }
}

/// A refusal that the answer tells of in its body, whatever its HTTP status.
pub(crate) fn refused_within<F, E: ApiError>(
    response: &Response,
    own: Option<u16>,
    code: Option<String>,
    message: Option<String>,
    spec: &EndpointSpec,
) -> WholeEnd<Cause<F, E>> {
    let status = own.filter(|own| !(200..300).contains(own)).unwrap_or(response.status);
    let class = whole_class(status, code.as_deref(), &spec.classes, spec.idempotent);
    let body = response.body.as_deref().unwrap_or_default();
    let read = refusal::<E>(&Answer::new(status, &response.headers, body), None, code);
    let message = message.or(if read.code.is_some() { None } else { read.message });
    let refusal = Refusal { message, ..read };
    match class {
        WholeClass::Unsure => {
            let detail = server_error(status, &refusal);
            let doubt = Doubt { kind: DoubtKind::Unsure, detail, refusal: Some(refusal), failure: None };
            WholeEnd::Unsure { cause: Cause::Doubted(Arc::new(doubt)) }
        }
        class => {
            let class = match class {
                // Under 2xx with a code in no list it is final.
                WholeClass::Answered => WholeClass::Final,
                // Who looked into the request took its credential.
                WholeClass::Credential => WholeClass::Stop,
                class => class,
            };
            WholeEnd::Refused { class, cause: Cause::Refused(Arc::new(refusal)) }
        }
    }
}

/// The refusal of an item that a 2xx handed back, or rolled back.
pub(crate) fn handed_back<F, E>(status: u16, why: RefusalKind, message: Option<String>) -> Cause<F, E> {
    // What is said of many items at once is repeated for each.
    let message = message.map(|message| said(&message));
    Cause::Refused(Arc::new(Refusal { status: Some(status), request_id: None, error: None, message, code: None, why }))
}
