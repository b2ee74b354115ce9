//! Bearer tokens: a fixed one, or one that a function fetches, and fetches again when its time is over or the server refuses it.

use std::fmt::Display;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use http::HeaderValue;
use http::header::InvalidHeaderValue;

use crate::engine::Time;

/// The `Authorization` of a client's requests.
#[derive(Default)]
pub(crate) enum Credentials {
    #[default]
    None,
    Fixed(HeaderValue),
    Fetched(Fetched),
}

/// The number of a fetched token, from 1. It identifies the token that a request was sent with.
pub(crate) type Generation = u64;

/// A token as a header value, with its number.
pub(crate) type Token = (HeaderValue, Generation);

/// A token as a header value, and the time after which the next one is fetched.
pub(crate) type NewToken = (HeaderValue, Option<Duration>);

/// A fetch of a token, shared by all requests that wait for it.
pub(crate) type Fetching = Shared<BoxFuture<'static, Result<NewToken, Arc<str>>>>;

/// Tokens that a function fetches.
pub(crate) struct Fetched {
    fetch: Box<dyn Fn() -> BoxFuture<'static, Result<NewToken, Arc<str>>> + Send + Sync>,
    state: Mutex<TokenState>,
}

#[derive(Default)]
struct TokenState {
    token: Option<HeaderValue>,
    generation: Generation,
    /// When the token was fetched; `None` once a request was sent with it.
    unused_since: Option<Time>,
    /// When the next token is fetched, whatever the server says about this one.
    renewed_at: Option<Time>,
    /// Tokens in a row whose first request was refused.
    bad: u32,
    fetching: Option<Fetching>,
}

/// The token that a request is sent with.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct TokenUse {
    pub(crate) generation: Generation,
    /// It is the first request with the token, sent right after the fetch: a refusal means that the token is bad, not expired.
    is_first: bool,
}

/// The longest time between the fetch of a token and its first request, for which a refusal does not mean that the token has expired.
const FRESH: Time = Time::from_secs(1);

/// The number of bad tokens in a row after which another one would be bad too.
const MAX_BAD: u32 = 2;

/// The header value of a token.
pub(crate) fn bearer(token: &str) -> Result<HeaderValue, BadToken> {
    if token.trim().is_empty() {
        return Err(BadToken::Empty);
    }
    let mut value = HeaderValue::from_str(&format!("Bearer {token}")).map_err(BadToken::Invalid)?;
    value.set_sensitive(true);
    Ok(value)
}

/// Why a token cannot be sent. It does not contain the token.
#[derive(Debug)]
pub(crate) enum BadToken {
    Empty,
    Invalid(InvalidHeaderValue),
}

impl Fetched {
    pub(crate) fn new<F, E>(fetch: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(String, Option<Duration>), E>> + Send + 'static,
        E: Display,
    {
        let fetch = move || {
            // The function and the `Display` of its error are the caller's code. A panic ends the fetch as an error does. Its message is
            // dropped: it may contain the token.
            let fetched = catch_unwind(AssertUnwindSafe(&fetch));
            async move {
                let fetched = match fetched {
                    Ok(fetched) => {
                        let fetched = fetched.map(|fetched| fetched.map_err(|error| error.to_string()));
                        AssertUnwindSafe(fetched).catch_unwind().await
                    }
                    Err(panic) => Err(panic),
                };
                let (token, renewed_after) = fetched.map_err(|_| "the function panicked")??;
                let token = bearer(&token).map_err(|bad| match bad {
                    BadToken::Empty => "the token is empty",
                    BadToken::Invalid(_) => "the token contains characters that a header cannot carry",
                })?;
                Ok((token, renewed_after))
            }
            .boxed()
        };
        Fetched { fetch: Box::new(fetch), state: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, TokenState> {
        // Every change is complete before the lock is released, so a poisoned state is still valid.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the current token, or the one shared fetch of the next (single flight).
    pub(crate) fn token(&self, now: Time) -> Result<Token, Fetching> {
        let mut state = self.lock();
        // Each token is sent once: one whose time is over when it comes would be fetched for ever.
        if state.unused_since.is_none() && state.renewed_at.is_some_and(|at| at <= now) {
            (state.token, state.renewed_at) = (None, None);
        }
        if let Some(token) = &state.token {
            return Ok((token.clone(), state.generation));
        }
        Err(state.fetching.get_or_insert_with(|| (self.fetch)().shared()).clone())
    }

    /// Takes in a fetch that ended. The first caller stores its token; later callers with the same fetch change nothing.
    pub(crate) fn handle_fetched(&self, fetching: &Fetching, result: &Result<NewToken, Arc<str>>, now: Time) {
        let mut state = self.lock();
        if !state.fetching.as_ref().is_some_and(|current| current.ptr_eq(fetching)) {
            return;
        }
        state.fetching = None;
        if let Ok((token, renewed_after)) = result {
            state.token = Some(token.clone());
            state.generation += 1;
            state.unused_since = Some(now);
            state.renewed_at = renewed_after.map(|after| now.saturating_add(after));
        }
    }

    /// A request leaves with the token of this generation.
    pub(crate) fn handle_sent(&self, generation: Generation, now: Time) -> TokenUse {
        let mut state = self.lock();
        let since = if generation == state.generation { state.unused_since.take() } else { None };
        TokenUse { generation, is_first: since.is_some_and(|since| now.saturating_sub(since) <= FRESH) }
    }

    /// Notes a response that shows that a token was valid.
    pub(crate) fn handle_accepted(&self, token: TokenUse) {
        let mut state = self.lock();
        // A late response under an older token says nothing about the present one.
        if state.generation == token.generation {
            state.bad = 0;
        }
    }

    /// Notes that a token was refused. Returns whether the request can be retried with another token.
    ///
    /// Only the first request with a token tells a bad token from one that has expired: of eight requests with a token that is valid for
    /// five, the 401 of the sixth can overtake the first 2xx.
    pub(crate) fn handle_refused(&self, token: TokenUse) -> bool {
        let mut state = self.lock();
        if token.is_first {
            state.bad += 1;
        }
        // Ten requests leave with token 1, which expires: the first 401 drops it, the other nine only find that it is gone.
        if token.generation == state.generation {
            state.token = None;
        }
        state.bad < MAX_BAD
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: u64) -> Time {
        Time::from_millis(milliseconds)
    }

    fn tokens() -> Fetched {
        renewed_after(None)
    }

    fn renewed_after(after: Option<Duration>) -> Fetched {
        Fetched::new(move || std::future::ready(Ok::<_, std::io::Error>(("t".to_owned(), after))))
    }

    /// Fetches a token at this time. Returns its number.
    fn fetch(fetched: &Fetched, now: Time) -> Generation {
        let fetching = fetched.token(now).expect_err("there is no token");
        let result = fetching.clone().now_or_never().expect("it is ready");
        fetched.handle_fetched(&fetching, &result, now);
        fetched.token(now).map(|(_, generation)| generation).expect("there is a token")
    }

    #[test]
    fn a_success_under_an_older_token_proves_nothing_of_the_present_one() {
        for late in [false, true] {
            let fetched = tokens();
            let first = fetch(&fetched, at(0));
            let (old, expired) = (fetched.handle_sent(first, at(0)), fetched.handle_sent(first, at(0)));
            assert!(fetched.handle_refused(expired), "it was not its first request");
            let second = fetch(&fetched, at(0));
            let refused = fetched.handle_sent(second, at(0));
            assert!(fetched.handle_refused(refused), "one bad token");
            let third = fetch(&fetched, at(0));
            let present = fetched.handle_sent(third, at(0));
            if late {
                fetched.handle_accepted(old);
            }
            assert!(!fetched.handle_refused(present), "two bad tokens in a row, whatever came late");
        }
    }

    #[test]
    fn a_success_under_the_present_token_makes_the_count_of_bad_ones_start_again() {
        let fetched = tokens();
        for _ in 0..5 {
            let good = fetched.handle_sent(fetch(&fetched, at(0)), at(0));
            fetched.handle_accepted(good);
            // It has expired.
            assert!(fetched.handle_refused(TokenUse { is_first: false, ..good }));
            let bad = fetched.handle_sent(fetch(&fetched, at(0)), at(0));
            assert!(fetched.handle_refused(bad), "one bad token");
        }
    }

    #[test]
    fn only_the_first_request_right_after_the_fetch_tells_that_a_token_is_bad() {
        for (sent, is_first) in [(5_000, true), (5_999, true), (6_000, true), (6_001, false)] {
            let fetched = tokens();
            let number = fetch(&fetched, at(5_000));
            assert_eq!(fetched.handle_sent(number, at(sent)).is_first, is_first, "{sent}");
            assert!(!fetched.handle_sent(number, at(sent)).is_first, "the second");
        }
        // A request that leaves with an older token is not the first of the present one.
        let fetched = tokens();
        let old = fetch(&fetched, at(0));
        let used = fetched.handle_sent(old, at(0));
        fetched.handle_refused(used);
        let present = fetch(&fetched, at(0));
        assert!(!fetched.handle_sent(old, at(0)).is_first);
        assert!(fetched.handle_sent(present, at(0)).is_first);
    }

    #[test]
    fn a_refusal_drops_the_token_that_it_is_about_and_no_later_one() {
        let fetched = tokens();
        let first = fetch(&fetched, at(0));
        let (one, two) = (fetched.handle_sent(first, at(0)), fetched.handle_sent(first, at(0)));
        fetched.handle_refused(one);
        let second = fetch(&fetched, at(0));
        fetched.handle_refused(two);
        assert_eq!(fetched.token(Time::ZERO).map(|(_, generation)| generation).ok(), Some(second));
        assert_eq!(second, first + 1);
    }

    #[test]
    fn a_token_whose_time_is_over_is_renewed_once_it_was_sent() {
        let fetched = renewed_after(Some(Duration::from_secs(9)));
        let first = fetch(&fetched, at(1_000));
        assert!(fetched.token(at(60_000)).is_ok(), "it was not sent");
        fetched.handle_sent(first, at(1_000));
        assert_eq!(fetched.token(at(9_999)).map(|(_, generation)| generation).ok(), Some(first));
        let second = fetch(&fetched, at(10_000));
        assert_eq!(second, first + 1);
        // A renewal says nothing about the token before it.
        let refused = fetched.handle_sent(second, at(10_000));
        assert!(fetched.handle_refused(refused), "one bad token");
        // One that comes too late is sent: the server tells.
        let fetched = renewed_after(Some(Duration::ZERO));
        assert_eq!((fetch(&fetched, at(0)), fetched.token(at(1)).is_ok()), (1, true));
    }

    #[test]
    fn a_fetch_that_ended_before_is_taken_in_once() {
        let fetched = tokens();
        let fetching = fetched.token(Time::ZERO).expect_err("there is no token");
        let result = fetching.clone().now_or_never().expect("it is ready");
        fetched.handle_fetched(&fetching, &result, at(0));
        fetched.handle_fetched(&fetching, &result, at(0));
        assert_eq!(fetched.token(Time::ZERO).map(|(_, generation)| generation).ok(), Some(1));
        let failed = Err("no".into());
        let fetched = tokens();
        let fetching = fetched.token(Time::ZERO).expect_err("there is no token");
        fetched.handle_fetched(&fetching, &failed, at(0));
        assert_eq!(fetch(&fetched, at(0)), 1, "a fetch that failed is no token");
    }

    #[test]
    fn a_token_is_one_header_value_that_is_not_shown() {
        let value = bearer("t0k3n").expect("a token");
        assert_eq!((value.as_bytes(), value.is_sensitive()), (&b"Bearer t0k3n"[..], true));
        assert!(matches!(bearer(" \t"), Err(BadToken::Empty)));
        assert!(matches!(bearer("a\nb"), Err(BadToken::Invalid(_))));
    }
}
