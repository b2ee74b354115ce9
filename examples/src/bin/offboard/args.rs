//! The command line: arguments, help, and the job that they select.
#![allow(rustdoc::bare_urls, reason = "these comments are the help text, which has no links")]

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::Parser;

const LONG_ABOUT: &str = "\
Disables the SailPoint accounts of people who left, and deactivates their API tokens at VMware
Cloud Services (CSP).

Without --input it is a demo: it generates 1000 leavers, starts fake servers of both vendors in
this process, offboards the leavers there, and compares its report with what the servers applied.
No request leaves this machine. With --dry-run it only prints the requests.

With --input it reads the leavers from a file and sends requests to each vendor whose URL is given:
--sailpoint-url, --csp-url, or both. It reads bearer tokens from the environment variables
SAILPOINT_TOKEN and CSP_TOKEN, and never prints them. The CSP token must be that of an owner of the
organization.";

const USAGE: &str = "\
offboard [--leavers <N>] [--seed <S>] [OPTIONS]
       offboard --input <FILE> [--sailpoint-url <URL>] [--csp-url <URL> --csp-org <ID>] [OPTIONS]";

const AFTER_LONG_HELP: &str = "\
Input file:
  CSV with a header. The columns identity_id and token_id are required; other columns are ignored.
      identity_id,token_id
      2c91808384203c2d018437e631158308,9f6c1a0e
      2c91808384203c2d018437e631158308,11d07b42
      2c9180858082150f0180893dbaf553fe,
  A leaver with several tokens has one row for each; a leaver without tokens has an empty token_id.
  Duplicate ids are sent once. If any row is invalid, nothing is sent.

Report (--report):
  One row for each distinct id: provider, operation, id, outcome, status, message. Outcomes:
      succeeded      done, or accepted by the vendor
      failed         not done; the message is the vendor's reason
      refused        not done: the vendor refused the whole request
      unknown        sent, but no usable response came: check the vendor's system
      not_attempted  not processed: never sent, or each request was rejected unprocessed

Ctrl-C:
  The first one stops sending, waits for the responses to requests in flight, and writes the report.
  The second one does not wait: the ids of requests in flight are then unknown.

Exit status:
  0  every id succeeded
  1  an error; nothing was sent, unless the message says otherwise
  2  at least one id did not succeed

Examples:
  offboard
  offboard --leavers 200 --seed 7 --report out.csv
  offboard --input leavers.csv --dry-run
  SAILPOINT_TOKEN=… offboard --input leavers.csv --report out.json \\
      --sailpoint-url https://acme.api.identitynow.com/v2025
  CSP_TOKEN=… offboard --input leavers.csv --report out.json \\
      --csp-url https://console.cloud.vmware.com --csp-org 4f1c…";

/// Disables the accounts of people who left, and deactivates their API tokens.
#[derive(Debug, Parser)]
#[command(name = "offboard", version, override_usage = USAGE, long_about = LONG_ABOUT, after_long_help = AFTER_LONG_HELP)]
pub(crate) struct Args {
    /// CSV file of leavers, with the columns identity_id and token_id.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["leavers", "seed"], help_heading = "Leavers")]
    pub(crate) input: Option<PathBuf>,

    /// Number of leavers to generate.
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = number::<usize>, help_heading = "Leavers")]
    pub(crate) leavers: usize,

    /// Seed for the generated leavers: the same seed generates the same leavers.
    #[arg(long, value_name = "S", default_value_t = 1, value_parser = number::<u64>, help_heading = "Leavers")]
    pub(crate) seed: u64,

    /// Base URL of SailPoint, including the version, such as https://TENANT.api.identitynow.com/v2025.
    #[arg(long, value_name = "URL", help_heading = "Hosts")]
    pub(crate) sailpoint_url: Option<String>,

    /// Use the path /identities-accounts/v1/disable. --sailpoint-url must then not contain the version.
    #[arg(long, requires = "sailpoint_url", help_heading = "Hosts")]
    pub(crate) sailpoint_v1: bool,

    /// Base URL of CSP, such as https://console.cloud.vmware.com.
    #[arg(long, value_name = "URL", requires = "csp_org", help_heading = "Hosts")]
    pub(crate) csp_url: Option<String>,

    /// Id of the CSP organization of the tokens.
    #[arg(long, value_name = "ID", requires = "csp_url", help_heading = "Hosts")]
    pub(crate) csp_org: Option<String>,

    /// Maximum number of requests in flight, for each vendor.
    #[arg(long, value_name = "N", default_value = "4", help_heading = "Sending")]
    pub(crate) concurrency: NonZeroUsize,

    /// Timeout of one attempt of a request; fractions are allowed.
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds, help_heading = "Sending")]
    pub(crate) timeout: Duration,

    /// Print the requests without sending them; no bearer tokens are needed.
    #[arg(long, conflicts_with = "report", help_heading = "Sending")]
    pub(crate) dry_run: bool,

    /// Write the outcome of every id to this file, whose name ends with .json or .csv.
    #[arg(long, value_name = "FILE", help_heading = "Sending")]
    pub(crate) report: Option<PathBuf>,
}

fn number<N: std::str::FromStr>(text: &str) -> Result<N, String> {
    text.parse().map_err(|_| "expected a whole number, such as 100".to_owned())
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "expected a number of seconds, such as 30 or 0.5".to_owned())?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(timeout) if !timeout.is_zero() => Ok(timeout),
        _ => Err("expected a number of seconds greater than 0".into()),
    }
}

/// The job that the arguments select.
#[derive(Debug, PartialEq)]
pub(crate) enum Job {
    /// Offboard generated leavers against fake servers.
    Sample,
    /// Offboard the leavers of a file against real hosts.
    File { input: PathBuf, hosts: Targets },
    /// Print the requests for a file, or for generated leavers.
    Plan { input: Option<PathBuf>, hosts: Targets },
}

/// The vendors to send to.
#[derive(Debug, PartialEq)]
pub(crate) struct Targets {
    pub(crate) sailpoint: Option<SailPointTarget>,
    pub(crate) csp: Option<CspTarget>,
}

#[derive(Debug, PartialEq)]
pub(crate) struct SailPointTarget {
    pub(crate) url: String,
    pub(crate) v1: bool,
}

#[derive(Debug, PartialEq)]
pub(crate) struct CspTarget {
    pub(crate) url: String,
    pub(crate) org: String,
}

impl Targets {
    /// Example hosts, for a plan without URLs.
    fn examples() -> Self {
        Targets {
            sailpoint: Some(SailPointTarget { url: "https://sailpoint.example".into(), v1: false }),
            csp: Some(CspTarget { url: "https://csp.example".into(), org: "ORG".into() }),
        }
    }
}

impl Args {
    /// Returns the job, or an error if the arguments do not fit together.
    pub(crate) fn job(&self) -> Result<Job> {
        let sailpoint = self.sailpoint_url.clone().map(|url| SailPointTarget { url, v1: self.sailpoint_v1 });
        let csp = self.csp_url.clone().zip(self.csp_org.clone()).map(|(url, org)| CspTarget { url, org });
        if let Some(csp) = csp.as_ref().filter(|csp| matches!(csp.org.trim(), "" | "." | "..")) {
            bail!("--csp-org {:?} is not an organization id", csp.org);
        }
        let has_target = sailpoint.is_some() || csp.is_some();
        let targets = Targets { sailpoint, csp };
        match (self.input.clone(), has_target, self.dry_run) {
            (input, true, true) => Ok(Job::Plan { input, hosts: targets }),
            (input, false, true) => Ok(Job::Plan { input, hosts: Targets::examples() }),
            (Some(input), true, false) => Ok(Job::File { input, hosts: targets }),
            (None, false, false) => Ok(Job::Sample),
            (Some(_), false, false) => bail!(
                "--input requires a vendor: add --sailpoint-url, or --csp-url with --csp-org, or both; \
                 or add --dry-run to print the requests"
            ),
            (None, true, false) => bail!(
                "--sailpoint-url and --csp-url require --input: add --input, or remove the URLs to run the demo against fake servers"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Args, clap::Error> {
        Args::try_parse_from(["offboard"].into_iter().chain(line.split_whitespace()))
    }

    #[test]
    fn the_command_is_sound() {
        use clap::CommandFactory;
        Args::command().debug_assert();
    }

    #[test]
    fn jobs() {
        for (line, want) in [
            ("", "sample"),
            ("--leavers 3 --seed 9", "sample"),
            ("--dry-run", "plan of both"),
            ("--input a.csv --dry-run", "plan of both"),
            ("--input a.csv --dry-run --sailpoint-url http://s", "plan of sailpoint"),
            ("--input a.csv --sailpoint-url http://s", "file to sailpoint"),
            ("--input a.csv --csp-url http://c --csp-org o", "file to csp"),
            ("--input a.csv --csp-url http://c --csp-org o --sailpoint-url http://s", "file to both"),
            ("--input a.csv", "error: --input requires a vendor"),
            ("--sailpoint-url http://s", "error: --sailpoint-url and --csp-url require --input"),
        ] {
            let places = |hosts: &Targets| match (&hosts.sailpoint, &hosts.csp) {
                (Some(_), Some(_)) => "both",
                (Some(_), None) => "sailpoint",
                (None, Some(_)) => "csp",
                (None, None) => "none",
            };
            let got = match parse(line).unwrap().job() {
                Ok(Job::Sample) => "sample".to_owned(),
                Ok(Job::File { hosts, .. }) => format!("file to {}", places(&hosts)),
                Ok(Job::Plan { hosts, .. }) => format!("plan of {}", places(&hosts)),
                Err(error) => format!("error: {error}"),
            };
            assert!(got.starts_with(want), "{line}: {got}");
        }
    }

    #[test]
    fn mistakes_are_usage_errors() {
        for line in [
            "--input a.csv --leavers 3",
            "--input a.csv --seed 3",
            "--csp-url http://c",
            "--csp-org o",
            "--sailpoint-v1",
            "--concurrency 0",
            "--timeout 0",
            "--timeout -1",
            "--timeout soon",
            "--dry-run --report a.json",
            "--no-such-thing",
            "leavers.csv",
        ] {
            assert!(parse(line).unwrap_err().use_stderr(), "{line}");
        }
        assert_eq!(parse("--timeout 0.5").unwrap().timeout, Duration::from_millis(500));
    }
}
