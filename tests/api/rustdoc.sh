#!/bin/sh
# rustdoc, whose JSON is not stable. Only it is told so: with the variable for all of cargo, everything would be compiled once more.
RUSTC_BOOTSTRAP=1 exec rustdoc "$@"
