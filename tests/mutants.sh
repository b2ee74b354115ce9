#!/usr/bin/env bash
# Puts one known mistake of bulk clients after the other into a copy of the sources, and sees that the tests catch it.
# The mistakes are in tests/mutants/, one a file. `tests/mutants.sh NAME…` tries only those.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
work=$root/target/mutants
mkdir -p "$work"
export CARGO_TARGET_DIR=$work/target CARGO_TERM_COLOR=never CARGO_INCREMENTAL=1 RUST_BACKTRACE=0

copy() { # the sources as they are, without what git ignores
    rm -rf "$work/tree" && mkdir -p "$work/tree"
    git ls-files -z --cached --others --exclude-standard | tar --null -T - -cf - | tar -xf - -C "$work/tree"
}

mutate() { # replaces the one place of the file that the mutant names
    perl -e '
        use strict; local $/;
        open my $in, "<", $ARGV[0] or die; my $text = <$in>; close $in;
        my ($file) = $text =~ /^file: (\S+)$/m or die "$ARGV[0] names no file\n";
        my ($old, $new) = $text =~ /^<<<<\n(.*?)^====\n(.*?)^>>>>$/ms or die "$ARGV[0] has no change\n";
        open my $src, "<", "$ARGV[1]/$file" or die "$file is not there\n"; my $code = <$src>; close $src;
        my $count = () = $code =~ /\Q$old\E/g;
        die "$ARGV[0]: its place is $count times in $file, not once\n" unless $count == 1;
        $code =~ s/\Q$old\E/$new/;
        open my $out, ">", "$ARGV[1]/$file" or die; print $out $code; close $out;
    ' "$1" "$work/tree"
}

passes() { # whether the tests of the copy pass; a hang is a failure
    (cd "$work/tree" &&
        timeout 300 cargo test -q -p bulk-endpoint --lib &&
        timeout 300 cargo test -q -p bulk-endpoint-tests --test integration -- --skip fake:: ) >"$work/log" 2>&1
}

copy
if ! passes; then
    tail -n 30 "$work/log"
    echo "the tests fail without a mutant: see $work/log" >&2
    exit 1
fi
total=0 killed=0
for mutant in "$root"/tests/mutants/*.txt; do
    name=$(basename "$mutant" .txt)
    if [ $# -gt 0 ] && [[ " $* " != *" $name "* ]]; then continue; fi
    total=$((total + 1))
    copy
    mutate "$mutant"
    if ! (cd "$work/tree" && cargo check -q -p bulk-endpoint) >"$work/log" 2>&1; then
        tail -n 20 "$work/log"
        echo "$name does not compile: that proves nothing" >&2
        exit 1
    fi
    if passes; then
        echo "SURVIVED  $name: $(head -n 1 "$mutant")"
    else
        killed=$((killed + 1))
        echo "killed    $name"
    fi
done
echo "$killed of $total mutants killed"
[ "$killed" -eq "$total" ]
