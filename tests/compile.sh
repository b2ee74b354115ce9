#!/usr/bin/env bash
# How long a crate with a trait of 50 endpoints takes to rebuild after it was touched (debug), beside the same trait with thin calls
# written by hand: each posts its ids, and reads the response, in a boxed future, so that `dyn Things` is a client there as well.
# `tests/compile.sh PAIRS` builds each so many times, by turns.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
pairs=${1:-15}
work=${CARGO_TARGET_DIR:-$root/target}/compile
# As a user builds, whatever is set here.
export CARGO_TARGET_DIR=$work/target CARGO_TERM_COLOR=never CARGO_INCREMENTAL=1
endpoints=50

manifest() { # NAME DEPENDENCIES
    mkdir -p "$work/$1/src"
    printf '[package]\nname = "%s"\nversion = "0.0.0"\nedition = "2024"\n\n[dependencies]\n%s\n' "$1" "$2" >"$work/$1/Cargo.toml"
}

# Types of five endpoints: NUMBER, what is derived beside serde's, the roles of the fields.
types() {
    local n=$1 item=$2 reply=$3 element=$4 key=$5 message=$6 done=$7 failed=$8
    cat <<RUST
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize$item)]
pub struct Thing$n(pub String);

#[derive(Debug, Deserialize$reply)]
pub struct Changed$n {
    $done#[serde(default)]
    pub successes: Vec<Thing$n>,
    $failed#[serde(default)]
    pub failures: Vec<Failure$n>,
}

#[derive(Debug, Deserialize$element)]
pub struct Failure$n {
    ${key}pub id: Thing$n,
    ${message}pub message: String,
}

RUST
}

declared() {
    echo 'use bulk_endpoint::{ApiError, Bulk, BulkItem, BulkReply, ItemReply, bulk_api};'
    echo 'use serde::{Deserialize, Serialize};'
    echo '#[derive(Debug, Deserialize, ApiError)] pub struct Problem { #[bulk(message)] pub message: Option<String> }'
    for ((n = 0; n < endpoints; n += 5)); do
        types "$n" ", BulkItem" ", BulkReply" ", ItemReply" "#[bulk(key)] " "#[bulk(message)] " "#[bulk(succeeded)] " "#[bulk(failed)] "
    done
    echo '#[bulk_api]'
    echo 'pub trait Things: Send + Sync {'
    for ((n = 0; n < endpoints; n++)); do
        of=$((n / 5 * 5))
        cat <<RUST
    #[post("/orgs/{orgId}/things$n/change")]
    #[bulk_endpoint(max = 15, partial = true, idempotent = true, stop(404))]
    fn change$n(&self, org_id: &str, reason: &str) -> Bulk<Thing$of, Changed$of, Problem>;
RUST
    done
    echo '}'
}

by_hand() {
    cat <<'RUST'
use std::pin::Pin;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
#[derive(Debug, Deserialize)] pub struct Problem { pub message: Option<String> }
#[derive(Debug)]
pub enum Error { Http(reqwest::Error), Refused(u16, Option<Problem>) }
pub type Answer<'a, R> = Pin<Box<dyn Future<Output = Result<R, Error>> + Send + 'a>>;
impl From<reqwest::Error> for Error { fn from(error: reqwest::Error) -> Self { Error::Http(error) } }
#[derive(Serialize)] struct Body<'a, T> { ids: &'a [T], reason: &'a str }
pub struct ThingsClient { http: reqwest::Client, base: String, token: String }
impl ThingsClient {
    async fn post<T: Serialize + Sync, R: DeserializeOwned>(&self, path: String, ids: &[T], reason: &str) -> Result<R, Error> {
        let url = format!("{}{path}", self.base);
        let response = self.http.post(url).bearer_auth(&self.token).json(&Body { ids, reason }).send().await?;
        let status = response.status();
        if !status.is_success() { return Err(Error::Refused(status.as_u16(), response.json().await.ok())); }
        Ok(response.json().await?)
    }
}
RUST
    for ((n = 0; n < endpoints; n += 5)); do types "$n" "" "" "" "" "" "" ""; done
    echo 'pub trait Things: Send + Sync {'
    for ((n = 0; n < endpoints; n++)); do
        of=$((n / 5 * 5))
        echo "    fn change$n<'a>(&'a self, org_id: &'a str, reason: &'a str, ids: &'a [Thing$of]) -> Answer<'a, Changed$of>;"
    done
    echo '}'
    echo 'impl Things for ThingsClient {'
    for ((n = 0; n < endpoints; n++)); do
        of=$((n / 5 * 5))
        cat <<RUST
    fn change$n<'a>(&'a self, org_id: &'a str, reason: &'a str, ids: &'a [Thing$of]) -> Answer<'a, Changed$of> {
        Box::pin(self.post(format!("/orgs/{org_id}/things$n/change"), ids, reason))
    }
RUST
    done
    echo '}'
}

mkdir -p "$work"
printf '[workspace]\nmembers = ["declared", "by-hand"]\nresolver = "3"\n' >"$work/Cargo.toml"
cp Cargo.lock "$work/Cargo.lock"
manifest declared "bulk-endpoint = { path = \"$root/runtime\" }
serde = { version = \"1\", features = [\"derive\"] }"
declared >"$work/declared/src/lib.rs"
manifest by-hand "reqwest = { version = \"$(sed -nE 's/^reqwest = \{ version = "([^"]+)".*/\1/p' Cargo.toml)\", default-features = false, features = [\"json\"] }
serde = { version = \"1\", features = [\"derive\"] }"
by_hand >"$work/by-hand/src/lib.rs"
cd "$work"
cargo build -q --offline --workspace || cargo build -q --workspace

rebuild() { # milliseconds
    local start
    touch "$1/src/lib.rs"
    start=$(date +%s%N)
    cargo build -q --offline -p "$1"
    echo $((($(date +%s%N) - start) / 1000000))
}

median() { sort -n | sed -n "$(((pairs + 1) / 2))p"; }

: >declared.ms
: >by-hand.ms
for ((pair = 0; pair < pairs; pair++)); do
    for which in declared by-hand; do rebuild "$which" >>"$which.ms"; done
done
declared=$(median <declared.ms) by_hand=$(median <by-hand.ms)
awk -v declared="$declared" -v hand="$by_hand" -v pairs="$pairs" 'BEGIN {
    printf "50 endpoints, rebuilt %d times each: declared %d ms, by hand %d ms, %.2f times (at most 1.5)\n", pairs, declared, hand, declared / hand
    exit declared > 1.5 * hand
}'
