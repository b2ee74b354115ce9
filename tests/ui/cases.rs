//! Declarations that must compile, and mistakes with the errors they must give.

#[test]
fn right() {
    trybuild::TestCases::new().pass("pass/*.rs");
}

/// Apart from the others: where none has to be run, all are compiled at once.
#[test]
fn wrong() {
    trybuild::TestCases::new().compile_fail("fail/*/*.rs");
}
