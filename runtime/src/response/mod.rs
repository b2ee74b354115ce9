//! Responses into one finding an item.

mod attempt;
mod keys;
mod reconcile;
mod retry_after;

pub(crate) use attempt::{Cause, Ended, asked, ended, handed_back, refused_within};
pub(crate) use keys::{BatchKeys, SentItem};
pub(crate) use reconcile::{Judgement, JudgementOf, Judgements, Untold, UntoldOf, judge};
