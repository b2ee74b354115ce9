//! How an attempt ended, as the engine takes it: read from the transport's result, before any item is looked at.

use std::sync::Arc;

use super::retry_after::retry_after;
use crate::client::transport::{Response, TransportError, TransportErrorKind, TruncatedBody, TruncationKind};
use crate::declare::EndpointSpec;
use crate::engine::{BatchEnd, ResponseClass, RetryHint, response_class};
use crate::outcome::{Refusal, RefusalKind, Uncertainty, UncertaintyKind};
use crate::reply::{ApiError, RawResponse};
use crate::text::{said, shorten};

/// What is kept of an attempt for the items that have no better evidence.
#[derive(Debug)]
pub(crate) enum Cause<F, E> {
    Refused(Arc<Refusal<E>>),
    Uncertain(Arc<Uncertainty<F, E>>),
}

impl<F, E> Clone for Cause<F, E> {
    fn clone(&self) -> Self {
        match self {
            Cause::Refused(refusal) => Cause::Refused(refusal.clone()),
            Cause::Uncertain(uncertainty) => Cause::Uncertain(uncertainty.clone()),
        }
    }
}

impl<F, E> Cause<F, E> {
    /// What happened, in words.
    pub(crate) fn describe(&self) -> String {
        match self {
            Cause::Refused(refusal) => refusal.to_string(),
            Cause::Uncertain(uncertainty) => uncertainty.detail.clone(),
        }
    }

    /// An unknown result without a response worth keeping. The detail may repeat what the server said.
    pub(crate) fn uncertain(kind: UncertaintyKind, detail: impl AsRef<str>) -> Self {
        Cause::Uncertain(Arc::new(Uncertainty { kind, detail: said(detail.as_ref()), refusal: None, failure: None }))
    }
}

/// How an attempt ended.
pub(crate) enum AttemptEnd<F, E> {
    /// With a response whose body is about the items.
    Items(Response),
    /// In a way that concerns the whole batch.
    Batch(BatchEnd<Cause<F, E>>),
}

impl<F, E> AttemptEnd<F, E> {
    /// How it ended, in words.
    pub(crate) fn describe(&self) -> String {
        match self {
            AttemptEnd::Items(response) => format!("response {}", response.status),
            AttemptEnd::Batch(BatchEnd::NotSent { cause }) => format!("never left: {}", cause.describe()),
            AttemptEnd::Batch(
                BatchEnd::Uncertain { cause } | BatchEnd::GivenUp { cause } | BatchEnd::Refused { cause, .. },
            ) => cause.describe(),
        }
    }
}

/// The most characters of an error body that an outcome keeps.
const RAW: usize = 200;

/// What a response says about retries. A 429 or 503 concerns every request of the client.
pub(crate) fn retry_hint(response: &Response) -> RetryHint {
    RetryHint { delay: retry_after(&response.headers), throttled: matches!(response.status, 429 | 503) }
}

/// Reads how an attempt ended.
pub(crate) fn attempt_end<F, E: ApiError>(
    result: Result<Response, TransportError>,
    spec: &EndpointSpec,
    origin: &str,
) -> AttemptEnd<F, E> {
    let response = match result {
        Ok(response) => response,
        Err(error) => return AttemptEnd::Batch(no_response(&error, origin)),
    };
    let body = match &response.body {
        Ok(body) => body,
        Err(truncated) => &truncated.start,
    };
    let raw = RawResponse::new(response.status, &response.headers, body);
    let error = if (200..300).contains(&response.status) { None } else { E::read(&raw) };
    let code = error.as_ref().and_then(|error| error.code().map(String::from));
    let class = response_class(response.status, code.as_deref(), &spec.classes, spec.idempotent);
    match class {
        ResponseClass::Ok => match response.body {
            // A list that was cut off may lack its last elements: no item of it is believed.
            Err(truncated) => AttemptEnd::Batch(BatchEnd::Uncertain { cause: truncated_body(&truncated) }),
            Ok(_) => AttemptEnd::Items(response),
        },
        ResponseClass::Uncertain => {
            let refusal = refusal(&raw, error, code);
            let kind = if response.status >= 500 || response.status == 408 {
                UncertaintyKind::ServerError
            } else {
                UncertaintyKind::Declared
            };
            let detail = server_error(response.status, &refusal);
            let uncertainty = Uncertainty { kind, detail, refusal: Some(refusal), failure: None };
            AttemptEnd::Batch(BatchEnd::Uncertain { cause: Cause::Uncertain(Arc::new(uncertainty)) })
        }
        class => {
            let cause = Cause::Refused(Arc::new(refusal(&raw, error, code)));
            AttemptEnd::Batch(BatchEnd::Refused { class, cause })
        }
    }
}

fn no_response<F, E>(error: &TransportError, origin: &str) -> BatchEnd<Cause<F, E>> {
    let kind = match error.kind {
        TransportErrorKind::NotSent | TransportErrorKind::Invalid => {
            let detail = format!("{origin}: {}", said(&error.detail));
            return BatchEnd::NotSent { cause: Cause::uncertain(UncertaintyKind::Reset, detail) };
        }
        // As a 421 says it: one GOAWAY concerns many requests at once, and none of them makes the host unreachable.
        TransportErrorKind::NotProcessed => {
            let detail = format!("the server did not take the request: {}", said(&error.detail));
            let cause = Cause::uncertain(UncertaintyKind::Reset, detail);
            return BatchEnd::Refused { class: ResponseClass::NotProcessed, cause };
        }
        TransportErrorKind::Timeout => UncertaintyKind::Timeout,
        TransportErrorKind::Reset => UncertaintyKind::Reset,
    };
    BatchEnd::Uncertain { cause: Cause::uncertain(kind, &error.detail) }
}

fn truncated_body<F, E>(truncated: &TruncatedBody) -> Cause<F, E> {
    let kind = match truncated.kind {
        TruncationKind::Broken => UncertaintyKind::CutOff,
        TruncationKind::Timeout => UncertaintyKind::Timeout,
        TruncationKind::TooLarge => UncertaintyKind::TooLarge,
    };
    Cause::uncertain(kind, &truncated.detail)
}

fn server_error<E>(status: u16, refusal: &Refusal<E>) -> String {
    let message = refusal.message.as_deref().unwrap_or("");
    let colon = if message.is_empty() { "" } else { ": " };
    format!("the server responded with {status}{colon}{}", said(message))
}

/// A refusal from a response's parts.
fn refusal<E: ApiError>(response: &RawResponse<'_>, error: Option<E>, code: Option<String>) -> Refusal<E> {
    let in_body = error.as_ref().and_then(|error| error.request_id().map(String::from));
    let in_header = || {
        ["x-request-id", "x-amzn-requestid", "request-id", "x-correlation-id"]
            .iter()
            .find_map(|name| response.headers().get(*name)?.to_str().ok().map(str::to_owned))
    };
    let said = error.as_ref().and_then(|error| error.message().map(String::from));
    let raw = || {
        let text = String::from_utf8_lossy(&response.bytes()[..response.bytes().len().min(4 * RAW)]);
        Some(shorten(text.trim(), RAW)).filter(|text| !text.is_empty())
    };
    Refusal {
        status: Some(response.status()),
        request_id: in_body.or_else(in_header),
        message: said.or_else(|| if error.is_some() { None } else { raw() }),
        code,
        error,
        why: RefusalKind::Request,
    }
}

/// A refusal that the body states, whatever the HTTP status: `{"ok": false, "error": "ratelimited"}` under 200.
pub(crate) fn refused_in_body<F, E: ApiError>(
    response: &Response,
    own: Option<u16>,
    code: Option<String>,
    message: Option<String>,
    spec: &EndpointSpec,
) -> BatchEnd<Cause<F, E>> {
    let status = own.filter(|own| !(200..300).contains(own)).unwrap_or(response.status);
    let class = response_class(status, code.as_deref(), &spec.classes, spec.idempotent);
    let body = response.body.as_deref().unwrap_or_default();
    let read = refusal::<E>(&RawResponse::new(status, &response.headers, body), None, code);
    let message = message.or(if read.code.is_some() { None } else { read.message });
    let refusal = Refusal { message, ..read };
    match class {
        ResponseClass::Uncertain => {
            let detail = server_error(status, &refusal);
            let uncertainty =
                Uncertainty { kind: UncertaintyKind::Declared, detail, refusal: Some(refusal), failure: None };
            BatchEnd::Uncertain { cause: Cause::Uncertain(Arc::new(uncertainty)) }
        }
        class => {
            let class = match class {
                // Under 2xx with a code in no list it is final.
                ResponseClass::Ok => ResponseClass::Final,
                // The server looked into the request, so it took the credential of the request.
                ResponseClass::Credential => ResponseClass::Stop,
                class => class,
            };
            BatchEnd::Refused { class, cause: Cause::Refused(Arc::new(refusal)) }
        }
    }
}

/// The refusal of an item that a response handed back, or rolled back.
pub(crate) fn refused_item<F, E>(status: u16, why: RefusalKind, message: Option<String>) -> Cause<F, E> {
    // What is said of many items at once is repeated for each.
    let message = message.map(|message| said(&message));
    Cause::Refused(Arc::new(Refusal { status: Some(status), request_id: None, error: None, message, code: None, why }))
}
