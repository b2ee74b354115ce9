//! What a response says about the whole request.

use super::super::job::JobHandle;
use super::super::verdict::Verdict;
use crate::text::said;

/// What the response says of itself.
#[derive(Debug, Default)]
pub(crate) struct WholeResponse {
    pub(crate) verdict: Option<Verdict>,
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
    /// The handle of the job that will tell.
    pub(crate) job: Option<JobHandle>,
    /// One part says that it was not done, and another that it was, or will be.
    pub(crate) disagrees: bool,
    /// Whether the parts so far say that it was not done.
    pub(crate) refused: Option<bool>,
}

impl WholeResponse {
    /// What a part says of itself, too. The worse counts: no yes takes a no back.
    pub(super) fn absorb(&mut self, part: WholeResponse) {
        let known = std::mem::take(self);
        let refused = part.verdict.map(|_| part.is_refusal());
        let differs = known.refused.is_some_and(|before| refused.is_some_and(|refused| refused != before));
        let (disagrees, refused) = (known.disagrees || part.disagrees || differs, known.refused.or(refused));
        let (worse, other) = if part.severity() > known.severity() { (part, known) } else { (known, part) };
        *self = WholeResponse {
            disagrees,
            refused,
            verdict: worse.verdict.or(other.verdict),
            code: worse.code.or(other.code),
            message: worse.message.or(other.message),
            job: worse.job.or(other.job),
        };
    }

    /// How far it is from saying that all is done.
    fn severity(&self) -> u8 {
        match self.verdict {
            None => 0,
            Some(verdict) if verdict.is_accepted() => 2,
            Some(verdict) if verdict.is_done() => 1,
            Some(Verdict::Pending) => 3,
            Some(Verdict::Unprocessed) => 4,
            Some(_) => 5,
        }
    }

    /// It says that it was not done, and will not be.
    fn is_refusal(&self) -> bool {
        self.is_refusal_or_pending() && !matches!(self.verdict, Some(Verdict::Pending))
    }

    /// It says that it was not done, or not yet.
    pub(crate) fn is_refusal_or_pending(&self) -> bool {
        self.verdict.is_some_and(|verdict| !verdict.is_done())
    }

    /// What it says then.
    pub(crate) fn describe_refusal(&self) -> String {
        let what = self.code.iter().chain(&self.message).map(String::as_str).collect::<Vec<_>>().join(": ");
        let colon = if what.is_empty() { "" } else { ": " };
        format!("it says that the request was not done{colon}{}", said(&what))
    }
}
