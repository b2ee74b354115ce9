//! Bearer tokens: a fixed one, or one that a function fetches, and fetches again when the server refuses it.

use std::fmt::Display;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use http::HeaderValue;
use http::header::InvalidHeaderValue;

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

/// A fetch of a token, shared by all requests that wait for it.
pub(crate) type Fetching = Shared<BoxFuture<'static, Result<HeaderValue, Arc<str>>>>;

/// Tokens that a function fetches.
pub(crate) struct Fetched {
    fetch: Box<dyn Fn() -> BoxFuture<'static, Result<HeaderValue, Arc<str>>> + Send + Sync>,
    state: Mutex<TokenState>,
}

#[derive(Default)]
struct TokenState {
    token: Option<HeaderValue>,
    generation: Generation,
    /// A request with this token got a 2xx.
    proven: bool,
    fetching: Option<Fetching>,
}

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
        F: Future<Output = Result<String, E>> + Send + 'static,
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
                let token = fetched.map_err(|_| "the function panicked")??;
                bearer(&token).map_err(|bad| match bad {
                    BadToken::Empty => "the token is empty".into(),
                    BadToken::Invalid(_) => "the token contains characters that a header cannot carry".into(),
                })
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
    pub(crate) fn token(&self) -> Result<Token, Fetching> {
        let mut state = self.lock();
        if let Some(token) = &state.token {
            return Ok((token.clone(), state.generation));
        }
        Err(state.fetching.get_or_insert_with(|| (self.fetch)().shared()).clone())
    }

    /// Takes in a fetch that ended. The first caller stores its token; later callers with the same fetch change nothing.
    pub(crate) fn handle_fetched(&self, fetching: &Fetching, result: &Result<HeaderValue, Arc<str>>) {
        let mut state = self.lock();
        if !state.fetching.as_ref().is_some_and(|current| current.ptr_eq(fetching)) {
            return;
        }
        state.fetching = None;
        if let Ok(token) = result {
            state.token = Some(token.clone());
            state.generation += 1;
            state.proven = false;
        }
    }

    /// Notes a 2xx to a request with a token.
    pub(crate) fn handle_accepted(&self, generation: Generation) {
        let mut state = self.lock();
        if state.generation == generation {
            state.proven = true;
        }
    }

    /// Notes that a token was refused. Returns whether the request can be retried with another token.
    pub(crate) fn handle_refused(&self, generation: Generation) -> bool {
        let mut state = self.lock();
        // Ten requests leave with token 1, which expires: the first 401 drops it, the other nine only find that it is gone.
        if generation < state.generation || state.token.is_none() {
            return true;
        }
        // A token that was never accepted is not expired but wrong. Another fetch would give the same one, without end.
        if !state.proven {
            return false;
        }
        state.token = None;
        true
    }
}
