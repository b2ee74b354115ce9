//! The cost of runs: the program checks them against its bounds.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::process::Command;

fn check(words: &str) {
    let output = Command::new(env!("CARGO_BIN_EXE_cost")).args(words.split(' ')).output().unwrap();
    let (said, complaints) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "cost {words}: {said}{complaints}");
}

#[test]
fn streams_are_as_small_as_they_are_long() {
    check("200000 slow");
    check("200000 few");
    check("100000 twice failing");
}

#[cfg(feature = "outside")]
#[test]
fn streams_over_http_are_as_small_as_they_are_long() {
    check("30000 http slow");
}

#[test]
fn one_transient_failure_in_a_hundred_costs_two_requests_in_a_hundred() {
    check("100000 busy");
}

#[test]
fn poison_is_found() {
    check("20000 poison");
}

#[test]
fn a_report_is_little_more_than_its_items() {
    check("200000 collect");
}
