//! The end of an attempt: classifies the result of the transport, before any entry of the response is read.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use http::header::LOCATION;
use http::{HeaderMap, HeaderName};
use url::Url;

use super::retry_after::{declared_delay, retry_after};
use crate::client::transport::{Response, TransportError, TransportErrorKind, TruncatedBody, TruncationKind};
use crate::declare::{Classes, EndpointSpec};
use crate::engine::{
    BatchEnd, FailureClass, Host, ResponseClass, RetryHint, Time, Unsent, failure_class, response_class,
};
use crate::journal::RecordedOutcome;
use crate::outcome::{OutcomeKind, Refusal, RefusalKind, UNCERTAIN, Uncertainty};
use crate::reply::{ApiError, BodyShape, DecodeError, Detail, RawResponse, ReplyShape, Verdict, find_code};
use crate::text::{excerpt, shorten};
use crate::uncertainty_kind::UncertaintyKind;

/// The evidence of an attempt for the items without an entry of their own.
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
    /// Describes what happened.
    pub(crate) fn describe(&self) -> String {
        match self {
            Cause::Refused(refusal) => refusal.to_string(),
            Cause::Uncertain(uncertainty) => uncertainty.detail.clone(),
        }
    }

    /// Returns whether it is an unknown result for this reason.
    pub(crate) fn is(&self, kind: UncertaintyKind) -> bool {
        matches!(self, Cause::Uncertain(uncertainty) if uncertainty.kind == kind)
    }

    /// Returns whether it is the refusal of a credential.
    pub(crate) fn is_credential(&self) -> bool {
        matches!(self, Cause::Refused(refusal) if matches!(refusal.status, Some(401 | 407)))
    }

    /// What an earlier life of the run recorded of an item; `None` if it was never sent.
    pub(crate) fn recorded(outcome: &RecordedOutcome) -> Option<Self> {
        let RecordedOutcome { status, code, message, request_id, .. } = outcome;
        match outcome.outcome {
            OutcomeKind::Unknown => {
                let message = message.as_deref().unwrap_or_default();
                let detail = message.strip_prefix(UNCERTAIN).unwrap_or(message);
                Some(Cause::uncertain_under(*status, UncertaintyKind::EarlierProcess, detail))
            }
            OutcomeKind::Refused => Some(Cause::Refused(Arc::new(Refusal {
                status: *status,
                request_id: request_id.clone(),
                error: None,
                body_error: None,
                message: message.clone(),
                code: code.clone(),
                why: RefusalKind::EarlierProcess,
            }))),
            OutcomeKind::Succeeded | OutcomeKind::Failed | OutcomeKind::NotAttempted => None,
        }
    }

    /// An unknown result without a response. The detail may quote the server, so it is cut.
    pub(crate) fn uncertain(kind: UncertaintyKind, detail: impl AsRef<str>) -> Self {
        Cause::uncertain_under(None, kind, detail)
    }

    /// An unknown result under the status of a response.
    pub(crate) fn uncertain_under(status: Option<u16>, kind: UncertaintyKind, detail: impl AsRef<str>) -> Self {
        let detail = excerpt(detail.as_ref());
        Cause::Uncertain(Arc::new(Uncertainty { kind, detail, status, refusal: None, failure: None }))
    }
}

/// The end of an attempt.
pub(crate) enum AttemptEnd<F, E> {
    /// A response whose body is about the items.
    Items(Response),
    /// A result that concerns the whole batch.
    Batch(BatchEnd<Cause<F, E>>),
}

impl<F, E> AttemptEnd<F, E> {
    /// Describes the end.
    pub(crate) fn describe(&self) -> String {
        match self {
            AttemptEnd::Items(response) => format!("response {}", response.status),
            AttemptEnd::Batch(BatchEnd::NotSent { cause, .. }) => format!("not sent: {}", cause.describe()),
            AttemptEnd::Batch(
                BatchEnd::Uncertain { cause, .. }
                | BatchEnd::GivenUp { cause }
                | BatchEnd::Invalid { cause }
                | BatchEnd::Unsigned { cause }
                | BatchEnd::Withheld { cause }
                | BatchEnd::Refused { cause, .. },
            ) => cause.describe(),
        }
    }
}

/// The maximum number of characters of a raw error body in an outcome.
const RAW: usize = 200;

/// Returns what a response requests about retries. A 429 or 503 throttles all requests of the client.
pub(crate) fn retry_hint(response: &Response, reply: &ReplyShape) -> RetryHint {
    let declared = if has_delays(reply) { delay_of_reply(response, reply) } else { None };
    let delay = retry_after(&response.headers).max(declared);
    RetryHint { delay, throttled: matches!(response.status, 429 | 503) }
}

/// Returns what a proxy that opened no connection requests about retries.
pub(crate) fn hint_of_error(error: &TransportError) -> RetryHint {
    RetryHint { delay: error.headers.as_deref().and_then(retry_after), throttled: false }
}

/// Returns whether a reply declares where its delay is.
fn has_delays(reply: &ReplyShape) -> bool {
    match reply.body {
        BodyShape::ByStatus(shapes) => shapes.iter().any(has_delays),
        _ => !reply.delays.is_empty(),
    }
}

/// The delay in the places that a reply declares for this status.
fn delay_of_reply(response: &Response, reply: &ReplyShape) -> Option<Time> {
    match reply.body {
        BodyShape::ByStatus(shapes) => shapes.iter().filter_map(|shape| delay_of_reply(response, shape)).max(),
        _ => {
            let shape = reply.under(response.status)?;
            declared_delay(&raw(response), shape.delays)
        }
    }
}

/// The delay that a refusal for now has in the places that the error type declares. In any other response, the time when a quota begins
/// anew is no request to wait.
pub(crate) fn delay_of_error<E: ApiError>(response: &Response) -> Option<Time> {
    let places = E::delays(response.status);
    if places.is_empty() { None } else { declared_delay(&raw(response), places) }
}

/// The delay that a refusal for now has in a nested type of its error, which reads it: `{"error": {"retry_after": 5}}`.
pub(crate) fn delay_inside<F, E: ApiError>(end: &BatchEnd<Cause<F, E>>) -> Option<Time> {
    let BatchEnd::Refused { class: ResponseClass::Retry, cause: Cause::Refused(refusal) } = end else { return None };
    asked(|| refusal.error.as_ref()?.retry_after())
}

/// The delay that a refusal of a poll has in its error, whose type reads nothing else there.
pub(crate) fn delay_of_poll<E: ApiError>(response: &Response) -> Option<Time> {
    delay_of_error::<E>(response).max(asked(|| E::read(&raw(response)).ok()?.retry_after()))
}

/// What an error type asks for. It may be the user's code: its panic asks for nothing.
fn asked(delay: impl FnOnce() -> Option<Time>) -> Option<Time> {
    catch_unwind(AssertUnwindSafe(delay)).unwrap_or_default()
}

fn raw(response: &Response) -> RawResponse<'_> {
    let body = match &response.body {
        Ok(body) => body,
        Err(truncated) => &truncated.start,
    };
    RawResponse::new(response.status, &response.headers, body)
}

/// Classifies the end of an attempt: by the transport error, or by the status and the error code of the response.
pub(crate) fn attempt_end<F, E: ApiError>(
    result: Result<Response, TransportError>,
    spec: &EndpointSpec,
    origin: &str,
) -> AttemptEnd<F, E> {
    let response = match result {
        Ok(response) => response,
        Err(error) => return AttemptEnd::Batch(no_response(&error, origin)),
    };
    let raw = raw(&response);
    // The body of a 2xx is the reply's. Any other body may have the code that decides the class: `{"code": "Busy"}` under 400.
    let error = if (200..300).contains(&response.status) { None } else { Some(E::read(&raw)) };
    let code = match &error {
        Some(Ok(error)) => error.code().map(String::from),
        // `{"code": "Busy", "message": 7}`: a damaged message does not cost the code, which may be in a list.
        Some(Err(_)) => find_code(&raw, E::codes(response.status)),
        None => None,
    };
    let class = response_class(response.status, code.as_deref(), &spec.classes, is_harmless_again(spec));
    match flagged(class, error.as_ref()) {
        ResponseClass::Ok => match response.body {
            // `{"done": ["a", "b` under 200: a list that was cut off may be about any item, so no entry of it counts.
            Err(truncated) => AttemptEnd::Batch(truncated_body(response.status, &truncated)),
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
            let status = refusal.status;
            let uncertainty = Uncertainty { kind, detail, status, refusal: Some(refusal), failure: None };
            let host = host_under(response.status);
            AttemptEnd::Batch(BatchEnd::Uncertain { cause: Cause::Uncertain(Arc::new(uncertainty)), host })
        }
        class => {
            let mut refusal = refusal(&raw, error, code);
            if class == ResponseClass::Redirect {
                refusal.message = Some(redirection(&response.headers, origin));
            }
            AttemptEnd::Batch(BatchEnd::Refused { class, cause: Cause::Refused(Arc::new(refusal)) })
        }
    }
}

/// Whether a request that may have been applied can be sent again in any form. One that only its key protects must be sent as it was.
fn is_harmless_again(spec: &EndpointSpec) -> bool {
    spec.idempotent && spec.key_valid().is_none()
}

/// The class under a flag of the error, `{"retryable": true}`. It makes a refusal that is in no list one for now, and nothing else: the
/// lists are more exact, and a request with an unknown result is not refused.
fn flagged<E: ApiError>(class: ResponseClass, error: Option<&Result<E, DecodeError>>) -> ResponseClass {
    let retries = || matches!(error, Some(Ok(error)) if error.retries() == Some(true));
    if class == ResponseClass::Final && retries() { ResponseClass::Retry } else { class }
}

/// The class of an item's failure, under its flag.
pub(crate) fn class_of_failure(failure: &impl Detail, classes: &Classes) -> FailureClass {
    match failure_class(failure.verdict().and_then(Verdict::http), failure.code().as_deref(), classes) {
        // `{"SenderFault": false}`: no list has the failure, and the vendor says that another attempt may succeed.
        FailureClass::Failed if failure.retries() == Some(true) => FailureClass::Retry { throttled: false },
        class => class,
    }
}

/// What the status of a response says about the host.
pub(crate) fn host_under(status: u16) -> Host {
    match status {
        502 | 504 => Host::BehindGateway,
        408 | 500.. => Host::Fails,
        _ => Host::Responds,
    }
}

/// Names the origin of a redirect's target. Its path and query are left out: they may contain private data.
fn redirection(headers: &HeaderMap, origin: &str) -> String {
    let location = headers.get(LOCATION).and_then(|location| location.to_str().ok()).filter(|text| !text.is_empty());
    let target = location.and_then(|location| Url::parse(origin).ok()?.join(location).ok());
    match target {
        Some(target) => format!("redirected to {}", target.origin().ascii_serialization()),
        None => "redirected".to_owned(),
    }
}

fn no_response<F, E>(error: &TransportError, origin: &str) -> BatchEnd<Cause<F, E>> {
    let kind = match error.kind {
        TransportErrorKind::NotSent => return not_sent(error, origin, Unsent::NoConnection),
        TransportErrorKind::NoSocket => return not_sent(error, origin, Unsent::NoSocket),
        TransportErrorKind::ProxyRefused => return not_sent(error, origin, Unsent::ProxyRefused),
        TransportErrorKind::Invalid => {
            return BatchEnd::Invalid { cause: Cause::uncertain(UncertaintyKind::Reset, &error.detail) };
        }
        TransportErrorKind::Unsigned => {
            return BatchEnd::Unsigned { cause: Cause::uncertain(UncertaintyKind::Reset, &error.detail) };
        }
        TransportErrorKind::Withheld => {
            let detail = format!("withheld: {}", excerpt(&error.detail));
            return BatchEnd::Withheld { cause: Cause::uncertain(UncertaintyKind::Reset, detail) };
        }
        // Same class as a 421. One GOAWAY may end many requests at once, but the host is reachable: it must not count as `NotSent`.
        TransportErrorKind::NotProcessed => {
            let detail = format!("the server did not process the request: {}", excerpt(&error.detail));
            let cause = Cause::uncertain(UncertaintyKind::Reset, detail);
            return BatchEnd::Refused { class: ResponseClass::NotProcessed, cause };
        }
        TransportErrorKind::Timeout => UncertaintyKind::Timeout,
        TransportErrorKind::Reset => UncertaintyKind::Reset,
    };
    BatchEnd::Uncertain { cause: Cause::uncertain(kind, &error.detail), host: Host::Fails }
}

fn not_sent<F, E>(error: &TransportError, origin: &str, why: Unsent) -> BatchEnd<Cause<F, E>> {
    let detail = format!("{origin}: {}", excerpt(&error.detail));
    BatchEnd::NotSent { cause: Cause::uncertain(UncertaintyKind::Reset, detail), why }
}

fn truncated_body<F, E>(status: u16, truncated: &TruncatedBody) -> BatchEnd<Cause<F, E>> {
    let (kind, host) = match truncated.kind {
        TruncationKind::Broken => (UncertaintyKind::CutOff, Host::Fails),
        TruncationKind::Timeout => (UncertaintyKind::Timeout, Host::Fails),
        TruncationKind::TooLarge => (UncertaintyKind::TooLarge, Host::Responds),
    };
    BatchEnd::Uncertain { cause: Cause::uncertain_under(Some(status), kind, &truncated.detail), host }
}

fn server_error<E>(status: u16, refusal: &Refusal<E>) -> String {
    let message = refusal.message.as_deref().unwrap_or("");
    let colon = if message.is_empty() { "" } else { ": " };
    let unread = refusal
        .body_error
        .as_ref()
        .map_or_else(String::new, |error| format!("; the error body could not be read: {}", error.reason));
    format!("the server responded with {status}{colon}{}{unread}", excerpt(message))
}

/// The headers with the vendor's request id.
static REQUEST_IDS: [HeaderName; 4] = [
    HeaderName::from_static("x-request-id"),
    HeaderName::from_static("x-amzn-requestid"),
    HeaderName::from_static("request-id"),
    HeaderName::from_static("x-correlation-id"),
];

/// Returns the vendor's request id.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    REQUEST_IDS.iter().find_map(|name| headers.get(name)?.to_str().ok().map(str::to_owned))
}

/// Builds a refusal from a response, and its error body, or the reason why that could not be decoded.
fn refusal<E: ApiError>(
    response: &RawResponse<'_>,
    error: Option<Result<E, DecodeError>>,
    code: Option<String>,
) -> Refusal<E> {
    let (error, body_error) = match error {
        Some(Ok(error)) => (Some(error), None),
        // Without a body there is nothing to decode.
        Some(Err(error)) => (None, Some(error).filter(|_| !response.bytes().trim_ascii().is_empty())),
        None => (None, None),
    };
    let in_body = error.as_ref().and_then(|error| error.request_id().map(String::from));
    let message = error.as_ref().and_then(|error| error.message().map(String::from));
    let raw = || {
        let text = String::from_utf8_lossy(&response.bytes()[..response.bytes().len().min(4 * RAW)]);
        Some(shorten(text.trim(), RAW)).filter(|text| !text.is_empty())
    };
    Refusal {
        status: Some(response.status()),
        request_id: in_body.or_else(|| request_id(response.headers())),
        // Also if it was decoded: a type of optional fields is decoded from any object, and has nothing of it.
        message: message.or_else(raw),
        code,
        error,
        body_error,
        why: RefusalKind::Request,
    }
}

/// The end of an attempt whose body refuses the whole request, whatever the HTTP status: `{"ok": false, "error": "ratelimited"}` under
/// 200. `own` is the status in the body, if it has one: `{"status": 429}`.
pub(crate) fn refused_in_body<F, E: ApiError>(
    response: &Response,
    own: Option<u16>,
    code: Option<String>,
    message: Option<String>,
    spec: &EndpointSpec,
) -> BatchEnd<Cause<F, E>> {
    // A status of 2xx in the body of a refusal says nothing about its class.
    let status = own.filter(|own| !(200..300).contains(own)).unwrap_or(response.status);
    let class = response_class(status, code.as_deref(), &spec.classes, is_harmless_again(spec));
    let body = response.body.as_deref().unwrap_or_default();
    let from_response = refusal::<E>(&RawResponse::new(status, &response.headers, body), None, code);
    let message = message.or(if from_response.code.is_some() { None } else { from_response.message });
    let refusal = Refusal { message, ..from_response };
    refused_under_success(class, status, refusal)
}

/// The end of an attempt whose body is the error type of the endpoint under 2xx: `{"error": {"code": -32600}}`. `misfits` says why it is no
/// reply.
pub(crate) fn error_in_body<F, E: ApiError>(
    response: &Response,
    misfits: Option<&DecodeError>,
    spec: &EndpointSpec,
) -> BatchEnd<Cause<F, E>> {
    let (status, body) = (response.status, response.body.as_deref().unwrap_or_default());
    let raw = RawResponse::new(status, &response.headers, body);
    let error = E::read(&raw);
    let code = match &error {
        Ok(error) => error.code().map(String::from),
        Err(_) => find_code(&raw, E::codes(status)),
    };
    // `{}` under 200 fits an error whose fields are all optional, and proves nothing.
    let says_nothing = code.is_none() && error.as_ref().map_or(true, |error| error.message().is_none());
    if says_nothing {
        let why = error.err().map_or_else(|| "it has neither a code nor a message".to_owned(), |error| error.at());
        let others = misfits.map_or_else(String::new, |misfits| format!("; {}", misfits.reason));
        let error = DecodeError::new("", format_args!("it is no error: {why}{others}"));
        let cause = Cause::uncertain_under(Some(status), UncertaintyKind::Undecodable, error.to_string());
        return BatchEnd::Uncertain { cause, host: Host::Responds };
    }
    let class = match response_class(status, code.as_deref(), &spec.classes, is_harmless_again(spec)) {
        ResponseClass::Ok => ResponseClass::Final,
        class => class,
    };
    let class = flagged(class, Some(&error));
    refused_under_success(class, status, refusal(&raw, Some(error), code))
}

/// The end of an attempt that is refused by its body, whatever its HTTP status is.
fn refused_under_success<F, E: ApiError>(
    class: ResponseClass,
    status: u16,
    refusal: Refusal<E>,
) -> BatchEnd<Cause<F, E>> {
    match class {
        ResponseClass::Uncertain => {
            let detail = server_error(status, &refusal);
            let uncertainty = Uncertainty {
                kind: UncertaintyKind::Declared,
                detail,
                status: Some(status),
                refusal: Some(refusal),
                failure: None,
            };
            BatchEnd::Uncertain { cause: Cause::Uncertain(Arc::new(uncertainty)), host: Host::Responds }
        }
        class => {
            let class = match class {
                // `{"ok": false, "error": "unheard_of"}` under 200: a code in no list is final.
                ResponseClass::Ok => ResponseClass::Final,
                // `{"ok": false, "status": 401}` under 200: the server accepted the request's credential, so a new one does not help.
                ResponseClass::Credential => ResponseClass::Stop,
                class => class,
            };
            BatchEnd::Refused { class, cause: Cause::Refused(Arc::new(refusal)) }
        }
    }
}

/// The refusal of an item that a response handed back, or that was rolled back.
pub(crate) fn refused_item<F, E>(
    status: u16,
    why: RefusalKind,
    code: Option<String>,
    message: Option<String>,
) -> Cause<F, E> {
    // One message may be copied to every item of the batch, so it is cut.
    let message = message.map(|message| excerpt(&message));
    Cause::Refused(Arc::new(Refusal {
        status: Some(status),
        request_id: None,
        error: None,
        body_error: None,
        message,
        code,
        why,
    }))
}
