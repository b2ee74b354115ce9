//! Any body under a 2xx, for an endpoint of each shape: the first byte says which, and under which status.
#![no_main]

#[allow(dead_code, unused_imports, reason = "each target runs one of the checks")]
#[path = "../../tests/integration/hostile/checks/mod.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Some((how, body)) = input.split_first() else { return };
    let status = [200, 202, 204, 207][usize::from(how >> 6)];
    checks::check_answer(how % checks::SHAPES, how & 32 > 0, status, body);
});
