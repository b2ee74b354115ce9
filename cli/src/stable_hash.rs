//! A hash that is the same in every release, on every machine.

use std::hash::Hasher;
#[expect(deprecated, reason = "the documented SipHash 2-4; `DefaultHasher` may change with each release of Rust")]
use std::hash::SipHasher;

/// Hashes bytes. The bytes of values are the caller's, as `Hash` may change too.
#[expect(deprecated, reason = "see above")]
pub(crate) struct StableHasher(SipHasher);

impl StableHasher {
    pub(crate) fn new() -> Self {
        #[expect(deprecated, reason = "see above")]
        StableHasher(SipHasher::new())
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
    }

    pub(crate) fn finish(&self) -> u64 {
        self.0.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_the_same_in_every_release() {
        let mut hasher = StableHasher::new();
        assert_eq!(hasher.finish(), 0x1e92_4b9d_7377_00d7);
        hasher.write(b"a");
        hasher.write(b"bc");
        assert_eq!(hasher.finish(), 0x3fc8_8496_4770_eede);
    }
}
