//! Bearer tokens: one that is fixed, or one that is fetched, and fetched again when the server refuses it.

use std::fmt::Display;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use http::HeaderValue;
use http::header::InvalidHeaderValue;

/// What a client's requests carry as `Authorization`.
#[derive(Default)]
pub(crate) enum Credentials {
    #[default]
    None,
    Fixed(HeaderValue),
    Fetched(Fetched),
}

/// Which token a request was sent under: they are numbered as they are fetched.
pub(crate) type Generation = u64;

/// A token as a header, and which it is.
pub(crate) type Token = (HeaderValue, Generation);

/// A fetch of a token that all who want it wait for.
pub(crate) type Fetching = Shared<BoxFuture<'static, Result<HeaderValue, Arc<str>>>>;

/// Tokens from a function.
pub(crate) struct Fetched {
    fetch: Box<dyn Fn() -> BoxFuture<'static, Result<HeaderValue, Arc<str>>> + Send + Sync>,
    state: Mutex<TokenState>,
}

#[derive(Default)]
struct TokenState {
    token: Option<HeaderValue>,
    generation: Generation,
    /// A response of 2xx was had under it.
    proven: bool,
    fetching: Option<Fetching>,
}

/// The header of a token.
pub(crate) fn bearer(token: &str) -> Result<HeaderValue, BadToken> {
    if token.trim().is_empty() {
        return Err(BadToken::Empty);
    }
    let mut value = HeaderValue::from_str(&format!("Bearer {token}")).map_err(BadToken::Invalid)?;
    value.set_sensitive(true);
    Ok(value)
}

/// Why a token cannot be sent. It does not repeat the token.
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
            // The function is the caller's own, and so is its error. A panic ends the fetch, as an error does; what it says may be the
            // token.
            let fetched = catch_unwind(AssertUnwindSafe(&fetch));
            async move {
                let fetched = match fetched {
                    Ok(fetched) => {
                        let told = fetched.map(|fetched| fetched.map_err(|error| error.to_string()));
                        AssertUnwindSafe(told).catch_unwind().await
                    }
                    Err(panic) => Err(panic),
                };
                let token = fetched.map_err(|_| "the function panicked")??;
                bearer(&token).map_err(|bad| match bad {
                    BadToken::Empty => "it is empty".into(),
                    BadToken::Invalid(_) => "it has characters that a header cannot carry".into(),
                })
            }
            .boxed()
        };
        Fetched { fetch: Box::new(fetch), state: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, TokenState> {
        // Every change is whole before the lock is given back.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The present token, or the fetch of the next: one for all who ask.
    pub(crate) fn token(&self) -> Result<Token, Fetching> {
        let mut state = self.lock();
        if let Some(token) = &state.token {
            return Ok((token.clone(), state.generation));
        }
        Err(state.fetching.get_or_insert_with(|| (self.fetch)().shared()).clone())
    }

    /// A fetch has ended. The first who sees it makes its token the present one.
    pub(crate) fn handle_fetched(&self, fetching: &Fetching, result: &Result<HeaderValue, Arc<str>>) {
        let mut state = self.lock();
        if !state.fetching.as_ref().is_some_and(|present| present.ptr_eq(fetching)) {
            return;
        }
        state.fetching = None;
        if let Ok(token) = result {
            state.token = Some(token.clone());
            state.generation += 1;
            state.proven = false;
        }
    }

    /// A response of 2xx under a token.
    pub(crate) fn handle_accepted(&self, generation: Generation) {
        let mut state = self.lock();
        if state.generation == generation {
            state.proven = true;
        }
    }

    /// A token was refused. Whether the request is worth sending again, under another.
    pub(crate) fn handle_refused(&self, generation: Generation) -> bool {
        let mut state = self.lock();
        if generation < state.generation || state.token.is_none() {
            return true;
        }
        if !state.proven {
            return false;
        }
        state.token = None;
        true
    }
}
