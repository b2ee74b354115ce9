//! The function of [`Run::verify`](crate::Run::verify): its findings are joined to the items by key.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::hash::Hash;

use futures_util::future::BoxFuture;

use crate::item::BulkItem;

/// A finding of [`Run::verify`](crate::Run::verify) about an item that would end unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verified {
    /// The server applied the item.
    Applied,
    /// The server did not apply the item, and no request that it may still be processing will.
    NotApplied,
    /// Neither could be found out: the item stays unknown.
    Unknown,
}

/// Calls the caller's function with a group of items. The findings are in the order of the items; the error is text.
pub(crate) type VerifyFn<'a, I> = Box<dyn FnMut(&[&I]) -> Verifying<'a> + Send + 'a>;

pub(crate) type Verifying<'a> = BoxFuture<'a, Result<Vec<Verified>, String>>;

/// Erases the types of the caller's function.
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
        let verifying = verify(items.iter().copied().cloned().collect());
        Box::pin(async move {
            let findings = verifying.await.map_err(|error| error.to_string())?;
            Ok(join(&keys, findings))
        })
    })
}

/// Joins findings to keys. A key without a finding, or with contradictory ones, is `Unknown`; findings for other keys are ignored.
fn join<K: Eq + Hash>(keys: &[K], findings: impl IntoIterator<Item = (K, Verified)>) -> Vec<Verified> {
    let mut joined: HashMap<&K, Option<Verified>> = keys.iter().map(|key| (key, None)).collect();
    for (key, verified) in findings {
        if let Some(finding) = joined.get_mut(&key) {
            // `Unknown` stays once two findings contradict: in [Applied, NotApplied, Applied] the third also differs from it.
            let contradicts = finding.is_some_and(|before| before != verified);
            *finding = Some(if contradicts { Verified::Unknown } else { verified });
        }
    }
    keys.iter().map(|key| joined[key].unwrap_or(Verified::Unknown)).collect()
}

#[cfg(test)]
mod tests {
    use super::Verified::{self, Applied, NotApplied, Unknown};
    use super::*;

    fn check(findings: &[(u8, Verified)], expected: [Verified; 3]) {
        assert_eq!(join(&[1, 2, 3], findings.iter().copied()), expected, "{findings:?}");
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
