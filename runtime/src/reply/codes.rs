//! What the types of a response can hold for the lists of a declaration: whether `already("GONE")` or `unprocessed(424)` can ever match.

/// The most sets of codes that are told apart. With more of them, any code may match.
const MAX_SETS: usize = 4;

/// What a type can hold: which error codes, and whether the HTTP status of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Codes {
    pub(crate) kind: CodeKind,
    /// Whether the type holds an HTTP status.
    pub(crate) has_status: bool,
}

/// Which codes a type can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CodeKind {
    None,
    /// The codes of enums.
    Sets([CodeSet; MAX_SETS]),
    /// The names of the lists of failed items.
    ListNames,
    /// Words, such as `"GONE"`.
    Words,
    /// Whole numbers, such as `"-32000"`.
    Numbers,
    Any,
}

/// The codes of one enum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeSet {
    /// The names of the variants in JSON.
    Words(&'static [&'static str]),
    /// The numbers of the variants.
    Numbers(&'static [i128]),
}

const EMPTY: CodeSet = CodeSet::Words(&[]);

impl Codes {
    /// Neither a code nor a status.
    pub const NONE: Codes = Codes { kind: CodeKind::None, has_status: false };
    /// Any word, such as `"GONE"`.
    pub const WORDS: Codes = Codes { kind: CodeKind::Words, has_status: false };
    /// Any whole number, such as `"-32000"`.
    pub const NUMBERS: Codes = Codes { kind: CodeKind::Numbers, has_status: false };
    /// Any word, and any number.
    pub const TEXTS: Codes = Codes { kind: CodeKind::Any, has_status: false };
    /// An HTTP status, which is not a code.
    pub const STATUS: Codes = Codes { kind: CodeKind::None, has_status: true };
    /// Any code, and a status: of a hand-written type, of which nothing is known.
    pub const ANY: Codes = Codes { kind: CodeKind::Any, has_status: true };
    pub(crate) const LIST_NAMES: Codes = Codes { kind: CodeKind::ListNames, has_status: false };

    /// The codes of an enum.
    pub const fn of(set: CodeSet) -> Codes {
        Codes { kind: CodeKind::Sets([set, EMPTY, EMPTY, EMPTY]), has_status: false }
    }

    /// With the HTTP status of an item.
    pub const fn with_status(self) -> Codes {
        Codes { has_status: true, ..self }
    }

    /// What two types can hold together.
    pub const fn or(self, other: Codes) -> Codes {
        let has_status = self.has_status || other.has_status;
        let kind = match (self.kind, other.kind) {
            (CodeKind::None, kind) | (kind, CodeKind::None) => kind,
            (CodeKind::Sets(one), CodeKind::Sets(other)) => together(one, other),
            (CodeKind::Words, CodeKind::Words) => CodeKind::Words,
            (CodeKind::Numbers, CodeKind::Numbers) => CodeKind::Numbers,
            (CodeKind::ListNames, CodeKind::ListNames) => CodeKind::ListNames,
            _ => CodeKind::Any,
        };
        Codes { kind, has_status }
    }
}

/// The sets of both, or any code if they are too many.
const fn together(one: [CodeSet; MAX_SETS], other: [CodeSet; MAX_SETS]) -> CodeKind {
    let (mut all, mut len) = (one, 0);
    while len < MAX_SETS && !all[len].is_empty() {
        len += 1;
    }
    let mut at = 0;
    while at < MAX_SETS && !other[at].is_empty() {
        if len == MAX_SETS {
            return CodeKind::Any;
        }
        all[len] = other[at];
        len += 1;
        at += 1;
    }
    CodeKind::Sets(all)
}

impl CodeSet {
    pub(crate) const fn is_empty(&self) -> bool {
        match self {
            CodeSet::Words(words) => words.is_empty(),
            CodeSet::Numbers(numbers) => numbers.is_empty(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Codes = Codes::of(CodeSet::Words(&["A"]));
    const ONE: Codes = Codes::of(CodeSet::Numbers(&[1]));

    #[test]
    fn two_types_hold_the_codes_of_both() {
        for (one, other, want) in [
            (Codes::NONE, Codes::NONE, Codes::NONE),
            (Codes::NONE, Codes::WORDS, Codes::WORDS),
            (Codes::NONE, Codes::TEXTS, Codes::TEXTS),
            (Codes::WORDS, Codes::WORDS, Codes::WORDS),
            (Codes::WORDS, Codes::NUMBERS, Codes::TEXTS),
            (Codes::NUMBERS, Codes::NUMBERS, Codes::NUMBERS),
            (Codes::LIST_NAMES, Codes::LIST_NAMES, Codes::LIST_NAMES),
            (Codes::LIST_NAMES, Codes::WORDS, Codes::TEXTS),
            (A, Codes::NONE, A),
            (A, Codes::WORDS, Codes::TEXTS),
            (Codes::STATUS, Codes::NONE, Codes::STATUS),
            (Codes::STATUS, Codes::WORDS, Codes::WORDS.with_status()),
            (Codes::TEXTS, Codes::STATUS, Codes::ANY),
        ] {
            assert_eq!((one.or(other), other.or(one)), (want, want), "{one:?} {other:?}");
        }
    }

    #[test]
    fn sets_are_kept_as_long_as_they_are_few() {
        let [a, one] = [CodeSet::Words(&["A"]), CodeSet::Numbers(&[1])];
        let sets = |sets| Codes { kind: CodeKind::Sets(sets), has_status: false };
        assert_eq!(A.or(ONE), sets([a, one, EMPTY, EMPTY]));
        assert_eq!(A.or(ONE).or(ONE.or(A)), sets([a, one, one, a]));
        assert_eq!(A.or(ONE).or(ONE.or(A)).or(A), Codes::TEXTS);
        assert_eq!(A.or(Codes::of(EMPTY)), A);
    }
}
