//! Generated leavers with their state at the fake vendors. The same seed generates the same sample.

use bulk_endpoint_api_defs::csp::TokenId;
use bulk_endpoint_api_defs::sailpoint::IdentityId;
use bulk_endpoint_cli::parts::Items;
use fastrand::Rng;

/// The state of an id at a vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Active,
    Inactive,
    Unknown,
}

/// Generated leavers. Only their number is kept: the ids are generated whenever they are read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    leavers: usize,
    tokens: usize,
    seed: u64,
}

/// The most tokens of a leaver.
const MAX_TOKENS: usize = 3;

impl Sample {
    /// The sample of a seed.
    pub(crate) fn new(leavers: usize, seed: u64) -> Self {
        let tokens = generate(leavers, seed).map(|(_, tokens)| tokens.len()).sum();
        Sample { leavers, tokens, seed }
    }

    /// Generates the identities.
    pub(crate) fn identities(&self) -> Items<IdentityId> {
        Items::new(self.leavers, generate(self.leavers, self.seed).map(|(identity, _)| Ok(identity.into())))
    }

    /// Generates the tokens.
    pub(crate) fn tokens(&self) -> Items<TokenId> {
        let tokens = generate(self.leavers, self.seed).flat_map(|(_, tokens)| tokens);
        Items::new(self.tokens, tokens.map(|token| Ok(token.into())))
    }

    /// Returns an upper bound of the numbers that `identity_number` and `token_number` return.
    pub(crate) fn numbers(&self) -> usize {
        self.leavers * MAX_TOKENS
    }
}

/// Generates each leaver: an identity and its tokens.
fn generate(leavers: usize, seed: u64) -> impl Iterator<Item = (String, Vec<String>)> + Send {
    let mut rng = Rng::with_seed(seed);
    (0..leavers).map(move |number| {
        // The number makes the id unique.
        let identity = format!("2c9180{:016x}{number:010x}", rng.u64(..));
        let tokens = rng.usize(..=MAX_TOKENS);
        let token = |token| format!("{:08x}-{number:04x}-4000-8{token:03x}-{:012x}", rng.u32(..), rng.u64(..1 << 48));
        (identity, (0..tokens).map(token).collect())
    })
}

/// Returns the number of a generated identity.
pub(crate) fn identity_number(id: &str) -> Option<usize> {
    usize::from_str_radix(id.get(22..)?, 16).ok()
}

/// Returns the number of a generated token.
pub(crate) fn token_number(id: &str) -> Option<usize> {
    let mut parts = id.split('-');
    let leaver = usize::from_str_radix(parts.nth(1)?, 16).ok()?;
    let token = usize::from_str_radix(parts.nth(1)?.get(1..)?, 16).ok()?;
    Some(leaver * MAX_TOKENS + token)
}

/// Returns the state of an id. It is a function of the id, so the fake servers need no memory of the leavers.
pub(crate) fn state(id: &str) -> State {
    // FNV-1a.
    let hash =
        id.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    match Rng::with_seed(hash).u8(..100) {
        0..2 => State::Unknown,
        2..7 => State::Inactive,
        _ => State::Active,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn ids(sample: Sample) -> (Vec<String>, Vec<String>) {
        (sample.identities().map(|id| id.unwrap().0).collect(), sample.tokens().map(|id| id.unwrap().0).collect())
    }

    #[test]
    fn a_seed_makes_one_sample() {
        assert_eq!(ids(Sample::new(50, 7)), ids(Sample::new(50, 7)));
        assert_ne!(ids(Sample::new(50, 7)), ids(Sample::new(50, 8)));
        assert_eq!(ids(Sample::new(0, 7)), (vec![], vec![]));
    }

    #[test]
    fn ids_are_distinct_numbered_and_of_every_state() {
        let sample = Sample::new(1_000, 1);
        let (identities, tokens) = ids(sample);
        assert_eq!((identities.len(), tokens.len()), (1_000, sample.tokens));
        for (ids, number) in [(identities, identity_number as fn(&str) -> Option<usize>), (tokens, token_number)] {
            let numbers: HashSet<usize> = ids.iter().map(|id| number(id).unwrap()).collect();
            assert_eq!(numbers.len(), ids.len());
            assert!(numbers.iter().all(|number| *number < sample.numbers()));
            for wanted in [State::Active, State::Inactive, State::Unknown] {
                assert!(ids.iter().any(|id| state(id) == wanted), "{wanted:?}");
            }
        }
    }
}
