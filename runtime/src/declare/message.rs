//! Texts at compile time: comparison, and the messages of checks.

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
