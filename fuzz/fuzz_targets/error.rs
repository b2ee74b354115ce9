//! Any body under any other status: the first two bytes say which.
#![no_main]

#[allow(dead_code, unused_imports, reason = "each target runs one of the checks")]
#[path = "../../tests/integration/hostile/checks/mod.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let [shape, status, body @ ..] = input else { return };
    const KNOWN: [u16; 8] = [400, 401, 403, 409, 413, 429, 500, 503];
    let status = KNOWN.get(usize::from(*status)).copied().unwrap_or(300 + u16::from(*status));
    checks::check_answer(*shape, false, status, body);
});
