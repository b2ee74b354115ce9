//! What a response says about the whole request.

use super::super::job::JobHandle;
use super::super::verdict::Verdict;
use crate::text::excerpt;

/// The status, code, message and job of a whole response: `{"ok": false, "error": "busy"}`.
#[derive(Debug, Default)]
pub(crate) struct WholeResponse {
    pub(crate) verdict: Option<Verdict>,
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
    /// The handle of the job that works on the items.
    pub(crate) job: Option<JobHandle>,
    /// Whether each response names the job to poll next, which may be another one.
    pub(crate) job_moves: bool,
    /// Whether one part reports a refusal, and another part a success or a pending job.
    pub(crate) disagrees: bool,
    /// Whether the first part with a verdict reports a refusal; `None` while no part has a verdict.
    pub(crate) refused: Option<bool>,
    /// Whether one of several parts reports its items as accepted. It may be about items that no part lists.
    pub(crate) accepts_part: bool,
}

impl WholeResponse {
    /// Adds what a part says about the whole request. The worse verdict counts.
    ///
    /// `{"ok": true, "result": {"ok": false, "error": "busy"}}` was refused: a success outside does not take back a failure inside.
    pub(super) fn absorb(&mut self, part: WholeResponse) {
        let known = std::mem::take(self);
        // `{"ok": false, "result": {"status": "running"}}`: the request failed, but a job works on its items. That is a contradiction,
        // which `reconcile` must see: it then refuses nothing as a whole.
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
            job_moves: worse.job_moves || other.job_moves,
            accepts_part: worse.accepts_part || other.accepts_part,
        };
    }

    /// Ranks the verdict: the higher, the further from "all is done".
    fn severity(&self) -> u8 {
        // `{"accepted": true, "result": {"ok": true}}`: "accepted" is the weaker promise, so it counts.
        match self.verdict {
            None => 0,
            Some(verdict) if verdict.is_accepted() => 2,
            Some(verdict) if verdict.is_done() => 1,
            Some(Verdict::Pending) => 3,
            Some(Verdict::Unprocessed) => 4,
            Some(_) => 5,
        }
    }

    /// Returns whether the request was refused for good.
    pub(crate) fn is_refusal(&self) -> bool {
        self.is_refusal_or_pending() && !matches!(self.verdict, Some(Verdict::Pending))
    }

    /// Returns whether the request was refused, or is pending.
    pub(crate) fn is_refusal_or_pending(&self) -> bool {
        self.verdict.is_some_and(|verdict| !verdict.is_done())
    }

    /// Describes the refusal, for a message that starts with "the response".
    pub(crate) fn describe_refusal(&self) -> String {
        let what = self.code.iter().chain(&self.message).map(String::as_str).collect::<Vec<_>>().join(": ");
        let colon = if what.is_empty() { "" } else { ": " };
        format!("reports the whole request as not done{colon}{}", excerpt(&what))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn absorbed(known: WholeResponse, part: WholeResponse) -> WholeResponse {
        let mut whole = known;
        whole.absorb(part);
        whole
    }

    #[test]
    fn what_one_part_says_is_said_by_the_whole() {
        let none = WholeResponse::default;
        for (one, other) in [(true, false), (false, true), (true, true), (false, false)] {
            let [moves, disagrees, accepts] = [
                absorbed(WholeResponse { job_moves: one, ..none() }, WholeResponse { job_moves: other, ..none() })
                    .job_moves,
                absorbed(WholeResponse { disagrees: one, ..none() }, WholeResponse { disagrees: other, ..none() })
                    .disagrees,
                absorbed(
                    WholeResponse { accepts_part: one, ..none() },
                    WholeResponse { accepts_part: other, ..none() },
                )
                .accepts_part,
            ];
            assert_eq!([moves, disagrees, accepts], [one || other; 3], "{one} {other}");
        }
    }

    #[test]
    fn parts_disagree_where_one_refuses_and_another_does_not() {
        let of =
            |verdict: Option<u16>| WholeResponse { verdict: verdict.map(Verdict::Http), ..WholeResponse::default() };
        for (parts, disagrees) in [
            (&[None, None][..], false),
            (&[Some(200), None], false),
            (&[Some(200), Some(200)], false),
            (&[Some(400), Some(500)], false),
            (&[Some(200), Some(400)], true),
            (&[Some(400), None, Some(200)], true),
        ] {
            let whole = parts.iter().fold(WholeResponse::default(), |whole, part| absorbed(whole, of(*part)));
            assert_eq!(whole.disagrees, disagrees, "{parts:?}");
            let worst = parts.iter().flatten().max().copied();
            assert_eq!(whole.verdict.is_some(), worst.is_some(), "{parts:?}");
        }
    }
}
