//! Which error codes a type can hold: whether a code in `already("GONE")` can ever match.

/// The error codes that a type can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codes {
    /// None.
    None,
    /// Words, such as `"GONE"`.
    Words,
    /// Words or numbers.
    Any,
}

impl Codes {
    /// The codes of two types together.
    pub const fn or(self, other: Codes) -> Codes {
        match (self, other) {
            (Codes::None, codes) | (codes, Codes::None) => codes,
            (Codes::Words, Codes::Words) => Codes::Words,
            _ => Codes::Any,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Codes::{Any, None, Words};

    #[test]
    fn two_types_hold_the_codes_of_both() {
        for (one, other, want) in [
            (None, None, None),
            (None, Words, Words),
            (None, Any, Any),
            (Words, Words, Words),
            (Words, Any, Any),
            (Any, Any, Any),
        ] {
            assert_eq!((one.or(other), other.or(one)), (want, want), "{one:?} {other:?}");
        }
    }
}
