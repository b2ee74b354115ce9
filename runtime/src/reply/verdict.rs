//! Verdicts, and the types of fields with `#[bulk(status)]`.

use std::borrow::Cow;

use super::codes::Codes;
use super::number::HttpStatus;

/// The meaning of a status, of an item or of a whole response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// An HTTP status: 202 is accepted, any other 2xx is done, everything else is failed.
    Http(u16),
    /// Done.
    Succeeded,
    /// Accepted; the vendor does not report the final result.
    Accepted,
    /// Failed.
    Failed,
    /// Handed back: the server did not act on it.
    Unprocessed,
    /// Not finished: the server still works on it.
    Pending,
}

impl Verdict {
    /// Returns the verdict of an HTTP status; `None` below 100 and above 599.
    pub(super) fn of(number: u16) -> Option<Self> {
        Some(number).filter(|number| (100..600).contains(number)).map(Verdict::Http)
    }

    /// Returns whether the item is done or accepted.
    pub fn is_done(self) -> bool {
        matches!(self, Verdict::Succeeded | Verdict::Accepted | Verdict::Http(200..300))
    }

    /// Returns whether the item is only accepted.
    pub(crate) fn is_accepted(self) -> bool {
        matches!(self, Verdict::Accepted | Verdict::Http(202))
    }

    /// Returns the HTTP status, if the verdict is one.
    pub fn http(self) -> Option<u16> {
        match self {
            Verdict::Http(status) => Some(status),
            _ => None,
        }
    }
}

/// The type of a field with `#[bulk(status)]`.
///
/// An integer is an HTTP status from 100 to 599; any other number has no verdict. [`HttpStatus`](crate::HttpStatus) is a status that the
/// vendor writes as a string. `true` is done and `false` is failed. Derive it for an enum of the vendor's words:
///
/// ```
/// use bulk_endpoint::Status;
/// use serde::Deserialize;
///
/// #[derive(Deserialize, Status)]
/// #[serde(rename_all = "snake_case")]
/// enum TicketStatus {
///     #[bulk(succeeded)]
///     Ok,
///     #[bulk(failed)]
///     Error,
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a status [BULK609]",
    label = "not a status",
    note = "for words such as `\"ok\"`, write an enum that derives `bulk_endpoint::Status`, with a verdict such as `#[bulk(succeeded)]` on each variant",
    note = "for HTTP statuses, use a `u16`, or `bulk_endpoint::HttpStatus` if the vendor writes them as strings; for success or failure, a `bool`"
)]
pub trait Status {
    /// The words that a value can have. A word is the error code of an element without another.
    const CODES: Codes = Codes::ANY;

    /// Returns the verdict; `None` if the value has none.
    fn verdict(&self) -> Option<Verdict>;

    /// Returns the vendor's word. It is the error code of an element without a code of its own.
    fn word(&self) -> Option<Cow<'_, str>> {
        None
    }
}

#[diagnostic::do_not_recommend]
impl Status for HttpStatus {
    const CODES: Codes = Codes::STATUS;

    fn verdict(&self) -> Option<Verdict> {
        Verdict::of(self.0)
    }
}

#[diagnostic::do_not_recommend]
impl Status for bool {
    const CODES: Codes = Codes::NONE;

    fn verdict(&self) -> Option<Verdict> {
        Some(if *self { Verdict::Succeeded } else { Verdict::Failed })
    }
}

#[diagnostic::do_not_recommend]
impl<S: Status> Status for Option<S> {
    const CODES: Codes = S::CODES;

    fn verdict(&self) -> Option<Verdict> {
        self.as_ref().and_then(S::verdict)
    }

    fn word(&self) -> Option<Cow<'_, str>> {
        self.as_ref().and_then(S::word)
    }
}

/// The verdict of an element without a status, from the presence of its `#[bulk(failed)]` and `#[bulk(succeeded)]` fields. An argument is
/// `None` if the element declares no such field.
pub(crate) fn by_presence(failed: Option<bool>, succeeded: Option<bool>) -> Option<Verdict> {
    match (failed, succeeded) {
        (Some(true), Some(false) | None) => Some(Verdict::Failed),
        (Some(false) | None, Some(true)) | (Some(false), None) => Some(Verdict::Succeeded),
        _ => None,
    }
}

/// The verdict of an element with a `#[bulk(accepted)]` field. An argument is `None` if the element declares no such field.
pub(crate) fn by_presence_of(failed: Option<bool>, succeeded: Option<bool>, accepted: bool) -> Option<Verdict> {
    match (failed, succeeded, accepted) {
        (Some(true), _, true) => None,
        // `{"ok": true, "queued": true}`: "accepted" is the weaker promise, so it counts.
        (_, _, true) => Some(Verdict::Accepted),
        // With `failed` alone, an element without it is done. Here, `accepted` would have shown that.
        (failed, None, false) => failed.filter(|failed| *failed).map(|_| Verdict::Failed),
        (failed, succeeded, false) => by_presence(failed, succeeded),
    }
}

macro_rules! integers {
    ($($ty:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl Status for $ty {
            const CODES: Codes = Codes::STATUS;

            fn verdict(&self) -> Option<Verdict> {
                u16::try_from(*self).ok().and_then(Verdict::of)
            }
        }
    )*};
}

integers!(u16, u32, u64, i16, i32, i64);

#[cfg(test)]
mod tests {
    use super::*;

    struct Word(&'static str);

    impl Status for Word {
        const CODES: Codes = Codes::WORDS;

        fn verdict(&self) -> Option<Verdict> {
            (self.0 == "ok").then_some(Verdict::Succeeded)
        }

        fn word(&self) -> Option<Cow<'_, str>> {
            Some(Cow::Borrowed(self.0))
        }
    }

    #[test]
    fn a_number_is_a_verdict_where_it_is_an_http_status() {
        for (number, is_status) in [(0, false), (99, false), (100, true), (599, true), (600, false), (65_535, false)] {
            let want = is_status.then_some(Verdict::Http(number));
            assert_eq!(number.verdict(), want, "{number}");
            assert_eq!((HttpStatus(number).verdict(), i64::from(number).verdict()), (want, want), "{number}");
        }
        assert_eq!(((-200_i32).verdict(), 65_736_u32.verdict()), (None, None), "not the rest of a longer number");
        assert_eq!((u16::CODES, HttpStatus::CODES, bool::CODES), (Codes::STATUS, Codes::STATUS, Codes::NONE));
        assert_eq!((200_u16.word(), HttpStatus(200).word(), true.word()), (None, None, None));
    }

    #[test]
    fn a_verdict_is_done_or_accepted_or_neither() {
        for (verdict, is_done, is_accepted, http) in [
            (Verdict::Http(199), false, false, Some(199)),
            (Verdict::Http(200), true, false, Some(200)),
            (Verdict::Http(202), true, true, Some(202)),
            (Verdict::Http(299), true, false, Some(299)),
            (Verdict::Http(300), false, false, Some(300)),
            (Verdict::Succeeded, true, false, None),
            (Verdict::Accepted, true, true, None),
            (Verdict::Failed, false, false, None),
            (Verdict::Unprocessed, false, false, None),
            (Verdict::Pending, false, false, None),
        ] {
            assert_eq!(
                (verdict.is_done(), verdict.is_accepted(), verdict.http()),
                (is_done, is_accepted, http),
                "{verdict:?}"
            );
        }
        assert_eq!((true.verdict(), false.verdict()), (Some(Verdict::Succeeded), Some(Verdict::Failed)));
    }

    #[test]
    fn an_absent_status_has_no_verdict_and_no_word() {
        let (ok, other, none) = (Some(Word("ok")), Some(Word("odd")), None::<Word>);
        assert_eq!((ok.verdict(), other.verdict(), none.verdict()), (Some(Verdict::Succeeded), None, None));
        assert_eq!((ok.word().as_deref(), other.word().as_deref(), none.word()), (Some("ok"), Some("odd"), None));
        assert_eq!(<Option<Word> as Status>::CODES, Codes::WORDS);
    }

    #[test]
    fn a_field_that_is_there_is_the_verdict_and_two_are_none() {
        for (failed, succeeded, want) in [
            (Some(true), None, Some(Verdict::Failed)),
            (Some(true), Some(false), Some(Verdict::Failed)),
            (Some(true), Some(true), None),
            (Some(false), None, Some(Verdict::Succeeded)),
            (Some(false), Some(true), Some(Verdict::Succeeded)),
            (Some(false), Some(false), None),
            (None, Some(true), Some(Verdict::Succeeded)),
            (None, Some(false), None),
            (None, None, None),
        ] {
            assert_eq!(by_presence(failed, succeeded), want, "{failed:?} {succeeded:?}");
        }
    }
}
