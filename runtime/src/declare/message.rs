//! Texts at compile time: comparison, and the messages of checks.

use crate::reply::CodeSet;

/// The most codes that a message lists.
const MAX_CODES: usize = 8;

/// Returns whether two texts are equal.
pub(super) const fn same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    one.len() == other.len() && at == one.len()
}

/// A message that is built at compile time.
pub(super) struct Message {
    bytes: [u8; 1024],
    len: usize,
}

impl Message {
    pub(super) const fn new(text: &str) -> Self {
        Message { bytes: [0; 1024], len: 0 }.and(text)
    }

    pub(super) const fn and(mut self, text: &str) -> Self {
        let mut at = 0;
        while at < text.len() && self.len < self.bytes.len() {
            self.bytes[self.len] = text.as_bytes()[at];
            self.len += 1;
            at += 1;
        }
        self
    }

    /// A number in decimal digits.
    pub(super) const fn and_number(self, number: i128) -> Self {
        let mut digits = [b'-'; 40];
        let (mut rest, mut at) = (number.unsigned_abs(), digits.len());
        loop {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        // The array has a minus before the digits.
        at -= (number < 0) as usize;
        match str::from_utf8(digits.split_at(at).1) {
            Ok(text) => self.and(text),
            Err(_) => self,
        }
    }

    /// `"A", "B"`: the first codes of all sets.
    pub(super) const fn and_sets(mut self, sets: &[CodeSet]) -> Self {
        let (mut set, mut count) = (0, 0);
        while set < sets.len() {
            let (mut at, len) = (
                0,
                match sets[set] {
                    CodeSet::Words(words) => words.len(),
                    CodeSet::Numbers(numbers) => numbers.len(),
                },
            );
            while at < len {
                if count == MAX_CODES {
                    return self.and(", …");
                }
                self = self.and(if count == 0 { "\"" } else { ", \"" });
                self = match sets[set] {
                    CodeSet::Words(words) => self.and(words[at]),
                    CodeSet::Numbers(numbers) => self.and_number(numbers[at]),
                };
                self = self.and("\"");
                (at, count) = (at + 1, count + 1);
            }
            set += 1;
        }
        self
    }

    /// `` `a`, `b` ``
    pub(super) const fn names(mut self, names: &[&str]) -> Self {
        let mut at = 0;
        while at < names.len() {
            self = self.and(if at == 0 { "`" } else { ", `" }).and(names[at]).and("`");
            at += 1;
        }
        self
    }

    #[track_caller]
    pub(super) const fn panic(&self) -> ! {
        match str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(text) => panic!("{}", text),
            Err(_) => panic!("the declaration contradicts its types"),
        }
    }
}

/// The message with which a check panics, if it does. The checks are const functions, which run in a test as they do in the compiler.
#[cfg(test)]
pub(super) fn complaint(check: impl FnOnce() + std::panic::UnwindSafe) -> Option<String> {
    let panic = std::panic::catch_unwind(check).err()?;
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_the_same_as_a_whole() {
        for (one, other, want) in [
            ("", "", true),
            ("a", "", false),
            ("ab", "ab", true),
            ("ab", "abc", false),
            ("ab", "ac", false),
            ("ab", "bb", false),
        ] {
            assert_eq!((same(one, other), same(other, one)), (want, want), "{one} {other}");
        }
    }

    #[test]
    fn numbers_and_codes_are_listed() {
        let said = |message: Message| complaint(move || message.panic()).unwrap();
        for number in [0, 7, -7, 10, -32_000, i128::MAX, i128::MIN] {
            assert_eq!(said(Message::new("").and_number(number)), number.to_string());
        }
        let sets = [CodeSet::Words(&["A", "B"]), CodeSet::Numbers(&[-1, 20]), CodeSet::Words(&[])];
        assert_eq!(said(Message::new("").and_sets(&sets)), r#""A", "B", "-1", "20""#);
        let many = [CodeSet::Words(&["A"; 9])];
        assert_eq!(said(Message::new("").and_sets(&many)), format!("{}, …", [r#""A""#; 8].join(", ")));
    }

    #[test]
    fn a_message_has_its_parts_and_ends_before_it_is_too_long() {
        let said = |message: Message| complaint(move || message.panic()).unwrap();
        assert_eq!(said(Message::new("found ").names(&[]).and("none")), "found none");
        assert_eq!(said(Message::new("found ").names(&["a"]).and(", b")), "found `a`, b");
        assert_eq!(said(Message::new("").names(&["a", "bc", "d"])), "`a`, `bc`, `d`");
        assert_eq!(said(Message::new(&"x".repeat(1023)).and("yz")), "x".repeat(1023) + "y");
        // Half of a character is left out with the rest.
        assert_eq!(said(Message::new(&"x".repeat(1023)).and("\u{e9}")), "the declaration contradicts its types");
    }
}
