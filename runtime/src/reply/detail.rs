//! What a value of a response says about its item: verdict, code, message, delay.

use std::borrow::Cow;
use std::time::Duration;

use super::codes::Codes;
use super::error_code::CodeAt;
use super::verdict::Verdict;

/// What a value of a response says about its item, other than which item it is. Derived with [`ItemReply`](macro@crate::ItemReply).
///
/// `{"status": 429, "code": "Busy", "message": "try later", "retryAfter": 5}` has all four. Every method returns `None` by default.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not report on an item [BULK619]",
    label = "does not derive `ItemReply`",
    note = "derive `bulk_endpoint::ItemReply` for a type under `#[bulk(nested)]`, also in an error body, in a variant, or as the value of `Pairs`; an `Option` or a `Vec` of it works too"
)]
pub trait Detail: Send + Sync + 'static {
    /// Whether a JSON array may be a value of this type. `false` for a type that derives [`ItemReply`](macro@crate::ItemReply): serde also
    /// reads a struct from an array of its fields (`["a", 404]`), which no declaration means.
    const FROM_ARRAY: bool = true;

    /// The codes that a value can have, and whether it can have an HTTP status. A code in `already("GONE")` that no part of a response can
    /// have never matches.
    const CODES: Codes = Codes::ANY;

    /// Returns the verdict on the item.
    fn verdict(&self) -> Option<Verdict> {
        None
    }

    /// Returns the error code of the item.
    fn code(&self) -> Option<Cow<'_, str>> {
        None
    }

    /// Returns the vendor's message about the item.
    fn message(&self) -> Option<Cow<'_, str>> {
        None
    }

    /// Returns the delay before the item may be retried.
    fn retry_after(&self) -> Option<Duration> {
        None
    }

    /// Returns whether the vendor says that the item may be tried again; `None` if it says nothing.
    fn retries(&self) -> Option<bool> {
        None
    }

    /// Returns where the JSON of this type has its error code, for an error body that does not decode as a whole.
    fn codes() -> &'static [CodeAt] {
        &[]
    }
}

/// A bare string is a message: `{"errors": {"a": "gone"}}`.
impl Detail for String {
    const CODES: Codes = Codes::NONE;

    fn message(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self))
    }
}

/// Arbitrary JSON: no verdict, code or message is read from it.
impl Detail for serde_json::Value {
    const CODES: Codes = Codes::NONE;
}

/// `None` says nothing.
impl<D: Detail> Detail for Option<D> {
    const FROM_ARRAY: bool = D::FROM_ARRAY;
    const CODES: Codes = D::CODES;

    fn verdict(&self) -> Option<Verdict> {
        self.as_ref().and_then(D::verdict)
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        self.as_ref().and_then(D::code)
    }

    fn message(&self) -> Option<Cow<'_, str>> {
        self.as_ref().and_then(D::message)
    }

    fn retry_after(&self) -> Option<Duration> {
        self.as_ref().and_then(D::retry_after)
    }

    fn retries(&self) -> Option<bool> {
        self.as_ref().and_then(D::retries)
    }

    fn codes() -> &'static [CodeAt] {
        D::codes()
    }
}

/// The first element with a verdict, code or message gives it; the delay is the longest.
impl<D: Detail> Detail for Vec<D> {
    const CODES: Codes = D::CODES;

    fn verdict(&self) -> Option<Verdict> {
        self.iter().find_map(D::verdict)
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        self.iter().find_map(D::code)
    }

    fn message(&self) -> Option<Cow<'_, str>> {
        self.iter().find_map(D::message)
    }

    fn retry_after(&self) -> Option<Duration> {
        self.iter().filter_map(D::retry_after).max()
    }

    fn retries(&self) -> Option<bool> {
        self.iter().find_map(D::retries)
    }

    fn codes() -> &'static [CodeAt] {
        D::codes()
    }
}

#[cfg(test)]
mod tests {
    use super::super::pairs::{Pair, Pairs};
    use super::*;

    /// What is said, if anything: a status, a code, a message and a delay in seconds. A code says whether to try again.
    #[derive(Clone, Copy, Default)]
    struct Said(Option<u16>, Option<&'static str>, Option<&'static str>, Option<u64>);

    static CODE_AT: [CodeAt; 1] = [CodeAt::Nested { names: &["inside"], codes: || &[] }];

    impl Detail for Said {
        const FROM_ARRAY: bool = false;
        const CODES: Codes = Codes::WORDS;

        fn verdict(&self) -> Option<Verdict> {
            self.0.map(Verdict::Http)
        }

        fn code(&self) -> Option<Cow<'_, str>> {
            self.1.map(Cow::Borrowed)
        }

        fn message(&self) -> Option<Cow<'_, str>> {
            self.2.map(Cow::Borrowed)
        }

        fn retry_after(&self) -> Option<Duration> {
            self.3.map(Duration::from_secs)
        }

        fn retries(&self) -> Option<bool> {
            self.1.map(|code| code == "BUSY")
        }

        fn codes() -> &'static [CodeAt] {
            &CODE_AT
        }
    }

    /// The status, code, message, delay and flag of a value.
    type SaidInAll = (Option<u16>, Option<String>, Option<String>, Option<u64>, Option<bool>);

    fn of<D: Detail>(value: &D) -> SaidInAll {
        let text = |text: Option<Cow<'_, str>>| text.map(Cow::into_owned);
        let delay = value.retry_after().map(|delay| delay.as_secs());
        (value.verdict().and_then(Verdict::http), text(value.code()), text(value.message()), delay, value.retries())
    }

    const SILENT: Said = Said(None, None, None, None);
    const ONE: Said = Said(Some(404), Some("GONE"), Some("gone"), Some(1));
    const TWO: Said = Said(Some(409), Some("BUSY"), Some("busy"), Some(9));

    #[test]
    fn a_value_inside_another_says_what_it_says_alone() {
        let (one, two, none) = (of(&ONE), of(&TWO), of(&SILENT));
        assert_eq!((of(&Some(ONE)), of(&Some(SILENT)), of(&None::<Said>)), (one.clone(), none.clone(), none.clone()));
        assert_eq!(of(&Pair { key: 7, value: ONE }), one);
        // The first that says anything counts, for each of them apart, and the longest delay.
        let both = (one.0, one.1.clone(), one.2.clone(), two.3, one.4);
        let rest = Said(None, None, Some("text"), Some(3));
        let mixed = (two.0, two.1.clone(), Some("text".to_owned()), two.3, two.4);
        for (list, want) in [
            (vec![], none),
            (vec![SILENT, ONE], one),
            (vec![ONE, TWO], both.clone()),
            (vec![SILENT, ONE, TWO], both),
            (vec![rest, TWO], mixed),
        ] {
            assert_eq!(of(&list), want);
            assert_eq!(of(&Pairs((0..).zip(list).collect::<Vec<(u8, Said)>>())), want);
        }
    }

    #[test]
    fn a_value_inside_another_has_its_codes_where_the_json_has_them() {
        assert_eq!((Option::<Said>::codes().len(), Vec::<Said>::codes().len()), (1, 1));
        assert_eq!((Pairs::<u8, Said>::codes().len(), Pair::<u8, Said>::codes().len()), (0, 0), "its names are keys");
        assert_eq!((Option::<Said>::CODES, Vec::<Said>::CODES), (Codes::WORDS, Codes::WORDS));
        assert_eq!((Pairs::<u8, Said>::CODES, Pair::<u8, Said>::CODES), (Codes::WORDS, Codes::WORDS));
        let from_array =
            [Option::<Said>::FROM_ARRAY, Vec::<Said>::FROM_ARRAY, Pair::<u8, Said>::FROM_ARRAY, String::FROM_ARRAY];
        assert_eq!(from_array, [false, true, false, true]);
    }

    #[test]
    fn a_text_is_a_message_and_other_json_says_nothing() {
        assert_eq!(of(&"gone".to_owned()), (None, None, Some("gone".to_owned()), None, None));
        assert_eq!(of(&serde_json::json!({"code": "GONE", "message": "gone"})), of(&SILENT));
    }
}
