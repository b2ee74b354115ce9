//! What a run's `verify` says of items that nobody knows the end of, joined to them by key.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::hash::Hash;

use futures_util::future::BoxFuture;

use crate::item::BulkItem;

/// What became of an item that would end unknown: what [`Run::verify`](crate::Run::verify) is to find out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verified {
    /// The server has done it.
    Applied,
    /// The server has not done it, and nothing that is still under way there will.
    NotApplied,
    /// It cannot be told: the item stays unknown.
    Unknown,
}

/// Asks the caller about some items. What it says is in their order; the error is told in words.
pub(crate) type VerifyFn<'a, I> = Box<dyn FnMut(&[&I]) -> Verifying<'a> + Send + 'a>;

pub(crate) type Verifying<'a> = BoxFuture<'a, Result<Vec<Verified>, String>>;

/// The caller's function, its types forgotten.
pub(crate) fn verify_fn<'a, T, I, V, A, X>(mut verify: impl FnMut(Vec<I>) -> V + Send + 'a) -> VerifyFn<'a, I>
where
    T: BulkItem,
    I: Borrow<T> + Clone,
    V: Future<Output = Result<A, X>> + Send + 'a,
    A: IntoIterator<Item = (T::Key, Verified)>,
    X: fmt::Display,
{
    Box::new(move |items| {
        let keys: Vec<T::Key> = items.iter().map(|item| T::key((*item).borrow()).into_owned()).collect();
        let answers = verify(items.iter().copied().cloned().collect());
        Box::pin(async move {
            let answers = answers.await.map_err(|error| error.to_string())?;
            Ok(join(&keys, answers))
        })
    })
}

/// Joins responses to the keys that were asked about. Who is not named, or contradictorily, stays unknown; who was not asked about is
/// passed over.
fn join<K: Eq + Hash>(keys: &[K], answers: impl IntoIterator<Item = (K, Verified)>) -> Vec<Verified> {
    let mut said: HashMap<&K, Option<Verified>> = keys.iter().map(|key| (key, None)).collect();
    for (key, verified) in answers {
        if let Some(said) = said.get_mut(&key) {
            let contradicts = said.is_some_and(|before| before != verified);
            *said = Some(if contradicts { Verified::Unknown } else { verified });
        }
    }
    keys.iter().map(|key| said[key].unwrap_or(Verified::Unknown)).collect()
}

#[cfg(test)]
mod tests {
    use super::Verified::{self, Applied, NotApplied, Unknown};
    use super::*;

    fn check(answers: &[(u8, Verified)], expected: [Verified; 3]) {
        assert_eq!(join(&[1, 2, 3], answers.iter().copied()), expected, "{answers:?}");
    }

    #[test]
    fn answers_are_joined_by_key_and_never_shift() {
        check(&[], [Unknown; 3]);
        check(&[(3, Applied), (1, NotApplied)], [NotApplied, Unknown, Applied]);
        check(&[(9, Applied), (2, Applied)], [Unknown, Applied, Unknown]);
        check(&[(2, Applied), (2, Applied)], [Unknown, Applied, Unknown]);
        check(&[(2, Applied), (2, NotApplied), (2, Applied)], [Unknown; 3]);
    }
}
