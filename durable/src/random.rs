//! Random bytes, for numbers that no other process may have.

/// Returns random bytes of the operating system. The error says why there are none.
pub(crate) fn random_bytes<const N: usize>() -> Result<[u8; N], String> {
    let mut bytes = [0; N];
    match getrandom::fill(&mut bytes) {
        Ok(()) => Ok(bytes),
        Err(error) => Err(format!("expected random bytes of the operating system, found: {error}")),
    }
}
