//! Generated leavers with their state at the fake vendors. The same seed generates the same sample.

use std::collections::HashMap;

use bulk_endpoint_api_defs::csp::TokenId;
use bulk_endpoint_api_defs::sailpoint::IdentityId;
use fastrand::Rng;

use crate::input::Leavers;

/// The state of an id at a vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Active,
    Inactive,
    Unknown,
}

/// Generated leavers with the state of each id.
#[derive(Debug)]
pub(crate) struct Sample {
    identities: Vec<(IdentityId, State)>,
    tokens: Vec<(TokenId, State)>,
}

impl Sample {
    /// Generates the sample of a seed.
    pub(crate) fn new(leavers: usize, seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let mut sample = Sample { identities: Vec::with_capacity(leavers), tokens: Vec::new() };
        for number in 0..leavers {
            // The number makes the id unique.
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

    /// Returns the leavers without their states.
    pub(crate) fn leavers(&self) -> Leavers {
        Leavers {
            identities: self.identities.iter().map(|(id, _)| id.clone()).collect(),
            tokens: self.tokens.iter().map(|(id, _)| id.clone()).collect(),
        }
    }

    /// Returns the states at SailPoint.
    pub(crate) fn identities(&self) -> HashMap<IdentityId, State> {
        self.identities.iter().cloned().collect()
    }

    /// Returns the states at CSP.
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
