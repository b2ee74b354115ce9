//! Every rule that a mistake can break, and the id that it is known by.
//!
//! `runtime/docs/diagnostics.md` says what each means, with an example of the mistake and of its fix. A new rule is
//! a line here, an entry there, and a failing case in `tests/ui/fail/`; `explained.rs` says which of them is missing.
//! Ids are for good: one that is given up moves to `RETIRED`.

use std::fmt;

macro_rules! rules {
    ($($name:ident = $id:literal,)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Rule {
            $($name = $id,)*
        }

        #[cfg(test)]
        pub(crate) const ALL: &[Rule] = &[$(Rule::$name),*];
    };
}

rules! {
    // Words.
    Syntax = 1,
    WordUnknown = 2,
    WordTwice = 3,
    FlagValue = 5,
    Parentheses = 6,
    CratePath = 7,
    AttributeUnknown = 8,
    WordMissing = 9,

    // The trait.
    NotATrait = 101,
    OutsideATrait = 102,
    RenameAll = 103,
    TraitGeneric = 104,
    TraitMember = 105,
    ClientName = 106,
    ConstantTwice = 107,
    TraitUnsafe = 108,

    // A method.
    VerbMissing = 201,
    VerbTwice = 202,
    VerbPath = 203,
    MethodAsync = 204,
    MethodQualified = 205,
    MethodGeneric = 206,
    MethodBody = 207,
    MethodReceiver = 208,
    MethodReturns = 209,

    // Its settings.
    SettingsMissing = 301,
    MaxMissing = 302,
    PartialMissing = 303,
    WholeNumber = 304,
    Zero = 305,
    Assumed = 306,
    Boolean = 307,
    Order = 308,
    Items = 309,
    Rate = 310,
    RateItems = 311,
    Poll = 321,
    PollPath = 322,
    PollArgument = 323,

    // Its lists of statuses and codes.
    ClassList = 351,
    ClassEmpty = 352,
    Sign = 353,
    Status = 354,
    SignTwice = 355,
    IsolateCredential = 356,
    SuccessRefused = 357,
    AlreadyPath = 358,

    // Its path.
    PathStart = 401,
    PathCharacter = 402,
    PathDots = 403,
    Braces = 404,
    PlaceholderName = 405,
    PlaceholderTwice = 406,
    PlaceholderUnbound = 407,
    PlaceholderUnknown = 408,

    // Its arguments and fixed parts.
    ArgumentName = 451,
    ArgumentPlaces = 452,
    ArgumentPlace = 453,
    PlaceTaken = 454,
    FixedHeader = 455,
    FixedField = 456,
    HeaderName = 457,
    HeaderValue = 458,
    BatchKeyTwice = 459,
    Pointer = 460,
    FieldBesideBody = 461,
    FieldOverItems = 462,
    FormField = 463,
    GetBody = 464,
    TransportHeader = 465,

    // The derives.
    DeriveGeneric = 501,
    DeriveKind = 502,
    DeriveFields = 503,
    FieldRoles = 504,
    RoleUnread = 505,
    RoleTwice = 506,
    NameTwice = 507,
    AddressTwice = 512,
    VerdictTwice = 513,
    WaitUnit = 514,
    VariantKey = 515,
    ListMissing = 521,
    ListMap = 522,
    ListWith = 523,
    Silence = 524,
    SilenceEvidence = 525,
    SilenceFailed = 526,
    Count = 527,
    VariantMissing = 531,
    VariantStatus = 532,
    VariantFields = 533,
    StatusList = 534,
    SuccessStatus = 535,
    StatusTwice = 536,
    EnumWord = 537,
    VariantKeys = 541,
    WholeKey = 542,
    Group = 543,
}

/// Ids that meant something once.
#[cfg(test)]
pub(crate) const RETIRED: &[u16] = &[4, 511];

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BULK{:03}", *self as u16)
    }
}

impl Rule {
    /// The rule, broken: for checks that do not know where that was written.
    pub(crate) fn broken(self, how: impl Into<String>) -> Mistake {
        Mistake { rule: self, how: how.into() }
    }
}

/// What is wrong with something: the rule, what was written, and the fix.
#[derive(Debug)]
pub(crate) struct Mistake {
    pub(crate) rule: Rule,
    pub(crate) how: String,
}
