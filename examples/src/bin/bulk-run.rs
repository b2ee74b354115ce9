//! `bulk-run`: the endpoints of `bulk-endpoint-api-defs` for runs that workers on many machines share. `bulk-run --help` says how; `fakes` serves
//! some of them for trying.
//!
//! A program for other traits is this one with other vendors.

#[path = "bulk/vendors.rs"]
mod vendors;

use std::process::ExitCode;

use bulk_endpoint_cli::Program;

fn main() -> ExitCode {
    let program = Program::new("bulk-run").about("Runs bulk endpoints of VMware CSP and SailPoint with many workers");
    program.vendor(vendors::csp()).vendor(vendors::sailpoint()).vendor(vendors::sailpoint_v1()).run_shared()
}
