//! Made-up leavers: the same seed makes the same ones, and says what the fake vendors know of them.

use std::collections::HashMap;

use bulk_endpoint_api_defs::csp::TokenId;
use bulk_endpoint_api_defs::sailpoint::IdentityId;
use fastrand::Rng;

use crate::input::Leavers;

/// What a vendor knows of an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Active,
    Inactive,
    Unknown,
}

/// A sample of leavers, with the vendors' state of each.
#[derive(Debug)]
pub(crate) struct Sample {
    identities: Vec<(IdentityId, State)>,
    tokens: Vec<(TokenId, State)>,
}

impl Sample {
    /// The sample of a seed.
    pub(crate) fn new(leavers: usize, seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let mut sample = Sample { identities: Vec::with_capacity(leavers), tokens: Vec::new() };
        for number in 0..leavers {
            // The number keeps them apart, whatever the random part.
            let identity = format!("2c9180{:016x}{number:010x}", rng.u64(..));
            let state = state(&mut rng);
            sample.identities.push((identity.into(), state));
            for token in 0..rng.usize(..4) {
                let id = format!("{:08x}-{number:04x}-4000-8{token:03x}-{:012x}", rng.u32(..), rng.u64(..1 << 48));
                let state = self::state(&mut rng);
                sample.tokens.push((id.into(), state));
            }
        }
        sample
    }

    /// The leavers alone.
    pub(crate) fn leavers(&self) -> Leavers {
        Leavers {
            identities: self.identities.iter().map(|(id, _)| id.clone()).collect(),
            tokens: self.tokens.iter().map(|(id, _)| id.clone()).collect(),
        }
    }

    /// What SailPoint knows.
    pub(crate) fn identities(&self) -> HashMap<IdentityId, State> {
        self.identities.iter().cloned().collect()
    }

    /// What CSP knows.
    pub(crate) fn tokens(&self) -> HashMap<TokenId, State> {
        self.tokens.iter().cloned().collect()
    }
}

fn state(rng: &mut Rng) -> State {
    match rng.u8(..100) {
        0..2 => State::Unknown,
        2..7 => State::Inactive,
        _ => State::Active,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_makes_one_sample() {
        assert_eq!(Sample::new(50, 7).leavers(), Sample::new(50, 7).leavers());
        assert_ne!(Sample::new(50, 7).leavers(), Sample::new(50, 8).leavers());
        assert_eq!(Sample::new(0, 7).leavers(), Leavers::default());
    }

    #[test]
    fn ids_are_distinct_and_of_every_state() {
        let sample = Sample::new(1_000, 1);
        let (identities, tokens) = (sample.identities(), sample.tokens());
        assert_eq!(identities.len(), 1_000);
        assert_eq!(tokens.len(), sample.tokens.len());
        for state in [State::Active, State::Inactive, State::Unknown] {
            assert!(identities.values().any(|each| *each == state), "{state:?}");
            assert!(tokens.values().any(|each| *each == state), "{state:?}");
        }
    }
}
