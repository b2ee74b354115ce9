//! The faults of a single request, for the random and the exhaustive scenarios.

use std::time::Duration;

/// The fault of a request, beyond the verdicts of its items. `applied`: the server applied it nevertheless.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    None,
    /// Nothing is sent.
    NotSent,
    /// Nothing is sent, since the client's machine has no socket left.
    NoSocket,
    Reset {
        applied: bool,
    },
    /// No response within the attempt's timeout.
    Timeout {
        applied: bool,
    },
    /// The body is cut off or too large.
    TruncatedBody {
        applied: bool,
        too_large: bool,
    },
    /// 429 or 503, with a `Retry-After`.
    Again(u16, RetryAfter),
    /// 400 with a code of the list `retry`.
    Busy(RetryAfter),
    /// Any other refusal.
    Refuse(u16, RetryAfter),
    /// 401, since the token has expired. Under another token it is another request.
    Expired,
    /// 5xx and 408.
    Broken {
        status: u16,
        applied: bool,
        wait: RetryAfter,
    },
    /// 400 with a code of the list `uncertain`.
    Maybe {
        applied: bool,
    },
    /// A 200 whose body is not a response.
    Body {
        body: &'static str,
        applied: bool,
    },
    /// A response that is wrong about single items: those that the mask selects.
    Lines(Lines, u8, RetryAfter),
}

/// What is wrong about single items of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// They are not listed.
    Missing,
    /// An item that was not sent is listed.
    Foreign,
    /// They are listed twice.
    Repeated,
    /// They are listed as done and as failed.
    Both,
    /// Their element does not decode.
    DecodeError,
    /// The response lists the items in reverse order.
    Reordered,
    /// They are listed as unprocessed.
    HandedBack,
    /// They fail with the item status 429.
    Throttled,
    /// They fail with a code of the list `retry`.
    Busy,
    /// They fail with a code of the list `uncertain`.
    Maybe { applied: bool },
    /// They are accepted: 202.
    Accepted,
    /// There is one element too many, or one too few.
    Miscounted,
}

/// The forms of `Retry-After`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryAfter {
    None,
    Seconds(u64),
    /// A date this many seconds after the response's own.
    Date(u64),
    /// A date before the response's own.
    Past,
    /// A date in a response without a date of its own.
    Undated(u64),
    /// 1.5 s, which counts as 2.
    Decimal,
    Nonsense(&'static str),
}

impl RetryAfter {
    /// Returns the delay that it asks for.
    pub fn told(self) -> Option<Duration> {
        match self {
            RetryAfter::Seconds(seconds) | RetryAfter::Date(seconds) => Some(Duration::from_secs(seconds)),
            RetryAfter::Past => Some(Duration::ZERO),
            RetryAfter::Decimal => Some(Duration::from_secs(2)),
            RetryAfter::None | RetryAfter::Undated(_) | RetryAfter::Nonsense(_) => None,
        }
    }

    /// Returns the header, and the response's `Date`.
    pub fn headers(self) -> (Option<String>, Option<String>) {
        let date = |seconds: u64| {
            let (hours, minutes, seconds) = (8 + seconds / 3600, seconds / 60 % 60, seconds % 60);
            format!("Sun, 06 Nov 1994 {hours:02}:{minutes:02}:{seconds:02} GMT")
        };
        match self {
            RetryAfter::None => (None, None),
            RetryAfter::Seconds(seconds) => (Some(seconds.to_string()), None),
            RetryAfter::Date(seconds) => (Some(date(seconds)), Some(date(0))),
            RetryAfter::Past => (Some(date(5)), Some(date(60))),
            RetryAfter::Undated(seconds) => (Some(date(seconds)), None),
            RetryAfter::Decimal => (Some("1.5".to_owned()), None),
            RetryAfter::Nonsense(text) => (Some(text.to_owned()), None),
        }
    }
}

/// Bodies under 200 that no shape accepts.
pub const NO_ANSWERS: &[&str] = &[
    "",
    "  \n",
    "{}",
    "null",
    r#"{"error":"maintenance"}"#,
    "<html><body>Sign in</body></html>",
    r#"{"done":[1,2"#,
    "[{]",
    "7",
];

const STATUSES: &[u16] = &[301, 302, 307, 400, 401, 403, 404, 407, 409, 413, 414, 415, 418, 421, 422, 425, 431];
const BROKEN: &[u16] = &[500, 502, 503, 504, 408, 599];

impl Fault {
    /// Returns a random fault.
    pub fn random(rng: &mut fastrand::Rng, rare_stops: bool) -> Fault {
        let applied = rng.bool();
        let fault = match rng.u8(..100) {
            0..5 => Fault::NotSent,
            5..7 => Fault::NoSocket,
            7..14 => Fault::Reset { applied },
            14..21 => Fault::Timeout { applied },
            21..26 => Fault::TruncatedBody { applied, too_large: rng.u8(..4) == 0 },
            26..38 => Fault::Again(if rng.u8(..3) == 0 { 503 } else { 429 }, RetryAfter::random(rng)),
            38..41 => Fault::Busy(RetryAfter::random(rng)),
            41..52 => Fault::Refuse(STATUSES[rng.usize(..STATUSES.len())], RetryAfter::seldom(rng)),
            52..60 => {
                Fault::Broken { status: BROKEN[rng.usize(..BROKEN.len())], applied, wait: RetryAfter::seldom(rng) }
            }
            60..63 => Fault::Maybe { applied },
            63..69 => Fault::Body { body: NO_ANSWERS[rng.usize(..NO_ANSWERS.len())], applied },
            _ => Fault::Lines(Lines::random(rng), rng.u8(1..), RetryAfter::seldom(rng)),
        };
        match fault {
            // Rare, since most runs would stop at once.
            Fault::Refuse(401 | 403 | 404 | 407, wait) if rare_stops && rng.u8(..8) != 0 => Fault::Refuse(413, wait),
            fault => fault,
        }
    }
}

impl Lines {
    fn random(rng: &mut fastrand::Rng) -> Lines {
        let applied = rng.bool();
        match rng.u8(..12) {
            0 => Lines::Missing,
            1 => Lines::Foreign,
            2 => Lines::Repeated,
            3 => Lines::Both,
            4 => Lines::DecodeError,
            5 => Lines::Reordered,
            6 => Lines::HandedBack,
            7 => Lines::Throttled,
            8 => Lines::Busy,
            9 => Lines::Maybe { applied },
            10 => Lines::Accepted,
            _ => Lines::Miscounted,
        }
    }
}

impl RetryAfter {
    /// At an unusual place.
    fn seldom(rng: &mut fastrand::Rng) -> RetryAfter {
        if rng.u8(..4) == 0 { RetryAfter::random(rng) } else { RetryAfter::None }
    }

    fn random(rng: &mut fastrand::Rng) -> RetryAfter {
        match rng.u8(..20) {
            0..5 => RetryAfter::None,
            5 => RetryAfter::Seconds(0),
            6..11 => RetryAfter::Seconds(rng.u64(1..60)),
            11 => RetryAfter::Seconds(rng.u64(290..310)),
            12 => RetryAfter::Seconds(rng.choice([100_000, u64::MAX, 86_400]).unwrap()),
            13..15 => RetryAfter::Date(rng.u64(1..60)),
            15 => RetryAfter::Date(rng.u64(250..4000)),
            16 => RetryAfter::Past,
            17 => RetryAfter::Undated(rng.u64(1..60)),
            18 => RetryAfter::Decimal,
            _ => RetryAfter::Nonsense(rng.choice(["-1", "", "soon", "+5", "1e3", "0x10"]).unwrap()),
        }
    }
}

/// Returns every fault once, for the exhaustive cases.
pub fn alphabet() -> Vec<Fault> {
    let mut all = vec![Fault::None, Fault::NotSent, Fault::NoSocket, Fault::Busy(RetryAfter::None)];
    for applied in [false, true] {
        all.extend([
            Fault::Reset { applied },
            Fault::Timeout { applied },
            Fault::TruncatedBody { applied, too_large: false },
            Fault::Broken { status: 500, applied, wait: RetryAfter::None },
            Fault::Broken { status: 502, applied, wait: RetryAfter::Seconds(7) },
            Fault::Maybe { applied },
            Fault::Body { body: "{}", applied },
            Fault::Lines(Lines::Maybe { applied }, 0b0101_0101, RetryAfter::None),
        ]);
    }
    all.push(Fault::Body { body: "<html>", applied: true });
    all.extend(
        [RetryAfter::None, RetryAfter::Seconds(7), RetryAfter::Seconds(400)].map(|wait| Fault::Again(429, wait)),
    );
    all.push(Fault::Again(503, RetryAfter::Date(9)));
    all.extend([302, 400, 401, 403, 404, 413, 421].map(|status| Fault::Refuse(status, RetryAfter::None)));
    all.extend([400, 413, 425].map(|status| Fault::Refuse(status, RetryAfter::Seconds(7))));
    let lines = [
        Lines::Missing,
        Lines::Foreign,
        Lines::Repeated,
        Lines::Both,
        Lines::DecodeError,
        Lines::Reordered,
        Lines::HandedBack,
        Lines::Throttled,
        Lines::Busy,
        Lines::Accepted,
        Lines::Miscounted,
    ];
    all.extend(lines.map(|lines| Fault::Lines(lines, 0b0101_0101, RetryAfter::None)));
    let late = [Lines::Missing, Lines::HandedBack, Lines::Throttled, Lines::Busy];
    all.extend(late.map(|lines| Fault::Lines(lines, 0b0101_0101, RetryAfter::Seconds(7))));
    all
}
