//! Every rule of a declaration, and its id.
//!
//! `runtime/docs/diagnostics.md` explains each rule, with an example of a mistake and its fix. A new rule needs a line here,
//! an entry there, and a failing case in `tests/ui/fail/`. The tests in `explained.rs` report what is missing. An id is never
//! reused: the id of a removed rule moves to `RETIRED`.

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
    CfgAttr = 10,

    // The trait.
    NotATrait = 101,
    OutsideATrait = 102,
    RenameAll = 103,
    TraitGeneric = 104,
    TraitMember = 105,
    ClientName = 106,
    ConstantTwice = 107,
    TraitUnsafe = 108,
    MethodVisibility = 109,

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
    MethodAttribute = 210,
    ReturnsBorrowed = 211,

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
    ItemsNumber = 312,
    Compress = 313,
    CompressedBytes = 314,
    Idempotent = 315,
    IdempotentKey = 316,
    Poll = 321,
    PollPath = 322,
    PollArgument = 323,
    Handle = 324,
    HandlePoll = 325,

    // Its lists of statuses and codes.
    ClassList = 351,
    ClassEmpty = 352,
    ClassValue = 353,
    Status = 354,
    ClassValueTwice = 355,
    BisectCredential = 356,
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
    PlaceholderStyle = 409,
    PercentEncoding = 410,

    // Its arguments and fixed parts.
    ArgumentName = 451,
    ArgumentPlaces = 452,
    ArgumentPlace = 453,
    PlaceTaken = 454,
    FixedHeader = 455,
    FixedField = 456,
    HeaderName = 457,
    HeaderValue = 458,
    Pointer = 460,
    FieldBesideBody = 461,
    FieldOverItems = 462,
    FormField = 463,
    GetBody = 464,
    TransportHeader = 465,
    FixedWord = 466,
    FixedPlaceholder = 467,
    ClientHeader = 468,
    BodyEncoding = 469,
    BatchKeyCodec = 470,
    ArgumentSelf = 471,
    ArgumentBorrows = 472,

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
    AbsenceEvidence = 516,
    ListMissing = 521,
    ListMap = 522,
    ListWith = 523,
    Unlisted = 524,
    UnlistedEvidence = 525,
    UnlistedFailed = 526,
    Count = 527,
    UnlistedStops = 528,
    VariantMissing = 531,
    VariantStatus = 532,
    VariantFields = 533,
    StatusList = 534,
    SuccessStatus = 535,
    StatusTwice = 536,
    EnumWord = 537,
    ReplySerde = 538,
    VariantKeys = 541,
    WholeKey = 542,
    Group = 543,
    GroupTag = 544,
    VariantMark = 545,
    StatusNumber = 546,
    NestedKey = 547,
    HeaderField = 548,
    RetryFlag = 549,
    KeyText = 550,
    ElementGroup = 551,
    StatusInverted = 552,
}

/// The ids of removed rules.
#[cfg(test)]
pub(crate) const RETIRED: &[u16] = &[4, 459, 511];

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BULK{:03}", *self as u16)
    }
}

impl Rule {
    /// A mistake without a span, for checks that do not know it.
    pub(crate) fn broken(self, message: impl Into<String>) -> Mistake {
        Mistake { rule: self, message: message.into() }
    }
}

/// A broken rule, and the message: expected, found, and the fix.
#[derive(Debug)]
pub(crate) struct Mistake {
    pub(crate) rule: Rule,
    pub(crate) message: String,
}
