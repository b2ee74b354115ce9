//! What a response says about the whole request.

use super::super::job::Handle;
use super::super::verdict::ItemStatus;
use crate::text::said;

/// What the answer says of itself.
#[derive(Debug, Default)]
pub(crate) struct Whole {
    pub(crate) status: Option<ItemStatus>,
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
    /// The handle of the job that will tell.
    pub(crate) job: Option<Handle>,
    /// One part says that it was not done, and another that it was, or will be.
    pub(crate) disagrees: bool,
    /// Whether the parts so far say that it was not done.
    pub(crate) refused: Option<bool>,
}

impl Whole {
    /// What a part says of itself, too. The worse counts: no yes takes a no back.
    pub(super) fn absorb(&mut self, part: Whole) {
        let known = std::mem::take(self);
        let refused = part.status.map(|_| part.is_refusal());
        let differs = known.refused.is_some_and(|before| refused.is_some_and(|refused| refused != before));
        let (disagrees, refused) = (known.disagrees || part.disagrees || differs, known.refused.or(refused));
        let (worse, other) = if part.doubt() > known.doubt() { (part, known) } else { (known, part) };
        *self = Whole {
            disagrees,
            refused,
            status: worse.status.or(other.status),
            code: worse.code.or(other.code),
            message: worse.message.or(other.message),
            job: worse.job.or(other.job),
        };
    }

    /// How far it is from saying that all is done.
    fn doubt(&self) -> u8 {
        match self.status {
            None => 0,
            Some(status) if status.is_accepted() => 2,
            Some(status) if status.is_done() => 1,
            Some(ItemStatus::Pending) => 3,
            Some(ItemStatus::Unprocessed) => 4,
            Some(_) => 5,
        }
    }

    /// It says that it was not done, and will not be.
    fn is_refusal(&self) -> bool {
        self.is_no() && !matches!(self.status, Some(ItemStatus::Pending))
    }

    /// It says that it was not done, or not yet.
    pub(crate) fn is_no(&self) -> bool {
        self.status.is_some_and(|status| !status.is_done())
    }

    /// What it says then.
    pub(crate) fn no(&self) -> String {
        let what = self.code.iter().chain(&self.message).map(String::as_str).collect::<Vec<_>>().join(": ");
        let colon = if what.is_empty() { "" } else { ": " };
        format!("it says that the request was not done{colon}{}", said(&what))
    }
}
