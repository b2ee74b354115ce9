#!/usr/bin/env bash
# Packages the crates that are published, and builds a fresh crate from the packages, as a user would. `tests/package.sh TOOLCHAIN` builds it
# with that toolchain. It compiles everything again, so it is no part of `.ci/run`.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$PWD/${CARGO_TARGET_DIR:-target}/packaged
crates=(bulk-endpoint-macros bulk-endpoint bulk-endpoint-durable bulk-endpoint-cli bulk-endpoint-api-defs)

rm -rf "$work" && mkdir -p "$work/src"
arguments=()
for crate in "${crates[@]}"; do arguments+=(-p "$crate"); done
# The fresh crate verifies them, all together.
cargo package --locked --no-verify --quiet "${arguments[@]}" --target-dir "$work/cargo" "${@:2}"

cat >"$work/Cargo.toml" <<TOML
[package]
name = "fresh"
version = "0.0.0"
edition = "2024"

[dependencies]
bulk-endpoint = { version = "0.1.0", features = ["batcher", "metrics", "tower", "blocking", "fake", "openapi"] }
bulk-endpoint-durable = "0.1.0"
bulk-endpoint-cli = "0.1.0"
bulk-endpoint-api-defs = "0.1.0"
serde = { version = "1", features = ["derive"] }
tokio = { version = "1", features = ["macros", "rt-multi-thread"] }

[workspace]

[patch.crates-io]
TOML
for crate in "${crates[@]}"; do
    tar -xf "$work"/cargo/package/"$crate"-[0-9]*.crate -C "$work"
    echo "$crate = { path = \"$(basename "$work"/"$crate"-[0-9]*)\" }" >>"$work/Cargo.toml"
done
cat >"$work/src/main.rs" <<'RUST'
use bulk_endpoint::testing::Fake;
use bulk_endpoint::{Bulk, BulkReply, Client, Outcome, bulk_api};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, BulkReply)]
struct Deleted {
    #[bulk(succeeded)]
    deleted: Vec<u64>,
}

#[bulk_api]
trait Records {
    #[post("/records/delete")]
    #[bulk_endpoint(max = 2, partial = true, idempotent = true)]
    fn delete(&self) -> Bulk<u64, Deleted>;
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = Fake::new().endpoint(RecordsClient::DELETE, |_| Outcome::succeeded()).start().await?;
    let records = RecordsClient::new(Client::builder(server.url()).build()?);
    let store = bulk_endpoint_durable::Store::open("runs.db").await?;
    let report = records.delete().send([1, 2, 3]).journal(&store, "run").await?;
    println!("{report}");
    let _ = report.into_result()?;
    Ok(())
}
RUST
cp Cargo.lock "$work/Cargo.lock"
cd "$work"
rm -f runs.db*
CARGO_TARGET_DIR=$work/target cargo ${1:+"+$1"} run --quiet
echo "the fresh crate works with the packages:"
ls -s "$work"/cargo/package/*.crate | sed 's/^/  /'
