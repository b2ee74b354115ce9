#!/usr/bin/env bash
# What an item costs, as valgrind counts it: instructions while a run grows from one tenth of COST_ITEMS (30000) to all of them, and to ten
# times as many, and allocations. The client's part alone; the making of its id is in it, with one allocation and 250 instructions.
# `tests/cost.sh` measures a table of runs, `tests/cost.sh WORD…` the one that the words of tests/cost/main.rs describe.
set -euo pipefail
cd "$(dirname "$0")/.."
few=$((${COST_ITEMS:-30000} / 10)) some=$((few * 10)) many=$((few * 100))

cargo build --release --quiet --locked -p bulk-endpoint-tests --bin cost
cost=${CARGO_TARGET_DIR:-target}/release/cost

instructions() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$cost" "$@" 2>&1 | sed -n 's/.*Collected : *//p'
}

allocations() {
    valgrind --tool=memcheck --leak-check=no --undef-value-errors=no "$cost" "$@" 2>&1 |
        sed -n 's/.*total heap usage: \([0-9,]*\) allocs.*/\1/p' | tr -d ,
}

each() { # of the items from $1 to $3, which cost $2 and $4 with those before: what a run costs by itself cancels out
    awk "BEGIN { printf \"%.1f\", ($4 - $2) / ($3 - $1) }"
}

measure() {
    local begun grown long calls_begun calls_grown
    begun=$(instructions $few "$@") grown=$(instructions $some "$@") long=$(instructions $many "$@")
    calls_begun=$(allocations $few "$@") calls_grown=$(allocations $some "$@")
    printf '%-18s %8.0f %8.0f %8.1f\n' "$*" "$(each $few "$begun" $some "$grown")" \
        "$(each $some "$grown" $many "$long")" "$(each $few "$calls_begun" $some "$calls_grown")"
}

printf '%-18s %8s %8s %8s\n' run "to $some" "to $many" allocs
if [ $# -gt 0 ]; then
    measure "$@"
    exit
fi
for words in done failing busy poison twice keep ordered "wide drip" "collect done" "collect failing" "collect twice" "http done"; do
    # shellcheck disable=SC2086 # the words of one run
    measure $words
done
