//! The types of fields with `#[bulk(code)]`, `message`, `retry_after`, `failed` and `succeeded`.

use std::borrow::Cow;
use std::time::Duration;

use super::codes::Codes;
use super::number::HttpStatus;

/// The type of a field with `#[bulk(message)]` or `#[bulk(code)]`: a string, an integer, a [`Status`](crate::Status) enum, or an `Option`
/// or `Vec` of one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read as text [BULK610]",
    label = "not text",
    note = "use a string, an integer, an enum that derives `bulk_endpoint::Status`, or an `Option` or `Vec` of one"
)]
pub trait AsText {
    /// The codes that a value can be, as the type of a field with `#[bulk(code)]`.
    const CODES: Codes = Codes::TEXTS;

    /// Returns the text; `None` if there is none.
    fn text(&self) -> Option<Cow<'_, str>>;
}

#[diagnostic::do_not_recommend]
impl AsText for String {
    const CODES: Codes = Codes::WORDS;

    fn text(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self))
    }
}

#[diagnostic::do_not_recommend]
impl<T: AsText> AsText for Option<T> {
    const CODES: Codes = T::CODES;

    fn text(&self) -> Option<Cow<'_, str>> {
        self.as_ref().and_then(T::text)
    }
}

/// A code that is a number, also where the vendor writes it as a string: `"404"`.
#[diagnostic::do_not_recommend]
impl AsText for HttpStatus {
    const CODES: Codes = Codes::NUMBERS;

    fn text(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Owned(self.0.to_string()))
    }
}

/// The text of the first element that has one.
#[diagnostic::do_not_recommend]
impl<T: AsText> AsText for Vec<T> {
    const CODES: Codes = T::CODES;

    fn text(&self) -> Option<Cow<'_, str>> {
        self.iter().find_map(T::text)
    }
}

/// The type of a field with `#[bulk(failed)]` or `#[bulk(succeeded)]` in an element: its presence is the verdict.
///
/// `{"id": "a", "errors": []}` is done, `{"id": "b", "errors": ["gone"]}` failed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not show whether a value is present [BULK613]",
    label = "cannot be present or absent",
    note = "for `#[bulk(failed)]` or `#[bulk(succeeded)]` in an element, use a list, a string, a `bool`, a code that is 0 if nothing failed, a type that derives `bulk_endpoint::ItemReply` or `bulk_endpoint::Status`, a `serde_json::Value` for any object, or an `Option` of one"
)]
pub trait IsPresent {
    /// Returns whether the value is present: not `None`, `null`, empty, `false` or 0. A type that derives `ItemReply` or `Status` is always
    /// present.
    fn is_present(&self) -> bool;
}

#[diagnostic::do_not_recommend]
impl<P: IsPresent> IsPresent for Option<P> {
    fn is_present(&self) -> bool {
        self.as_ref().is_some_and(P::is_present)
    }
}

/// Present unless it is `null`.
#[diagnostic::do_not_recommend]
impl IsPresent for serde_json::Value {
    fn is_present(&self) -> bool {
        !self.is_null()
    }
}

#[diagnostic::do_not_recommend]
impl<T> IsPresent for Vec<T> {
    fn is_present(&self) -> bool {
        !self.is_empty()
    }
}

#[diagnostic::do_not_recommend]
impl IsPresent for String {
    fn is_present(&self) -> bool {
        !self.is_empty()
    }
}

#[diagnostic::do_not_recommend]
impl IsPresent for bool {
    fn is_present(&self) -> bool {
        *self
    }
}

/// The type of a field with `#[bulk(count(…))]`: an integer, a string of digits, or an `Option` of one.
///
/// The number is read from either form, whatever the type of the field is: proto3 JSON writes 64-bit integers as strings.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a number of items [BULK634]",
    label = "not a count",
    note = "for `#[bulk(count(…))]`, use an integer, or an `Option` of one"
)]
pub trait ItemCount {}

#[diagnostic::do_not_recommend]
impl ItemCount for String {}

#[diagnostic::do_not_recommend]
impl<C: ItemCount> ItemCount for Option<C> {}

/// The type of a field with `#[bulk(retry)]`: a `bool`, or an `Option` of one. Without a value it says nothing.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say whether to try again [BULK646]",
    label = "not a flag",
    note = "for `#[bulk(retry)]`, use a `bool` or an `Option<bool>`; a code that means the same is in the list `retry(\"…\")` of the endpoint"
)]
pub trait RetryFlag {
    /// Returns the flag.
    fn flag(&self) -> Option<bool>;
}

#[diagnostic::do_not_recommend]
impl RetryFlag for bool {
    fn flag(&self) -> Option<bool> {
        Some(*self)
    }
}

#[diagnostic::do_not_recommend]
impl<T: RetryFlag> RetryFlag for Option<T> {
    fn flag(&self) -> Option<bool> {
        self.as_ref().and_then(T::flag)
    }
}

/// The type of a field with `#[bulk(retry_after = seconds)]` or `#[bulk(retry_after = milliseconds)]`: a number, a string with one, or an
/// `Option` of one. A fraction is rounded up.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a delay [BULK614]",
    label = "not a delay",
    note = "for `#[bulk(retry_after = …)]`, use a number, a string with a number, or an `Option` of one"
)]
pub trait RetryDelay {
    /// Returns the delay in the declared unit, rounded up; `None` for a negative number, or a string that is not a number.
    fn units(&self) -> Option<u64>;
}

#[diagnostic::do_not_recommend]
impl RetryDelay for String {
    fn units(&self) -> Option<u64> {
        whole_units(self)
    }
}

#[diagnostic::do_not_recommend]
impl<W: RetryDelay> RetryDelay for Option<W> {
    fn units(&self) -> Option<u64> {
        self.as_ref().and_then(W::units)
    }
}

/// Reads a number of units in decimal digits. A fraction is rounded up, so that no delay is shorter than requested: `2.5` is 3.
pub(crate) fn whole_units(text: &str) -> Option<u64> {
    let text = text.trim();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let has_fraction = fraction.bytes().any(|digit| digit != b'0');
    // `99999999999999999999`: more units than a u64 holds are the longest delay, not an absent one.
    Some(whole.parse().unwrap_or(u64::MAX).saturating_add(u64::from(has_fraction)))
}

/// Converts a number of units, each of `unit_ms` milliseconds, into a delay.
pub(crate) fn retry_after(units: Option<u64>, unit_ms: u64) -> Option<Duration> {
    units.map(|units| Duration::from_millis(units.saturating_mul(unit_ms)))
}

macro_rules! decimals {
    ($($ty:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl RetryDelay for $ty {
            fn units(&self) -> Option<u64> {
                // `as` saturates, so `1e300` is the longest delay.
                (*self >= 0.0).then(|| self.ceil() as u64)
            }
        }
    )*};
}

decimals!(f32, f64);

macro_rules! integers {
    ($($ty:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl AsText for $ty {
            const CODES: Codes = Codes::NUMBERS;

            fn text(&self) -> Option<Cow<'_, str>> {
                Some(Cow::Owned(self.to_string()))
            }
        }

        #[diagnostic::do_not_recommend]
        impl ItemCount for $ty {}

        #[diagnostic::do_not_recommend]
        impl IsPresent for $ty {
            fn is_present(&self) -> bool {
                *self != 0
            }
        }

        #[diagnostic::do_not_recommend]
        impl RetryDelay for $ty {
            fn units(&self) -> Option<u64> {
                u64::try_from(*self).ok()
            }
        }
    )*};
}

integers!(u16, u32, u64, i16, i32, i64);

#[diagnostic::do_not_recommend]
impl ItemCount for usize {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_delay_is_rounded_up_and_nonsense_is_absent() {
        for (text, want) in [
            ("2.5", Some(3)),
            ("2.0", Some(2)),
            ("2.000000000000000000000001", Some(3)),
            (" 7 ", Some(7)),
            ("0", Some(0)),
            ("0.0", Some(0)),
            ("0.001", Some(1)),
            ("18446744073709551615.5", Some(u64::MAX)),
            ("99999999999999999999999", Some(u64::MAX)),
            ("-2.5", None),
            ("+2", None),
            ("2.", None),
            (".5", None),
            ("2.5.1", None),
            ("2,5", None),
            ("1e3", None),
            ("\u{0663}", None),
            ("", None),
            ("soon", None),
        ] {
            assert_eq!(text.to_owned().units(), want, "{text:?}");
        }
        for (number, want) in [
            (2.5, Some(3)),
            (0.0, Some(0)),
            (-0.0, Some(0)),
            (1e300, Some(u64::MAX)),
            (f64::INFINITY, Some(u64::MAX)),
            (-0.5, None),
            (f64::NAN, None),
        ] {
            assert_eq!(number.units(), want, "{number}");
            assert_eq!(Some(number as f32).units(), want, "{number}");
        }
    }

    #[test]
    fn a_message_or_a_code_is_a_text_a_number_or_the_first_of_several() {
        fn text<T: AsText>(value: &T) -> Option<String> {
            value.text().map(Cow::into_owned)
        }
        assert_eq!(text(&"gone".to_owned()).as_deref(), Some("gone"));
        assert_eq!(text(&HttpStatus(404)).as_deref(), Some("404"));
        assert_eq!((text(&7_u16).as_deref(), text(&-7_i64).as_deref()), (Some("7"), Some("-7")));
        assert_eq!((text(&Some(7_u32)).as_deref(), text(&None::<u32>)), (Some("7"), None));
        assert_eq!((text(&vec![None, Some(1_u64), Some(2)]).as_deref(), text(&vec![None::<u64>])), (Some("1"), None));
        assert_eq!(<Option<Vec<String>> as AsText>::CODES, Codes::WORDS);
        assert_eq!((<HttpStatus as AsText>::CODES, <Option<i32> as AsText>::CODES), (Codes::NUMBERS, Codes::NUMBERS));
    }

    #[test]
    fn a_value_is_present_unless_it_is_empty() {
        let present = |value: &dyn IsPresent| value.is_present();
        for (value, empty) in [
            (&true as &dyn IsPresent, &false as &dyn IsPresent),
            (&"a".to_owned(), &String::new()),
            (&vec![0], &Vec::<u8>::new()),
            (&1_u16, &0_u16),
            (&-1_i32, &0_i64),
            (&Some("a".to_owned()), &None::<String>),
            (&Some(true), &Some(false)),
            (&serde_json::json!({}), &serde_json::Value::Null),
        ] {
            assert_eq!((present(value), present(empty)), (true, false));
        }
    }

    #[test]
    fn a_delay_is_in_its_unit_and_never_overflows() {
        assert_eq!((7_u16.units(), 7_u64.units(), 0_i32.units(), (-1_i64).units()), (Some(7), Some(7), Some(0), None));
        assert_eq!((Some(3_u32).units(), None::<u32>.units()), (Some(3), None));
        for (units, unit, want) in [
            (Some(3), 1_000, Some(Duration::from_secs(3))),
            (Some(3), 1, Some(Duration::from_millis(3))),
            (Some(0), 1_000, Some(Duration::ZERO)),
            (Some(u64::MAX), 1_000, Some(Duration::from_millis(u64::MAX))),
            (None, 1_000, None),
        ] {
            assert_eq!(retry_after(units, unit), want);
        }
    }

    proptest! {
        #[test]
        fn a_delay_is_never_shorter_than_requested(whole in any::<u32>(), fraction in "[0-9]{1,4}") {
            let text = format!("{whole}.{fraction}");
            let (units, number) = (text.units().unwrap(), text.parse::<f64>().unwrap());
            prop_assert!(units as f64 >= number && units as f64 - number < 1.0, "{} for {}", units, text);
            prop_assert_eq!(number.units(), Some(units));
        }
    }
}
