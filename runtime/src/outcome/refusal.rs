//! The refusal of an item.

use std::fmt;

use super::kind::RefusalKind;
use crate::reply::DecodeError;
use crate::text::excerpt;

/// The refusal of an item: the server did not act on it. Items that were refused with one response may share it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Refusal<E> {
    /// The HTTP status of the response; `None` if no response came and [`Run::verify`](crate::Run::verify) found the item not applied.
    pub status: Option<u16>,
    /// The vendor's request id, from the response's body or a header.
    pub request_id: Option<String>,
    /// The typed body, if it could be decoded.
    pub error: Option<E>,
    /// Why the body could not be decoded; `None` if it was, or if the response has no body.
    pub body_error: Option<DecodeError>,
    /// The vendor's message; the start of the raw body if it could not be decoded, or has no message.
    pub message: Option<String>,
    /// The vendor's error code, also if the rest of the body could not be decoded.
    pub code: Option<String>,
    /// Why the item was refused.
    pub why: RefusalKind,
}

impl<E> fmt::Display for Refusal<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.why {
            RefusalKind::Request => {
                f.write_str("the request was refused")?;
                if let Some(status) = self.status {
                    write!(f, " with {status}")?;
                }
            }
            RefusalKind::Unprocessed => f.write_str("returned as unprocessed")?,
            RefusalKind::RolledBack => f.write_str("rolled back: another item of the request failed")?,
            // The message is that of the refusal as it was recorded.
            RefusalKind::EarlierProcess => {
                return f.write_str(self.message.as_deref().unwrap_or("refused when an earlier process sent it"));
            }
            RefusalKind::NotApplied => f.write_str("not applied, according to `verify`")?,
        }
        if let Some(text) = self.message.as_ref().or(self.code.as_ref()) {
            write!(f, ": {}", excerpt(text))?;
        }
        if let Some(error) = &self.body_error {
            write!(f, "; the error body could not be read: {}", error.reason)?;
        }
        if let Some(id) = &self.request_id {
            write!(f, " (request {})", excerpt(id))?;
        }
        Ok(())
    }
}
