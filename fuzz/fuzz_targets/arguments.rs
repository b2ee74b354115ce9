//! Any arguments in a path, a query, a header and a body.
#![no_main]

#[allow(dead_code, unused_imports, reason = "each target runs one of the checks")]
#[path = "../../tests/integration/hostile/checks/mod.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|arguments: (&str, &str, &str)| {
    checks::check_arguments(arguments.0, arguments.1, arguments.2);
});
