//! The corpus: 70 documented bulk operations, each declared as a user would do it, and run over real HTTP against a server that sends the
//! responses of the vendor's documentation. `COVERAGE.md` is generated from them.
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
mod sailpoint;
mod silence;
mod silent;
mod subrequests;
mod subrequests_in_order;
mod unseen;
mod xml;
