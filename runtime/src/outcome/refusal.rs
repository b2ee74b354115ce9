//! A refusal, as an item carries it.

use std::fmt;

use super::kind::RefusalKind;
use crate::text::said;

/// A request that was refused, as each of its items carries it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Refusal<E> {
    /// The HTTP status of the response; `None` where there was none, and the item turned out not to be applied.
    pub status: Option<u16>,
    /// The vendor's id of the request, from its body or a header.
    pub request_id: Option<String>,
    /// The typed body.
    pub error: Option<E>,
    /// The vendor's message; where the body did not decode, its raw start.
    pub message: Option<String>,
    /// The vendor's error code.
    pub code: Option<String>,
    /// How the item shares in it.
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
            RefusalKind::Unprocessed => f.write_str("handed back unprocessed")?,
            RefusalKind::RolledBack => f.write_str("rolled back: another item of the request failed")?,
            RefusalKind::NotApplied => f.write_str("not applied, as was found out afterwards")?,
        }
        if let Some(text) = self.message.as_ref().or(self.code.as_ref()) {
            write!(f, ": {}", said(text))?;
        }
        if let Some(id) = &self.request_id {
            write!(f, " (request {})", said(id))?;
        }
        Ok(())
    }
}
