#!/usr/bin/env bash
# Puts one known mistake of bulk clients after the other into a copy of the sources, and sees that a test catches it.
# The mistakes are in tests/mutants/, one a file. `tests/mutants.sh NAME…` tries only those.
# A file may name the suite that catches its mistake (`suite: sim`): that one is tried first, as a build for each of the
# others takes most of the time.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
work=${CARGO_TARGET_DIR:-$root/target}/mutants
log=$work/log
# A folder of its own: cargo would take what it compiled of the copy for what it is to compile of the sources.
export CARGO_TARGET_DIR=$work/target CARGO_TERM_COLOR=never RUST_BACKTRACE=0
# A mutant changes a line or two: most of the time is that of its build.
export CARGO_INCREMENTAL=1 CARGO_PROFILE_DEV_DEBUG=false

# The cheapest first: what one catches is not shown to the next.
suites=(lib integration shared sim lives transports shared-throttle faults durable cli postgres-lib postgres)
declare -A tests=(
    [lib]="-p bulk-endpoint --lib"
    [integration]="-p bulk-endpoint-tests --test integration -- --skip fake:: --skip hostile:: --skip faults::"
    [shared]="-p bulk-endpoint-tests --test shared"
    [sim]="-p bulk-endpoint-tests --test sim -- known_seeds"
    [lives]="-p bulk-endpoint-tests --test lives -- known_seeds beginning withheld"
    [transports]="-p bulk-endpoint --features hyper,rustls --test transports"
    [shared-throttle]="-p bulk-endpoint-durable --features postgres --test postgres -- throttle::"
    [faults]="-p bulk-endpoint-tests --test integration -- faults::"
    [durable]="-p bulk-endpoint-durable --test journal --test runs"
    [cli]="-p bulk-endpoint-cli --lib"
    [postgres-lib]="-p bulk-endpoint-durable --features postgres --lib"
    [postgres]="-p bulk-endpoint-durable --features postgres --test postgres -- --skip survives"
)

copy() { # the sources as they are, without what git ignores
    rm -rf "$work/tree" && mkdir -p "$work/tree"
    git ls-files -z --cached --others --exclude-standard | tar --null -T - -cf - | tar -xmf - -C "$work/tree"
}

mutate() { # replaces the one place of the file that the mutant names
    perl -e '
        use strict; local $/;
        my ($mutant, $file) = @ARGV;
        open my $in, "<", $mutant or die; my $text = <$in>; close $in;
        my ($old, $new) = $text =~ /^<<<<\n(.*?)^====\n(.*?)^>>>>$/ms or die "$mutant has no change\n";
        open my $src, "<", $file or die "$file is not there\n"; my $code = <$src>; close $src;
        my $count = () = $code =~ /\Q$old\E/g;
        die "$mutant: its place is $count times in $file, not once\n" unless $count == 1;
        $code =~ s/\Q$old\E/$new/;
        open my $out, ">", $file or die; print $out $code; close $out;
    ' "$1" "$2"
}

# Names the suite and the test of the copy that fails, if one does; the suite $1 is tried first.
# What does not compile proves nothing, and ends everything.
failing() {
    local suite status tried=
    cd "$work/tree"
    for suite in $1 "${suites[@]}"; do
        if [ "$suite" = "$tried" ]; then continue; fi
        tried=$1
        # shellcheck disable=SC2086
        cargo test -q --no-run ${tests[$suite]} >"$log" 2>&1 || { tail -n 20 "$log" >&2 && exit 1; }
        status=0
        # shellcheck disable=SC2086
        timeout 120 cargo test -q ${tests[$suite]} >"$log" 2>&1 || status=$?
        case $status in
        0) ;;
        124) echo "$suite: a hang" && return ;;
        *) echo "$suite: $(sed -nE 's/^---- (.*) stdout ----$/\1/p' "$log" | head -n 1 | grep . || echo "a crash")" && return ;;
        esac
    done
}

copy
by=$(failing "")
if [ -n "$by" ]; then
    tail -n 30 "$log" >&2
    echo "without a mutant, $by fails: see $log" >&2
    exit 1
fi
total=0 killed=0
for mutant in tests/mutants/*.txt; do
    name=$(basename "$mutant" .txt)
    if [ $# -gt 0 ] && [[ " $* " != *" $name "* ]]; then continue; fi
    total=$((total + 1))
    file=$(sed -n 's/^file: //p' "$mutant")
    mutate "$mutant" "$work/tree/$file"
    by=$(failing "$(sed -n 's/^suite: //p' "$mutant")") || { echo "$name does not compile" >&2 && exit 1; }
    cp "$file" "$work/tree/$file"
    if [ -n "$by" ]; then
        killed=$((killed + 1))
        echo "killed    $name, by $by"
    else
        echo "SURVIVED  $name: $(head -n 1 "$mutant")"
    fi
done
echo "$killed of $total mutants killed"
[ "$killed" -eq "$total" ]
