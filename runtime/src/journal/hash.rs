//! Hashes that are the same in every release, on every machine.

#[expect(deprecated, reason = "the documented SipHash 2-4; `DefaultHasher` may change with each release of Rust")]
use std::hash::SipHasher;
use std::hash::{Hash, Hasher};

/// The hash of parts, 64 bits. The key of the hash is `run`, the random id of the run: who chooses
/// the parts does not know it, and cannot choose parts that collide.
pub(crate) fn hash_64(run: u128, parts: &[&[u8]]) -> u64 {
    #[expect(deprecated, reason = "see above")]
    let mut hasher = SipHasher::new_with_keys((run >> 64) as u64, run as u64);
    for part in parts {
        // With their lengths, so that `("a", "bc")` and `("ab", "c")` differ.
        hasher.write(&(part.len() as u64).to_le_bytes());
        hasher.write(part);
    }
    hasher.finish()
}

/// The hash of a key: equal keys, by the `Eq` of their type, have equal hashes. It is the same only within one build.
pub(crate) fn hash_key<K: Hash>(run: u128, key: &K) -> u64 {
    #[expect(deprecated, reason = "a hash with a key; std has no other")]
    let mut hasher = SipHasher::new_with_keys((run >> 64) as u64, run as u64);
    key.hash(&mut hasher);
    hasher.finish()
}

/// The hash of parts, 128 bits. The first half is their [`hash_64`].
pub(crate) fn hash_128(run: u128, parts: &[&[u8]]) -> u128 {
    extended(run, hash_64(run, parts), parts)
}

/// [`hash_128`] of parts whose [`hash_64`] is known.
pub(crate) fn extended(run: u128, hash: u64, parts: &[&[u8]]) -> u128 {
    let other = run ^ (u128::MAX / 3);
    u128::from(hash) << 64 | u128::from(hash_64(other, parts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_the_same_in_every_release() {
        assert_eq!(hash_64(1, &[b"a", b"bc"]), 0x5f00_557a_c063_2c7e);
        assert_eq!(hash_128(1, &[b"a", b"bc"]), 0x5f00_557a_c063_2c7e_2e77_d822_9eae_05f3);
        assert_ne!(hash_64(1, &[b"a", b"bc"]), hash_64(1, &[b"ab", b"c"]));
        assert_ne!(hash_64(1, &[b"a"]), hash_64(2, &[b"a"]));
    }
}
