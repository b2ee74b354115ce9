//! The public API of each published crate, as a file has it: a change of it is seen in a review. `UPDATE_EXPECT=1` writes the files.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "tests, helpers included; nobody outside sees them")]

use std::path::Path;
use std::process::Command;

use expect_test::{ExpectFile, expect_file};

/// Each crate with all its features.
fn crates() -> [(&'static str, ExpectFile); 3] {
    [
        ("bulk-endpoint", expect_file!["bulk-endpoint.txt"]),
        ("bulk-endpoint-durable", expect_file!["bulk-endpoint-durable.txt"]),
        ("bulk-endpoint-cli", expect_file!["bulk-endpoint-cli.txt"]),
    ]
}

#[test]
fn the_public_api_is_the_recorded_one() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = here.parent().unwrap().parent().unwrap();
    let mut documentation = Command::new(env!("CARGO"));
    documentation.args(["doc", "--locked", "--no-deps", "--all-features", "--quiet"]).current_dir(root);
    crates().iter().for_each(|(name, _)| _ = documentation.args(["-p", name]));
    documentation.env("RUSTDOC", here.join("rustdoc.sh"));
    documentation.env("RUSTDOCFLAGS", "-Zunstable-options --output-format json");
    assert!(documentation.status().unwrap().success());
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |folder| root.join(folder));
    for (name, recorded) in crates() {
        let json = target.join(format!("doc/{}.json", name.replace('-', "_")));
        let api = public_api::Builder::from_rustdoc_json(json)
            .omit_blanket_impls(true)
            .omit_auto_trait_impls(true)
            .omit_auto_derived_impls(true)
            .build();
        let api = api.unwrap_or_else(|error| {
            panic!("expected the JSON of the rustdoc that `public-api` of Cargo.toml reads, found: {error}; use its release for this toolchain")
        });
        recorded.assert_eq(&api.to_string());
    }
}
