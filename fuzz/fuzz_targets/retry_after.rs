//! Any `Retry-After`, beside any `Date`.
#![no_main]

#[allow(dead_code, unused_imports, reason = "each target runs one of the checks")]
#[path = "../../tests/integration/hostile/checks/mod.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|headers: (&[u8], &[u8])| checks::check_retry_after(headers.0, headers.1));
