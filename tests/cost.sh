#!/usr/bin/env bash
# What an item costs: instructions, allocations and reallocations as valgrind counts them, and CPU time beside that of other clients.
#
# `tests/cost.sh`            the runs of tests/cost/baseline.txt and others over a scripted transport
# `tests/cost.sh WORD…`      one run: the words of tests/cost/main.rs
# `tests/cost.sh clients`    this crate beside other clients, over HTTP: what an item costs, and the CPU time as a ratio to "by hand"
# `tests/cost.sh sizes`      the CPU time as a ratio to "by hand" for requests of 1 to 10 000 items
# `tests/cost.sh journal`    the CPU time of a run with a journal as a ratio to one without
# `tests/cost.sh check`      fails if a run of the baseline costs more than 2 % above it
# `tests/cost.sh accept`     writes the baseline
#
# What an item costs is counted while a run grows from COST_FEW items (3000) to COST_MANY (30 000): what a run costs by itself cancels out. It is
# the client's part alone. The making of its id is in it, with one allocation and 250 instructions.
set -euo pipefail
# Also in `$(…)`: a run that fails must not count as one that costs nothing.
shopt -s inherit_errexit
cd "$(dirname "$0")/.."
few=${COST_FEW:-3000} many=${COST_MANY:-30000}
baseline=tests/cost/baseline.txt

if ! command -v valgrind >/dev/null; then
    echo "skipped: valgrind is not installed" >&2
    [ "${CI:-}" != true ]
    exit
fi
# The runs of the baseline need no other client, nor what these need.
case "${1:-}" in
check | accept) features=--no-default-features ;;
*) features= ;;
esac
[ -n "${COST_PROGRAM:-}" ] || cargo build --release --quiet --locked -p bulk-endpoint-tests-cost $features
cost=${COST_PROGRAM:-${CARGO_TARGET_DIR:-target}/release/cost}
profile=$(mktemp)
trap 'rm -f "$profile"' EXIT

counted() { # COUNT WORD…: instructions, allocations, reallocations of a run with COUNT items
    valgrind --tool=callgrind --callgrind-out-file="$profile" "$cost" "$@" unchecked >"$profile.said" 2>&1 ||
        { cat "$profile.said" >&2 && exit 1; }
    awk '
        /^totals:/ { total = $2 }
        /^c?fn=/ {
            split($0, parts, /[()]/); name = substr($0, index($0, ")") + 2)
            if (name != "") names[parts[2]] = name
            if (/^cfn/) callee = names[parts[2]]
        }
        /^calls=/ {
            split($1, calls, "=")
            if (callee ~ /^(malloc|calloc|aligned_alloc|posix_memalign)$/) new += calls[2]
            if (callee == "realloc") grown += calls[2]
        }
        END { print total, new + 0, grown + 0 }
    ' "$profile"
    rm -f "$profile.said"
}

item() { # WORD…: instructions, allocations, reallocations an item
    local begun grown
    begun=$(counted "$few" "$@")
    grown=$(counted "$many" "$@")
    echo "$begun $grown" |
        awk -v items=$((many - few)) '{ printf "%.0f %.2f %.2f", ($4 - $1) / items, ($5 - $2) / items, ($6 - $3) / items }'
}

row() { # WORD…
    # shellcheck disable=SC2046 # the three figures
    printf '%-24s %8s %8s %8s\n' "$*" $(item "$@")
}

seconds() { # COUNT WORD…: the CPU time of a run
    "$cost" "$@" unchecked | sed -n 's/^cpu //p'
}

ratio() { # COUNT OF "WORD…" "WORD…": the CPU time of a run beside that of another, one after the other, nine times: median and quartiles
    local a b
    for _ in 1 2 3 4 5 6 7 8 9; do
        # shellcheck disable=SC2086 # the words of one run
        a=$(seconds "$1" "$2" $3)
        # shellcheck disable=SC2086
        b=$(seconds "$1" "$2" $4)
        awk "BEGIN { print $a / $b }"
    done | sort -n | awk '{ r[NR] = $1 } END { printf "%.2f (%.2f to %.2f)", r[5], r[3], r[7] }'
}

title() { printf '%-24s %8s %8s %8s\n' run instr. allocs reallocs; }

case "${1:-}" in
"")
    title
    for words in done "collect done" failing busy poison twice keep ordered each "of10000 drip" "collect failing" "collect twice"; do
        # shellcheck disable=SC2086 # the words of one run
        row $words
    done
    ;;
clients)
    few=${COST_FEW:-15000} many=${COST_MANY:-45000}
    title
    for words in "http collect" http hand tuned prebuilt hyper; do
        # shellcheck disable=SC2086
        printf '%s  %s\n' "$(row $words)" "$(ratio 90000 of15 "$words" hand)"
    done
    ;;
sizes)
    for of in of1 of15 of100 of1000 of10000; do
        count=$([ $of = of1 ] && echo 15000 || echo 200000)
        printf '%-8s collected %s, streamed %s\n' $of "$(ratio "$count" $of "http collect" hand)" "$(ratio "$count" $of http hand)"
    done
    ;;
journal)
    printf 'with a journal beside without: %s\n' "$(ratio 90000 of15 "http journal" "http collect")"
    ;;
check | accept)
    wanted=$(sed '/^#/d' "$baseline")
    accepted=$(sed '/^#/!d' "$baseline")
    while read -r known words; do
        # shellcheck disable=SC2086
        now=$(item $words)
        accepted+=$'\n'"${now%% *} $words"
        if [ "$1" = check ]; then
            echo "${now%% *} instructions an item, $known before: $words"
            awk "BEGIN { exit ${now%% *} > $known * 1.02 }" || failed=yes
        fi
    done <<<"$wanted"
    # Written once all runs were measured.
    [ "$1" = check ] || echo "$accepted" >"$baseline"
    if [ "${failed:-}" = yes ]; then
        echo "a run costs more than 2 % above $baseline: make it cheaper, or accept it with \`tests/cost.sh accept\`" >&2
        exit 1
    fi
    ;;
*)
    title
    row "$@"
    ;;
esac
