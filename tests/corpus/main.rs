//! The corpus: 70 documented bulk operations, each declared as its author would declare it, and each taken over real HTTP to a server
//! that says what the vendor's documents say. `COVERAGE.md` is made from them.
#![allow(dead_code, unreachable_pub, reason = "declarations are whole and public, as their author would write them")]

mod coverage;
mod tells;
mod vendor;

mod buckets;
mod elements;
mod groups;
mod ids;
mod indexes;
mod jobs;
mod lines;
mod maps;
mod multipart;
mod numbers;
mod order;
mod plug_ins;
mod presence;
mod refusals;
mod silence;
mod silent;
mod subrequests;
mod subrequests_in_order;
mod xml;
