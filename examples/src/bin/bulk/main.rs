//! `bulk`: every endpoint of `bulk-endpoint-api-defs` as a command. `bulk --help` says how; `fakes` serves some of them for trying.

mod vendors;

use std::process::ExitCode;

use bulk_endpoint_cli::Program;

fn main() -> ExitCode {
    let program = Program::new("bulk").about("Calls bulk endpoints of VMware CSP and SailPoint");
    program.vendor(vendors::csp()).vendor(vendors::sailpoint()).vendor(vendors::sailpoint_v1()).run()
}
